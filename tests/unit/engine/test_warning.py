"""A connection's warnings become alerts, told once."""

from __future__ import annotations

from pathlib import Path

from airflow_provider_mlconnector.engine.warning import warn
from airflow_provider_mlconnector.ledger import alerts
from airflow_provider_mlconnector.ledger.database import Ledger


def test_a_warning_is_told_once_until_it_is_gone(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    told = warn(ledger, "partner", ["change the key by 2026-04-30, in 9 days"])
    assert told == ("partner: change the key by 2026-04-30, in 9 days",)
    assert warn(ledger, "partner", ["change the key by 2026-04-30, in 8 days"]) == ()
    assert warn(ledger, "other", ["change the key by 2026-04-30, in 8 days"]) != ()
    assert warn(ledger, "partner", []) == ()
    with ledger.read() as connection:
        assert [alert.cause.split(":")[1] for alert in alerts.opened(connection)] == ["other"]
    assert warn(ledger, "partner", ["change the key by 2027-04-30, in 9 days"]) != ()
