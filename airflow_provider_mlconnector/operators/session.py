"""A system's session, shared by tasks; where each operator has only one, leased by a run and ended by its last task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseHook, BaseOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.session_lease import SessionLease
    from airflow_provider_mlconnector.hooks.intacct import IntacctHook
    from airflow_provider_mlconnector.hooks.syspro import SysproHook
    from airflow_provider_mlconnector.ledger.database import Ledger
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration


def session_lease(
    hook: SysproHook | IntacctHook,
    ti: Any,
    settings: Settings,
    ledger: Ledger,
    declaration: StreamDeclaration | None = None,
) -> SessionLease | None:
    """The lease through which a task shares its run's session; None where it needs none.

    Where a new session ends no other one, every run shares one, and without encryption keys each task has its own.

    Args:
        hook: of the system's connection.
        ti: Airflow's task instance.
        settings: the section `[mlconnector]`; without encryption keys, each task holds a session of its own.
        ledger: where leases lie.
        declaration: the stream to be read; None for whatever may be asked.
    """
    from airflow_provider_mlconnector.engine.session_lease import SessionLease, TokenCipher

    resource = hook.session_resource(declaration)
    if not resource:
        return None
    cipher = TokenCipher(settings.encryption_keys) if settings.encryption_keys else None
    length = timedelta(minutes=hook.session_minutes())
    if not getattr(hook, "one_session_each", True):
        return (
            SessionLease(ledger, resource, "all runs", length, cipher, scope=hook.session_scope()) if cipher else None
        )
    run = f"{ti.dag_id}/{ti.run_id}"
    holder = run if cipher else f"{run}/{ti.task_id}/{ti.map_index}/{ti.try_number}"
    return SessionLease(ledger, resource, holder, length, cipher, scope=hook.session_scope())


class SysproLogoffOperator(BaseOperator):
    """Ends the session that a run's e.net tasks have shared. The last task of a flow, with trigger rule `all_done`.

    Args:
        syspro_conn_id: the connection. (templated)
    """

    template_fields: Sequence[str] = ("syspro_conn_id",)
    ui_color = "#e8e8e8"

    def __init__(
        self, *, syspro_conn_id: str = "syspro_default", trigger_rule: str = "all_done", **kwargs: Any
    ) -> None:
        super().__init__(trigger_rule=trigger_rule, **kwargs)
        self.syspro_conn_id = syspro_conn_id

    def execute(self, context: Context) -> None:
        """Sign off, if this run holds a session."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.hooks.ledger import open_ledger

        settings = Settings.read()
        hook: Any = BaseHook.get_hook(self.syspro_conn_id)
        lease = session_lease(hook, context["ti"], settings, open_ledger(settings))
        if lease is None or lease.cipher is None:
            self.log.info("every task has signed off by itself")
            return
        try:
            hook.stored_session(lease).close()
        finally:
            hook.close()
