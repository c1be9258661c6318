"""A connection of the official type `sftp` as a partner's site, with what the official hook lacks.

That is: pinned host keys always, no second guess at a password, renames that never overwrite, errors that say what is
wrong. The connection type stays the official provider's; this hook registers none, and takes one of type `stampli` too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_mlconnector.hooks.pinging import tested

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
    from airflow_provider_mlconnector.systems.sftp.site import PartnerSite


@dataclass(frozen=True)
class SftpPing:
    """What a sign-in at a partner's server found.

    Args:
        address: user, host and port.
        server: how the server calls itself.
        host_key: type and fingerprint of the key that it proved; a pinned one.
        folder: the folder that was looked into.
        files: how many files lie there.
        seconds: how long it all took.
        warnings: what a person should do soon, as changing a key by `rotate_by`.
    """

    address: str
    server: str
    host_key: str
    folder: str
    files: int
    seconds: float
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"Signed in at {self.address} ({self.server}, host key {self.host_key}); "
            f"{self.files} {'file' if self.files == 1 else 'files'} in folder {self.folder!r}; {self.seconds:.1f} s."
        )


class PartnerSftpHook(BaseHook):
    """Makes partner sites of an `sftp` connection.

    Args:
        sftp_conn_id: the connection's id.
    """

    conn_name_attr = "sftp_conn_id"
    default_conn_name = "sftp_default"
    conn_type = "sftp"
    hook_name = "SFTP"

    def __init__(self, sftp_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.sftp_conn_id = sftp_conn_id

    def config(self) -> PartnerConfig:
        """The connection, checked.

        Raises:
            ConfigurationError: a field or extra is missing, wrong or unknown.
        """
        return server_of(self.get_connection(self.sftp_conn_id))

    def site(self, folder: str = "", subfolders: Iterable[str] = ()) -> PartnerSite:
        """One folder of the server; connects when it is entered.

        Args:
            folder: absolute, or relative to where the sign-in leads.
            subfolders: folders below it that names may begin with, as an archive folder.

        Raises:
            ConfigurationError: as `config`.
        """
        from airflow_provider_mlconnector.systems.sftp.site import PartnerSite

        for warning in self.rotation_warnings():
            self.log.warning(warning)
        return PartnerSite(self.config(), folder, subfolders)

    def rotation_warnings(self) -> tuple[str, ...]:
        """What needs attention soon: a key or password whose day of change (`rotate_by`) is near or past."""
        return rotation_warnings(self.config())

    def ping(self, folder: str = "") -> SftpPing:
        """Sign in and look into a folder.

        Args:
            folder: as for `site`.

        Raises:
            MlconnectorError: what is wrong with the connection, the server or the folder.
        """
        return ping_site(self.site(folder))

    def test_connection(self) -> tuple[bool, str]:
        """What Airflow's "Test" button calls. Returns whether it worked, and a sentence; never raises."""
        return tested(nullcontext(self))


def server_of(connection: Connection) -> PartnerConfig:
    """What a connection says of its SFTP server; one of type `stampli` says more than that in its extras.

    Raises:
        ConfigurationError: a field or extra is missing, wrong or unknown.
    """
    from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
    from airflow_provider_mlconnector.systems.stampli.config import StampliConfig

    of_files = StampliConfig.model_fields if connection.conn_type == "stampli" else ()
    extra = {name: value for name, value in connection.extra_dejson.items() if name not in of_files}
    return PartnerConfig.from_fields(connection.host, connection.port, connection.login, connection.password, extra)


def rotation_warnings(config: PartnerConfig) -> tuple[str, ...]:
    """What a server's key or password needs soon."""
    warning = config.rotation_warning(datetime.now(UTC).date())
    return (warning,) if warning else ()


def ping_site(site: PartnerSite) -> SftpPing:
    """Sign in and look into a folder.

    Raises:
        MlconnectorError: what is wrong with the connection, the server or the folder.
    """
    began = time.monotonic()
    with site:
        files = len(site.list())
        session = site.session
        return SftpPing(
            address=site.config.address,
            server=session.server,
            host_key=str(session.host_key),
            folder=site.folder,
            files=files,
            seconds=time.monotonic() - began,
            warnings=rotation_warnings(site.config),
        )
