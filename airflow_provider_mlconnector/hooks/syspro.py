"""An Airflow connection of type `syspro` as clients and sources of SYSPRO."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from airflow_provider_mlconnector.hooks.form import connection_form_widgets, ui_field_behaviour
from airflow_provider_mlconnector.hooks.masking import mask
from airflow_provider_mlconnector.hooks.pinging import PingReport, tested

if TYPE_CHECKING:
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
    from airflow_provider_mlconnector.streams.source import StreamSource
    from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
    from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection
    from airflow_provider_mlconnector.systems.syspro.enet import EnetClient
    from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
    from airflow_provider_mlconnector.systems.syspro.session import DirectSession, Session, SessionStore, StoredSession


class SysproHook(BaseHook):
    """Gives clients and sources of the SYSPRO server that an Airflow connection names.

    Args:
        syspro_conn_id: the connection.
    """

    conn_name_attr = "syspro_conn_id"
    default_conn_name = "syspro_default"
    conn_type = "syspro"
    hook_name = "SYSPRO"

    def __init__(self, syspro_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.syspro_conn_id = syspro_conn_id
        self._connection: SysproConnection | None = None

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """The form's further fields, for Airflow 3.1."""
        return connection_form_widgets(cls.conn_type)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """How the form's standard fields are labelled, for Airflow 3.1."""
        return ui_field_behaviour(cls.conn_type)

    def config(self) -> SysproConfig:
        """The connection's fields, checked; its passwords are masked in logs from here on.

        Raises:
            ConfigurationError: a field is missing, unknown or wrong.
        """
        from airflow_provider_mlconnector.systems.syspro.config import from_fields

        given = self.get_connection(self.syspro_conn_id)
        config = from_fields(
            given.host, given.login, given.password, given.schema, given.port, dict(given.extra_dejson)
        )
        for secret in config.secrets():
            mask(secret)
        return config

    def get_conn(self) -> SysproConnection:
        """The open connection to the server; the same one at every call until `close`."""
        from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection

        if self._connection is None:
            self._connection = SysproConnection(self.config(), mask=mask)
        return self._connection

    def close(self) -> None:
        """Close the connection's sockets; sessions are ended by who holds them."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def declarations(self, streams_file: str = "") -> Mapping[str, StreamDeclaration]:
        """The streams that can be read, by name.

        Args:
            streams_file: a site's own YAML file, on top of the shipped ones; empty for those alone.

        Raises:
            ConfigurationError: the file is wrong; the message names file, line and field.
        """
        from airflow_provider_mlconnector.systems.syspro.streams import load_streams, shipped

        return load_streams(Path(streams_file)) if streams_file else shipped()

    def time_zone(self, declaration: StreamDeclaration) -> str:
        """The IANA zone that a stream's naive times are in."""
        return declaration.zone or self.config().time_zone

    def session_resource(self, declaration: StreamDeclaration | None = None) -> str:
        """What a session for this stream has to be leased for; empty where it is read without one."""
        config = self.config()
        if declaration is not None and declaration.via != "enet" and config.odata_auth != "session":
            return ""
        return f"syspro {config.base_url} operator {config.operator}"

    def session_scope(self) -> str:
        """The company that a session is signed on to: the operator's one session may be of another."""
        return self.config().company

    def rotation_warnings(self) -> tuple[str, ...]:
        """What needs attention soon: passwords whose day of change (`rotate_by`) is near or past."""
        warnings = self.get_conn().warnings(datetime.now(UTC).date())
        for warning in warnings:
            self.log.warning(warning)
        return warnings

    def session_minutes(self) -> int:
        """How long a session's lease holds after its last use."""
        return self.config().session_minutes

    def source(self, declaration: StreamDeclaration, session: Session | None = None) -> StreamSource:
        """A stream, ready to be read.

        Args:
            declaration: the stream.
            session: the e.net session; needed for `via: enet`, and where `odata_auth` is `session`.

        Raises:
            ConfigurationError: a session is needed and there is none, or the declaration does not fit the connection.
        """
        return self.get_conn().source(declaration, session)

    def target(self, kind: str, settings: Mapping[str, Any], session: Session) -> SysproTarget:
        """The company, ready to be posted into.

        Args:
            kind: `ap_invoices`, `gl_journals`, `suppliers`, `payments` or `comparison`.
            settings: the site's decisions; see `PostingSettings` and docs/posting.md.
            session: the e.net session.

        Raises:
            ConfigurationError: the kind is unknown, or a setting is unknown or wrong.
        """
        from airflow_provider_mlconnector.systems.syspro.posting import making
        from airflow_provider_mlconnector.systems.syspro.posting.settings import read

        return making.target(self.get_conn(), kind, read(settings), session)

    def enet(self, session: Session | None = None) -> EnetClient:
        """The e.net client; without a session it only signs on and off."""
        return self.get_conn().enet(session)

    def direct_session(self) -> AbstractContextManager[DirectSession]:
        """A session that signs on at its first use and off at the end of a `with` block; ends any other one."""
        return self.get_conn().direct_session()

    def stored_session(self, store: SessionStore) -> StoredSession:
        """A session whose token is kept in a store that several tasks share."""
        return self.get_conn().stored_session(store)

    def ping(self, session: Session | None = None) -> PingReport:
        """Sign on, look who we are, read one row over OData, sign off.

        Args:
            session: a session to use instead of a new one, which would end the operator's present one.

        Raises:
            MlconnectorError: what did not work.
        """
        report = self.get_conn().ping(session)
        return PingReport(report.found, report.seconds, report.warnings)

    def test_connection(self) -> tuple[bool, str]:
        """Whether the connection works, and what was found; never raises and shows no secret."""
        return tested(closing(self))
