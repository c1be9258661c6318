"""The Intacct sandbox's records hold up: at the beginning, over more than one cycle of bills, and after events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from airflow_provider_mlconnector.sandbox.intacct.columns import Row
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.events import Events
from airflow_provider_mlconnector.sandbox.intacct.masters import ACCOUNTS, CLASSES, DEPARTMENTS, ENTITIES, LOCATIONS
from airflow_provider_mlconnector.sandbox.intacct.opening import hard_records
from airflow_provider_mlconnector.sandbox.intacct.schema import BILL_STATES, SCHEMAS

CENT = Decimal("0.01")


def _happenings(events: Events) -> None:
    for kind, params in (
        ("new_bills", {"n": 3}),
        ("late_bills", {"n": 2, "minutes_back": 90}),
        ("big_bill", {"lines": 40}),
        ("pay_bill", {"n": 3}),
        ("pay_bill", {"amount": "1.50"}),
        ("po_update", {"n": 2}),
        ("line_changed", {}),
        ("line_changed", {"header": False}),
        ("line_added", {}),
        ("line_removed", {}),
        ("delete_bill", {"n": 2}),
        ("new_shipments", {"n": 2}),
        ("change_vendor", {"n": 2}),
    ):
        events.happen(kind, params)
        events.company.advance(60)


@pytest.fixture(scope="module", params=["small", "three cycles", "after events"])
def company(request: pytest.FixtureRequest) -> Company:
    made = Company(seed=3, scale=1300 if request.param == "three cycles" else 150)
    if request.param == "after events":
        events = Events(made)
        hard_records(events)
        _happenings(events)
    return made


def _rows(company: Company, name: str) -> Iterator[Row]:
    return company.tables[name].rows()


def _money(row: Row, name: str) -> Decimal:
    value = row[name]
    assert isinstance(value, Decimal)
    return value


def test_rows_come_by_number_and_have_their_fields(company: Company) -> None:
    for name, table in company.tables.items():
        numbers = list(table.numbers())
        assert numbers == sorted(set(numbers))
        assert len(numbers) == len(table) > 0 or name == "AUDITHISTORY"
        for number, row in zip(numbers, table.rows(), strict=True):
            assert row["RECORDNO"] == number
            assert {key for key in row if key != "_ENTITY"} - {"RECORDNO"} == set(SCHEMAS[name].by_name) - {"RECORDNO"}
            for field in SCHEMAS[name].fields:
                value = row[field.id]
                text = field.text(value)
                if value is not None and text and field.kind != "TEXT":
                    assert field.value(text) == value, (name, field.id)


def test_bills_are_the_sum_of_their_lines(company: Company) -> None:
    lines: dict[object, list[Row]] = defaultdict(list)
    for row in _rows(company, "APBILLITEM"):
        lines[row["RECORDKEY"]].append(row)
    for bill in _rows(company, "APBILL"):
        own = lines.pop(bill["RECORDNO"])
        assert sum(_money(line, "TRX_AMOUNT") for line in own) == bill["TRX_TOTALENTERED"]
        assert sum(_money(line, "AMOUNT") for line in own) == bill["TOTALENTERED"]
        assert _money(bill, "TRX_TOTALDUE") == _money(bill, "TRX_TOTALENTERED") - _money(bill, "TRX_TOTALPAID")
        assert _money(bill, "TOTALDUE") == _money(bill, "TOTALENTERED") - _money(bill, "TOTALPAID")
        assert all(_money(line, "TRX_AMOUNT").quantize(CENT) == line["TRX_AMOUNT"] for line in own)
        assert {line["CURRENCY"] for line in own} == {bill["CURRENCY"]}
        assert bill["STATE"] in BILL_STATES
        if bill["STATE"] == "Paid":
            assert bill["TRX_TOTALDUE"] == 0
    assert not lines


def test_lines_are_numbered_and_found_by_their_bill(company: Company) -> None:
    table = company.tables["APBILLITEM"]
    by_bill: dict[object, list[int]] = defaultdict(list)
    for row in table.rows():
        by_bill[row["RECORDKEY"]].append(int(str(row["RECORDNO"])))
    assert all(table.find("RECORDKEY", int(str(key))) == numbers for key, numbers in by_bill.items())
    assert table.find("RECORDKEY", 7) == []
    first = [table.row(key)["LINE_NO"] for key in table.find("RECORDKEY", 1003)]
    assert first == list(range(1, len(first) + 1))


def test_what_is_named_is_there(company: Company) -> None:
    vendors = {row["VENDORID"]: row["NAME"] for row in _rows(company, "VENDOR")}
    for bill in _rows(company, "APBILL"):
        assert vendors[bill["VENDORID"]] == bill["VENDORNAME"]
        assert bill["MEGAENTITYID"] is None or bill["MEGAENTITYID"] in ENTITIES
    for line in _rows(company, "APBILLITEM"):
        assert line["ACCOUNTNO"] in ACCOUNTS
        assert line["DEPARTMENTID"] in {None, *DEPARTMENTS}
        assert line["LOCATIONID"] in {None, *LOCATIONS}
        assert line["CLASSID"] in {None, *CLASSES}
    documents = {row["RECORDNO"]: row for row in _rows(company, "SODOCUMENT")}
    totals: dict[object, Decimal] = defaultdict(Decimal)
    for line in _rows(company, "SODOCUMENTENTRY"):
        assert documents[line["DOCHDRNO"]]["DOCID"] == line["DOCHDRID"]
        assert _money(line, "PRICE") * _money(line, "QUANTITY") == line["VALUE"]
        totals[line["DOCHDRNO"]] += _money(line, "VALUE")
    assert totals == {key: row["TOTAL"] for key, row in documents.items()}


def test_what_is_modified_is_indexed(company: Company) -> None:
    for name in ("APBILL", "APBILLITEM", "VENDOR", "SODOCUMENT"):
        table = company.tables[name]
        stamps = sorted(
            (row["WHENMODIFIED"], row["RECORDNO"]) for row in table.rows() if row["WHENMODIFIED"] is not None
        )
        assert table.stamps() == stamps, name
        assert set(table.unstamped()) == {row["RECORDNO"] for row in table.rows() if row["WHENMODIFIED"] is None}
        company.tables[name].update(table.stamps()[0][1], {"WHENMODIFIED": company.local})
        assert table.stamps()[-1][0] >= company.local


def test_the_data_are_as_awkward_as_real_ones() -> None:
    company = Company(seed=1, scale=200)
    hard_records(Events(company))
    bills, vendors = list(_rows(company, "APBILL")), list(_rows(company, "VENDOR"))
    names = " ".join(str(row["NAME"]) for row in vendors)
    assert all(character in names for character in "&*~'+:?>\"\\,\u00fc\u00df\u0141\u4e2d")
    assert {row["CURRENCY"] for row in bills} == {"USD", "EUR", "GBP", "ZAR", "JPY"}
    assert {row["STATUS"] for row in vendors} == {"active", "inactive"}
    assert sum(1 for row in bills if _money(row, "TRX_TOTALENTERED") < 0) > 5
    assert max(_money(row, "TRX_TOTALENTERED") for row in bills) == Decimal("999999999999.99")
    assert sum(1 for row in bills if row["WHENMODIFIED"] is None) == 3
    assert {row["STATE"] for row in bills} >= {"Posted", "Paid", "Partially Paid", "Selected", "Draft", "Reversed"}
    assert {row["MODULEKEY"] for row in bills} == {"3.AP", "9.PO"}
    assert {row["MEGAENTITYID"] for row in bills} == {None, "200", "300"}
    keys = [(row["VENDORID"], row["RECORDID"]) for row in bills]
    assert len(keys) - len(set(keys)) == 1
    stamps = [row["WHENMODIFIED"] for row in bills]
    assert max(stamps.count(stamp) for stamp in stamps) >= 19
    lines = [row["RECORDKEY"] for row in _rows(company, "APBILLITEM")]
    assert {lines.count(row["RECORDNO"]) for row in bills} >= {1, 2, 6}


def test_the_same_seed_makes_the_same_company() -> None:
    first, second, other = (Company(seed=seed, scale=60) for seed in (5, 5, 6))
    for made in (first, second):
        events = Events(made)
        hard_records(events)
        _happenings(events)
    for name in first.tables:
        assert list(_rows(first, name)) == list(_rows(second, name))
    assert list(_rows(first, "APBILL")) != list(_rows(other, "APBILL"))


def test_the_clock_and_the_zone_of_when_modified() -> None:
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    company = Company(scale=10, start=start, zone="Europe/Berlin")
    assert company.local.isoformat() == "2026-10-25T02:30:00"
    company.advance(3600)
    assert company.local.isoformat() == "2026-10-25T02:30:00"
    company.advance(days=1)
    assert company.local.isoformat() == "2026-10-26T02:30:00"
    with pytest.raises(ValueError, match="go back"):
        company.advance(-1)


def test_a_million_bills_start_at_once() -> None:
    company = Company(scale=1_000_000)
    bills = company.tables["APBILL"]
    assert len(bills) == 1_000_000
    last = bills.row(1_001_000)
    lines = company.tables["APBILLITEM"].find("RECORDKEY", 1_001_000)
    assert sum(_money(company.tables["APBILLITEM"].row(key), "TRX_AMOUNT") for key in lines) == last["TRX_TOTALENTERED"]
