"""Transmissions: an EDI file's interchange and the records of its sets, put down in the freeze's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import control_numbers
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.ledger import interchanges
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.lanes import Lane
from airflow_provider_mlconnector.staging.store import StagedFile
from airflow_provider_mlconnector.streams.fingerprint import KEY, KEY_HASH

_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class Transmission:
    """An EDI file of a batch that is being frozen.

    Attributes:
        batch: the batch.
        position: which of its files.
        folder: where the format step's output lies.
        interchange: as `OutputFile.interchange`.
        never_sent: whether it stays where it is, because the partner has the same from before.
    """

    batch: Batch
    position: int
    folder: str
    interchange: Mapping[str, Any]
    never_sent: bool


def put_down(context: LaneContext, connection: Connection, lane: Lane, sent: Transmission) -> None:
    """Put it into the ledger; the numbers of one that is not sent are a gap, and it is not waited for."""
    named, expected = sent.interchange, sent.interchange.get("acknowledgment")
    interchange_id = interchanges.put_down(
        connection,
        lane_id=lane.id,
        batch_id=sent.batch.id,
        position=sent.position,
        partner=named["partner"],
        standard=named["standard"],
        set_code=named["set"],
        group_code=named["group_code"],
        interchange_control=named["interchange"],
        group_control=named["group"],
        test=named["test"],
        sets=named["sets"],
        expected=dict(expected) if expected else None,
        state=interchanges.UNSENT if sent.never_sent else interchanges.PREPARED,
    )
    records = context.staging.read_part(sent.folder, StagedFile(**named["sets_part"]))
    if sent.never_sent:
        why = "not sent, because the partner has the same already"
        control_numbers.of_file(context, connection, lane, sent.batch.id, named, _ends(records), why)
        return
    for rows in _rows(records):
        interchanges.add_records(connection, interchange_id, rows)


def _rows(records: pa.Table) -> Iterator[list[tuple[int, bytes, str, str]]]:
    for some in records.select(["position", KEY_HASH, "control", KEY]).to_batches(max_chunksize=_ROWS_AT_ONCE):
        yield list(zip(*(column.to_pylist() for column in some.columns), strict=True))


def _ends(records: pa.Table) -> tuple[str, str] | None:
    if not records.num_rows:
        return None
    order = records["position"].to_pylist()
    first, last = order.index(min(order)), order.index(max(order))
    return records["control"][first].as_py(), records["control"][last].as_py()
