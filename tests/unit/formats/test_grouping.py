"""Files and sections per group, and when there is no file at all."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.layout import load_layout
from airflow_provider_mlconnector.formats.render import render

FILES = """
format: csv
file_name: "gl_{group}_{sequence:04d}.csv"
line_end: lf
totals: {amount: Amount}
columns: [{field: Account}, {field: Amount}]
group:
  by: CostCenter
  subtotal_records: [{cells: [{text: SUB}, {field: total, decimals: 2}]}]
"""
SECTIONS = """
format: csv
line_end: lf
header: false
totals: {amount: Amount}
columns: [{field: Account}, {field: Amount}]
header_records: [{cells: [{text: HDR}, {field: rows}, {field: lines}, {field: date}, {field: datetime}]}]
trailer_records: [{cells: [{text: TRL}, {field: total, decimals: 2}, {field: lines}]}]
group:
  by: CostCenter
  into: sections
  header_records: [{cells: [{text: CC}, {field: group}]}]
  subtotal_records: [{cells: [{text: SUB}, {field: rows}, {field: total, decimals: 2}]}]
"""


def _postings(make_table: Any, centers: list[str | None], keys: Any = None) -> pa.Table:
    return make_table(
        {
            "CostCenter": pa.array(centers, pa.string()),
            "Account": [f"A{number}" for number in range(len(centers))],
            "Amount": pa.array([Decimal(number + 1) for number in range(len(centers))], pa.decimal128(9, 2)),
        },
        keys=keys,
    )


def test_one_file_per_group(rendering: Any, make_table: Any) -> None:
    done = rendering(FILES, _postings(make_table, ["B 1", "A", "B 1"]))
    assert done.names == ["gl_A_0007.csv", "gl_B-1_0007.csv"]
    assert done.text("gl_A_0007.csv") == "Account,Amount\nA1,2.00\nSUB,2.00\n"
    assert done.text("gl_B-1_0007.csv") == "Account,Amount\nA0,1.00\nA2,3.00\nSUB,4.00\n"
    assert [(file.group, file.rows) for file in done.result.files] == [("A", 1), ("B 1", 2)]


def test_sections_in_one_file(rendering: Any, make_table: Any) -> None:
    table = _postings(make_table, ["B", "A", "B"])
    done = rendering(SECTIONS, *(table.slice(at, 1) for at in range(3)))
    assert done.text().split("\n") == [
        "HDR,3,9,2026-03-31,2026-03-31T14:05:09",
        "CC,A", "A1,2.00", "SUB,1,2.00",
        "CC,B", "A0,1.00", "A2,3.00", "SUB,2,4.00",
        "TRL,6.00,9", "",
    ]  # fmt: skip


def test_groups_that_would_share_a_name(rendering: Any, make_table: Any) -> None:
    for centers in (["A/1", "A-1"], ["a", "A"]):
        with pytest.raises(ConfigurationError, match="both be written"):
            rendering(FILES, _postings(make_table, list(centers)))


def test_too_many_groups(rendering: Any, make_table: Any) -> None:
    table = _postings(make_table, [str(number) for number in range(501)])
    with pytest.raises(ConfigurationError, match="more than 500"):
        rendering(FILES, table)
    assert len(rendering(FILES, table.slice(1)).result.files) == 500
    with pytest.raises(ConfigurationError, match="more than 2"):
        rendering(FILES.replace("by: CostCenter", "by: CostCenter\n  max_groups: 2"), table)


def test_rows_without_group_are_rejected_with_their_record(rendering: Any, make_table: Any) -> None:
    table = _postings(make_table, ["A", None, "A", " "], keys="XXYZ")
    done = rendering(FILES, table)
    assert [file.rows for file in done.result.files] == [1]
    assert [rejected.field for rejected in done.result.rejected] == ["CostCenter", "CostCenter"]


def test_a_record_in_two_groups_is_in_both_files_or_in_none(rendering: Any, make_table: Any) -> None:
    table = _postings(make_table, ["A", "B", "A"], keys="XXY")
    done = rendering(FILES, table)
    assert [(file.group, file.rows, file.records) for file in done.result.files] == [("A", 2, 2), ("B", 1, 1)]
    table = table.set_column(1, "Account", pa.array(["ok", "ü", "ok"]))
    done = rendering(FILES + "encoding: ascii\n", table)
    assert [(file.group, file.rows) for file in done.result.files] == [("A", 1)]
    assert len(done.result.rejected) == 1


def test_documents_are_headed_in_every_group(rendering: Any, make_table: Any) -> None:
    layout = """
