"""How the sandbox's servers become an Airflow's connections and settings, for demo, look around and tests alike."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.stampli import StampliSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox

SYSPRO_CONNECTION = "syspro_default"
PARTNER_CONNECTION = "partner_sftp"
INTACCT_CONNECTION = "intacct_default"
STAMPLI_CONNECTION = "stampli_default"
# The sandbox writes its files whole, or grows them for as long as a test wants.
_SETTLE_SECONDS = 1


@dataclass(frozen=True)
class Wiring:
    """What an Airflow needs to know of the sandbox; the arguments of `ThrowawayAirflow`.

    Attributes:
        connections: by id.
        environment: options of section `[mlconnector]`, as environment variables.
    """

    connections: Mapping[str, Mapping[str, Any]] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)


def wire(home: Path, connections: Mapping[str, Mapping[str, Any]]) -> Wiring:
    """Connect an Airflow with running servers of the sandbox.

    Args:
        home: the Airflow home; staging lies in it.
        connections: by id, see `syspro`, `intacct`, `stampli` and `partner`.
    """
    environment = {
        "AIRFLOW__MLCONNECTOR__STAGING_PATH": str(home.resolve() / "staging"),
        "AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    return Wiring(connections, environment)


def wire_syspro(server: SysproSandbox, sftp: SftpSandbox, home: Path) -> Wiring:
    """Connect an Airflow with SYSPRO and one partner, under the names that the SYSPRO flow uses."""
    return wire(home, {SYSPRO_CONNECTION: syspro(server), PARTNER_CONNECTION: partner(sftp)})


def intacct(server: IntacctSandbox) -> dict[str, Any]:
    """The connection of a Sage Intacct company."""
    return {
        "conn_type": "intacct",
        "host": server.endpoint,
        "login": server.user,
        "password": server.password,
        "schema": server.company,
        "extra": {
            "sender_id": server.sender_id,
            "sender_password": server.sender_password,
            "endpoint_hosts": "127.0.0.1",
        },
    }


def syspro(server: SysproSandbox) -> dict[str, Any]:
    """The connection of a SYSPRO company."""
    extra = {
        "rest_path": server.rest_path,
        "odata_base_url": server.odata_base_url,
        "odata_url_template": "{base}/{company}/{table}",
        "company_password": server.company_password,
        "odata_login": server.odata_user,
        "odata_password": server.odata_password,
        "time_zone": server.zone,
    }
    return {
        "conn_type": "syspro",
        "host": server.base_url,
        "login": server.operator,
        "password": server.password,
        "schema": server.company,
        "extra": extra,
    }


def partner(server: SftpSandbox) -> dict[str, Any]:
    """The connection of a partner's server; its first user who has a password is the one that signs in."""
    login, password = next((user, secret) for user, secret in server.users.items() if secret)
    return {
        "conn_type": "sftp",
        "host": server.host,
        "port": server.port,
        "login": login,
        "password": password,
        "extra": {"host_key": server.host_key},
    }


def stampli(server: StampliSandbox) -> dict[str, Any]:
    """The connection of a Stampli company; its files need not settle for long."""
    signed_in = partner(server.server)
    return {**signed_in, "conn_type": "stampli", "extra": {**signed_in["extra"], "settle_seconds": _SETTLE_SECONDS}}
