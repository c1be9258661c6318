"""The ledger and the staging area, as the settings name them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from airflow_provider_mlconnector.configuration import Settings
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.hooks.ledger import ledger_url, open_ledger, open_staging
from airflow_provider_mlconnector.staging.store import Staging


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
