"""Parts of codes as a stream of their own."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.pipeline.segment_source import Segment, SegmentSource
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import Page, RejectedRow
from tests.support.listed_source import ListedSource

WHOLE = StreamDeclaration.model_validate(
    {
        "stream": "gl_accounts",
        "table": "GenMaster",
        "key": ["GlCode"],
        "columns": {"GlCode": "string(35)", "Description": "string(50)", "Held": "string(1)"},
        "detect": "snapshot",
    }
)
CLOSED = [{"column": "Held", "values": ["Y"]}]


def rows(*every: tuple[str | None, str, str | None]) -> pa.Table:
    return pa.Table.from_pylist(
        [dict(zip(("GlCode", "Description", "Held"), row, strict=True)) for row in every], schema=WHOLE.schema()
    )


def source(*pages: Page, **how: Any) -> SegmentSource:
    segment = Segment.read({"column": "GlCode", "closed_when": CLOSED, **how})
    return SegmentSource(ListedSource(pages), segment, segment.stream("parts", WHOLE))


def read(made: SegmentSource) -> list[dict[str, Any]]:
    return [row for page in made.everything() for row in page.rows.to_pylist()]


CHART = rows(
    ("10-5100", "Wages", "N"), ("20-5100", "Wages Leeds", "N"), ("20-6100", "Repairs", "Y"), ("9999", "x", "N")
)


def test_each_part_is_there_once_and_codes_without_it_not_at_all() -> None:
    assert [row["code"] for row in read(source(Page(CHART), index=1))] == ["10", "20", "9999"]
    assert [row["code"] for row in read(source(Page(CHART), index=2))] == ["5100", "6100"]
    assert [row["code"] for row in read(source(Page(CHART), index=0))] == ["10-5100", "20-5100", "20-6100", "9999"]


def test_a_part_is_active_that_has_an_open_record_and_keeps_the_columns_of_the_first_one() -> None:
    later = rows(("30-6100", "Repairs Works", None), ("30-7000", "Held", "Y"))
    assert read(source(Page(CHART), Page(later), index=2, keep=["Description"])) == [
        {"code": "5100", "active": True, "Description": "Wages"},
        {"code": "6100", "active": True, "Description": "Repairs Works"},
        {"code": "7000", "active": False, "Description": "Held"},
    ]


def test_rows_that_can_not_be_read_are_passed_on_and_keys_are_found() -> None:
    made = source(Page(CHART, [RejectedRow(("?",), "odd", "")]), index=2)
    (page,) = made.everything()
    assert [row.reason for row in page.rejected] == ["odd"]
    (found,) = made.by_keys([("6100",), ("8",)])
    assert found.rows["code"].to_pylist() == ["6100"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"column": "GlCode", "index": -1}, "index"),
        ({"columns": "GlCode"}, "columns"),
        ({"column": "Nr"}, "no column Nr"),
    ],
)
def test_a_segment_that_does_not_fit_is_said(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Segment.read(given).stream("parts", WHOLE)
