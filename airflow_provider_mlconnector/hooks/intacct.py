"""An Airflow connection of type `intacct` as sources of Sage Intacct."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.hooks.form import connection_form_widgets, ui_field_behaviour
from airflow_provider_mlconnector.hooks.masking import mask
from airflow_provider_mlconnector.hooks.pinging import PingReport, tested

if TYPE_CHECKING:
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
    from airflow_provider_mlconnector.streams.source import StreamSource
    from airflow_provider_mlconnector.systems.intacct.budget import Budget, Spending
    from airflow_provider_mlconnector.systems.intacct.config import IntacctConfig
    from airflow_provider_mlconnector.systems.intacct.connection import IntacctConnection
    from airflow_provider_mlconnector.systems.intacct.session import DirectSession, Session, SessionStore, StoredSession
    from airflow_provider_mlconnector.systems.intacct.slots import Slots


class IntacctHook(BaseHook):
    """Gives sources of the Sage Intacct company that an Airflow connection names.

    Args:
        intacct_conn_id: the connection.
    """

    conn_name_attr = "intacct_conn_id"
    default_conn_name = "intacct_default"
    conn_type = "intacct"
    hook_name = "Sage Intacct"
    one_session_each = False
    """Whether a new session of the same user ends the older one: tasks and runs may share or have several."""

    def __init__(self, intacct_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.intacct_conn_id = intacct_conn_id
        self._connection: IntacctConnection | None = None
        self._closed: IntacctConnection | None = None

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """The form's further fields, for Airflow 3.1."""
        return connection_form_widgets(cls.conn_type)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """How the form's standard fields are labelled, for Airflow 3.1."""
        return ui_field_behaviour(cls.conn_type)

    def config(self) -> IntacctConfig:
        """The connection's fields, checked; its passwords are masked in logs from here on.

        Raises:
            ConfigurationError: a field is missing, unknown or wrong.
        """
        from airflow_provider_mlconnector.systems.intacct.config import from_fields

        given = self.get_connection(self.intacct_conn_id)
        config = from_fields(
            given.host, given.login, given.password, given.schema, given.port, dict(given.extra_dejson)
        )
        for secret in config.secrets():
            mask(secret)
        return config

    def get_conn(self) -> IntacctConnection:
        """The open connection to the company; the same one at every call until `close`."""
        from airflow_provider_mlconnector.systems.intacct.connection import IntacctConnection

        if self._connection is None:
            config = self.config()
            spending, slots = _shared(config)
            self._connection = IntacctConnection(config, spending, slots, mask=mask)
        return self._connection

    def close(self) -> None:
        """Close the connection's sockets, and audit what was spent; sessions time out by themselves."""
        if self._connection is None:
            return
        connection, self._connection, self._closed = self._connection, None, self._connection
        connection.close()
        if connection.budget.used and not connection.budget.counted:
            self.log.info("%s: %s", self.intacct_conn_id, connection.budget.report())
        elif connection.budget.used:
            try:
                _audit(self.intacct_conn_id, connection.budget)
            except MlconnectorError as error:
                # Whatever the task has to say is worth more.
                self.log.warning("what was spent is not in the audit: %s", error)

    def declarations(self, streams_file: str = "") -> Mapping[str, StreamDeclaration]:
        """The streams that can be read, by name, with the connection's lookback where it has one.

        Args:
            streams_file: a site's own YAML file, on top of the shipped ones; empty for those alone.

        Raises:
            ConfigurationError: the file is wrong; the message names file, line and field.
        """
        from airflow_provider_mlconnector.systems.intacct.streams import load_streams, shipped

        found = load_streams(Path(streams_file)) if streams_file else shipped()
        minutes = self.config().lookback_minutes
        if not minutes:
            return found
        back = {"lookback": timedelta(minutes=minutes)}
        return {
            name: each.model_copy(update={"cursor": each.cursor.model_copy(update=back)}) if each.cursor else each
            for name, each in found.items()
        }

    def time_zone(self, declaration: StreamDeclaration) -> str:
        """The IANA zone that a stream's naive times are in."""
        return declaration.zone or self.config().time_zone

    def session_resource(self, declaration: StreamDeclaration | None = None) -> str:  # noqa: ARG002 - any stream's
        """What a session is kept for: endpoint, company, entity and user."""
        config = self.config()
        return f"intacct {config.endpoint} company {config.company} entity {config.entity} user {config.user}"

    def session_scope(self) -> str:
        """What `session_resource` does not say already: nothing."""
        return ""

    def rotation_warnings(self) -> tuple[str, ...]:
        """What needs attention soon: passwords that are due, a budget that won't last, what could not be read."""
        # Asked for when the task's work is done, and the connection closed, which has seen what there is to warn of.
        connection = self._connection or self._closed or self.get_conn()
        warnings = connection.warnings(datetime.now(UTC).date())
        for warning in warnings:
            self.log.warning(warning)
        return warnings

    def session_minutes(self) -> int:
        """How long a kept session holds after its last use."""
        return self.config().session_minutes

    def source(self, declaration: StreamDeclaration, session: Session | None = None) -> StreamSource:
        """A stream, ready to be read.

        Args:
            declaration: the stream.
            session: whose session; None: one of its own.

        Raises:
            ConfigurationError: the declaration does not fit Intacct.
        """
        return self.get_conn().source(declaration, session)

    def direct_session(self) -> AbstractContextManager[DirectSession]:
        """A session of this process alone, signed on to at its first use."""
        return self.get_conn().direct_session()

    def stored_session(self, store: SessionStore) -> StoredSession:
        """A session that is kept in a store that several tasks share."""
        return self.get_conn().stored_session(store)

    def ping(self, session: Session | None = None) -> PingReport:
        """Sign on, and count the vendors by one small query; costs two transactions.

        Args:
            session: a session to use instead of a new one.

        Raises:
            MlconnectorError: what did not work.
        """
        report = self.get_conn().ping(session)
        return PingReport(report.found, report.seconds, report.warnings)

    def test_connection(self) -> tuple[bool, str]:
        """Whether the connection works, and what was found; never raises and shows no secret."""
        return tested(closing(self))


def _shared(config: IntacctConfig) -> tuple[Spending | None, Slots | None]:
    """What all tasks share of a company: the count of its transactions, and how many requests are under way at once.

    Both lie in the ledger; where there is none yet, each process goes by itself.
    """
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.hooks.ledger import existing_ledger
    from airflow_provider_mlconnector.ledger.slots import LedgerSlots
    from airflow_provider_mlconnector.ledger.spending import LedgerSpending

    ledger = existing_ledger(Settings.read())
    if ledger is None:
        return None, None
    company = f"intacct:{config.company}"
    slots = LedgerSlots(ledger, company, config.concurrency, timedelta(seconds=config.total_timeout))
    return LedgerSpending(ledger, f"{company}:transactions"), slots


def _audit(conn_id: str, budget: Budget) -> None:
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.hooks.ledger import existing_ledger
    from airflow_provider_mlconnector.ledger import audit

    ledger = existing_ledger(Settings.read())
    if ledger is None:
        return
    event = audit.Event("spent", f"{budget.used} transactions", system=conn_id, detail=budget.report())
    with ledger.write() as connection:
        audit.record(connection, None, _actor(), event)


def _actor() -> Any:
    """The task that runs here; nobody in particular where none does."""
    from airflow.sdk import get_current_context

    from airflow_provider_mlconnector.ledger.audit import Actor

    try:
        ti = get_current_context()["ti"]
    except RuntimeError:
        return Actor()
    return Actor(ti.run_id, ti.task_id, ti.try_number, ti.dag_id)
