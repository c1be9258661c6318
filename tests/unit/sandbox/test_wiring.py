from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from airflow_provider_mlconnector.configuration_options import OPTIONS
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.wiring import Wiring, wire_syspro
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.syspro.config import from_fields


def wired(home: Path, sftp: SftpSandbox) -> Wiring:
    return wire_syspro(SysproSandbox(), sftp, home)


def test_the_syspro_connection_is_one_that_the_hook_takes(tmp_path: Path) -> None:
    sftp = SftpSandbox(tmp_path, {"partner": "right"})
    told: dict[str, Any] = {
        "company": "ABC",
        "zone": "America/Chicago",
        "odata_path": "/elsewhere",
        "company_password": "company",
    }
    with SysproSandbox(**told) as syspro:
        connection = wire_syspro(syspro, sftp, tmp_path).connections["syspro_default"]
    fields = {name: connection[name] for name in ("host", "login", "password", "schema", "extra")}
    config = from_fields(port=None, **fields)
    assert (config.base_url, config.operator, config.company) == (syspro.base_url, syspro.operator, "ABC")
    assert config.odata_url("ApInvoice") == f"{syspro.base_url}/elsewhere/ABC/ApInvoice"
    assert config.secrets() == {syspro.password, syspro.odata_password, "company"}
    assert config.time_zone == "America/Chicago"


def test_the_partners_connection_pins_the_servers_key(tmp_path: Path) -> None:
    with SftpSandbox(tmp_path, {"by_key": "", "partner": "right"}) as sftp:
        connection = wired(tmp_path, sftp).connections["partner_sftp"]
        fields = {name: connection[name] for name in ("host", "port", "login", "password", "extra")}
        config = PartnerConfig.from_fields(**fields)
        assert (config.login, config.password, config.port) == ("partner", "right", sftp.port)
        assert [pin.fingerprint for pin in config.pinned] == [sftp.fingerprint]


def test_the_settings_are_declared_and_the_key_is_one(tmp_path: Path) -> None:
    first = wired(tmp_path / "one", SftpSandbox(tmp_path, {"partner": "right"}))
    names = {name.removeprefix("AIRFLOW__MLCONNECTOR__").lower() for name in first.environment}
    assert names <= OPTIONS.keys()
    Fernet(first.environment["AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS"])
    staging = first.environment["AIRFLOW__MLCONNECTOR__STAGING_PATH"]
    assert Path(staging).parent == tmp_path / "one"


def test_no_secret_is_shown(tmp_path: Path) -> None:
    shown = repr(wired(tmp_path, SftpSandbox(tmp_path, {"partner": "right"})))
    assert "right" not in shown
    assert "secret" not in shown
