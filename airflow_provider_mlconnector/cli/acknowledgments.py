"""`acknowledgments`: list, show, files, reread."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.cli.opened import lanes_of, ledger, ledger_to_look_at, person
from airflow_provider_mlconnector.cli.output import Lines, listing, single
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_mlconnector.ledger.interchanges import Interchange

_RECORDS_SHOWN = 100


def list_acknowledgments(arguments: Namespace) -> Lines:
    """The newest EDI files and what partners said of them; all, or those that are not answered yet."""
    from airflow_provider_mlconnector.ledger import interchanges

    states = interchanges.WAITING if arguments.waiting else ()
    with ledger_to_look_at() as opened, opened.read() as connection:
        names = {lane.id: str(lane.name) for lane in lanes_of(opened, arguments)}
        found = interchanges.listed(connection, list(names), states, arguments.limit)
    return listing([_row(each, names[each.lane_id]) for each in found], arguments.output)


def show(arguments: Namespace) -> Lines:
    """One EDI file with its control numbers, and the records whose set was not simply accepted."""
    from airflow_provider_mlconnector.ledger import deliveries, interchanges, lanes

    with ledger().read() as connection:
        each = interchanges.get(connection, arguments.id)
        if each is None:
            raise ConfigurationError(f"there is no acknowledgment {arguments.id}")
        name = str(lanes.by_id(connection, each.lane_id).name)
        files = [file for file in deliveries.of_batch(connection, each.batch_id) if file.position == each.position]
        sets = interchanges.count_states(connection, each.id)
        left = interchanges.not_accepted(connection, each.id, _RECORDS_SHOWN)
    more = {
        "file": ", ".join(f"{file.name} (delivery {file.id}, {file.state})" for file in files),
        "group_code": each.group_code,
        "expected": ", ".join((each.expected or {}).get("kinds", ())) or "nothing",
        "told_overdue": each.overdue_at,
        "said": each.reason,
        "sets_by_state": sets,
    }
    records = {
        f"{row.key} (set {row.control})": f"{row.state}: {row.reason}" if row.reason else row.state for row in left
    }
    return single({**_row(each, name), **more, **records}, arguments.output)


def files(arguments: Namespace) -> Lines:
    """The newest files that came in: those that fit nothing or could not be read, or all."""
    from airflow_provider_mlconnector.ledger import received

    outcomes = () if arguments.all else (*received.MAY_BE_REREAD, received.REREAD)
    with ledger_to_look_at() as opened, opened.read() as connection:
        found = received.listed(connection, outcomes, arguments.limit)
    rows = [
        {
            "id": each.id,
            "from": each.partner,
            "file": "/".join(filter(None, (each.folder, each.moved_to or each.name))),
            "read": each.read_at,
            "outcome": each.outcome,
            "detail": each.detail,
        }
        for each in found
    ]
    return listing(rows, arguments.output)


def reread(arguments: Namespace) -> Lines:
    """Have a file that fitted nothing read again by the next run of its task."""
    from airflow_provider_mlconnector.engine import rereading
    from airflow_provider_mlconnector.ledger.audit import Actor

    file = rereading.ask(ledger(), Actor(person=person(arguments)), arguments.id, arguments.comment)
    return [f"{file.name} is read again by the next run of the task that reads {file.folder or 'its folder'}"]


def _row(each: Interchange, lane: str) -> dict[str, Any]:
    return {
        "id": each.id,
        "lane": lane,
        "partner": each.partner,
        "set": each.set_code,
        "interchange": each.interchange_control,
        "group": each.group_control,
        "sets": each.sets,
        "state": each.state,
        "due": each.due_at,
        "acknowledged": each.acknowledged_at,
    }
