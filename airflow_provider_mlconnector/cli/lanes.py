"""`watermarks`: list, history, rewind."""

from __future__ import annotations

from argparse import Namespace

from airflow_provider_mlconnector.cli.opened import lane_context, lanes_of, ledger, ledger_to_look_at, one_lane, person
from airflow_provider_mlconnector.cli.output import Lines, listing


def list_watermarks(arguments: Namespace) -> Lines:
    """All lanes with their watermarks."""
    with ledger_to_look_at() as opened:
        found = lanes_of(opened, arguments)
    rows = [
        {
            "flow": lane.name.flow,
            "stream": lane.name.stream,
            "target": lane.name.target,
            "partition": lane.name.partition,
            "watermark": lane.watermark or "not set",
            "generation": lane.generation,
            "changes": lane.seq,
        }
        for lane in found
    ]
    return listing(rows, arguments.output)


def history(arguments: Namespace) -> Lines:
    """Every watermark that a lane had, newest first."""
    from airflow_provider_mlconnector.ledger import lanes

    opened = ledger()
    lane = one_lane(opened, arguments)
    with opened.read() as connection:
        moves = lanes.history(connection, lane.id)
    rows = [
        {
            "at": move.at,
            "watermark": move.watermark or "the beginning",
            "generation": move.generation,
            "batch": move.batch_id,
            "run": move.run_id,
            "reason": move.reason,
        }
        for move in moves
    ]
    return listing(rows, arguments.output)


def rewind(arguments: Namespace) -> Lines:
    """Set a watermark back."""
    from airflow_provider_mlconnector.engine import people
    from airflow_provider_mlconnector.streams.cursor import from_person
    from airflow_provider_mlconnector.streams.declaration import CursorField

    opened = ledger()
    lane = one_lane(opened, arguments)
    precision = "second" if "T" in lane.watermark else "rowversion"
    to = from_person(arguments.to, CursorField(column="", precision=precision), end=False) if arguments.to else ""
    people.rewind(lane_context(opened, lane.id, person(arguments)), to, arguments.comment)
    return [f"{lane.name}: the next run reads again from {to or 'the beginning'}; what was sent is not sent again"]
