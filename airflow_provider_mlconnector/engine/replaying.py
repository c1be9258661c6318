"""Replay: a file that was delivered is sent again, byte for byte, because a person asks for it (property 6)."""

from __future__ import annotations

import uuid
from hashlib import sha256

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.freezing import Destination, output_of
from airflow_provider_mlconnector.engine.site import OpenSite, Site, holds
from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError, RejectedError
from airflow_provider_mlconnector.ledger import batches, claims, deliveries, lanes
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.deliveries import Delivery


def replay(
    context: LaneContext, delivery: Delivery, open_site: OpenSite, comment: str, *, although_older: bool = False
) -> bool:
    """Send a confirmed file again, under its name.

    Args:
        context: who asks.
        delivery: the file.
        open_site: connects to the partner.
        comment: why.
        although_older: whether it is sent although some of its records have gone out in a newer version since.

    Returns:
        Whether it was sent; False where it lies there already, with the same bytes.

    Raises:
        ConfigurationError: it was never confirmed, its staged bytes have expired, or it would bring old versions back.
        RejectedError: another file has its name at the partner.
        IntegrityError: the staged bytes are damaged.
    """
    folder = _folder(context, delivery)
    with context.ledger.read() as connection:
        newer = claims.surpassed(connection, delivery.batch_id, delivery.position)
    if newer and not although_older:
        raise ConfigurationError(
            f"{newer} records of {delivery.name} have been sent in a newer version since; a replay undoes that.",
            "If the partner is to have it all the same, say --although-older.",
        )
    with open_site(Destination(delivery.partner, delivery.folder)) as site:
        there = site.stat(delivery.name)
        if there is not None:
            if holds(site, delivery, there):
                return False
            raise RejectedError(f"{delivery.name} is there with other bytes.", "Ask the partner to take it away.")
        # The marker stands before anything is done outside, as for every act (rule 4).
        _record(context, delivery, "replay begins", comment)
        _send(context, folder, delivery, site)
    _record(context, delivery, "replayed", comment)
    return True


def _folder(context: LaneContext, delivery: Delivery) -> str:
    if delivery.state != deliveries.CONFIRMED:
        raise ConfigurationError(f"delivery {delivery.id} is {delivery.state}; only a confirmed one is replayed")
    with context.ledger.read() as connection:
        batch = batches.get(connection, delivery.batch_id)
    if batch is None or batch.expired_at is not None:
        raise ConfigurationError(
            f"the staged bytes of {delivery.name} have expired.", "See [mlconnector] staging_retention_days."
        )
    return output_of(context, batch).folder


def _send(context: LaneContext, folder: str, delivery: Delivery, site: Site) -> None:
    with context.staging.open(folder, delivery.staged_name) as staged:
        digest = sha256()
        while piece := staged.read(1 << 20):
            digest.update(piece)
    if digest.hexdigest() != delivery.sha256:
        raise IntegrityError(f"the staged bytes of {delivery.name} are not those that were sent; nothing was sent")
    temporary = f".{delivery.name}.{uuid.uuid4().hex[:12]}.part"
    with context.staging.open(folder, delivery.staged_name) as source:
        site.upload(temporary, source, delivery.size)
    site.rename_new(temporary, delivery.name)


def _record(context: LaneContext, delivery: Delivery, event: str, comment: str) -> None:
    with context.ledger.write() as connection:
        lane = context.lock(connection)
        seq = lanes.bump(connection, lane.id)
        about = Event(
            event,
            delivery.name,
            system=delivery.partner,
            rows=delivery.rows,
            detail=comment,
            batch_id=delivery.batch_id,
        )
        context.record(connection, lane, about)
    context.mark(seq)
