"""`ping`: sign in at a system, and say what was found and how long it took."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from airflow_provider_mlconnector.errors import ConfigurationError


def ping(arguments: Namespace) -> Iterator[str]:
    """Sign in, read one row or list the folder, and warn of what is due; a warning is an alert too."""
    from airflow.providers.common.compat.sdk import BaseHook

    kind = BaseHook.get_connection(arguments.conn_id).conn_type
    if kind == "sftp":
        found, warnings = _sftp(arguments.conn_id)
    elif kind == "syspro":
        found, warnings = _syspro(arguments.conn_id)
    elif kind == "intacct":
        found, warnings = _intacct(arguments.conn_id)
    else:
        raise ConfigurationError(
            f"connection {arguments.conn_id} is of type {kind!r}; ping knows syspro, intacct and sftp"
        )
    yield found
    for warning in warnings:
        yield f"warning: {warning}"
    _alert(arguments.conn_id, warnings)


def _sftp(conn_id: str) -> tuple[str, tuple[str, ...]]:
    from airflow_provider_mlconnector.hooks.partner_sftp import PartnerSftpHook

    report = PartnerSftpHook(conn_id).ping()
    return str(report), report.warnings


def _syspro(conn_id: str) -> tuple[str, tuple[str, ...]]:
    from airflow_provider_mlconnector.hooks.syspro import SysproHook

    with closing(SysproHook(conn_id)) as hook:
        return _said(hook.ping())


def _intacct(conn_id: str) -> tuple[str, tuple[str, ...]]:
    from airflow_provider_mlconnector.hooks.intacct import IntacctHook

    with closing(IntacctHook(conn_id)) as hook:
        return _said(hook.ping())


def _said(report: Any) -> tuple[str, tuple[str, ...]]:
    found = ", ".join(f"{name} {value}" for name, value in report.found.items())
    return f"{found}; {report.seconds:.1f} s", report.warnings


def _alert(conn_id: str, warnings: tuple[str, ...]) -> None:
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.alerting import Scope, warn
    from airflow_provider_mlconnector.hooks.ledger import existing_ledger, open_ledger
    from airflow_provider_mlconnector.ledger.audit import Actor

    settings = Settings.read()
    # Without warnings there is only an older alert to end, and no ledger has none.
    if warnings or existing_ledger(settings) is not None:
        warn(Scope(open_ledger(settings), Actor(), conn_id), warnings)
