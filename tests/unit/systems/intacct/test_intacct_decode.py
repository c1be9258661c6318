from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from airflow_provider_mlconnector.systems.intacct import cells
from airflow_provider_mlconnector.systems.intacct.decode import decode
from airflow_provider_mlconnector.systems.intacct.table import ObjectRead

COLUMNS = {
    "RECORDNO": "integer",
    "NAME": "string",
    "ONHOLD": "boolean",
    "TOTAL": "decimal(20,2)",
    "WHENCREATED": "date",
    "WHENMODIFIED": "datetime",
}
READ = ObjectRead("APBILL", COLUMNS, order="WHENMODIFIED")


def data(*rows: Mapping[str, str | None]) -> etree._Element:
    holder = etree.Element("data")
    for row in rows:
        made = etree.SubElement(holder, "APBILL")
        for name, value in row.items():
            etree.SubElement(made, name).text = value
    return holder


def only(row: Mapping[str, str | None], zone: str = "UTC") -> dict[str, Any]:
    rows = decode(data({"RECORDNO": "1", **row}), READ, zone)
    assert not rows.rejected, rows.rejected
    found: dict[str, Any] = rows.table.to_pylist()[0]
    return found


def test_values_come_in_their_types() -> None:
    found = only(
        {
            "NAME": "Müller & Söhne", "ONHOLD": "true", "TOTAL": "10653.4", "WHENCREATED": "03/31/2026",
            "WHENMODIFIED": "03/31/2026 23:59:59",
        }
    )  # fmt: skip
    assert found == {
        "RECORDNO": 1, "NAME": "Müller & Söhne", "ONHOLD": True, "TOTAL": Decimal("10653.40"),
        "WHENCREATED": date(2026, 3, 31), "WHENMODIFIED": datetime.fromisoformat("2026-03-31T23:59:59"),
    }  # fmt: skip


@pytest.mark.parametrize("absent", [None, "", "missing"])
def test_what_is_empty_or_missing_is_null(absent: str | None) -> None:
    given: Mapping[str, str | None] = {} if absent == "missing" else dict.fromkeys(list(COLUMNS)[1:], absent)
    assert only(given) == {"RECORDNO": 1, **dict.fromkeys(list(COLUMNS)[1:])}


def test_names_in_any_case_are_the_same() -> None:
    holder = etree.fromstring("<data><apbill><recordno>7</recordno><name>x</name></apbill></data>")
    assert decode(holder, READ, "UTC").table.to_pylist()[0]["RECORDNO"] == 7


def test_names_with_dots_and_unasked_fields_do_no_harm() -> None:
    read = ObjectRead("VENDOR", {"RECORDNO": "integer", "DISPLAYCONTACT.MAILADDRESS.ZIP": "string"})
    row = {"RECORDNO": "1", "DISPLAYCONTACT.MAILADDRESS.ZIP": "01234", "NEWFIELD": "x"}
    assert decode(data(row), read, "UTC").table.to_pylist() == [
        {"RECORDNO": 1, "DISPLAYCONTACT.MAILADDRESS.ZIP": "01234"}
    ]


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-03-31T17:52:00", "UTC", datetime.fromisoformat("2026-03-31T17:52:00")),
        ("2026-03-31T17:52:00Z", "UTC", datetime.fromisoformat("2026-03-31T17:52:00")),
        ("2026-03-31T17:52:00Z", "America/Los_Angeles", datetime.fromisoformat("2026-03-31T10:52:00")),
        ("2026-03-31T17:52:00+02:00", "UTC", datetime.fromisoformat("2026-03-31T15:52:00")),
        ("2026-03-31", "UTC", datetime.fromisoformat("2026-03-31")),
        ("03/31/2026", "UTC", datetime.fromisoformat("2026-03-31")),
    ],
)
def test_both_forms_of_dates_are_read(text: str, zone: str, moment: datetime) -> None:
    assert only({"WHENMODIFIED": text}, zone)["WHENMODIFIED"] == moment
    # Beside a value that only the careful decoder reads, too.
    rows = decode(data({"RECORDNO": "1", "WHENMODIFIED": text}, {"RECORDNO": "2", "TOTAL": "1e2"}), READ, zone)
    assert rows.table.to_pylist()[0]["WHENMODIFIED"] == moment


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("TOTAL", "1e2"),
        ("TOTAL", "10.001"),
        ("TOTAL", "1,000.00"),
        ("TOTAL", "NaN"),
        ("TOTAL", "9" * 30),
        ("TOTAL", "1_0"),
        ("ONHOLD", "maybe"),
        ("WHENCREATED", "02/30/2026"),
        ("WHENCREATED", "31/03/2026"),
        ("WHENCREATED", "03/31/2026 10:00:00"),
        ("WHENMODIFIED", "soon"),
        ("WHENMODIFIED", "03/31/2026 25:00:00"),
    ],
)
def test_a_row_that_does_not_fit_is_set_aside_and_no_other(column: str, text: str) -> None:
    rows = decode(data({"RECORDNO": "1", "NAME": "good"}, {"RECORDNO": "2", column: text}), READ, "UTC")
    assert rows.table["RECORDNO"].to_pylist() == [1]
    (bad,) = rows.rejected
    assert bad.key == ("2",)
    assert column in bad.reason
    assert text in bad.raw
    # Where its number and its cursor can be read it has its place.
    assert rows.places == ((None, 1), None if column == "WHENMODIFIED" else (None, 2))
    assert rows.count == 2


@pytest.mark.parametrize("text", [None, "", "one", "1.5"])
def test_a_row_without_a_record_number_is_set_aside(text: str | None) -> None:
    rows = decode(data({"RECORDNO": text, "NAME": "x"}, {"RECORDNO": "2"}), READ, "UTC")
    assert rows.table["RECORDNO"].to_pylist() == [2]
    assert rows.rejected[0].key == ("",)


def test_no_data_is_no_rows() -> None:
    assert decode(None, READ, "UTC").count == decode(etree.Element("data"), READ, "UTC").count == 0


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**17), max_value=10**17))
def test_amounts_are_exact_in_both_decoders(amount: Decimal) -> None:
    text = f"{amount:f}"
    assert only({"TOTAL": text})["TOTAL"] == amount == cells.typed(text, "decimal(20,2)", "UTC")


@given(
    st.sampled_from(["integer", "boolean", "decimal(20,2)", "date", "datetime", "string"]),
    st.text(st.sampled_from("0123456789/-: .tTrueFalse+Z,"), max_size=20),
)
def test_both_decoders_agree(kind: str, text: str) -> None:
    """The columns' decoder takes nothing that the cells' decoder refuses, and gives the same."""
    read = ObjectRead("X", {"RECORDNO": "integer", "V": kind})
    rows = decode(data({"RECORDNO": "1", "V": text}), read, "UTC")
    try:
        wanted = cells.typed(text, kind, "UTC")
    except cells.UnfitError:
        assert rows.rejected
    else:
        assert rows.table["V"].to_pylist() == [wanted]
