"""A connection as a target that records are posted into, with the session that a run's tasks share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.operators.session import session_lease

if TYPE_CHECKING:
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.ledger.database import Ledger
    from airflow_provider_mlconnector.streams.target import Target


@contextmanager
def open_target(
    hook: Any, kind: str, posting: Mapping[str, Any], ti: Any, settings: Settings, ledger: Ledger
) -> Iterator[Target]:
    """The target, signed in where that is needed; signed off at the end, unless the run goes on with its session.

    Args:
        hook: of the target's connection.
        kind: of document, as the hook names it.
        posting: the site's decisions, as the hook's `target` takes them.
        ti: Airflow's task instance.
        settings: the section `[mlconnector]`.
        ledger: where leases of sessions lie.
    """
    lease = session_lease(hook, ti, settings, ledger)
    session = hook.stored_session(lease) if lease else None
    try:
        yield hook.target(kind, posting, session)
    finally:
        if session and lease and lease.cipher is None:
            session.close()
        hook.close()
