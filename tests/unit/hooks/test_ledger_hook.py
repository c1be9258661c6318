"""The ledger and the staging area, as the settings name them."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from airflow_provider_mlconnector.configuration import Settings
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.hooks.ledger import existing_ledger, ledger_url, open_ledger, open_staging
from airflow_provider_mlconnector.staging.store import Staging
from tests.servers.postgres import PostgresServer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return dataclasses.replace(Settings.read(), home=tmp_path / "mlconnector", staging_path=str(tmp_path / "staging"))


def test_without_a_connection_the_ledger_is_a_private_file(settings: Settings) -> None:
    ledger = open_ledger(settings)
    file = settings.home / "ledger.db"
    assert ledger.is_sqlite
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("executor", ["CeleryExecutor", "LocalExecutor,KubernetesExecutor"])
def test_a_file_is_refused_where_tasks_run_on_several_machines(
    settings: Settings, executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    with pytest.raises(ConfigurationError, match="ledger_conn_id"):
        open_ledger(settings)


def test_a_postgres_connection_becomes_its_url(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = "postgres://books:p%40ss@db.example:5433/ledger?sslmode=verify-full&unknown=1"
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", uri)
    url = ledger_url(dataclasses.replace(settings, ledger_conn_id="ledger_db"))
    assert url == "postgresql+psycopg2://books:p%40ss@db.example:5433/ledger?sslmode=verify-full"


def stored_connection(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", json.dumps(fields))


def test_a_postgres_connection_that_airflow_stored_as_generic_is_taken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`airflow connections add --conn-type postgres` does that where Airflow's own postgres provider is missing."""
    stored_connection(monkeypatch, conn_type="generic", host="db.example", login="books", schema="ledger", port=5433)
    url = ledger_url(dataclasses.replace(settings, ledger_conn_id="ledger_db"))
    assert url == "postgresql+psycopg2://books@db.example:5433/ledger"


@pytest.mark.parametrize("fields", [{"host": "/var/ledger.db"}, {"host": "db.example"}, {"schema": "ledger"}])
def test_a_generic_connection_that_names_no_server_and_database_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str]
) -> None:
    stored_connection(monkeypatch, conn_type="generic", **fields)
    with pytest.raises(ConfigurationError, match="generic"):
        ledger_url(dataclasses.replace(settings, ledger_conn_id="ledger_db"))


def test_opening_it_says_nothing_of_alembic(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("alembic").setLevel(logging.NOTSET)
    with caplog.at_level(logging.INFO):
        open_ledger(settings)
        open_ledger(settings)
    assert [record.name for record in caplog.records if record.name.startswith("alembic")] == []


def test_looking_for_a_ledger_makes_none(settings: Settings) -> None:
    assert existing_ledger(settings) is None
    assert not settings.home.exists()
    made = open_ledger(settings)
    found = existing_ledger(settings)
    assert found is not None
    assert found.id == made.id


def test_an_empty_database_is_no_ledger_yet(
    settings: Settings, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", url.replace("postgresql+psycopg2", "postgres"))
    named = dataclasses.replace(settings, ledger_conn_id="ledger_db")
    assert existing_ledger(named) is None
    assert inspect(create_engine(url)).get_table_names() == []


def test_looking_for_a_ledger_tells_of_one_that_is_broken(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "ledger.db").write_text("not a database, and long enough to be taken for one" * 100)
    with pytest.raises(ConfigurationError, match="can't be used"):
        existing_ledger(settings)


def test_another_kind_of_database_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", "mysql://books@db.example/ledger")
    with pytest.raises(ConfigurationError, match="mysql"):
        open_ledger(dataclasses.replace(settings, ledger_conn_id="ledger_db"))


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_local_staging_folder_is_private(settings: Settings, tmp_path: Path, scheme: str) -> None:
    staging = open_staging(dataclasses.replace(settings, staging_path=f"{scheme}{tmp_path / 'staging'}"))
    staging.write_json("lane/batch", "manifest.json", {"rows": 1})
    assert (tmp_path / "staging" / "lane").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "staging" / "lane" / "batch" / "manifest.json").stat().st_mode & 0o777 == 0o600


def test_staging_lies_on_object_storage_too(tmp_path: Path) -> None:
    from airflow.sdk import ObjectStoragePath

    # The one scheme that needs no other provider; `open_staging` itself takes a plain path for local folders.
    staging = Staging(ObjectStoragePath(f"file://{tmp_path / 'objects'}"))
    sha256 = staging.write_json("lane/batch", "manifest.json", {"rows": 1})
    assert staging.names("lane/batch") == ["manifest.json"]
    assert staging.read_json("lane/batch", "manifest.json", sha256) == {"rows": 1}
    staging.remove("lane/batch")
    assert staging.names("lane/batch") == []
