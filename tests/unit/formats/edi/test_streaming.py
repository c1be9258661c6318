"""One file however much there is: over chunks, over sets, with counts, hashes and notes that fit what was written."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import RejectedError
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.render import ControlNumbers, render_edi
from tests.unit.formats.edi.samples import DAY, DOCUMENTS, SAMPLES, invoic, invoice, order, vendor, without
from tests.unit.formats.edi.writing import NAMING, X12, hashed, table_of, write

INVOICES = SAMPLES["810"].layout


def invoices(*lines: int, names: Sequence[str] = ()) -> pa.Table:
    """Invoices of so many lines of a cent each, with no more than an 810 needs."""
    numbers = [names[place] if names else f"INV{place}" for place, many in enumerate(lines) for _ in range(many)]
    places = [str(place) for many in lines for place in range(1, many + 1)]
    columns = {
        "_key": pa.array(numbers),
        "_key_hash": pa.array([hashed(number) for number in numbers], pa.binary(16)),
        "invoice_number": pa.array(numbers),
        "invoice_date": pa.array([DAY] * len(numbers)),
        "line_number": pa.array(places),
        "line_amount": pa.array([Decimal("0.01")] * len(numbers), pa.decimal128(18, 2)),
        "total": pa.array([many * Decimal("0.01") for many in lines for _ in range(many)], pa.decimal128(18, 2)),
    }
    return pa.table(columns)


def sliced(table: pa.Table, size: int) -> list[pa.Table]:
    return [table.slice(at, size) for at in range(0, table.num_rows, size)]


@pytest.mark.parametrize("lines", [1, 9_999])
def test_an_invoice_of_one_line_and_one_of_9999(lines: int) -> None:
    done = write(INVOICES, X12, [invoices(lines)])
    assert done.refused == {}
    expected = [f"IT1*{place}" for place in range(1, lines + 1)]
    head, tail = (
        ["ST*810*000000001", "BIG*20260115*INV0"],
        [f"TDS*{lines}", f"CTT*{lines}", f"SE*{lines + 5}*000000001"],
    )
    assert done.body == [*head, *expected, *tail]


def test_thousands_of_documents_in_one_interchange() -> None:
    documents = 25_000
    done = write(INVOICES, X12, [invoices(*(1 + place % 3 for place in range(documents)))])
    assert done.refused == {}
    sets = re.findall(r"ST\*810\*(\d+)~BIG\*20260115\*(\w+)~.*?CTT\*(\d)~SE\*(\d)\*(\d+)~", done.text)
    assert sets == [
        (f"{place + 1:09d}", f"INV{place}", f"{1 + place % 3}", f"{6 + place % 3}", f"{place + 1:09d}")
        for place in range(documents)
    ]
    assert done.text.endswith(f"~GE*{documents}*1~IEA*1*000000001~")
    [file] = done.result.files
    assert (file.rows, file.records, file.documents) == (49_999, documents, documents)
    assert [(note["control"], note["position"]) for note in done.notes] == [(each[0], int(each[0])) for each in sets]


@pytest.mark.parametrize("size", [1, 7, 16_384, 20_000, 32_768, 40_000])
def test_how_rows_are_cut_into_tables_changes_nothing(size: int) -> None:
    table = invoices(*(1 + place % 7 for place in range(80 if size < 10 else 16_500)))
    whole, cut = (write(INVOICES, X12, tables) for tables in ([table], sliced(table, size)))
    assert cut.content == whole.content
    assert cut.result == whole.result
    assert cut.notes == whole.notes


@pytest.mark.parametrize("size", [1, 3, 20_000, 32_768, 40_000])
def test_how_vendors_are_cut_into_tables_changes_nothing(size: int) -> None:
    count, most = (23, 5) if size < 10 else (70_001, 5_000)
    numbers = [f"V{place}" for place in range(count)]
    hashes = pa.array([hashed(number) for number in numbers], pa.binary(16))
    table = pa.table({"_key": numbers, "_key_hash": hashes, "supplier_code": numbers, "supplier_name": numbers})
    layout = {**SAMPLES["838"].layout, "most_lines": most}
    whole, cut = (write(layout, X12, tables) for tables in ([table], sliced(table, size)))
    assert cut.content == whole.content
    assert cut.notes == whole.notes
    lines = [note["position"] for note in whole.notes]
    assert lines == [place // most + 1 for place in range(count)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_do_not_see_each_other(name: str) -> None:
    sample = SAMPLES[name]
    documents = [sample.rows(f"N{place}", place) for place in (3, 1, 2)]
    alone = [write(sample.layout, sample.profile, rows).body[1:-1] for rows in documents]
    together = write(sample.layout, sample.profile, [row for rows in documents for row in rows]).body
    tags = ("ST*", "SE*") if sample.profile is X12 else ("UNH+", "UNT+")
    assert [segment for segment in together if not segment.startswith(tags)] == [
        each for body in alone for each in body
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_told_of_a_file_is_what_it_holds(name: str) -> None:
    sample = SAMPLES[name]
    done = write(sample.layout, sample.profile, [*sample.rows("N1", 2), *sample.rows("N2", 1)])
    [file] = done.result.files
    assert (file.name, file.group) == ("out-0007", "")
    assert (file.size, file.sha256) == (len(done.content), hashlib.sha256(done.content).hexdigest())
    assert (file.rows, file.documents) == (3, 1 if name == "838" else 2)
    assert file.records == (3 if name == "838" else 2)


def test_control_totals_are_the_batches_own() -> None:
    rows = [*invoice("A", 2), *({**row, "currency": "EUR"} for row in invoice("B", 1))]
    bad = [{**row, "invoice_number": "X" * 23} for row in invoice("C", 1)]
    totals = {"amount": "total", "currency": "currency", "per": "record"}
    [file] = write({**INVOICES, "totals": totals}, X12, [*rows, *bad]).result.files
    assert file.totals == {"USD": Decimal("109.60"), "EUR": Decimal("68.55")}
    assert file.records == 2


@pytest.mark.parametrize("name", SAMPLES)
def test_same_data_are_known_by_their_rows_whatever_numbers_and_dates_stand_around(name: str) -> None:
    """An export equal to the last confirmed one is not sent again; the engine tells it by this hash."""
    sample = SAMPLES[name]
    rows = sample.rows("N1", 2)
    tomorrow = dataclasses.replace(NAMING, date=NAMING.date + timedelta(days=1, hours=1), sequence=8)
    one = write(sample.layout, sample.profile, rows)
    other = write(sample.layout, sample.profile, rows, tomorrow, ControlNumbers(2, 2, 9))
    [first], [second] = one.result.files, other.result.files
    assert first.sha256 != second.sha256
    assert first.rows_sha256 == second.rows_sha256
    assert first.key_hashes == second.key_hashes


@pytest.mark.parametrize(
    ("name", "field"), [("810", "description"), ("838", "city"), ("856", "carrier"), ("INVOIC", "text")]
)
def test_other_data_are_told_apart_by_their_rows(name: str, field: str) -> None:
    sample = SAMPLES[name]
    [one] = write(sample.layout, sample.profile, sample.rows("N1", 2)).result.files
    changed = [{**row, field: "OTHER"} for row in sample.rows("N1", 2)]
    [other] = write(sample.layout, sample.profile, changed).result.files
    assert one.rows_sha256 != other.rows_sha256


@pytest.mark.parametrize("name", SAMPLES)
def test_with_nothing_to_send_nothing_is_opened(name: str) -> None:
    sample = SAMPLES[name]
    table = table_of(sample.rows("N1", 1))
    for tables in ([], [table.slice(0, 0)], [table.slice(0, 0), table.slice(0, 0)]):
        done = write(sample.layout, sample.profile, tables)
        assert (done.result.files, done.result.rejected, done.streams, done.notes) == ([], [], {}, [])


def test_with_everything_refused_nothing_is_opened() -> None:
    done = write(SAMPLES["810"].layout, X12, [{**row, "kind": "QQ"} for row in [*invoice("A"), *invoice("B")]])
    assert (done.result.files, done.streams, done.notes) == ([], {}, [])
    assert list(done.refused) == ["A", "B"]


def test_a_first_chunk_that_is_refused_opens_nothing_and_takes_no_number() -> None:
    done = write(INVOICES, X12, [invoices(40_000, 1, names=["X" * 23, "B"])])
    assert list(done.refused) == ["X" * 23]
    assert done.body[:2] == ["ST*810*000000001", "BIG*20260115*B"]


def test_sets_are_noted_with_each_of_their_records() -> None:
    first = [{**row, "_key": f"A/{place}"} for place, row in enumerate(order("PO1", 3))]
    rows = [*first, *order("PO2", 2)]
    done = write(SAMPLES["850"].layout, X12, rows, controls=ControlNumbers(1, 1, 500))
    expected = [("000000500", 1, "A/0"), ("000000500", 1, "A/1"), ("000000500", 1, "A/2"), ("000000501", 2, "PO2")]
    assert [(note["control"], note["position"], note["_key"]) for note in done.notes] == expected
    assert all(note["_key_hash"] == hashed(note["_key"]) for note in done.notes)


def test_a_record_of_several_documents_is_noted_with_each_of_them() -> None:
    rows = [{**row, "_key": "A"} for row in [*invoice("I1", 2), *invoice("I2", 1)]]
    done = write(SAMPLES["810"].layout, X12, [*rows, *invoice("I3")])
    assert [(note["control"][-1], note["position"], note["_key"]) for note in done.notes] == [
        *[("1", 1, "A"), ("2", 2, "A"), ("3", 3, "I3")],
    ]


def test_a_record_of_several_documents_goes_whole_or_not_at_all() -> None:
    bad = {"invoice_number": "X" * 23}
    rows = [{**row, "_key": "A"} for row in [*invoice("I1"), *({**row, **bad} for row in invoice("I2"))]]
    done = write(SAMPLES["810"].layout, X12, [*rows, *invoice("I3")])
    assert list(done.refused) == ["A"]
    assert [segment.split("*")[2] for segment in done.body if segment.startswith("BIG")] == ["I3"]


def test_columns_of_few_values_may_come_coded() -> None:
    table = table_of([*invoic("A", 2), *invoic("B", 1)])
    coded = pa.table(
        {
            name: column.dictionary_encode() if column.type == pa.string() else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )
    sample = SAMPLES["INVOIC"]
    assert (
        write(sample.layout, sample.profile, [coded]).content == write(sample.layout, sample.profile, [table]).content
    )


def test_an_error_closes_what_was_opened() -> None:
    streams: list[io.BytesIO] = []

    def open_file(_name: str) -> io.BytesIO:
        streams.append(io.BytesIO())
        return streams[-1]

    layout = EdiLayout.model_validate({**SAMPLES["810"].layout, "file_name": "{sequence}", "unrenderable": "error"})
    tables = iter([invoices(40_000, 1, names=["A", "X" * 23])])
    with pytest.raises(RejectedError, match=r"X{23}: invoice_number \(BIG02\) has more than 22 characters"):
        render_edi(layout, PartnerProfile.model_validate(X12), tables, NAMING, ControlNumbers(1, 1, 1), open_file)
    assert [stream.closed for stream in streams] == [True]


def test_without_fields_of_the_summary_lines_are_still_counted() -> None:
    rows = without(vendor("V", 3), "terms_type", "net_days", "terms_text", "currency")
    done = write(SAMPLES["838"].layout, X12, rows)
    assert [segment for segment in done.body if segment.startswith(("LX", "SE"))] == [
        "LX*1",
        "LX*2",
        "LX*3",
        "SE*30*000000001",
    ]
