"""How the sandbox's servers become an Airflow's connections and settings, for demo, look around and tests alike."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox

SYSPRO_CONNECTION = "syspro_default"
PARTNER_CONNECTION = "partner_sftp"


@dataclass(frozen=True)
class Wiring:
    """What an Airflow needs to know of the sandbox; the arguments of `ThrowawayAirflow`.

    Attributes:
        connections: by id.
        environment: options of section `[mlconnector]`, as environment variables.
    """

    connections: Mapping[str, Mapping[str, Any]] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)


def wire(syspro: SysproSandbox, sftp: SftpSandbox, home: Path) -> Wiring:
    """Connect an Airflow with the running servers of the sandbox.

    Args:
        syspro: the SYSPRO sandbox.
        sftp: the partner's server; its first user who has a password is the one that signs in.
        home: the Airflow home; staging lies in it.
    """
    connections = {SYSPRO_CONNECTION: _syspro(syspro), PARTNER_CONNECTION: _partner(sftp)}
    environment = {
        "AIRFLOW__MLCONNECTOR__STAGING_PATH": str(home.resolve() / "staging"),
        "AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    return Wiring(connections, environment)


def _syspro(server: SysproSandbox) -> dict[str, Any]:
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


def _partner(server: SftpSandbox) -> dict[str, Any]:
    login, password = next((user, secret) for user, secret in server.users.items() if secret)
    return {
        "conn_type": "sftp",
        "host": server.host,
        "port": server.port,
        "login": login,
        "password": password,
        "extra": {"host_key": server.host_key},
    }
