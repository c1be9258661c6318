"""Memory: what is forgotten, and which staged files expire (rule 10). Open batches never do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.ledger import batches, claims, lanes
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.lanes import Lane
from airflow_provider_mlconnector.streams import cursor

if TYPE_CHECKING:
    from airflow_provider_mlconnector.engine.committing import Retention

log = logging.getLogger(__name__)


def tidy(context: LaneContext, lane: Lane, retention: Retention) -> None:
    """Remove expired staging and forget old claims of a lane."""
    _expire_staging(context, lane, retention)
    _forget(context, lane, retention)


def _expire_staging(context: LaneContext, lane: Lane, retention: Retention) -> None:
    with context.ledger.read() as connection:
        old = batches.expirable(connection, lane.id, utc_now() - retention.staging)
    for batch in old:
        context.staging.remove(batch.folder)
        if batch.output:
            context.staging.remove(batch.output["folder"])
        with context.ledger.write() as connection:
            batches.set_expired(connection, batch.id)
    if old:
        log.info("%d batches' staged files have expired", len(old))


def _forget(context: LaneContext, lane: Lane, retention: Retention) -> None:
    """A claim goes when it is old, and surpassed by a newer one or below every window that may still be asked for."""
    horizon = cursor.minus(lane.watermark, retention.lookback) if retention.lookback is not None else ""
    with context.ledger.write() as connection:
        old = batches.forgettable(connection, lane.id, utc_now() - retention.remember)
        below = [batch for batch in old if horizon and batch.safe_to is not None and batch.safe_to < horizon]
        rest = [batch.id for batch in old if batch not in below]
        dropped = claims.forget(connection, rest, only_superseded=True)
        dropped += claims.forget(connection, [batch.id for batch in below], only_superseded=False)
        if below:
            limit = max(batch.safe_to or "" for batch in below)
            lanes.forget_below(connection, lane.id, max(lane.forgotten_below, limit))
    if dropped:
        log.info("%d claims older than %d days were forgotten", dropped, retention.remember.days)
