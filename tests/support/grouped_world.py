"""A world whose format step makes a file for each currency; a record whose note is `both` lies in all of them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from airflow_provider_mlconnector.engine.outputs import Output, OutputFile, Refused
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.staging.store import as_json
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.fingerprint import KEY_HASH, key_text
from airflow_provider_mlconnector.streams.totals import ControlTotals
from tests.support.engine_world import LANE, World


class GroupedWorld(World):
    """See the module."""

    def _write_output(
        self, batch: Batch, rows: list[dict[str, Any]], refused: list[Refused], refused_totals: ControlTotals
    ) -> Output:
        folder = self.staging.new_folder(str(LANE), "output")
        groups = sorted({one["Currency"] for one in rows})
        files = [
            self._file(
                folder, batch.id, position, group, [r for r in rows if group == r["Currency"] or r["Note"] == "both"]
            )
            for position, group in enumerate(groups)
        ]
        sums = totals.of_rows(pa.Table.from_pylist(rows, schema=self.declared.schema()), self.declared.totals)
        amounts = (totals.to_json(sums), totals.to_json(refused_totals))
        return Output(batch.manifest_sha256, folder, files, refused, len(rows), *amounts)

    def _file(self, folder: str, batch: int, position: int, group: str, rows: list[dict[str, Any]]) -> OutputFile:
        text = "".join(f"{key_text((one['Supplier'], one['Invoice']))},{one['Amount']},{one['Note']}\n" for one in rows)
        with self.staging.create(folder, f"file-{position}") as file:
            file.write(text.encode())
        keys = pa.table({KEY_HASH: pa.array(sorted(one[KEY_HASH] for one in rows), pa.binary(16))})
        part = as_json(self.staging.write_part(folder, f"keys-{position}.parquet", keys))
        name, size = f"{group}-{batch:06d}.csv", len(text.encode())
        number, digest = len(rows), file.sha256
        return OutputFile(name, f"file-{position}", group, size, digest, digest, number, number, {}, part)
