"""`ping`: sign in at a system, and say what was found and how long it took."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext

from airflow_provider_mlconnector.connection_forms import CONNECTION_TYPES
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.hooks.pinging import Pingable


def ping(arguments: Namespace) -> Iterator[str]:
    """Sign in, read one row or list the folder, and warn of what is due; a warning is an alert too."""
    with _hook(arguments.conn_id) as hook:
        report = hook.ping()
    yield str(report)
    for warning in report.warnings:
        yield f"warning: {warning}"
    _alert(arguments.conn_id, report.warnings)


def _hook(conn_id: str) -> AbstractContextManager[Pingable]:
    from airflow.providers.common.compat.sdk import BaseHook

    from airflow_provider_mlconnector.hooks.partner_sftp import PartnerSftpHook

    kind = BaseHook.get_connection(conn_id).conn_type
    if kind == PartnerSftpHook.conn_type:
        # The type is the official provider's, and so is the hook that Airflow knows for it.
        return nullcontext(PartnerSftpHook(conn_id))
    ours = [form["connection-type"] for form in CONNECTION_TYPES]
    if kind not in ours:
        raise ConfigurationError(f"connection {conn_id} is of type {kind!r}; ping knows {', '.join(ours)} and sftp")
    return closing(BaseHook.get_hook(conn_id))


def _alert(conn_id: str, warnings: tuple[str, ...]) -> None:
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.alerting import Scope, warn
    from airflow_provider_mlconnector.hooks.ledger import existing_ledger, open_ledger
    from airflow_provider_mlconnector.ledger.audit import Actor

    settings = Settings.read()
    # Without warnings there is only an older alert to end, and no ledger has none.
    if warnings or existing_ledger(settings) is not None:
        warn(Scope(open_ledger(settings), Actor(), conn_id), warnings)
