"""Control numbers that were allotted and never left: each such gap is audited in the transaction that makes it one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.ledger import interchanges, numbers
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.lanes import Lane


def lost(context: LaneContext, connection: Connection, lane: Lane, batch_id: int) -> None:
    """A batch is superseded before it was sent: whatever it was allotted is lost."""
    for block in numbers.of_batch(connection, batch_id, numbers.CONTROL):
        _record(context, connection, lane, batch_id, str(block), block.count, "superseded before it was sent")


def never_sent(context: LaneContext, connection: Connection, lane: Lane, batch_id: int, position: int) -> None:
    """One of a batch's files will never reach the partner."""
    found = interchanges.never_left(connection, batch_id, position)
    if found:
        whole = {
            "partner": found.partner,
            "interchange": found.interchange_control,
            "group": found.group_control,
            "sets": found.sets,
        }
        ends = interchanges.first_and_last(connection, found.id)
        of_file(context, connection, lane, batch_id, whole, ends, "given up before it was sent")


def of_file(
    context: LaneContext,
    connection: Connection,
    lane: Lane,
    batch_id: int,
    interchange: Mapping[str, Any],
    sets: tuple[str, str] | None,
    why: str,
) -> None:
    """The numbers of one interchange that never left; `sets` are those of its first and last set."""
    partner = interchange["partner"]
    ends = [("interchange", interchange["interchange"], interchange["interchange"], 1)]
    ends += [("group", interchange["group"], interchange["group"], 1)] if interchange["group"] else []
    ends += [("set", *sets, interchange["sets"])] if sets else []
    for kind, first, last, count in ends:
        spans = numbers.shown(counter(partner, kind), _number(first), _number(last))
        _record(context, connection, lane, batch_id, spans, count, why)


def unused(
    context: LaneContext,
    connection: Connection,
    lane: Lane,
    batch: Batch,
    files: Sequence[Mapping[str, Any] | None],
) -> None:
    """A batch is frozen: what it was allotted for files that were made before, and are not among these, is lost."""
    carried: Counter[str] = Counter()
    for file in files:
        if file:
            carried[counter(file["partner"], "interchange")] += 1
            carried[counter(file["partner"], "group")] += bool(file["group"])
            carried[counter(file["partner"], "set")] += file["sets"]
    blocks = numbers.of_batch(connection, batch.id, numbers.CONTROL)
    for name in dict.fromkeys(block.counter for block in blocks):
        of_counter = [block for block in blocks if block.counter == name]
        missing = sum(block.count for block in of_counter) - carried[name]
        if missing > 0:
            spans = ", ".join(str(block).removeprefix(f"{name} ") for block in of_counter)
            why = f"formatted anew with fewer; {missing} of {spans} are not used"
            _record(context, connection, lane, batch.id, name, missing, why)


def counter(partner: str, kind: str) -> str:
    """The counter of what is sent to a partner; kinds are `interchange`, `group` and `set`."""
    return f"{numbers.CONTROL}{partner}:out:{kind}"


def _number(control: str) -> int | str:
    number = interchanges.as_number(control)
    return control if number is None else number


def _record(
    context: LaneContext, connection: Connection, lane: Lane, batch_id: int, spans: str, count: int, why: str
) -> None:
    event = Event(numbers.GAP, spans, rows=count, detail=f"batch {batch_id}: {why}", batch_id=batch_id)
    context.record(connection, lane, event)
