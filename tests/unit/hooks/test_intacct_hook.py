from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import create_autospec

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from structlog.testing import capture_logs

from airflow_provider_mlconnector.cli import console
from airflow_provider_mlconnector.configuration import Settings
from airflow_provider_mlconnector.errors import ConfigurationError, TransientError
from airflow_provider_mlconnector.hooks import intacct
from airflow_provider_mlconnector.hooks.intacct import IntacctHook
from airflow_provider_mlconnector.hooks.ledger import open_ledger
from airflow_provider_mlconnector.hooks.masking import mask
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.schema import audit_event
from airflow_provider_mlconnector.operators.session import session_lease
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox

Declare = Callable[..., IntacctHook]


@pytest.fixture
def sandbox() -> Iterator[IntacctSandbox]:
    with IntacctSandbox(scale=40) as running:
        yield running


@pytest.fixture
def declare(sandbox: IntacctSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Declare]:
    """Declares the sandbox as the connection `intacct_default`, as a person would by environment variable."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    made: list[IntacctHook] = []

    def make(password: str = "", **extra: Any) -> IntacctHook:
        fields = {
            "conn_type": "intacct", "host": sandbox.endpoint, "login": sandbox.user,
            "password": password or sandbox.password, "schema": sandbox.company,
            "extra": {
                "sender_id": sandbox.sender_id, "sender_password": sandbox.sender_password,
                "endpoint_hosts": "127.0.0.1", "read_attempts": 1, **extra,
            },
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_INTACCT_DEFAULT", json.dumps(fields))
        made.append(IntacctHook())
        return made[-1]

    yield make
    for hook in made:
        hook.close()


@pytest.fixture
def ledger(declare: Declare) -> Ledger:
    return open_ledger(Settings.read())


def audited(ledger: Ledger) -> list[Any]:
    with ledger.read() as connection:
        return list(connection.execute(select(audit_event).where(audit_event.c.event == "spent")))


def test_a_connections_fields_become_a_configuration(sandbox: IntacctSandbox, declare: Declare) -> None:
    config = declare(page_size=10, verify_tls="false").config()
    assert (config.endpoint, config.user, config.company) == (sandbox.endpoint, sandbox.user, sandbox.company)
    assert (config.page_size, config.verify_tls) == (10, False)


def test_passwords_and_sessions_are_masked(
    sandbox: IntacctSandbox, declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    masked = create_autospec(mask)
    monkeypatch.setattr(intacct, "mask", masked)
    hook = declare()
    hook.ping()
    session_id = json.loads(hook.get_conn()._direct.token())["id"]
    assert {call.args[0] for call in masked.call_args_list} == {sandbox.password, sandbox.sender_password, session_id}


def test_ping_says_what_it_found_and_what_it_cost(sandbox: IntacctSandbox, declare: Declare, ledger: Ledger) -> None:
    report = declare(monthly_budget=100).ping()
    assert report.found["company"] == sandbox.company
    assert report.found["vendors"] == str(len(sandbox.admin.rows("VENDOR")))
    assert report.found["spent"].startswith("2 Intacct transactions here, 2 of 100 this month")
    assert len(sandbox.admin.requests()) == 2


def test_without_a_ledger_it_is_said_that_what_was_spent_is_not_counted(declare: Declare, tmp_path: Path) -> None:
    hook = declare()
    assert hook.ping().found["spent"].startswith("2 Intacct transactions here, which Intacct bills and no count")
    list(hook.source(hook.declarations()["classes"]).everything())
    with capture_logs() as logged:
        hook.close()
    assert "4 Intacct transactions here, which Intacct bills and no count" in str(logged)
    assert not (tmp_path / "mlconnector").exists(), "looking makes no ledger"


def test_the_command_line_pings(
    sandbox: IntacctSandbox, declare: Declare, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(rotate_by="2020-01-01")
    console.main(["ping", "intacct_default"])
    said = capsys.readouterr().out
    assert sandbox.company in said
    assert "transactions" in said
    assert "warning: The passwords of this connection" in said


def test_the_test_of_a_connection_says_what_works(sandbox: IntacctSandbox, declare: Declare) -> None:
    well, said = declare().test_connection()
    assert well
    assert sandbox.company in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "a-wrong-secret"},
        {"sender_password": "a-wrong-secret"},
        {"endpoint_hosts": "intacct.com"},
        {"page_size": "many"},
        {"ca_bundle": "/nowhere"},
    ],
)
def test_the_test_of_a_connection_never_raises_and_shows_no_secret(
    sandbox: IntacctSandbox, declare: Declare, wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    well, said = declare(**wrong).test_connection()
    assert not well
    assert said
    for secret in ("a-wrong-secret", sandbox.password, sandbox.sender_password):
        assert secret not in said
        assert secret not in caplog.text


def test_what_nobody_foresaw_is_told_by_its_kind_only(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = declare()
    monkeypatch.setattr(hook, "ping", create_autospec(hook.ping, side_effect=RuntimeError("secret")))
    well, said = hook.test_connection()
    assert (well, "RuntimeError" in said, "secret" in said) == (False, True, False)


def test_what_is_spent_is_remembered_by_the_ledger_and_audited(
    sandbox: IntacctSandbox, declare: Declare, ledger: Ledger
) -> None:
    for _ in range(2):
        hook = declare()
        list(hook.source(hook.declarations()["classes"]).everything())
        hook.close()
    assert declare().get_conn().budget.report().startswith("0 Intacct transactions here, 6 this month")
    events = audited(ledger)
    assert [event.object for event in events] == ["3 transactions", "3 transactions"]
    assert events[1].system == "intacct_default"
    assert "6 this month" in events[1].detail


def test_the_budget_holds_over_all_tasks(sandbox: IntacctSandbox, declare: Declare, ledger: Ledger) -> None:
    declare(monthly_budget=3).ping()
    with pytest.raises(ConfigurationError, match="budget of 3"):
        declare(monthly_budget=3).ping()
    assert len(sandbox.admin.requests()) == 3
    assert "At this rate" in declare(monthly_budget=3).rotation_warnings()[0]


def test_an_audit_that_can_not_be_written_does_not_hide_what_the_task_says(
    declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = declare()
    hook.ping()
    monkeypatch.setattr(intacct, "_audit", create_autospec(intacct._audit, side_effect=TransientError("locked")))
    hook.close()


def test_tasks_share_a_session_that_lies_encrypted_in_the_ledger(
    sandbox: IntacctSandbox, declare: Declare, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS", Fernet.generate_key().decode())
    for run in ("run_1", "run_2"):
        # The first run still holds the session: nobody waits for it, and nobody signs on over it.
        hook = declare()
        lease = session_lease(hook, _task(run), Settings.read(), ledger)
        assert lease is not None
        session = hook.stored_session(lease)
        list(hook.source(hook.declarations()["classes"], session).everything())
        hook.close()
    assert [entry["function"] for entry in sandbox.admin.requests()].count("getAPISession") == 1
    kept = json.loads(session.token())["id"]
    assert kept.encode() not in b"".join(path.read_bytes() for path in (tmp_path / "mlconnector").iterdir())
    sandbox.admin.revoke_sessions()
    hook = declare()
    lease = session_lease(hook, _task("run_3"), Settings.read(), ledger)
    assert lease is not None
    list(hook.source(hook.declarations()["classes"], hook.stored_session(lease)).everything())
    assert [entry["function"] for entry in sandbox.admin.requests()].count("getAPISession") == 2
    assert json.loads(hook.stored_session(lease).token())["id"] != kept


def test_without_encryption_keys_each_task_signs_on_for_itself(declare: Declare, ledger: Ledger) -> None:
    assert session_lease(declare(), _task("run_1"), Settings.read(), ledger) is None


def test_what_was_met_while_reading_is_warned_of_after_the_hook_is_closed(
    sandbox: IntacctSandbox, declare: Declare
) -> None:
    sandbox.admin.settings(audit=False)
    hook = declare(deletes="audit")
    now = "2026-03-31T12:00:00.000000"
    list(hook.source(hook.declarations()["vendors"]).window(now, now, now))
    hook.close()
    (warning,) = hook.rotation_warnings()
    assert "AUDITHISTORY" in warning


def test_a_session_of_ones_own_serves_a_preview(sandbox: IntacctSandbox, declare: Declare) -> None:
    hook = declare()
    with hook.direct_session() as session:
        assert list(hook.source(hook.declarations()["classes"], session).everything())
    assert [entry["function"] for entry in sandbox.admin.requests()].count("getAPISession") == 1


def test_a_connections_lookback_takes_the_place_of_the_streams(declare: Declare) -> None:
    theirs = declare().declarations()["vendors"].cursor
    ours = declare(lookback_minutes=90).declarations()["vendors"].cursor
    assert theirs is not None
    assert ours is not None
    assert (theirs.lookback, ours.lookback) == (timedelta(days=1), timedelta(minutes=90))


def test_a_closed_hook_connects_anew(declare: Declare) -> None:
    hook = declare()
    first = hook.get_conn()
    assert hook.get_conn() is first
    hook.close()
    hook.close()
    assert hook.get_conn() is not first


def test_airflow_asks_the_class_itself_for_its_form() -> None:
    assert {"get_connection_form_widgets", "get_ui_field_behaviour"} <= set(vars(IntacctHook))
    assert IntacctHook.get_ui_field_behaviour()["relabeling"]["schema"] == "Company"
    assert (IntacctHook.conn_type, IntacctHook.conn_name_attr) == ("intacct", "intacct_conn_id")


def _task(run_id: str) -> Any:
    return SimpleNamespace(dag_id="dag", run_id=run_id, task_id="poll", map_index=-1, try_number=1)
