"""Before a file counts as not arrived: no try that still sleeps before its rename may make it arrive later."""

from __future__ import annotations

from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.engine.site import OpenSite, holds
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.ledger.deliveries import Delivery


def fence(delivery: Delivery, open_site: OpenSite) -> None:
    """Take the temporary file away that was to be renamed: without it no rename can succeed, whenever it comes.

    Raises:
        ConfigurationError: the file lies at the partner under its final name, with the bytes that were sent.
        TransientError: the partner did not answer.
    """
    with open_site(Destination(delivery.partner, delivery.folder)) as site:
        if delivery.temporary_name and site.stat(delivery.temporary_name):
            site.remove(delivery.temporary_name)
        if holds(site, delivery, site.stat(delivery.name)):
            raise ConfigurationError(
                f"{delivery.name} lies at {delivery.partner}, with the bytes that were sent.",
                "Say that they have it.",
            )
