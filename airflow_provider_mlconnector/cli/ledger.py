"""`ledger`: upgrade, status, accept."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from airflow_provider_mlconnector.cli.opened import lane_context, one_lane, person
from airflow_provider_mlconnector.cli.opened import ledger as opened_ledger
from airflow_provider_mlconnector.cli.output import Lines, single
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_mlconnector.engine.context import Seen


def upgrade(_arguments: Namespace) -> Lines:
    """Make the tables, or bring them to this version."""
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.hooks.ledger import open_ledger
    from airflow_provider_mlconnector.ledger.migration import HEAD

    opened = open_ledger(Settings.read())
    return [f"ledger {opened.id} is of version {HEAD}"]


def status(arguments: Namespace) -> Lines:
    """Where the ledger is, of which version, and what is open."""
    from airflow_provider_mlconnector.ledger import alerts, batches, exceptions, lanes
    from airflow_provider_mlconnector.ledger.migration import Migration

    opened = opened_ledger()
    with opened.read() as connection:
        every = lanes.every(connection)
        waiting = sum(len(exceptions.open_of_lane(connection, lane.id)) for lane in every)
        unsent = sum(len(batches.in_states(connection, lane.id, batches.OPEN)) for lane in every)
        raised = [alert.message for alert in alerts.opened(connection)]
    row = {
        "id": opened.id,
        "database": opened.engine.url.render_as_string(hide_password=True),
        "version": Migration(opened.engine).current(),
        "lanes": len(every),
        "open_batches": unsent,
        "open_exceptions": waiting,
        "open_alerts": "; ".join(raised),
    }
    return single(row, arguments.output)


def accept(arguments: Namespace) -> Lines:
    """Believe this ledger although a marker is ahead of it."""
    from airflow_provider_mlconnector.engine import people

    opened = opened_ledger()
    lane = one_lane(opened, arguments)
    people.accept_ledger(lane_context(opened, lane.id, person(arguments)), arguments.comment, _other(arguments.other))
    return [f"{lane.name}: this ledger is believed from now on; what it does not know may be sent again"]


def _other(named: str) -> Seen | None:
    from airflow_provider_mlconnector.engine.context import Seen

    ledger_id, _, change = named.rpartition(":")
    if named and not (ledger_id and change.isdigit()):
        raise ConfigurationError(f"--other is '{named}'; give it as the error shows it, ID:CHANGE")
    return Seen(ledger_id, int(change)) if named else None
