from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from airflow_provider_mlconnector.configuration_options import OPTIONS, SECTION
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.syspro.config import from_fields

FILE = Path(__file__).parents[2] / "docker-compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
AIRFLOW = ("api-server", "scheduler", "dag-processor", "worker", "triggerer", "init")
LINKED = [(name, *link) for name, service in SERVICES.items() for link in (service.get("depends_on") or {}).items()]
# The name of a connection, and a connection with the sandbox's published users.
NOT_SECRET = {"AIRFLOW__MLCONNECTOR__LEDGER_CONN_ID", "AIRFLOW_CONN_SYSPRO_DEFAULT"}
# An ed25519 public key that belongs to nobody.
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOjNZgxHeaIPyHVQ1EZV7vgO0Ab/ISAdSYhwJe/1qPXJ"


def _reads(value: Any) -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{?([A-Z_]+)", json.dumps(value)))


def _connection(name: str, **values: str) -> dict[str, Any]:
    text = SERVICES["worker"]["environment"][f"AIRFLOW_CONN_{name}"]
    filled = re.sub(r"\$\{([A-Z_]+):\?[^}]*\}", lambda found: values.get(found[1], "a secret"), text)
    read: dict[str, Any] = json.loads(filled)
    return read


def test_file_fits_the_compose_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_schema_check_finds_a_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(FILE.read_text().replace("healthcheck:", "healthchek:", 1))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(wrong)]
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode != 0


def test_everything_that_the_set_up_needs_is_there() -> None:
    assert set(SERVICES) == {*AIRFLOW, "postgres", "ledger", "redis", "sftp", "sandbox"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"init"}))
def test_service_says_when_it_is_healthy(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize(("name", "needed", "link"), LINKED)
def test_dependency_exists_and_can_be_waited_for(name: str, needed: str, link: dict[str, str]) -> None:
    if link["condition"] == "service_healthy":
        assert "healthcheck" in SERVICES[needed]
    else:
        assert link["condition"] == "service_completed_successfully"
        assert SERVICES[needed]["restart"] == "no"


@pytest.mark.parametrize("name", [*AIRFLOW, "sandbox"])
def test_airflow_runs_from_the_one_image_with_the_package(name: str) -> None:
    assert SERVICES[name]["image"] == SERVICES["scheduler"]["image"]
    assert "/opt/mlconnector[postgres,sandbox]" in SERVICES[name]["build"]["dockerfile_inline"]


@pytest.mark.parametrize("name", AIRFLOW)
def test_every_airflow_component_has_the_same_settings(name: str) -> None:
    common = SERVICES["scheduler"]["environment"].items()
    assert common <= SERVICES[name]["environment"].items()


def test_named_volumes_are_declared_and_used() -> None:
    mounted = [volume for service in SERVICES.values() for volume in service.get("volumes", ())]
    named = {volume.partition(":")[0] for volume in mounted if not volume.startswith((".", "$"))}
    assert named == set(COMPOSE["volumes"])


def test_secrets_come_from_outside_and_are_required() -> None:
    interpolated = re.findall(r"(?<!\$)\$\{[^}]*\}", FILE.read_text())
    assert [found for found in interpolated if not re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", found)] == []
    for service in SERVICES.values():
        for option, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|KEY|_CONN|BROKER|BACKEND|USERS", option) and option not in NOT_SECRET:
                assert _reads(value), f"{option} is written into the file"


def test_only_the_user_interface_is_reachable_and_from_this_machine_only() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api-server": ["127.0.0.1:8080:8080"]}


def test_our_options_are_declared_ones() -> None:
    prefix = f"AIRFLOW__{SECTION.upper()}__"
    names = {name for name in SERVICES["worker"]["environment"] if name.startswith(prefix)}
    assert {name.removeprefix(prefix).lower() for name in names} <= set(OPTIONS)
    assert f"{prefix}LEDGER_CONN_ID" in names


def test_ledger_connection_leads_to_the_ledger() -> None:
    environment = SERVICES["worker"]["environment"]
    connection = environment[f"AIRFLOW_CONN_{environment['AIRFLOW__MLCONNECTOR__LEDGER_CONN_ID'].upper()}"]
    given = SERVICES["ledger"]["environment"]
    assert connection.startswith(f"postgres://{given['POSTGRES_USER']}:{given['POSTGRES_PASSWORD']}@ledger/")
    assert connection.endswith(f"/{given['POSTGRES_DB']}")


def test_syspro_connection_leads_to_the_sandbox_and_its_users() -> None:
    read = _connection("SYSPRO_DEFAULT")
    config = from_fields(read["host"], read["login"], read["password"], read["schema"], None, read["extra"])
    command = SERVICES["sandbox"]["command"]
    assert config.base_url == f"http://sandbox:{command[command.index('--port') + 1]}"
    users = Settings()
    assert users.operators[config.operator] == config.operator_password
    assert users.odata_users[config.odata_login] == config.odata_password
    company = Company(scale=1)
    assert (config.company, config.time_zone) == (company.code, company.zone.key)


def test_the_sandbox_understands_its_arguments() -> None:
    python, switch, module, *arguments = SERVICES["sandbox"]["command"]
    assert (python, switch) == ("python", "-m")
    done = subprocess.run(
        [sys.executable, switch, module, *arguments, "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert all(argument in done.stdout for argument in arguments if argument.startswith("--"))


def test_sftp_connection_leads_to_the_partner_with_a_pinned_key() -> None:
    read = _connection("PARTNER_SFTP", SFTP_HOST_PUBLIC_KEY=HOST_KEY)
    config = PartnerConfig.from_fields(
        host=read["host"], port=None, login=read["login"], password=read["password"], extra=read["extra"]
    )
    assert (config.host, len(config.pinned)) == ("sftp", 1)
    assert SERVICES["sftp"]["environment"]["SFTP_USERS"].startswith(f"{read['login']}:${{SFTP_PASSWORD:")
