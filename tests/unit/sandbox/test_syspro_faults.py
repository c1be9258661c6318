"""Each way in which the sandbox misbehaves, seen by a client that reads raw HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from airflow_provider_mlconnector.sandbox.syspro import AdminError, SysproSandbox

SHORT = 0.3


@pytest.fixture
def sandbox() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=40) as running:
        yield running


def _invoices(sandbox: SysproSandbox, **params: str) -> httpx.Response:
    auth = (sandbox.odata_user, sandbox.odata_password)
    url = f"{sandbox.odata_base_url}/{sandbox.company}/ApInvoice"
    return httpx.get(url, auth=auth, params=params, headers={"Accept": "application/json;IEEE754Compatible=true"})


def _rows(sandbox: SysproSandbox) -> list[Any]:
    rows: list[Any] = _invoices(sandbox).json()["value"]
    return rows


def _logon(sandbox: SysproSandbox) -> str:
    given = {"Operator": sandbox.operator, "OperatorPassword": sandbox.password, "CompanyId": "MLC"}
    url = f"{sandbox.base_url}{sandbox.rest_path}/Logon"
    return httpx.get(url, params=given | {"CompanyPassword": ""}).text


def _profile(sandbox: SysproSandbox, user_id: str) -> str:
    return httpx.get(f"{sandbox.base_url}{sandbox.rest_path}/GetLogonProfile", params={"UserId": user_id}).text


def test_throttling_lasts_as_long_as_it_is_told(sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("throttle", after=1, count=2, value=7)
    assert [_invoices(sandbox).status_code for _ in range(4)] == [200, 503, 503, 200]
    sandbox.admin.fault("throttle", value=7)
    assert _invoices(sandbox).headers["Retry-After"] == "7"
    assert sandbox.admin.faults()[-1]["hits"] == 1
    sandbox.admin.clear_faults("throttle")
    assert _invoices(sandbox).status_code == 200


def test_a_fault_strikes_only_where_it_is_meant_to(sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("status", value=500, where={"service": "enet", "operation": "getlogonprofile"})
    assert _invoices(sandbox).status_code == 200
    user_id = _logon(sandbox)
    assert len(user_id) == 36
    assert "500" in str(httpx.get(f"{sandbox.base_url}{sandbox.rest_path}/GetLogonProfile", params={"UserId": user_id}))
    sandbox.admin.fault("html", where={"table": "ApSupplier"})
    assert _invoices(sandbox).json()["value"]


@pytest.mark.parametrize("status", [500, 520])
def test_a_status_need_not_have_a_name(sandbox: SysproSandbox, status: int) -> None:
    sandbox.admin.fault("status", count=1, value=status)
    assert _invoices(sandbox).status_code == status
    assert _invoices(sandbox).status_code == 200


def test_unknown_faults_are_refused(sandbox: SysproSandbox) -> None:
    with pytest.raises(AdminError, match="nonsense"):
        sandbox.admin.fault("nonsense")
    with pytest.raises(AdminError, match="where"):
        sandbox.admin.fault("nan", where={"colour": "red"})


def test_a_server_that_accepts_and_never_answers(sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("hang", count=1)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{sandbox.odata_base_url}/MLC/AdmTax", timeout=SHORT)
    assert _invoices(sandbox).status_code == 200


def test_a_slow_answer_still_comes(sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("slow", count=1, value=SHORT)
    answer = _invoices(sandbox)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= SHORT


def test_connections_that_break(sandbox: SysproSandbox) -> None:
    broken: dict[str, dict[str, Any]] = {"drop": {"value": 100}, "lost_answer": {}, "wrong_length": {"value": 50}}
    for name, options in broken.items():
        sandbox.admin.fault(name, count=1, **options)
        with pytest.raises(httpx.RemoteProtocolError):
            _invoices(sandbox)
    sandbox.admin.fault("lost_answer", count=1, where={"operation": "logon"})
    with pytest.raises(httpx.RemoteProtocolError):
        _logon(sandbox)
    assert sandbox.admin.state()["signed_in"] == ["MLCONN"]


def test_a_content_length_that_is_too_short(sandbox: SysproSandbox) -> None:
    whole = _invoices(sandbox).content
    sandbox.admin.fault("wrong_length", count=1, value=-10)
    assert _invoices(sandbox).content == whole[:-10]


def test_what_is_not_json(sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("truncated", count=1)
    with pytest.raises(json.JSONDecodeError):
        _invoices(sandbox).json()
    sandbox.admin.fault("html", count=1)
    answer = _invoices(sandbox)
    assert answer.status_code == 200
    assert answer.text.startswith("<!DOCTYPE html>")


def test_rows_that_are_wrong(sandbox: SysproSandbox) -> None:
    good = _rows(sandbox)
    wrong: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("long_number", {"row": 2, "column": "OrigInvValue"}, {"OrigInvValue": "1" * 30}),
        ("nan", {"row": 2, "column": "OrigInvValue"}, {"OrigInvValue": "NaN"}),
        ("bad_number", {"row": 2, "column": "OrigInvValue"}, {"OrigInvValue": "twelve"}),
        ("null_cursor", {"row": 2, "column": "InvoiceDate"}, {"InvoiceDate": None}),
        ("year_one_cursor", {"row": 2, "column": "InvoiceDate"}, {"InvoiceDate": "0001-01-01T00:00:00"}),
    ]
    for name, options, spoiled in wrong:
        sandbox.admin.fault(name, count=1, **options)
        expected = [*good[:2], good[2] | spoiled, *good[3:]]
        assert _rows(sandbox) == expected, name
    sandbox.admin.fault("row_without_key", count=1)
    assert not {"Supplier", "Invoice"} & set(_rows(sandbox)[0])
    sandbox.admin.fault("column_missing", count=1, column="Currency", row=1)
    rows = _rows(sandbox)
    assert "Currency" in rows[0]
    assert "Currency" not in rows[1]
    sandbox.admin.fault("new_column", count=1, column="Fresh")
    assert {row["Fresh"] for row in _rows(sandbox)} == {"new"}
    assert _rows(sandbox) == good


def test_nan_is_a_bare_token_among_number_tokens(sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("nan", column="OrigInvValue")
    sandbox.admin.fault("ieee754_ignored")
    assert '"OrigInvValue":NaN' in _invoices(sandbox).text


def test_a_page_can_be_huge(sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("big_page", value=3_000_000)
    answer = _invoices(sandbox)
    assert len(answer.content) == 3_000_000
    assert len(answer.json()["value"]) > 40


def test_sessions_end_in_the_middle(sandbox: SysproSandbox) -> None:
    for name in ("evict_session", "session_timeout"):
        user_id = _logon(sandbox)
        assert "MLCONN" in _profile(sandbox, user_id)
        sandbox.admin.fault(name, count=1)
        assert _profile(sandbox, user_id).startswith("ERROR")
        assert _profile(sandbox, user_id).startswith("ERROR")


def test_e_net_exceptions(sandbox: SysproSandbox) -> None:
    user_id = _logon(sandbox)
    sandbox.admin.fault("exception", where={"bo": "COMFND"})
    params = {"UserId": user_id, "BusinessObject": "COMFND", "XmlIn": "<Query><TableName>AdmTax</TableName></Query>"}
    answer = httpx.get(f"{sandbox.base_url}{sandbox.rest_path}/Query/Query", params=params)
    assert answer.text == "ERROR: e.net exception raised: 100000"


def test_rows_change_between_pages(sandbox: SysproSandbox) -> None:
    before = sandbox.admin.counts()["ApInvoice"]
    sandbox.admin.fault("event", after=1, count=1, kind="new_invoices", params={"n": 2}, where={"table": "ApInvoice"})
    assert [len(_rows(sandbox)) for _ in range(3)] == [before, before + 2, before + 2]


def test_what_is_not_http_is_hung_up_on(sandbox: SysproSandbox) -> None:
    address = urlsplit(sandbox.base_url)
    with socket.create_connection((address.hostname, address.port or 0), timeout=5) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        assert raw.recv(100) == b""