format: fixed_width
file_name: "{sequence}{group}"
line_end: lf
document: Order
group: {by: CostCenter}
records:
  - {type: document, fields: [{text: H, start: 1, width: 1}, {field: Order, start: 2, width: 1}]}
  - {type: line, fields: [{text: L, start: 1, width: 1}, {field: Line, start: 2, width: 1}]}
"""
    columns = {"Order": list("XXXY"), "Line": pa.array([1, 2, 3, 4]), "CostCenter": list("ABAA")}
    done = rendering(layout, make_table(columns, keys="XXXY"))
    assert done.text("7A") == "HX\nL1\nL3\nHY\nL4\n"
    assert done.text("7B") == "HX\nL2\n"
    assert [file.documents for file in done.result.files] == [2, 1]


def test_a_document_that_ends_one_group_and_begins_the_next(rendering: Any, make_table: Any) -> None:
    layout = """
format: fixed_width
file_name: "{sequence}{group}"
line_end: lf
document: Order
group: {by: CostCenter}
records:
  - {type: document, fields: [{text: H, start: 1, width: 1}, {field: Order, start: 2, width: 1}]}
  - {type: line, fields: [{text: L, start: 1, width: 1}, {field: Line, start: 2, width: 1}]}
"""
    columns = {"Order": list("XX"), "Line": pa.array([1, 2]), "CostCenter": list("AB")}
    done = rendering(layout, make_table(columns, keys="XX"))
    assert (done.text("7A"), done.text("7B")) == ("HX\nL1\n", "HX\nL2\n")
    assert [(file.records, file.documents) for file in done.result.files] == [(1, 1), (1, 1)]


def test_a_group_that_the_encoding_cannot_hold_rejects_its_records(rendering: Any, make_table: Any) -> None:
    done = rendering(SECTIONS + "encoding: ascii\n", _postings(make_table, ["Nürnberg", "A"]))
    assert [(rejected.field, done.result.files[0].rows) for rejected in done.result.rejected] == [("CostCenter", 1)]


@pytest.mark.parametrize("layout", [FILES, SECTIONS, "format: csv\ncolumns: [{field: Account}]\n"])
def test_nothing_to_send_makes_no_file(rendering: Any, make_table: Any, layout: str) -> None:
    assert rendering(layout).result.files == []
    assert rendering(layout, _postings(make_table, [])).result.files == []
    done = rendering(
        layout + "encoding: ascii\n", _postings(make_table, ["A"]).set_column(1, "Account", pa.array(["ü"]))
    )
    assert (done.streams, len(done.result.rejected)) == ({}, 1)


def test_an_empty_file_where_the_layout_wants_one(rendering: Any, make_table: Any) -> None:
    done = rendering(SECTIONS + "empty: write\n")
    assert done.text() == "HDR,0,2,2026-03-31,2026-03-31T14:05:09\nTRL,0.00,2\n"
    streamed = rendering("format: csv\nempty: write\ncolumns: [{field: Account}]\n", _postings(make_table, []))
    assert streamed.text() == "Account\r\n"
    assert streamed.result.files[0].rows == 0


def test_streams_are_closed_after_an_error(make_table: Any) -> None:
    layout = load_layout("format: csv\nfile_name: '{sequence}'\ncolumns: [{field: Account}]\n")
    opened: list[Any] = []

    class Full:
        closed = False

        def write(self, _: Any) -> int:
            raise OSError("no space left")

        def close(self) -> None:
            self.closed = True

    def open_file(_: str) -> Any:
        opened.append(Full())
        return opened[-1]

    naming = FileNaming(flow="f", stream="s", date=datetime(2026, 3, 31, tzinfo=UTC), sequence=1)
    with pytest.raises(OSError, match="no space"):
        render(layout, iter([_postings(make_table, ["A"])]), naming, open_file)
    assert [stream.closed for stream in opened] == [True]


def test_tables_of_another_schema_are_an_error(rendering: Any, make_table: Any) -> None:
    table = _postings(make_table, ["A"])
    with pytest.raises(ConfigurationError, match="different schemas"):
        rendering(FILES, table, table.drop_columns(["Account"]))


def test_a_record_longer_than_a_chunk_stays_whole(rendering: Any, make_table: Any) -> None:
    rows = 40_000
    columns = {"n": pa.array(range(rows)), "t": pa.array([*["ok"] * (rows - 1), "ü"])}
    table = make_table(columns, keys=["short", *["long"] * (rows - 1)])
    done = rendering("format: csv\nheader: false\nencoding: ascii\ncolumns: [{field: n}, {field: t}]\n", table)
    assert done.text() == "0,ok\r\n"
    assert len(done.result.rejected) == 1
