"""Deleted records: as rows, as rows for a person, or not at all."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import Deletions, Page
from airflow_provider_mlconnector.systems.intacct.deletions import Deletion, as_page
from airflow_provider_mlconnector.systems.intacct.streams import shipped
from tests.unit.systems.intacct.conftest import Connect

VENDORS, BILLS = shipped()["vendors"], shipped()["ap_bills"]
LOW, HIGH = "2026-03-31T11:00:00.000000", "2026-03-31T13:00:00.000000"
TRAIL = {"object": "AUDITHISTORY"}


def window(connect: Connect, sandbox: IntacctSandbox, stream: StreamDeclaration, **extra: object) -> list[Page]:
    return list(connect(sandbox, deletes="audit", **extra).source(stream).window(LOW, HIGH, HIGH))


def test_a_deleted_vendor_is_a_row_that_says_so(sandbox: IntacctSandbox, connect: Connect) -> None:
    sandbox.admin.event("change_vendor", vendor="V00002")
    sandbox.admin.event("delete_vendor", vendor="V00003")
    rows = {row["VENDORID"]: row for page in window(connect, sandbox, VENDORS) for row in page.rows.to_pylist()}
    assert rows["V00002"]["DELETED"] is False
    assert rows["V00003"]["DELETED"] is True
    assert rows["V00003"]["WHENMODIFIED"] == datetime.fromisoformat("2026-03-31T12:00:00")
    assert rows["V00003"]["NAME"] is None


def test_it_stays_the_same_row_however_often_its_window_is_read(sandbox: IntacctSandbox, connect: Connect) -> None:
    sandbox.admin.event("delete_vendor", vendor="V00003")
    first = window(connect, sandbox, VENDORS)[-1].rows.to_pylist()
    sandbox.admin.advance(600)
    assert window(connect, sandbox, VENDORS)[-1].rows.to_pylist() == first


def test_a_deleted_bill_goes_to_a_person(sandbox: IntacctSandbox, connect: Connect) -> None:
    (bill,) = sandbox.admin.event("delete_bill")
    page = window(connect, sandbox, BILLS)[-1]
    assert page.rows.num_rows == 0
    (gone,) = page.rejected
    assert gone.key == (str(bill["recordno"]),)
    assert "deleted in Intacct by" in gone.reason


def test_a_site_may_want_deleted_bills_as_rows(sandbox: IntacctSandbox, connect: Connect) -> None:
    (bill,) = sandbox.admin.event("delete_bill")
    columns = {**BILLS.columns, "DELETED": "boolean"}
    flagged = StreamDeclaration.model_validate({**BILLS.model_dump(exclude_unset=True), "columns": columns})
    rows = {row["RECORDNO"]: row for page in window(connect, sandbox, flagged) for row in page.rows.to_pylist()}
    gone = rows.pop(bill["recordno"])
    assert (gone["DELETED"], gone["lines"], gone["TRX_TOTALENTERED"]) == (True, [], None)
    assert not any(row["DELETED"] for row in rows.values())


def test_times_of_the_trail_are_brought_into_the_streams_zone(connect: Connect) -> None:
    with IntacctSandbox(scale=30, zone="America/Los_Angeles") as sandbox:
        local = sandbox.admin.state()["local"].replace("Z", "")[:19]
        sandbox.admin.event("delete_vendor", vendor="V00003")
        at = f"{local}.000000"
        pages = list(connect(sandbox, deletes="audit").source(VENDORS).window(at, at, at))
        (gone,) = [row for page in pages for row in page.rows.to_pylist() if row["DELETED"]]
        assert gone["WHENMODIFIED"] == datetime.fromisoformat(local)


@pytest.mark.parametrize(
    ("deletes", "low", "clock", "asked"),
    [("audit", LOW, HIGH, 1), ("none", LOW, HIGH, 0), ("audit", "", HIGH, 1), ("audit", LOW, None, 0)],
)
def test_the_trail_is_asked_only_where_it_can_say_something_new(
    sandbox: IntacctSandbox, connect: Connect, deletes: str, low: str, clock: str | None, asked: int
) -> None:
    list(connect(sandbox, deletes=deletes).source(VENDORS).window(low, HIGH, clock))
    assert len(sandbox.admin.requests(**TRAIL)) == asked


def test_a_long_trail_is_read_to_its_end(sandbox: IntacctSandbox, connect: Connect) -> None:
    gone = {touched["recordno"] for touched in sandbox.admin.event("delete_bill", n=7)}
    page = window(connect, sandbox, BILLS, page_size=3)[-1]
    assert {row.key[0] for row in page.rejected} == {str(number) for number in gone}
    assert len(sandbox.admin.requests(**TRAIL)) == 3


@pytest.mark.parametrize("how", ["denied", "error"])
def test_without_the_trail_records_go_on_and_somebody_is_told(connect: Connect, how: str) -> None:
    with IntacctSandbox(scale=30, audit=how != "denied") as sandbox:
        if how == "error":
            sandbox.admin.fault("error", count=None, where=TRAIL)
        connection = connect(sandbox, deletes="audit")
        rows = [row for page in connection.source(VENDORS).window(LOW, HIGH, HIGH) for row in page.rows.to_pylist()]
        assert rows
        (warning,) = connection.warnings(date.fromisoformat("2026-03-31"))
        assert "AUDITHISTORY" in warning


def test_a_record_that_is_deleted_twice_counts_once_and_an_odd_key_goes_to_a_person() -> None:
    first, last = datetime.fromisoformat("2026-03-31T01:00:00"), datetime.fromisoformat("2026-03-31T02:00:00")
    page = as_page([Deletion(("V1",), first, "u"), Deletion(("V1",), last, "u")], VENDORS)
    assert [row["WHENMODIFIED"] for row in page.rows.to_pylist()] == [last]
    (odd,) = as_page([Deletion(("not a number",), first, "")], BILLS).rejected
    assert (odd.key, "not a number" in odd.raw) == (("",), True)


def every_key(deletions: Deletions, column: str) -> list[object]:
    return [key for page in deletions.every_key() for key in page.rows[column].to_pylist()]


@pytest.mark.parametrize("function", ["query", "readByQuery"])
def test_the_keys_of_a_whole_object_are_read_in_the_largest_pages(
    sandbox: IntacctSandbox, connect: Connect, function: str
) -> None:
    deletions = connect(sandbox, deletes="snapshot", page_size=3, read_function=function).source(VENDORS).deletions()
    assert deletions is not None
    sandbox.admin.event("delete_vendor", vendor="V00003")
    found = every_key(deletions, "VENDORID")
    assert "V00002" in found
    assert "V00003" not in found
    assert len(sandbox.admin.requests(function=function, object="VENDOR")) == 1


def test_a_bill_that_no_longer_meets_the_streams_conditions_is_not_gone(
    sandbox: IntacctSandbox, connect: Connect
) -> None:
    source = connect(sandbox, deletes="snapshot").source(BILLS)
    deletions = source.deletions()
    assert deletions is not None
    sent = {row["RECORDNO"] for page in source.everything() for row in page.rows.to_pylist()}
    every = set(every_key(deletions, "RECORDNO"))
    assert sent < every, "drafts and declined ones are there, too"
    (gone,) = deletions.deleted([("17",)]).rejected
    assert gone.key == ("17",)


@pytest.mark.parametrize("deletes", ["audit", "none"])
def test_keys_are_compared_only_where_that_is_asked_for(
    sandbox: IntacctSandbox, connect: Connect, deletes: str
) -> None:
    assert connect(sandbox, deletes=deletes).source(VENDORS).deletions() is None


def test_a_vendor_that_is_gone_is_the_same_row_each_time(sandbox: IntacctSandbox, connect: Connect) -> None:
    deletions = connect(sandbox, deletes="snapshot").source(VENDORS).deletions()
    assert deletions is not None
    first, again = (deletions.deleted([("V1",), ("V2",)]).rows for _ in range(2))
    assert first == again
    assert [(row["VENDORID"], row["DELETED"], row["NAME"]) for row in first.to_pylist()] == [
        ("V1", True, None),
        ("V2", True, None),
    ]
