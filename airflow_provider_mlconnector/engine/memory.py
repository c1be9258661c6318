"""Memory: what is forgotten, and which staged files expire (rule 10). Open batches never do."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.ledger import batches, claims, lanes
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.lanes import Lane

if TYPE_CHECKING:
    from airflow_provider_mlconnector.engine.committing import Retention

log = logging.getLogger(__name__)


def tidy(context: LaneContext, lane: Lane, batch: Batch | None, retention: Retention) -> None:
    """Remove expired staging and forget old claims of a lane.

    Args:
        context: the commit's.
        lane: the lane.
        batch: what the commit found committed; its window tells how far back windows reach.
        retention: how long things are kept.
    """
    _expire_staging(context, lane, retention)
    _forget(context, lane, batch, retention)


def _expire_staging(context: LaneContext, lane: Lane, retention: Retention) -> None:
    limit = utc_now() - retention.staging
    with context.ledger.read() as connection:
        old = batches.expirable(connection, lane.id, limit)
    for batch in old:
        context.staging.remove(batch.folder)
        if batch.output:
            context.staging.remove(batch.output["folder"])
        with context.ledger.write() as connection:
            batches.set_expired(connection, batch.id)
    if old:
        log.info("%d batches' staged files have expired", len(old))
    _sweep(context, lane, limit)


def _sweep(context: LaneContext, lane: Lane, limit: datetime) -> None:
    """Remove old folders that no batch names: what killed tasks left, and what was made on the way to frozen files."""
    with context.ledger.read() as connection:
        kept = batches.staged_still(connection, lane.id)
    named = {folder for batch in kept for folder in (batch.folder, (batch.output or {}).get("folder"))}
    # An open batch may still need what was mapped from it.
    oldest = min([limit, *(batch.created_at for batch in kept if batch.state in batches.OPEN)])
    left = [folder for folder in context.staging.folders_before(str(context.name), oldest) if folder not in named]
    for folder in left:
        context.staging.remove(folder)
    if left:
        log.info("%d folders that no batch needs were removed from staging", len(left))


def _forget(context: LaneContext, lane: Lane, batch: Batch | None, retention: Retention) -> None:
    """A claim goes when it is old, and surpassed by a newer one or below every window that may still be asked for.

    No later window of this lane begins below this one; a rewind or a backfill may, and is then held against what was
    forgotten.
    """
    horizon = batch.low if batch and batch.safe_to is not None and batch.generation == lane.generation else ""
    with context.ledger.write() as connection:
        old = batches.forgettable(connection, lane.id, utc_now() - retention.remember)
        below = [b for b in old if horizon and b.safe_to is not None and b.safe_to < horizon and not b.outside]
        rest = [batch.id for batch in old if batch not in below]
        dropped = claims.forget(connection, rest, only_superseded=True)
        dropped += claims.forget(connection, [batch.id for batch in below], only_superseded=False)
        if below:
            limit = max(batch.safe_to or "" for batch in below)
            lanes.forget_below(connection, lane.id, max(lane.forgotten_below, limit))
    if dropped:
        log.info("%d claims older than %d days were forgotten", dropped, retention.remember.days)
