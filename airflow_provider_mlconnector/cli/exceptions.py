"""`exceptions`: list, show, retry, resolve."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from airflow_provider_mlconnector.cli.opened import lane_context, lanes_of, ledger, ledger_to_look_at, open_site, person
from airflow_provider_mlconnector.cli.output import Lines, listing, single
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_mlconnector.ledger.database import Ledger
    from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem

_FIELDS = ("id", "key", "state", "kind", "reason", "cause", "run_id", "batch_id", "attempts", "opened_at")


def list_exceptions(arguments: Namespace) -> Lines:
    """The newest exceptions; open ones, or all."""
    from airflow_provider_mlconnector.ledger import exceptions

    wanted = {} if arguments.all else {"state": exceptions.OPEN}
    with ledger_to_look_at() as opened, opened.read() as connection:
        names = {lane.id: str(lane.name) for lane in lanes_of(opened, arguments)}
        found = [
            item
            for lane_id in names
            for item in exceptions.listed(connection, {**wanted, "lane_id": lane_id}, arguments.limit)
        ]
    found.sort(key=lambda item: item.id, reverse=True)
    rows = [
        {
            "id": item.id,
            "lane": names[item.lane_id],
            "key": item.key,
            "kind": item.kind,
            "reason": item.reason,
            "opened": item.opened_at,
            "state": item.state,
            "retry": _retry(item),
        }
        for item in found[: arguments.limit]
    ]
    return listing(rows, arguments.output)


def show(arguments: Namespace) -> Lines:
    """One exception with all that is known of it."""
    item = _one(ledger(), arguments.id)
    closed = {name: getattr(item, name) for name in ("closed_at", "closed_by", "comment") if item.closed_at}
    fields = {name: getattr(item, name) for name in _FIELDS}
    return single({**fields, "retry": _retry(item), **closed}, arguments.output)


def retry(arguments: Namespace) -> Lines:
    """Have the next run take it in."""
    from airflow_provider_mlconnector.engine import people

    opened = ledger()
    item = _one(opened, arguments.id)
    people.retry(lane_context(opened, item.lane_id, person(arguments)), item)
    return [f"the next run reads {item.key} again"]


def resolve(arguments: Namespace) -> Lines:
    """Close it by hand."""
    from airflow_provider_mlconnector.engine import people

    opened = ledger()
    item = _one(opened, arguments.id)
    decided = None if arguments.at_target is None else arguments.at_target == "yes"
    context = lane_context(opened, item.lane_id, person(arguments))
    people.resolve(context, item, arguments.comment, at_target=decided, open_site=open_site)
    return [f"exception {item.id} of {item.key or 'a record without key'} is decided"]


def _retry(item: ExceptionItem) -> str:
    return "requested" if item.retry_requested else ""


def _one(opened: Ledger, item_id: int) -> ExceptionItem:
    from airflow_provider_mlconnector.ledger import exceptions

    with opened.read() as connection:
        found = exceptions.get(connection, item_id)
    if found is None:
        raise ConfigurationError(f"there is no exception {item_id}")
    return found
