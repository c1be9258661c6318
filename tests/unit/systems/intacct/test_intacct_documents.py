"""Documents whose parts change while they are read, of a reader that is told what to give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import IntegrityError, TransientError
from airflow_provider_mlconnector.streams.declaration import Related
from airflow_provider_mlconnector.streams.source import RejectedRow
from airflow_provider_mlconnector.systems.intacct.documents import Documents
from airflow_provider_mlconnector.systems.intacct.filters import AllOf, Compare
from airflow_provider_mlconnector.systems.intacct.table import ObjectRead, Rows

HEAD = ObjectRead("APBILL", {"RECORDNO": "integer", "WHENMODIFIED": "datetime"})
LINES = Related(
    table="APBILLITEM", key=("LINE_NO",), columns={"LINE_NO": "integer", "AMOUNT": "decimal(9,2)", "X": "string"}
)
LINE_READ = ObjectRead(
    "APBILLITEM", {"RECORDNO": "integer", "RECORDKEY": "integer", "LINE_NO": "integer", "AMOUNT": "decimal(9,2)"},
    key=("RECORDKEY",),
)  # fmt: skip


@dataclass
class Company:
    """Two objects; after each reading of lines, the bills of `restless` change as often as it says."""

    bills: dict[int, int]
    lines: list[dict[str, Any]] = field(default_factory=list)
    restless: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    bad_lines: tuple[RejectedRow, ...] = ()
    read: list[str] = field(default_factory=list)

    def pages(self, read: ObjectRead) -> Iterator[Rows]:
        self.read.append(read.name)
        wanted = self._wanted(read)
        if read.name == "APBILLITEM":
            found = [line for line in self.lines if str(line["RECORDKEY"]) in wanted]
            for record, left in self.restless.items():
                if left:
                    self.restless[record] = left - 1
                    self.bills[record] += 1
            for record in self.gone:
                self.bills.pop(record, None)
            yield Rows(pa.Table.from_pylist(found, schema=read.schema()), self.bad_lines)
            return
        rows = [self.bill(record) for record in self.bills if str(record) in wanted]
        yield Rows(pa.Table.from_pylist(rows, schema=HEAD.schema()).select(list(read.columns)))

    def bill(self, record: int) -> dict[str, Any]:
        return {
            "RECORDNO": record,
            "WHENMODIFIED": datetime.fromisoformat(f"2026-03-31T12:{self.bills[record]:02d}:00"),
        }

    @staticmethod
    def _wanted(read: ObjectRead) -> tuple[str, ...]:
        parts = read.where.parts if isinstance(read.where, AllOf) else (read.where,)
        return next(part.values for part in parts if isinstance(part, Compare) and part.op == "in")


def documents(company: Company) -> list[Rows]:
    headers = Rows(pa.Table.from_pylist([company.bill(record) for record in company.bills], schema=HEAD.schema()))
    return list(Documents(company, HEAD, LINE_READ, LINES, "WHENMODIFIED").pages(iter([headers])))


def shown(pages: list[Rows]) -> dict[int, tuple[int, list[int]]]:
    rows = [row for page in pages for row in page.table.to_pylist()]
    found = {row["RECORDNO"]: (row["WHENMODIFIED"].minute, [line["LINE_NO"] for line in row["lines"]]) for row in rows}
    assert len(found) == len(rows)
    return found


def line(bill: int, number: int) -> dict[str, Any]:
    return {"RECORDNO": 100 * bill + number, "RECORDKEY": bill, "LINE_NO": number, "AMOUNT": None}


def test_lines_come_in_their_order_and_a_header_may_have_none() -> None:
    company = Company({1: 0, 2: 0, 3: 0}, [line(3, 2), line(1, 1), line(3, 1), line(3, 10)])
    assert shown(documents(company)) == {1: (0, [1]), 2: (0, []), 3: (0, [1, 2, 10])}
    assert company.read == ["APBILLITEM", "APBILL"]
    (page,) = documents(company)
    assert page.table.schema.field("lines").type == pa.list_(
        pa.struct([("LINE_NO", pa.int64()), ("AMOUNT", pa.decimal128(9, 2)), ("X", pa.string())])
    )


def test_a_document_that_has_changed_is_read_again_and_given_once() -> None:
    company = Company({1: 0, 2: 0}, [line(1, 1), line(2, 1)], restless={2: 2})
    assert shown(documents(company)) == {1: (0, [1]), 2: (2, [1])}


def test_one_that_is_gone_meanwhile_is_left_out() -> None:
    assert shown(documents(Company({1: 0, 2: 0}, [line(1, 1)], gone={2}))) == {1: (0, [1])}


def test_one_that_never_comes_to_rest_is_not_given() -> None:
    with pytest.raises(TransientError, match="keep changing"):
        documents(Company({1: 0, 2: 0}, restless={2: 99}))


def test_a_line_that_can_not_be_read_sets_its_document_aside() -> None:
    bad = RejectedRow(("2",), "AMOUNT is 'x'", "<line/>")
    pages = documents(Company({1: 0, 2: 0}, bad_lines=(bad,)))
    assert list(shown(pages)) == [1]
    (rejected,) = pages[0].rejected
    assert (rejected.key, rejected.raw) == (("2",), "<line/>")
    assert "AMOUNT is 'x'" in rejected.reason


def test_a_line_that_does_not_say_whose_it_is_stops_everything() -> None:
    with pytest.raises(IntegrityError, match="whose"):
        documents(Company({1: 0}, bad_lines=(RejectedRow(("",), "RECORDKEY is empty", ""),)))


def test_headers_that_can_not_be_read_are_passed_on() -> None:
    bad = RejectedRow(("7",), "bad", "")
    headers = Rows(HEAD.schema().empty_table(), (bad,))
    (page,) = Documents(Company({}), HEAD, LINE_READ, LINES).pages(iter([headers]))
    assert page.rejected == (bad,)
    assert page.table.num_rows == 0
