"""What one system has beside what another has."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping
from airflow_provider_mlconnector.pipeline.compared_source import ComparedSource, Comparison, compared, uncompared
from airflow_provider_mlconnector.pipeline.received_stream import stream_of
from airflow_provider_mlconnector.pipeline.stampli_files import shipped_template
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import version_columns
from airflow_provider_mlconnector.streams.source import Page, RejectedRow
from tests.support.listed_source import ListedSource

OURS = stream_of(shipped_template("gl_accounts"))
THEIRS = StreamDeclaration.model_validate(
    {
        "stream": "accounts",
        "table": "GenMaster",
        "key": ["GlCode"],
        "columns": {"GlCode": "string(35)", "Description": "string(50)", "Held": "string(1)"},
        "detect": "snapshot",
    }
)
MAPPING = """
mapping: accounts
fields:
  account_code: GlCode
  account_name: {from: Description, steps: [strip], required: true}
  status: {from: Held, steps: [{translate: {values: {"Y": INACTIVE, "N": ACTIVE}}}]}
"""


def ours(*every: tuple[str, str, str | None]) -> Page:
    made = [dict(zip(("account_code", "account_name", "status"), row, strict=True)) for row in every]
    return Page(pa.Table.from_pylist(made, schema=OURS.schema()))


def theirs(*every: tuple[str, str, str]) -> Page:
    made = [dict(zip(("GlCode", "Description", "Held"), row, strict=True)) for row in every]
    return Page(pa.Table.from_pylist(made, schema=THEIRS.schema()))


def source(mine: Page, *there: Page) -> tuple[ComparedSource, ListedSource]:
    comparison = Comparison("account_code", ("account_name", "status"), "Stampli", "SYSPRO")
    listed = ListedSource([mine])
    return ComparedSource(listed, ListedSource(there), THEIRS, Mapper(load_mapping(MAPPING, "m")), comparison), listed


def differences(mine: Page, *there: Page) -> list[Any]:
    return [said for page in source(mine, *there)[0].everything() for said in page.rows["difference"].to_pylist()]


def test_what_differs_is_said_for_each_record() -> None:
    mine = ours(
        ("5100", "Wages", "ACTIVE"), ("5200", "Freight", "ACTIVE"), ("5300", "Rent", None), ("9", "x", "ACTIVE")
    )
    there = (
        theirs(("5100", "Wages ", "N"), ("5200", "Fracht", "Y")),
        theirs(("5300", "Rent", "Y"), ("7000", "More", "N")),
    )
    assert differences(mine, *there) == [
        "",
        (
            "account_name is 'Freight' in Stampli, and 'Fracht' in SYSPRO; "
            "status is 'ACTIVE' in Stampli, and 'INACTIVE' in SYSPRO"
        ),
        "",
        "SYSPRO does not have it",
    ]


def test_an_ordinary_window_is_everything_and_a_backfill_what_was_asked_for() -> None:
    made, listed = source(ours(("5100", "Wages", None)), theirs(("5100", "Wages", "N")))
    assert len(list(made.window("1", "2", "9"))) == 1
    assert listed.asked == "everything"
    list(made.window("1", "2", None))
    assert listed.asked == "window 1..2 None"
    list(made.by_keys([("5100",)]))
    assert listed.asked == "keys [('5100',)]"


@pytest.mark.parametrize(
    "there",
    [theirs(("5100", " ", "N")), Page(THEIRS.schema().empty_table(), [RejectedRow(("5100",), "no number", "")])],
    ids=["unmapped", "unread"],
)
def test_a_record_that_can_not_be_compared_is_not_called_missing(there: Page) -> None:
    with pytest.raises(IntegrityError, match=r"accounts can't be compared: SYSPRO has a record .*5100"):
        differences(ours(("5100", "Wages", None)), there)


def test_a_version_is_what_differs() -> None:
    declared = compared(OURS)
    assert list(version_columns(declared)) == ["account_code", "difference"]
    assert uncompared(declared).schema() == OURS.schema()
