"""`deliveries`: list, show, replay, confirm, again."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from airflow_provider_mlconnector.cli.opened import lane_context, lanes_of, ledger, ledger_to_look_at, open_site, person
from airflow_provider_mlconnector.cli.output import Lines, listing, single
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_mlconnector.ledger.database import Ledger
    from airflow_provider_mlconnector.ledger.deliveries import Delivery


def list_deliveries(arguments: Namespace) -> Lines:
    """The newest files."""
    from airflow_provider_mlconnector.ledger import deliveries

    with ledger_to_look_at() as opened, opened.read() as connection:
        names = {lane.id: str(lane.name) for lane in lanes_of(opened, arguments)}
        found = [each for lane_id in names for each in deliveries.listed(connection, lane_id, arguments.limit)]
    found.sort(key=lambda each: each.id, reverse=True)
    rows = [
        {
            "id": each.id,
            "lane": names[each.lane_id],
            "name": each.name,
            "state": each.state,
            "rows": each.rows,
            "bytes": each.size,
            "totals": dict(each.totals),
            "confirmed": each.confirmed_at,
        }
        for each in found[: arguments.limit]
    ]
    return listing(rows, arguments.output)


def show(arguments: Namespace) -> Lines:
    """One file with all that is known of it."""
    each = _one(ledger(), arguments.id)
    return single({name: value for name, value in vars(each).items() if name != "lane_id"}, arguments.output)


def replay(arguments: Namespace) -> Lines:
    """Send the same bytes under the same name again."""
    from airflow_provider_mlconnector.engine.replaying import replay as send_again

    opened = ledger()
    each = _one(opened, arguments.id)
    context = lane_context(opened, each.lane_id, person(arguments))
    older = arguments.although_older
    sent = send_again(context, each, open_site, arguments.comment, although_older=older)
    return [f"{each.name} was sent again" if sent else f"{each.name} lies at the partner with these bytes already"]


def confirm(arguments: Namespace) -> Lines:
    """Of a file in doubt: the partner has it."""
    return _decide(arguments, arrived=True)


def again(arguments: Namespace) -> Lines:
    """Of a file in doubt: the partner does not have it, and it is to be sent again."""
    return _decide(arguments, arrived=False)


def _decide(arguments: Namespace, *, arrived: bool) -> Lines:
    from airflow_provider_mlconnector.engine import people

    opened = ledger()
    each = _one(opened, arguments.id)
    context = lane_context(opened, each.lane_id, person(arguments))
    people.decide_delivery(context, each, arrived=arrived, comment=arguments.comment, open_site=open_site)
    return [f"{each.name} is {'confirmed' if arrived else 'to be sent again'}; now clear its run's failed tasks"]


def _one(opened: Ledger, delivery_id: int) -> Delivery:
    from airflow_provider_mlconnector.ledger import deliveries

    with opened.read() as connection:
        found = deliveries.get(connection, delivery_id)
    if found is None:
        raise ConfigurationError(f"there is no delivery {delivery_id}")
    return found
