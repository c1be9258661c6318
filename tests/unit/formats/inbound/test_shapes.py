"""Records and lines in rows of two types, and in two files."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.inbound import parts
from airflow_provider_mlconnector.formats.inbound.read import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.template import load
from tests.unit.formats.inbound.reading import Read, read_bytes, read_lines

FIELDS = """
entity: invoices
format: csv
key: [vendor, number]
line_key: [line]
fields:
  id: {required: true}
  vendor: {required: true}
  number: {required: true}
  total: {type: "decimal(18,2)", required: true}
line_fields:
  id: {}
  line: {type: integer, required: true}
  amount: {type: "decimal(18,2)", required: true}
sums: {total: total, line: amount}
"""
TYPED = load(f"{FIELDS}shape: typed_rows\nrow_types: {{header: H, line: L}}")
TWO = load(f"{FIELDS}shape: header_line\njoin: [id]")


def amounts(done: Read) -> dict[str, list[str]]:
    return {row["number"]: [str(line["amount"]) for line in row["lines"]] for row in done.rows}


@pytest.mark.parametrize("titles_together", [True, False])
def test_typed_rows(titles_together: bool) -> None:
    heads, details = "H,id,vendor,number,total", "L,line,amount"
    rows = [heads, details, "H,i1,V1,1,10"] if titles_together else [heads, "H,i1,V1,1,10", details]
    done = read_lines(TYPED, *rows, "L,2,4", "L,1,6", "H,i2,V1,2,5", "L,1,5", "Total,,,,15")
    assert amounts(done) == {"1": ["6.00", "4.00"], "2": ["5.00"]}
    assert done.rejected == []


def test_typed_rows_that_are_wrong() -> None:
    top = ("H,id,vendor,number,total", "L,line,amount")
    done = read_lines(TYPED, *top, "L,1,5", "H,i1,V1,1,5", "L,1,5", "X,i2,V1,2,1", "L,1,1", "H,i3,V1,3,9", "L,1,2,3,4")
    assert list(amounts(done)) == ["1"]
    keys = {row.key: row.reason for row in done.rejected}
    assert keys.pop(("", "")) == "line 3: a line that belongs to no record of the file"
    assert keys.pop(("V1", "2")).startswith("line 6: its first cell is no known type")
    assert keys.pop(("V1", "3")).startswith("line 9: it has 5 cells instead of 3")
    assert keys == {}


def test_typed_rows_without_titles_of_lines() -> None:
    with pytest.raises(FileRefusedError, match="No row near the beginning has 'L' in its first cell"):
        read_lines(TYPED, "H,id,vendor,number,total", "H,i1,V1,1,5")


def two(header: list[str], lines: list[str]) -> Read:
    files = {"header": ["id,vendor,number,total", *header], "lines": ["id,line,amount", *lines]}
    return read_bytes(TWO, {name: "\n".join(rows).encode() for name, rows in files.items()})


@pytest.mark.parametrize("part_bytes", [10, 10**6])
def test_two_files(part_bytes: int) -> None:
    with patch.object(parts, "PART_BYTES", part_bytes):
        done = two(["a,V1,1,10", "b,V1,2,5", "c,V1,3,0"], ["b,1,5", "a,2,4", "a,1,6"])
    assert amounts(done) == {"1": ["6.00", "4.00"], "2": ["5.00"], "3": []}
    assert done.rejected == []


def test_what_is_wrong_in_two_files() -> None:
    done = two(["a,V1,1,10", "b,V1,2,5", "c,V1,3,1", "c,V1,4,1", "d,V1,1,10", "e,V2,1,9"], ["a,1,10", "b,1,6", "x,1,1"])
    assert done.rows == []
    keys = {row.key: row.reason for row in done.rejected}
    assert "its key stands 2 times with different content, on lines 2, 6" in keys[("V1", "1")]
    assert "1 lines of 6 and tax of 0 do not add up to total 5" in keys[("V1", "2")]
    assert "another record of the file has the same values in the fields of join" in keys[("V1", "3")]
    assert "another record of the file has the same values in the fields of join" in keys[("V1", "4")]
    assert "0 lines of 0 and tax of 0 do not add up to total 9" in keys[("V2", "1")]
    assert keys[("", "")] == "line 4: a line that belongs to no record of the file"


def test_both_files_sent_twice_over_are_one() -> None:
    done = two(["a,V1,1,10", "a,V1,1,10"], ["a,1,10", "a,1,10"])
    assert amounts(done) == {"1": ["10.00"]}
    assert done.rejected == []


def test_the_wrong_number_of_files_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match="header_line reads files under the names 'header' and 'lines'"):
        read_bytes(TWO, b"id\n")
