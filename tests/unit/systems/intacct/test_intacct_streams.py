from __future__ import annotations

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.declaration import OnChange, StreamDeclaration
from airflow_provider_mlconnector.systems.intacct.streams import load_streams, shipped

PAYMENT = ("TOTALPAID", "TOTALDUE", "TOTALSELECTED", "WHENPAID", "STATE", "RECPAYMENTDATE", "WHENMODIFIED")


def test_the_streams_that_come_along() -> None:
    assert {name: each.table for name, each in shipped().items()} == {
        "vendors": "VENDOR", "ap_bills": "APBILL", "gl_accounts": "GLACCOUNT", "departments": "DEPARTMENT",
        "locations": "LOCATION", "classes": "CLASS", "shipments": "SODOCUMENT",
    }  # fmt: skip


@pytest.mark.parametrize("declared", shipped().values(), ids=lambda declared: declared.stream)
def test_every_stream_is_polled_by_its_modification_with_an_hour_of_lookback_at_least(
    declared: StreamDeclaration,
) -> None:
    assert declared.cursor is not None
    assert (declared.cursor.column, declared.cursor.precision) == ("WHENMODIFIED", "second")
    assert declared.cursor.lookback.total_seconds() >= 3600
    assert "WHENMODIFIED" not in declared.version_columns
    assert "RECORDNO" in declared.columns
    assert len(declared.key) == 1


def test_what_a_payment_moves_makes_no_new_version_of_a_bill() -> None:
    bills = shipped()["ap_bills"]
    moved = {name for name in bills.columns if name.removeprefix("TRX_") in PAYMENT}
    assert len(moved) == 10
    assert not moved & {*bills.version_columns, *(bills.lines.columns if bills.lines else ())}
    assert bills.on_change is OnChange.EXCEPTION
    assert bills.version_lines
    assert bills.totals is not None
    assert (bills.totals.amount, bills.totals.currency) == ("TRX_TOTALENTERED", "CURRENCY")


def test_a_site_adds_and_takes_away() -> None:
    found = load_streams(
        """
        streams:
          - stream: vendors
            columns: {TAXID: string, COMMENTS: null}
            version_columns: []
          - stream: ap_bills
            lines: {columns: {GLDIM_X: string}}
          - stream: terms
            table: APTERM
            key: [NAME]
            detect: snapshot
            columns: {NAME: string, RECORDNO: integer}
        """
    )
    assert "TAXID" in found["vendors"].columns
    assert "COMMENTS" not in found["vendors"].columns
    lines, theirs = found["ap_bills"].lines, shipped()["ap_bills"].lines
    assert lines is not None
    assert theirs is not None
    assert set(lines.columns) == {*theirs.columns, "GLDIM_X"}
    assert found["terms"].table == "APTERM"
    assert found["classes"] == shipped()["classes"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("streams: [{stream: classes}, {stream: classes}]", "twice"),
        ("streams: 7", "streams"),
        ("streams: [{stream: new}]", "table"),
        ("streams: [{stream: classes, cursor: {column: WHENMODIFIED, precision: second, lookback: PT10M}}]", "PT1H"),
        ("streams: [{stream: classes, columns: 3}]", "columns"),
    ],
)
def test_what_is_wrong_is_named(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        load_streams(text)
