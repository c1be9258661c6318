"""Cancelling documents: a deleted record goes out once more as it was sent last, and says that it is deleted.

Its version stays that of the bare deletion, whatever was sent before: so it is known again when it is found again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.engine import manifest
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.ledger import batches, claims
from airflow_provider_mlconnector.streams.declaration import DELETED, OnDeleted
from airflow_provider_mlconnector.streams.fingerprint import BOOKKEEPING, KEY_HASH

if TYPE_CHECKING:
    from airflow_provider_mlconnector.engine.reading import Reading

UNCANCELLED = "uncancelled"
"""The verdict of a deletion whose record can't be found as it was sent."""


def with_what_was_sent(reading: Reading, rows: pa.Table) -> pa.Table:
    """Fill the deletions among rows that are to be claimed with what was sent of their records.

    Where that is not to be had, the row is left out, and a person is asked.

    Args:
        reading: the poll's, within a transaction.
        rows: as they were read, with their hashes.
    """
    if reading.bench.declaration.deleted is not OnDeleted.CANCEL or not pc.any(rows[DELETED]).as_py():
        return rows
    bare = rows.filter(rows[DELETED])
    sent = _Sent(reading, bare[KEY_HASH].to_pylist())
    found = pa.concat_tables([bare.schema.empty_table(), *(_cancelling(bare, old) for old in sent.rows())])
    reading.polled.leave_out(list(sent.missing), UNCANCELLED)
    reading.absent.uncancelled |= sent.missing
    return pa.concat_tables([rows.filter(pc.invert(rows[DELETED])), found])


def _cancelling(bare: pa.Table, old: pa.Table) -> pa.Table:
    """Old rows in the columns of now, with the hashes of their deletions."""
    asked = bare.take(pc.index_in(old[KEY_HASH], value_set=bare[KEY_HASH].combine_chunks()))
    columns = []
    for field in bare.schema:
        if field.name in (*BOOKKEEPING, DELETED):
            columns.append(asked[field.name])
        elif field.name in old.schema.names:
            columns.append(old[field.name].cast(field.type))
        else:
            columns.append(pa.nulls(old.num_rows, field.type))
    return pa.table(columns, schema=bare.schema)


class _Sent:
    """Looks for records as they were sent last, in the batches that the ledger names."""

    def __init__(self, reading: Reading, keys: Sequence[bytes]) -> None:
        self._reading = reading
        self._brought_by = claims.brought_by(reading.polled.connection, reading.bench.lane_id, keys)
        self.missing: dict[bytes, str] = {}

    def rows(self) -> Iterator[pa.Table]:
        """What is found, in the schema of then; what is not stands in `missing` afterwards, with the reason."""
        while self._brought_by:
            batch_id = max(ids[0] for ids in self._brought_by.values())
            keys = {key for key, ids in self._brought_by.items() if ids[0] == batch_id}
            try:
                found = list(self._of_batch(batch_id, keys))
            except (IntegrityError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                self._give_up(keys, f"what batch {batch_id} has sent of it can't be read any more ({error})")
                continue
            for rows in found:
                keys -= set(rows[KEY_HASH].to_pylist())
                for key in rows[KEY_HASH].to_pylist():
                    del self._brought_by[key]
                yield rows
            self._look_further(keys, batch_id)

    def _of_batch(self, batch_id: int, keys: set[bytes]) -> Iterator[pa.Table]:
        reading = self._reading
        batch = batches.get(reading.polled.connection, batch_id)
        if batch is None or batch.expired_at is not None:
            raise IntegrityError("its staged files have expired")
        wanted = pa.array(sorted(keys), pa.binary(16))
        for part in manifest.rows_of(reading.staging, batch):
            rows = part.filter(pc.is_in(part[KEY_HASH], value_set=wanted))
            if rows.num_rows:
                _castable(rows, reading.bench.declaration.schema())
                yield rows

    def _look_further(self, keys: set[bytes], batch_id: int) -> None:
        """A batch that only took a new hash over holds no row: the one before does."""
        for key in keys:
            self._brought_by[key] = self._brought_by[key][1:]
        self._give_up(
            {key for key in keys if not self._brought_by[key]}, f"batch {batch_id} does not hold it as it was sent"
        )

    def _give_up(self, keys: set[bytes], why: str) -> None:
        for key in keys:
            del self._brought_by[key]
            self.missing[key] = (
                f"the record is deleted at the source, and can't be cancelled: {why}; tell the partner, and resolve it"
            )


def _castable(rows: pa.Table, schema: pa.Schema) -> None:
    for name in set(rows.schema.names) & set(schema.names):
        rows[name].cast(schema.field(name).type)
