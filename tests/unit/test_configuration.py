from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.configuration import Settings
from airflow_provider_mlconnector.configuration_options import OPTIONS
from airflow_provider_mlconnector.errors import ConfigurationError

NUMBERS = sorted(name for name, option in OPTIONS.items() if option["type"] == "integer")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    return tmp_path


def test_without_any_setting_the_declared_defaults_hold(home: Path) -> None:
    settings = Settings.read()
    assert settings.ledger_conn_id == ""
    assert settings.encryption_keys == ()
    assert {name: getattr(settings, name) for name in NUMBERS} == {
        name: int(OPTIONS[name]["default"]) for name in NUMBERS
    }


def test_staging_and_embedded_ledger_lie_under_the_airflow_home(home: Path) -> None:
    settings = Settings.read()
    assert settings.home == home / "mlconnector"
    assert settings.staging_path == str(home / "mlconnector" / "staging")


def test_airflow_home_is_expanded_as_airflow_does(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEWHERE", str(home))
    monkeypatch.setenv("AIRFLOW_HOME", "$SOMEWHERE/inner")
    assert Settings.read().home == home / "inner" / "mlconnector"


def test_settings_come_from_the_environment_as_airflow_reads_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__LEDGER_CONN_ID", "ledger")
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__STAGING_PATH", "s3://bucket/staging")
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__REMEMBER_DAYS", "30")
    settings = Settings.read()
    assert (settings.ledger_conn_id, settings.staging_path, settings.remember_days) == (
        "ledger",
        "s3://bucket/staging",
        30,
    )


def test_encryption_keys_keep_their_order_and_stay_out_of_the_repr(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS", " newest , older,, ")
    settings = Settings.read()
    assert settings.encryption_keys == ("newest", "older")
    assert "newest" not in repr(settings)


@pytest.mark.parametrize("option", NUMBERS)
@pytest.mark.parametrize("value", ["-1", "1.5", "soon", "\N{SUPERSCRIPT TWO}"])
def test_a_number_that_is_none_is_named(home: Path, monkeypatch: pytest.MonkeyPatch, option: str, value: str) -> None:
    monkeypatch.setenv(f"AIRFLOW__MLCONNECTOR__{option.upper()}", value)
    with pytest.raises(ConfigurationError) as caught:
        Settings.read()
    assert option in caught.value.message
    assert f"AIRFLOW__MLCONNECTOR__{option.upper()}" in caught.value.next_step
