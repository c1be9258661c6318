"""What is told to the Intacct sandbox happens in it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from airflow_provider_mlconnector.sandbox.intacct import AdminError, IntacctSandbox
from tests.support.intacct_calls import Calls, compare

NOW = "03/31/2026 12:00:00"


@pytest.fixture
def sandbox() -> Iterator[IntacctSandbox]:
    with IntacctSandbox(scale=80) as running:
        yield running


def _row(sandbox: IntacctSandbox, record: dict[str, Any]) -> dict[str, str]:
    found = sandbox.admin.rows(record["object"], RECORDNO=str(record["recordno"]))
    assert len(found) == 1
    return found[0]


def _lines(sandbox: IntacctSandbox, recordno: int) -> list[dict[str, str]]:
    return sandbox.admin.rows("APBILLITEM", RECORDKEY=str(recordno))


def _own_bill(sandbox: IntacctSandbox) -> int:
    return int(sandbox.admin.event("new_bills", vendor="V00000", amount="90.00", lines=3)[0]["recordno"])


def test_the_clock_stands_still_until_it_is_advanced(sandbox: IntacctSandbox) -> None:
    def date() -> str:
        return httpx.post(sandbox.endpoint).headers["Date"]

    assert date() == date() == "Tue, 31 Mar 2026 12:00:00 GMT"
    assert sandbox.admin.advance(90)["utc"] == "2026-03-31T12:01:30+00:00"
    assert sandbox.admin.advance(days=1)["local"] == "2026-04-01T12:01:30"
    assert date() == "Wed, 01 Apr 2026 12:01:30 GMT"
    with pytest.raises(AdminError):
        sandbox.admin.advance(-1)


def test_bills_arrive_on_time_late_early_and_undated(sandbox: IntacctSandbox) -> None:
    first, second = sandbox.admin.event("new_bills", n=2)
    assert second["recordno"] == first["recordno"] + 1
    row = _row(sandbox, first)
    assert (row["WHENMODIFIED"], row["AUWHENCREATED"], row["WHENCREATED"]) == (NOW, NOW, "03/31/2026")
    assert row["RECORDID"] == first["key"]
    late = _row(sandbox, sandbox.admin.event("late_bills", minutes_back=45)[0])
    assert late["WHENMODIFIED"] == "03/31/2026 11:15:00"
    assert int(late["RECORDNO"]) > int(row["RECORDNO"])
    early = _row(sandbox, sandbox.admin.event("future_bills", minutes_ahead=10)[0])
    assert early["WHENMODIFIED"] == "03/31/2026 12:10:00"
    undated = _row(sandbox, sandbox.admin.event("null_modified")[0])
    assert undated["WHENMODIFIED"] == ""


def test_a_bill_is_as_it_is_given(sandbox: IntacctSandbox) -> None:
    given = {"vendor": "V00001", "number": "*~'", "amount": "-100.01", "lines": 3, "currency": "EUR"}
    record = sandbox.admin.event(
        "new_bills", **given, purchasing=True, DESCRIPTION="read & weep", WHENDUE="05/01/2026"
    )[0]
    row = _row(sandbox, record)
    assert row == row | {
        "VENDORID": "V00001",
        "RECORDID": "*~'",
        "TRX_TOTALENTERED": "-100.01",
        "TOTALENTERED": "-108.35",
        "CURRENCY": "EUR",
        "MODULEKEY": "9.PO",
        "DESCRIPTION": "read & weep",
        "WHENDUE": "05/01/2026",
    }
    assert [line["TRX_AMOUNT"] for line in _lines(sandbox, record["recordno"])] == ["-33.34", "-33.34", "-33.33"]


def test_a_bill_with_very_many_lines(sandbox: IntacctSandbox) -> None:
    record = sandbox.admin.event("big_bill")[0]
    lines = _lines(sandbox, record["recordno"])
    assert len(lines) == 9999
    assert str(sum(Decimal(line["TRX_AMOUNT"]) for line in lines)) == _row(sandbox, record)["TRX_TOTALENTERED"]


def test_a_bill_is_changed_and_touched(sandbox: IntacctSandbox) -> None:
    key = _own_bill(sandbox)
    sandbox.admin.advance(61)
    record = sandbox.admin.event("change_bill", recordno=key, DESCRIPTION="new", ONHOLD=True)[0]
    row = _row(sandbox, record)
    assert (row["DESCRIPTION"], row["ONHOLD"], row["WHENMODIFIED"]) == ("new", "true", "03/31/2026 12:01:01")
    assert row["AUWHENCREATED"] == NOW
    sandbox.admin.advance(60)
    touched = sandbox.admin.event("touch_bills", n=7)
    assert {_row(sandbox, each)["WHENMODIFIED"] for each in touched} == {"03/31/2026 12:02:01"}
    assert _row(sandbox, sandbox.admin.event("bill_state", recordno=key, state="Reversed")[0])["STATE"] == "Reversed"


def test_a_bill_is_paid_in_part_and_whole(sandbox: IntacctSandbox) -> None:
    key = _own_bill(sandbox)
    part = _row(sandbox, sandbox.admin.event("pay_bill", recordno=key, amount="30.00")[0])
    assert (part["STATE"], part["TRX_TOTALPAID"], part["TRX_TOTALDUE"], part["WHENPAID"]) == (
        "Partially Paid",
        "30",
        "60",
        "",
    )
    dearer = _row(sandbox, sandbox.admin.event("line_changed", recordno=key, amount="35.00")[0])
    assert (dearer["TRX_TOTALENTERED"], dearer["TRX_TOTALDUE"], dearer["TOTALDUE"]) == ("95", "65", "65")
    whole = _row(sandbox, sandbox.admin.event("pay_bill", recordno=key)[0])
    assert (whole["STATE"], whole["TRX_TOTALDUE"], whole["TOTALDUE"], whole["WHENPAID"]) == (
        "Paid",
        "0",
        "0",
        "03/31/2026",
    )
    chosen = sandbox.admin.event("pay_bill", n=3)
    assert {_row(sandbox, each)["STATE"] for each in chosen} == {"Paid"}


def test_a_bill_is_deleted_with_its_lines(sandbox: IntacctSandbox) -> None:
    key = _own_bill(sandbox)
    audit = len(sandbox.admin.rows("AUDITHISTORY", ACCESSMODE="D"))
    assert sandbox.admin.event("delete_bill", recordno=key)[0]["recordno"] == key
    assert sandbox.admin.rows("APBILL", RECORDNO=str(key)) == _lines(sandbox, key) == []
    deleted = sandbox.admin.rows("AUDITHISTORY", ACCESSMODE="D")
    assert len(deleted) == audit + 1
    assert (deleted[-1]["OBJECTTYPE"], deleted[-1]["OBJECTKEY"]) == ("apbill", str(key))


def test_a_purchase_order_makes_its_bill_anew(sandbox: IntacctSandbox) -> None:
    record = sandbox.admin.event("new_bills", vendor="V00000", purchasing=True, lines=2)[0]
    before, lines = _row(sandbox, record), _lines(sandbox, record["recordno"])
    sandbox.admin.advance(5)
    old, new = sandbox.admin.event("po_update", recordno=record["recordno"])
    assert old["recordno"] == record["recordno"]
    assert sandbox.admin.rows("APBILL", RECORDNO=str(old["recordno"])) == _lines(sandbox, old["recordno"]) == []
    after = _row(sandbox, new)
    moved = {
        "RECORDNO": str(new["recordno"]),
        "WHENMODIFIED": "03/31/2026 12:00:05",
        "AUWHENCREATED": "03/31/2026 12:00:05",
    }
    assert after == before | moved
    assert [line["TRX_AMOUNT"] for line in _lines(sandbox, new["recordno"])] == [line["TRX_AMOUNT"] for line in lines]
    with pytest.raises(AdminError, match="purchasing"):
        sandbox.admin.event("po_update", recordno=_own_bill(sandbox))


def test_lines_change_come_and_go(sandbox: IntacctSandbox) -> None:
    key = _own_bill(sandbox)
    sandbox.admin.advance(60)
    record = sandbox.admin.event("line_changed", recordno=key, line=2, amount="31.00")[0]
    assert _row(sandbox, record)["TRX_TOTALENTERED"] == "91"
    assert [line["TRX_AMOUNT"] for line in _lines(sandbox, key)] == ["30", "31", "30"]
    assert _row(sandbox, record)["WHENMODIFIED"] == "03/31/2026 12:01:00"
    sandbox.admin.advance(60)
    sandbox.admin.event("line_added", recordno=key, amount="9.00", header=False)
    row = _row(sandbox, record)
    assert (row["TRX_TOTALENTERED"], row["WHENMODIFIED"]) == ("100", "03/31/2026 12:01:00")
    assert [(line["LINE_NO"], line["TRX_AMOUNT"]) for line in _lines(sandbox, key)][-1] == ("4", "9")
    gone = _lines(sandbox, key)[1]["RECORDNO"]
    sandbox.admin.event("line_removed", recordno=key, line=2)
    assert sandbox.admin.rows("APBILLITEM", RECORDNO=gone) == []
    assert _row(sandbox, record)["TRX_TOTALENTERED"] == "69"
    assert _row(sandbox, record)["WHENMODIFIED"] == "03/31/2026 12:02:00"


def test_vendors_come_change_and_go(sandbox: IntacctSandbox) -> None:
    first, second = sandbox.admin.event("new_vendors", n=2)
    assert first["key"] != second["key"]
    named = sandbox.admin.event("new_vendors", vendor="N'1", name="Neu + Co", TERMNAME="N60")[0]
    assert _row(sandbox, named) == _row(sandbox, named) | {"NAME": "Neu + Co", "TERMNAME": "N60", "VENDORID": "N'1"}
    sandbox.admin.advance(1)
    changed = sandbox.admin.event("change_vendor", vendor="V00003", NAME="Renamed")[0]
    assert (_row(sandbox, changed)["NAME"], _row(sandbox, changed)["WHENMODIFIED"]) == (
        "Renamed",
        "03/31/2026 12:00:01",
    )
    assert _row(sandbox, sandbox.admin.event("vendor_inactive", vendor="V00003")[0])["STATUS"] == "inactive"
    active = sandbox.admin.event("vendor_inactive", vendor="V00003", inactive=False)[0]
    assert _row(sandbox, active)["STATUS"] == "active"
    sandbox.admin.event("delete_vendor", vendor="N'1")
    assert sandbox.admin.rows("VENDOR", VENDORID="N'1") == []


@pytest.mark.parametrize(
    ("name", "key"), [("GLACCOUNT", "6220"), ("DEPARTMENT", "200"), ("LOCATION", "110"), ("CLASS", "10")]
)
def test_masters_change(sandbox: IntacctSandbox, name: str, key: str) -> None:
    changed = sandbox.admin.event("change_master", object=name, key=key)[0]
    assert changed["key"] == key
    assert "Renamed" in str(_row(sandbox, changed))
    assert _row(sandbox, sandbox.admin.event("master_inactive", object=name, key=key)[0])["STATUS"] == "inactive"
    new = sandbox.admin.event("new_master", object=name, key="NEW'1")[0]
    assert (new["object"], new["key"], _row(sandbox, new)["STATUS"]) == (name, "NEW'1", "active")


def test_shipments_come_and_change(sandbox: IntacctSandbox) -> None:
    record = sandbox.admin.event("new_shipments", lines=2)[0]
    row = _row(sandbox, record)
    assert (row["DOCPARID"], row["SHIPPEDDATE"]) == ("Shipper", "03/31/2026")
    entries = sandbox.admin.rows("SODOCUMENTENTRY", DOCHDRNO=row["RECORDNO"])
    assert sum(Decimal(entry["VALUE"]) for entry in entries) == Decimal(row["TOTAL"])
    changed = sandbox.admin.event("change_shipment", recordno=record["recordno"], TRACKINGNUMBER="1Z")[0]
    assert _row(sandbox, changed)["TRACKINGNUMBER"] == "1Z"


def test_any_record_is_written_as_it_is_given(sandbox: IntacctSandbox) -> None:
    row = sandbox.admin.insert("CLASS", {"CLASSID": "77", "NAME": "Given", "WHENMODIFIED": "01/02/2026 03:04:05"})
    key = int(row["RECORDNO"])
    assert row["WHENMODIFIED"] == "01/02/2026 03:04:05"
    assert sandbox.admin.update("CLASS", key, NAME=None)["NAME"] == ""
    assert sandbox.admin.rows("CLASS", CLASSID="77")[0]["WHENMODIFIED"] == "01/02/2026 03:04:05"
    sandbox.admin.delete("CLASS", key)
    assert sandbox.admin.rows("CLASS", CLASSID="77") == []
    assert sandbox.admin.rows("AUDITHISTORY", OBJECTTYPE="class") == []


def test_what_happens_is_seen_through_the_gateway(sandbox: IntacctSandbox) -> None:
    with Calls(sandbox) as calls:
        calls.sign_in()
        since = compare("greaterthanorequalto", "WHENMODIFIED", "03/31/2026 12:00:30")
        assert calls.query("APBILL", where=since).rows == []
        sandbox.admin.advance(60)
        records = sandbox.admin.event("new_bills", n=2)
        rows = calls.query("APBILL", where=since).rows
        assert [row["RECORDNO"] for row in rows] == [str(record["recordno"]) for record in records]


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("event", {"kind": "meteor"}),
        ("event", {"kind": "new_bills", "vendor": "nobody"}),
        ("event", {"kind": "new_bills", "COLOUR": "red"}),
        ("event", {"kind": "new_bills", "currency": "XXX"}),
        ("event", {"kind": "change_bill", "recordno": 5}),
        ("event", {"kind": "bill_state", "state": "Lost"}),
        ("event", {"kind": "pay_bill", "colour": "red"}),
        ("event", {"kind": "line_removed", "recordno": 1001}),
        ("event", {"kind": "change_master", "object": "APBILL"}),
        ("insert", {"object": "NOSUCH", "row": {}}),
        ("insert", {"object": "CLASS", "row": {"NOSUCH": 1}}),
        ("rows", {"object": "NOSUCH"}),
        ("rows", {"object": "CLASS", "NOSUCH": "1"}),
        ("settings", {"no_setting": 1}),
    ],
)
def test_nonsense_is_refused(sandbox: IntacctSandbox, call: str, given: dict[str, Any]) -> None:
    before = sandbox.admin.counts()
    arguments = [given.pop("kind")] if "kind" in given else []
    with pytest.raises(AdminError):
        getattr(sandbox.admin, call)(*arguments, **given)
    assert sandbox.admin.counts() == before


def test_only_this_host_and_no_web_page_comes_in(sandbox: IntacctSandbox) -> None:
    assert httpx.get(f"{sandbox.admin_url}/admin/counts").status_code == 403
    base = sandbox.endpoint.removesuffix(sandbox.settings.path)
    assert httpx.post(f"{base}/admin/event", headers={"X-Sandbox-Admin": "1"}).status_code == 404


def test_addresses_are_all_that_a_client_needs(sandbox: IntacctSandbox) -> None:
    assert sandbox.addresses() == {
        "endpoint": sandbox.endpoint,
        "second_endpoint": sandbox.second_endpoint,
        "admin_url": sandbox.admin_url,
        "sender_id": "mlconnector",
        "sender_password": "sender-secret",
        "company": "mlcompany",
        "user": "xml_gateway",
        "password": "user-secret",
        "zone": "UTC",
    }
