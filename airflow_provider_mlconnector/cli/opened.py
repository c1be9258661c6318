"""The ledger and the lane that a command is about."""

from __future__ import annotations

import getpass
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.engine.freezing import Destination
    from airflow_provider_mlconnector.ledger.database import Ledger
    from airflow_provider_mlconnector.ledger.lanes import Lane
    from airflow_provider_mlconnector.systems.sftp.site import PartnerSite


def ledger() -> Ledger:
    """The ledger that the settings name.

    Raises:
        ConfigurationError: there is none yet, or it is of an older version.
    """
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.hooks.ledger import existing_ledger

    found = existing_ledger(Settings.read())
    if found is None:
        raise ConfigurationError(
            "there is no ledger yet.", "A flow's first task makes it, or 'airflow mlconnector ledger upgrade'."
        )
    return found


@contextmanager
def ledger_to_look_at() -> Iterator[Ledger]:
    """The ledger for a command that only looks; where none has been made yet, an empty one that is gone afterwards."""
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.hooks.ledger import existing_ledger
    from airflow_provider_mlconnector.ledger.database import Ledger

    found = existing_ledger(Settings.read())
    if found is not None:
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="mlconnector-empty-") as scratch:
        yield Ledger(f"sqlite:///{scratch}/ledger.db")


def person(arguments: Namespace) -> str:
    """Who acts, for the audit."""
    return str(arguments.by or getpass.getuser())


def lanes_of(opened: Ledger, arguments: Namespace) -> list[Lane]:
    """The lanes that the arguments name."""
    from airflow_provider_mlconnector.ledger import lanes

    with opened.read() as connection:
        found = lanes.every(connection, arguments.flow, arguments.stream)
    target, partition = getattr(arguments, "target", ""), getattr(arguments, "partition", "")
    return [
        lane
        for lane in found
        if (not target or lane.name.target == target) and (not partition or lane.name.partition == partition)
    ]


def one_lane(opened: Ledger, arguments: Namespace) -> Lane:
    """The lane that the arguments name.

    Raises:
        ConfigurationError: there is none, or several; the message lists them.
    """
    found = lanes_of(opened, arguments)
    if len(found) == 1:
        return found[0]
    named = ", ".join(str(lane.name) for lane in found) or "none"
    raise ConfigurationError(f"the arguments name {len(found)} lanes: {named}.", "Say --flow, --stream and --target.")


def open_site(to: Destination) -> PartnerSite:
    """The partner's folder to which a file went."""
    from airflow_provider_mlconnector.hooks.partner_sftp import PartnerSftpHook

    return PartnerSftpHook(to.partner).site(to.folder)


def lane_context(opened: Ledger, lane_id: int, by: str) -> LaneContext:
    """A person's view of a lane."""
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.hooks.ledger import open_staging
    from airflow_provider_mlconnector.ledger import lanes
    from airflow_provider_mlconnector.ledger.audit import Actor

    with opened.read() as connection:
        lane = lanes.by_id(connection, lane_id)
    return LaneContext(opened, open_staging(Settings.read()), lane.name, Actor(person=by))
