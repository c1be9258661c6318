"""Waits, in the triggerer, until Stampli has put a new file down whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

if TYPE_CHECKING:
    from airflow_provider_mlconnector.engine.arrivals import Watch

_NAMED = 5
"""Names of files in an event, which becomes a row of Airflow's database."""


class StampliFilesTrigger(BaseTrigger):
    """Fires once a file lies there that has settled and has not been taken in.

    Its row names the connection, and holds nothing of what is in it. What is known lies in the ledger, so that a
    triggerer that is started again only waits for a file to settle once more.

    Args:
        stampli_conn_id: the connection.
        entity: what the files hold, such as `invoices`.
        poke_interval: seconds between two looks.
    """

    def __init__(self, stampli_conn_id: str, entity: str, poke_interval: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.stampli_conn_id = stampli_conn_id
        self.entity = entity
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What Airflow stores of it."""
        kept = {
            "stampli_conn_id": self.stampli_conn_id,
            "entity": self.entity,
            "poke_interval": self.poke_interval,
        }
        return f"{type(self).__module__}.{type(self).__qualname__}", kept

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until there is something; what a retry may mend is looked past, anything else is told at once."""
        from airflow_provider_mlconnector.errors import MlconnectorError

        watch: Watch | None = None
        # In a thread, because SFTP waits; not in the one that all triggers share.
        look = sync_to_async(look_once, thread_sensitive=False)
        while True:
            try:
                watch, names = await look(self.stampli_conn_id, self.entity, watch)
            except MlconnectorError as error:
                if not error.retriable:
                    yield _event({"error": f"{type(error).__name__}: {error}"})
                    return
                self.log.warning("could not look: %s", error)
                names = []
            if names:
                yield _event({"files": len(names), "names": list(names[:_NAMED])})
                return
            await asyncio.sleep(self.poke_interval)


def look_once(conn_id: str, entity: str, watch: Watch | None = None) -> tuple[Watch, Sequence[str]]:
    """One look into the folder, held against the ledger.

    Args:
        conn_id: the connection.
        entity: what the files hold.
        watch: what earlier looks have seen.

    Returns:
        What has been seen by now, and the names of the files that can be taken in.

    Raises:
        MlconnectorError: the folder could not be looked into.
    """
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.arrivals import Watch
    from airflow_provider_mlconnector.engine.receiving import listing
    from airflow_provider_mlconnector.hooks.ledger import existing_ledger
    from airflow_provider_mlconnector.hooks.stampli import StampliHook
    from airflow_provider_mlconnector.ledger import inbox
    from airflow_provider_mlconnector.pipeline.stampli_files import intake_of

    hook = StampliHook(conn_id)
    watch = watch or Watch(intake_of(conn_id, hook.config(), entity))
    ledger = existing_ledger(Settings.read())
    with hook.outbound(entity) as box:
        listed = listing(box, watch.intake)
    known = set()
    if ledger is not None:
        with ledger.read() as connection:
            known = inbox.known_looks(connection, watch.intake.place)
    return watch, watch.settled(listed, known, time.monotonic())


def _event(payload: dict[str, Any]) -> TriggerEvent:
    return TriggerEvent(payload)  # type: ignore[no-untyped-call]
