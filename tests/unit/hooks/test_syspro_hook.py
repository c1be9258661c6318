from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import create_autospec

import pytest
from cryptography.fernet import Fernet

from airflow_provider_mlconnector.configuration import Settings
from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError
from airflow_provider_mlconnector.hooks import syspro
from airflow_provider_mlconnector.hooks.masking import mask
from airflow_provider_mlconnector.hooks.syspro import SysproHook
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.operators.session import session_lease
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.systems.syspro.streams import shipped

Declare = Callable[..., SysproHook]


@pytest.fixture
def sandbox() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=40) as running:
        yield running


@pytest.fixture
def declare(sandbox: SysproSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Declare]:
    """Declares the sandbox as the connection `syspro_default`, as a person would by environment variable."""
    made: list[SysproHook] = []

    def make(password: str = "", **extra: Any) -> SysproHook:
        fields = {
            "conn_type": "syspro", "host": sandbox.base_url, "login": sandbox.operator,
            "password": password or sandbox.password, "schema": sandbox.company,
            "extra": {
                "odata_login": sandbox.odata_user, "odata_password": sandbox.odata_password,
                "read_attempts": 1, **extra,
            },
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_SYSPRO_DEFAULT", json.dumps(fields))
        made.append(SysproHook())
        return made[-1]

    yield make
    for hook in made:
        hook.close()


def test_a_connections_fields_become_a_configuration(sandbox: SysproSandbox, declare: Declare) -> None:
    config = declare(page_size=10, verify_tls="false").config()
    assert (config.base_url, config.operator, config.company) == (sandbox.base_url, sandbox.operator, sandbox.company)
    assert (config.page_size, config.verify_tls) == (10, False)


def test_a_field_that_is_not_known_is_refused(declare: Declare) -> None:
    with pytest.raises(ConfigurationError, match="verify_ssl"):
        declare(verify_ssl=False).config()


def test_passwords_and_tokens_are_masked(
    sandbox: SysproSandbox, declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    masked = create_autospec(mask)
    monkeypatch.setattr(syspro, "mask", masked)
    hook = declare()
    with hook.direct_session() as session:
        token = session.token()
    told = {call.args[0] for call in masked.call_args_list}
    assert told == {sandbox.password, sandbox.odata_password, token}


def test_a_stream_is_read_over_either_protocol(sandbox: SysproSandbox, declare: Declare) -> None:
    hook = declare()
    declaration = shipped()["items"]
    wanted = sandbox.admin.counts()["InvMaster"]
    assert sum(page.rows.num_rows for page in hook.source(declaration).everything()) == wanted
    over_enet = declaration.model_copy(update={"via": "enet"})
    with hook.direct_session() as session:
        assert sum(page.rows.num_rows for page in hook.source(over_enet, session).everything()) == wanted
    with pytest.raises(ConfigurationError, match="session"):
        hook.source(over_enet)


def test_ping_says_what_it_found_and_leaves_nobody_signed_on(sandbox: SysproSandbox, declare: Declare) -> None:
    report = declare().ping()
    assert report.found["operator"] == sandbox.operator
    assert report.found["OData"].startswith("1 row")
    assert report.seconds > 0
    assert report.warnings == ()
    assert sandbox.admin.state()["signed_in"] == []


def test_ping_with_a_session_keeps_it(sandbox: SysproSandbox, declare: Declare) -> None:
    hook = declare()
    with hook.direct_session() as session:
        hook.ping(session)
        assert sandbox.admin.state()["signed_in"] == [sandbox.operator]
    assert len(sandbox.admin.requests(operation="logon")) == 1


@pytest.mark.parametrize(("days", "warned"), [(15, False), (14, True), (0, True), (-3, True)])
def test_passwords_that_are_to_be_changed_soon_are_warned_of(declare: Declare, days: int, warned: bool) -> None:
    today = date.fromisoformat("2026-03-31")
    hook = declare(rotate_by=(today + timedelta(days=days)).isoformat())
    assert bool(hook.get_conn().warnings(today)) is warned


def test_the_test_of_a_connection_says_what_works(sandbox: SysproSandbox, declare: Declare) -> None:
    well, said = declare().test_connection()
    assert well
    assert sandbox.operator in said
    assert sandbox.admin.state()["signed_in"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "a-wrong-secret"},
        {"odata_password": "a-wrong-secret"},
        {"company_password": "a-wrong-secret"},
        {"rest_path": "/nowhere"},
        {"page_size": "many"},
        {"ca_bundle": "/nowhere"},
    ],
)
def test_the_test_of_a_connection_never_raises_and_shows_no_secret(
    sandbox: SysproSandbox, declare: Declare, wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    well, said = declare(**wrong).test_connection()
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("http"))
    assert ("HTTP Request" in logged) is {"page_size", "ca_bundle"}.isdisjoint(wrong)
    assert not well
    assert said
    for secret in ("a-wrong-secret", sandbox.password, sandbox.odata_password):
        assert secret not in said
        assert secret not in logged
    assert sandbox.admin.state()["signed_in"] == []


def test_what_nobody_foresaw_is_told_by_its_kind_only(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = declare()
    monkeypatch.setattr(hook, "ping", create_autospec(hook.ping, side_effect=RuntimeError("http://x?UserId=secret")))
    well, said = hook.test_connection()
    assert (well, "RuntimeError" in said, "secret" in said) == (False, True, False)


def test_an_operator_that_is_refused_costs_one_try(sandbox: SysproSandbox, declare: Declare) -> None:
    with (
        pytest.raises(CredentialsError),
        declare(password="a-wrong-secret", read_attempts=5).direct_session() as session,
    ):
        session.token()
    assert len(sandbox.admin.requests(operation="logon")) == 1


def test_a_closed_hook_connects_anew(declare: Declare) -> None:
    hook = declare()
    first = hook.get_conn()
    assert hook.get_conn() is first
    hook.close()
    hook.close()
    assert hook.get_conn() is not first


def test_airflow_asks_the_class_itself_for_its_form() -> None:
    own = vars(SysproHook)
    assert {"get_connection_form_widgets", "get_ui_field_behaviour"} <= set(own)
    assert SysproHook.get_ui_field_behaviour()["relabeling"]["login"] == "Operator"
    assert (SysproHook.conn_type, SysproHook.conn_name_attr) == ("syspro", "syspro_conn_id")


def test_a_target_is_made_of_a_sites_settings(sandbox: SysproSandbox, declare: Declare) -> None:
    hook = declare()
    with hook.direct_session() as session:
        target = hook.target("gl_journals", {"key": ["Number"]}, session)
        identity = target.identity([{"Number": "J/7"}])
        assert (identity.company, identity.kind, identity.key) == (
            f"syspro {sandbox.base_url} {sandbox.company}",
            "gl journal",
            "J%2F7",
        )
        with pytest.raises(ConfigurationError, match="Posting settings: keys: "):
            hook.target("gl_journals", {"keys": ["Number"]}, session)


def test_a_lease_says_which_company_its_session_is_signed_on_to(
    sandbox: SysproSandbox, declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS", Fernet.generate_key().decode())
    task = SimpleNamespace(dag_id="dag", run_id="run", task_id="post", map_index=-1, try_number=1)
    lease = session_lease(declare(), task, Settings.read(), Ledger(f"sqlite:///{tmp_path}/ledger.db"))
    assert lease is not None
    assert lease.scope == sandbox.company
