"""Stampli's exports as the connector reads them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.formats.inbound.refused import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.template import Template
from airflow_provider_mlconnector.pipeline.stampli_files import shipped_template
from airflow_provider_mlconnector.sandbox.stampli import Form, StampliSandbox
from airflow_provider_mlconnector.sandbox.stampli.exports import EXPORTED
from airflow_provider_mlconnector.systems.stampli.config import StampliConfig
from tests.support.stampli_files import in_file, records_in


def shaped(**changes: Any) -> Template:
    """The shipped template of invoices with other settings."""
    return Template.model_validate(shipped_template("invoices").model_dump() | changes)


def numbers(rows: list[Any]) -> list[str]:
    return [row["invoice_number"] for row in rows]


def test_the_same_seed_and_events_give_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for name in ("one", "other"):
        stampli = StampliSandbox(tmp_path / name, seed=7)
        stampli.event("new_invoices", n=5)
        (path,) = stampli.outbox.export("invoices")
        files.append((path.name, path.read_bytes(), path.stat().st_mtime))
    assert files[0] == files[1]


def test_names_are_those_that_the_connection_expects(stampli: StampliSandbox) -> None:
    for event in ("new_invoices", "pay", "new_purchase_orders"):
        stampli.event(event)
    for kind in EXPORTED:
        (path,) = stampli.outbox.export(kind)
        assert re.fullmatch(rf"{kind}_MLC_\d{{8}}T\d{{6}}Z\.csv", path.name)
        assert StampliConfig().named(kind, path.name) == ("", "")
        assert path.parent == stampli.root / StampliConfig().outbound(kind).lstrip("/")
        rows, refused = in_file(path, kind)
        assert (len(rows), refused) == (stampli.company.counts()[kind], [])


@pytest.mark.parametrize(
    "form",
    [
        Form(bom=True, newline="\r\n"),
        Form(encoding="cp1252", delimiter=";"),
        Form(totals_row=True),
        Form(without=("tax_code", "location")),
        Form(renamed={"invoice_number": "Invoice #", "vendor_id": "Supplier ID"}),
    ],
    ids=["bom-crlf", "cp1252", "totals", "optional-missing", "renamed"],
)
def test_habits_that_do_not_matter_change_no_record(stampli: StampliSandbox, form: Form) -> None:
    stampli.event("new_invoices", n=6)
    plain, odd = (stampli.outbox.export("invoices", "snapshot", each)[0] for each in (Form(), form))
    assert plain.read_bytes() != odd.read_bytes()
    rows, refused = in_file(plain)
    assert in_file(odd) == (rows, refused)
    assert len(rows) == 6
    assert "\n" in rows[0]["memo"], "a quoted newline"


def test_the_shapes_hold_the_same_invoices(stampli: StampliSandbox) -> None:
    stampli.event("new_invoices", n=4)
    flat, refused = in_file(stampli.outbox.export("invoices", "snapshot")[0])
    assert refused == []
    header, lines = stampli.outbox.export("invoices", "snapshot", Form(shape="header_line"))
    line_fields = shipped_template("invoices").line_fields
    joined = shaped(
        shape="header_line", join=("invoice_id",), line_fields=line_fields | {"invoice_id": {"aliases": ["x"]}}
    )
    both, refused = records_in({"header": header.read_bytes(), "lines": lines.read_bytes()}, joined)
    assert ([row["total_amount"] for row in both], refused) == ([row["total_amount"] for row in flat], [])
    pattern = {"patterns": {"invoices": r"invoices_(?P<at>.+)_(?P<part>headers|lines)\.csv"}}
    named = [StampliConfig(**pattern).named("invoices", path.name) for path in (header, lines)]
    assert named[0] is not None
    assert [named[0], named[1]] == [(named[0][0], "header"), (named[0][0], "lines")]
    typed = stampli.outbox.export("invoices", "snapshot", Form(shape="typed_rows"))
    assert records_in({"": typed[0].read_bytes()}, shaped(shape="typed_rows")) == (flat, [])
    xml = stampli.outbox.export("invoices", "snapshot", Form(shape="xml"))
    rows, refused = in_file(xml[0], "invoices_xml")
    assert (numbers(rows), refused) == (numbers(flat), [])
    assert [row["lines"][0]["line_amount"] for row in rows] == [row["lines"][0]["line_amount"] for row in flat]


def test_a_delta_holds_what_has_changed_and_a_snapshot_everything(stampli: StampliSandbox) -> None:
    first = stampli.event("new_invoices", n=3)
    stampli.outbox.export("invoices")
    assert stampli.outbox.export("invoices") == []
    new = stampli.event("new_invoices", approved=False)
    stampli.event("same_invoice_again", invoice=first[1])
    rows, _ = in_file(stampli.outbox.export("invoices")[0])
    assert [row["invoice_id"] for row in rows] == [first[1], *new]
    rows, _ = in_file(stampli.outbox.export("invoices", "snapshot")[0])
    assert [row["invoice_id"] for row in rows] == [*first, *new]


def test_the_same_export_again_is_the_same_bytes_under_another_name(stampli: StampliSandbox) -> None:
    stampli.event("new_invoices")
    (first,) = stampli.outbox.export("invoices")
    (second,) = stampli.outbox.again("invoices")
    assert first != second
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mtime < second.stat().st_mtime
    with pytest.raises(ValueError, match="no payments"):
        stampli.outbox.again("payments")


@pytest.mark.parametrize("ending", ["", ".part"])
def test_a_slow_upload_is_seen_before_it_is_whole(stampli: StampliSandbox, ending: str) -> None:
    stampli.event("new_invoices", n=2)
    (upload,) = stampli.outbox.slowly("invoices", ending=ending)
    looks = []
    for _ in range(2):
        upload.write(100)
        (seen,) = upload.path.parent.iterdir()
        looks.append((seen.name, seen.stat().st_size, seen.stat().st_mtime))
    assert [look[:2] for look in looks] == [(upload.path.name + ending, 100), (upload.path.name + ending, 200)]
    assert looks[0][2] < looks[1][2]
    rows, _ = in_file(upload.finish())
    assert len(rows) == 2
    assert list(upload.path.parent.iterdir()) == [upload.path]


def test_what_sets_a_file_aside(stampli: StampliSandbox) -> None:
    stampli.event("new_invoices")
    (lacking,) = stampli.outbox.export("invoices", "snapshot", Form(without=("total_amount",)))
    (empty,) = stampli.outbox.export("invoices", "snapshot", Form(empty=True))
    assert empty.stat().st_size == 0
    for path in (lacking, empty):
        with pytest.raises(FileRefusedError):
            in_file(path)


def test_time_passes_at_stamplis_pace(stampli: StampliSandbox) -> None:
    written = [path.parent.name for path in stampli.pass_time(5)]
    assert written == ["gl_accounts", "vendors"]
    stampli.event("new_purchase_orders")
    assert [path.parent.name for path in stampli.pass_time(60, invoices=1)] == ["invoices"] * 12
    assert "purchase_orders" in [path.parent.name for path in stampli.pass_time(60)]


def test_kinds_that_are_not_exported_and_shapes_that_are_not_are_named(stampli: StampliSandbox) -> None:
    stampli.event("new_purchase_orders")
    with pytest.raises(ValueError, match="'dimensions' is not exported"):
        stampli.outbox.export("dimensions")
    with pytest.raises(ValueError, match="have no shape 'xml'"):
        stampli.outbox.export("vendors", form=Form(shape="xml"))
    with pytest.raises(ValueError, match="no typed rows"):
        stampli.outbox.export("vendors", form=Form(shape="typed_rows"))
    typed = shipped_template("purchase_orders").model_dump() | {"shape": "typed_rows"}
    (path,) = stampli.outbox.export("purchase_orders", form=Form(shape="typed_rows"))
    rows, refused = records_in({"": path.read_bytes()}, Template.model_validate(typed))
    assert (len(rows), refused) == (1, [])
    assert isinstance(rows[0]["lines"][0]["unit_price"], Decimal)
