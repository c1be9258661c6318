"""Memory: what is forgotten, and which staged files expire (rule 10). Open batches never do."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.ledger import batches, claims
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.lanes import Lane

if TYPE_CHECKING:
    from airflow_provider_mlconnector.engine.committing import Retention

log = logging.getLogger(__name__)


def tidy(context: LaneContext, lane: Lane, batch: Batch | None, retention: Retention) -> None:
    """Remove expired staging and forget versions that have long been surpassed.

    Args:
        context: the commit's.
        lane: the lane.
        batch: what the commit found committed.
        retention: how long things are kept.
    """
    _expire_staging(context, lane, retention)
    _forget(context, batch, retention)


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


def _forget(context: LaneContext, batch: Batch | None, retention: Retention) -> None:
    if batch is None:
        return
    with context.ledger.write() as connection:
        dropped = claims.forget_surpassed(connection, batch.id, utc_now() - retention.remember)
    if dropped:
        log.info("%d surpassed versions older than %d days were forgotten", dropped, retention.remember.days)
