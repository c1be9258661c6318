"""`postings`: list, show."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.cli.opened import lanes_of, ledger, ledger_to_look_at
from airflow_provider_mlconnector.cli.output import Lines, listing, single
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from airflow_provider_mlconnector.ledger.postings import Posting


def list_postings(arguments: Namespace) -> Lines:
    """The newest attempts to post a record."""
    from airflow_provider_mlconnector.ledger import postings

    with ledger_to_look_at() as opened, opened.read() as connection:
        names = {lane.id: str(lane.name) for lane in lanes_of(opened, arguments)}
        wanted: dict[str, Any] = {"lane_id": list(names)}
        wanted |= {"state": arguments.state} if arguments.state else {}
        found = postings.listed(connection, wanted, arguments.limit, arguments.key)
        rows = [_row(connection, each, names[each.lane_id]) for each in found]
    return listing(rows, arguments.output)


def show(arguments: Namespace) -> Lines:
    """One attempt: who made it, when, and what the target said."""
    from airflow_provider_mlconnector.ledger import audit, batches, lanes, postings

    with ledger().read() as connection:
        each = postings.with_own_id(connection, arguments.own_id)
        if each is None:
            raise ConfigurationError(
                f"there is no posting {arguments.own_id}", "See 'airflow mlconnector postings list'."
            )
        lane = lanes.by_id(connection, each.lane_id)
        batch = batches.get(connection, each.batch_id)
        begun = {"batch_id": each.batch_id, "event": "posting", "detail": postings.begun(each)}
        event = next(iter(audit.search(connection, begun, None, None, 1)), None)
        row = _row(connection, each, str(lane.name))
    more = {
        "dag": batch.dag_id if batch else "",
        "task": f"{event.task_id} (try {event.try_number})" if event else "",
        "through": event.system if event else "",
        "record": event.object if event else "",
        "company": each.company,
        "settled": each.settled_at,
    }
    return single({**row, **more}, arguments.output)


def _row(connection: Connection, each: Posting, lane: str) -> dict[str, Any]:
    from airflow_provider_mlconnector.ledger import batches

    batch = batches.get(connection, each.batch_id)
    return {
        "own_id": each.own_id,
        "lane": lane,
        "kind": each.kind,
        "key": each.key,
        "attempt": each.attempt,
        "state": each.state,
        "begun": each.intent_at,
        "ended": each.ended_at,
        "target_key": each.target_key,
        "batch": each.batch_id,
        "run": batch.run_id if batch else "",
        "answer": each.answer,
    }
