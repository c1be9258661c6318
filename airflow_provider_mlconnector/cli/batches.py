"""`batches`: list, show, abandon."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.cli.opened import lane_context, lanes_of, ledger, ledger_to_look_at, person
from airflow_provider_mlconnector.cli.output import Lines, listing, single
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from airflow_provider_mlconnector.ledger.batches import Batch
    from airflow_provider_mlconnector.ledger.database import Ledger


def list_batches(arguments: Namespace) -> Lines:
    """The newest batches."""
    from airflow_provider_mlconnector.ledger import batches

    with ledger_to_look_at() as opened, opened.read() as connection:
        names = {lane.id: str(lane.name) for lane in lanes_of(opened, arguments)}
        found = [each for lane_id in names for each in batches.listed(connection, lane_id, arguments.limit)]
    found.sort(key=lambda each: each.id, reverse=True)
    rows = [
        {
            "id": each.id,
            "lane": names[each.lane_id],
            "run": each.run_id,
            "state": each.state,
            "rows": each.rows,
            "created": each.created_at,
            "counts": each.counts,
        }
        for each in found[: arguments.limit]
    ]
    return listing(rows, arguments.output)


def show_rows(opened: Ledger, each: Batch) -> dict[str, Any]:
    """A batch with its files or postings, as it is shown."""
    from airflow_provider_mlconnector.ledger import batches, lanes

    with opened.read() as connection:
        lane = lanes.by_id(connection, each.lane_id)
        sent = _postings(connection, each) if batches.is_posted(each) else _files(connection, each)
    return {
        "id": each.id,
        "lane": str(lane.name),
        "dag": each.dag_id,
        "run": each.run_id,
        "state": each.state,
        "window": f"{each.low or 'the beginning'} to {each.high or 'the end'}",
        "safe_to": each.safe_to,
        "generation": each.generation,
        "rows": each.rows,
        "counts": dict(each.counts),
        "totals": dict(each.totals),
        "staged_in": each.folder if each.expired_at is None else f"expired on {each.expired_at:%Y-%m-%d}",
        "created": each.created_at,
        "frozen": each.frozen_at,
        "ended": each.ended_at,
        **sent,
    }


def _files(connection: Connection, each: Batch) -> dict[str, Any]:
    from airflow_provider_mlconnector.ledger import deliveries

    files = deliveries.of_batch(connection, each.id)
    return {"files": ", ".join(f"{file.name} ({file.state}, delivery {file.id})" for file in files)}


def _postings(connection: Connection, each: Batch) -> dict[str, Any]:
    from airflow_provider_mlconnector.ledger import postings

    return {"postings": postings.count_states(connection, each.id)}


def show_batch(arguments: Namespace) -> Lines:
    """One batch with its files or postings."""
    opened = ledger()
    return single(show_rows(opened, one_batch(opened, arguments.id)), arguments.output)


def abandon(arguments: Namespace) -> Lines:
    """Give up a batch that is being sent."""
    from airflow_provider_mlconnector.engine import people

    opened = ledger()
    each = one_batch(opened, arguments.id)
    people.abandon(lane_context(opened, each.lane_id, person(arguments)), each.id, arguments.comment)
    return [f"batch {each.id} is abandoned; what it had not sent stands under exceptions"]


def one_batch(opened: Ledger, batch_id: int) -> Batch:
    """The batch with this id.

    Raises:
        ConfigurationError: there is none.
    """
    from airflow_provider_mlconnector.ledger import batches

    with opened.read() as connection:
        found = batches.get(connection, batch_id)
    if found is None:
        raise ConfigurationError(f"there is no batch {batch_id}")
    return found
