"""An Airflow connection of type `stampli` as the folders that Stampli exchanges files through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.hooks.form import connection_form_widgets, ui_field_behaviour
from airflow_provider_mlconnector.hooks.partner_sftp import SftpPing, ping_site, rotation_warnings, server_of

if TYPE_CHECKING:
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
    from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
    from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
    from airflow_provider_mlconnector.systems.stampli.config import StampliConfig


class StampliHook(BaseHook):
    """Gives the folders of the SFTP server that an Airflow connection names.

    Args:
        stampli_conn_id: the connection.
    """

    conn_name_attr = "stampli_conn_id"
    default_conn_name = "stampli_default"
    conn_type = "stampli"
    hook_name = "Stampli"

    def __init__(self, stampli_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.stampli_conn_id = stampli_conn_id

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """The form's further fields, for Airflow 3.1."""
        return connection_form_widgets(cls.conn_type)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """How the form's standard fields are labelled, for Airflow 3.1."""
        return ui_field_behaviour(cls.conn_type)

    def config(self) -> StampliConfig:
        """What the connection says of folders and files, checked.

        Raises:
            ConfigurationError: a field is wrong.
        """
        from airflow_provider_mlconnector.systems.stampli.config import StampliConfig

        return StampliConfig.from_fields(self.get_connection(self.stampli_conn_id).extra_dejson)

    def server(self) -> PartnerConfig:
        """What the connection says of the server and the sign-in, checked.

        Raises:
            ConfigurationError: a field is missing, wrong or unknown.
        """
        return server_of(self.get_connection(self.stampli_conn_id))

    def outbound(self, entity: str) -> PartnerSite:
        """The folder that Stampli puts an entity's files into; connects when it is entered.

        Raises:
            ConfigurationError: as `config` and `server`.
        """
        from airflow_provider_mlconnector.systems.sftp.site import PartnerSite

        config = self.config()
        return PartnerSite(self.server(), config.outbound(entity), [config.archive_folder])

    def inbound(self, entity: str) -> PartnerSite:
        """The folder in which Stampli looks for an entity's files; connects when it is entered.

        Raises:
            ConfigurationError: as `config` and `server`.
        """
        from airflow_provider_mlconnector.systems.sftp.site import PartnerSite

        return PartnerSite(self.server(), self.config().inbound(entity))

    def time_zone(self, declaration: StreamDeclaration) -> str:
        """The IANA zone that a stream's naive times are in."""
        return declaration.zone or self.config().time_zone

    def rotation_warnings(self) -> tuple[str, ...]:
        """What needs attention soon: a key or password whose day of change (`rotate_by`) is near or past."""
        return rotation_warnings(self.server())

    def close(self) -> None:
        """Nothing is held open: folders connect when they are entered."""

    def ping(self) -> SftpPing:
        """Sign in, and look into where the sign-in leads.

        Raises:
            MlconnectorError: what is wrong with the connection or the server.
        """
        from airflow_provider_mlconnector.systems.sftp.site import PartnerSite

        self.config()
        return ping_site(PartnerSite(self.server()))

    def test_connection(self) -> tuple[bool, str]:
        """What Airflow's "Test" button calls. Returns whether it worked, and a sentence."""
        try:
            found = self.ping()
        except MlconnectorError as error:
            return False, str(error)
        return True, " ".join([str(found), *found.warnings])
