"""Schedules of files that came in, each of which once lost an invoice, or sent one twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from airflow_provider_mlconnector.engine import kept_files, people
from airflow_provider_mlconnector.errors import ConfigurationError, RejectedError
from airflow_provider_mlconnector.ledger import inbox
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import inbox_file
from airflow_provider_mlconnector.pipeline.received_stream import stream_of
from tests.support.engine_looks import items, kinds, sent, watermark
from tests.support.inbox_world import INVOICES, DiskBox, InboxWorld, export, invoice


@pytest.fixture
def world(tmp_path: Path) -> InboxWorld:
    return InboxWorld(tmp_path)


@dataclass
class RefusingBox(DiskBox):
    """A folder of which some files can't be read, for lack of permission."""

    refused: set[str] = field(default_factory=set)

    def read(self, name: str) -> Iterator[bytes]:
        if name in self.refused:
            raise RejectedError("Permission denied")
        return super().read(name)


def test_what_a_newer_file_took_back_counts_when_it_comes_again_after_an_older_file_came_late(
    world: InboxWorld,
) -> None:
    world.box = box = RefusingBox(world.root, {"invoices_1.csv"})
    approved = export(invoice(1))
    world.put("invoices_1.csv", approved)
    world.put("invoices_2.csv", export(invoice(1, status="PENDING")), at=10)
    world.run("1")
    box.refused.clear()
    world.run("2")
    assert sent(world) == []
    world.put("invoices_3.csv", approved, at=20)
    world.run("3")
    assert sent(world) == [("0001", "")]


def test_what_comes_again_after_an_older_file_was_read_again_counts(world: InboxWorld) -> None:
    approved = export(invoice(1))
    world.put("invoices_1.csv", approved)
    world.put("invoices_2.csv", export(invoice(1, status="PENDING")), at=10)
    world.run("1")
    older = next(file for file in world.files() if file.name == "invoices_1.csv")
    kept_files.read_again(world.ledger, world.staging, world.context("person").actor, older.id, "read again")
    world.run("2")
    world.put("invoices_3.csv", approved, at=20)
    world.run("3")
    assert sent(world) == [("0001", "")]


def test_a_repetition_is_taken_in_where_a_file_between_still_waits(world: InboxWorld) -> None:
    world.box = box = RefusingBox(world.root, {"invoices_2.csv"})
    void = export(invoice(1, status="VOID"))
    world.put("invoices_1.csv", void)
    world.put("invoices_2.csv", export(invoice(1)), at=10)
    world.put("invoices_3.csv", void, at=20)
    world.run("1")
    box.refused.clear()
    world.run("2")
    assert sent(world) == []


def test_a_file_of_bad_rows_alone_moves_the_watermark_and_what_a_person_resolved_stays_so(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export("0000001,INV-0002,APPROVED,much,EUR,"))
    world.run("1")
    assert kept_files.number_of(watermark(world)) == world.files()[0].number
    people.resolve(world.context("", "person"), items(world)[0], "not ours")
    world.run("2")
    assert kinds(world) == {}


def test_an_invoice_whose_number_is_corrected_after_it_was_sent_goes_to_a_person(tmp_path: Path) -> None:
    yaml = INVOICES.replace("  Note: {}\n", "  Note: {}\n  Id: {}\n") + "document: [Id]\n"
    world = InboxWorld(tmp_path, yaml=yaml)

    def put(number: int, *rows: str) -> None:
        lines = "\n".join(["Supplier,Invoice,status,Amount,Currency,Note,Id", *rows, ""])
        world.put(f"invoices_{number}.csv", lines.encode(), at=number)

    put(1, f"{invoice(1)},S-7", f"{invoice(2)},")
    world.run("1")
    put(2, f"{invoice(3)},S-7", f"{invoice(4)},")
    world.run("2")
    assert [number for number, _ in sent(world)] == ["0001", "0002", "0004"]
    assert kinds(world) == {"0003": "twin"}


def test_an_open_exception_is_not_closed_by_a_status_that_follows_approval(world: InboxWorld) -> None:
    world.bad.add("x")
    world.put("invoices_1.csv", export(invoice(1, "x")))
    world.run("1")
    assert kinds(world) == {"0001": "mapping"}
    world.put("invoices_2.csv", export(invoice(1, "x", status="EXPORTED")), at=10)
    world.bad.clear()
    world.run("2")
    assert kinds(world) or sent(world)


def test_an_invoice_that_was_approved_and_paid_between_two_polls_is_not_lost(world: InboxWorld) -> None:
    world.put("invoices_0.csv", export(invoice(9)))
    world.run("0")
    world.put("invoices_1.csv", export(invoice(1)), at=1)
    world.put("invoices_2.csv", export(invoice(1, status="PAID")), at=10)
    world.run("1")
    assert kinds(world) == {"0001": "changed"}
    people.retry(world.context("person"), items(world)[0])
    world.run("2")
    assert ([number for number, _ in sent(world)], kinds(world)) == (["0009", "0001"], {})


def test_what_is_past_approval_at_the_first_load_was_none_of_ours(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1, status="PAID"), invoice(2)))
    world.run("1")
    assert ([number for number, _ in sent(world)], kinds(world)) == (["0002"], {})


def test_a_refused_file_that_is_read_again_overtakes_no_newer_one_whose_copy_has_expired(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)).replace(b"Amount", b"Betrag"))
    world.put("invoices_2.csv", export(invoice(1, status="VOID"), invoice(2)), at=1)
    world.run("1")
    with world.ledger.write() as connection:
        connection.execute(update(inbox_file).values(taken_at=utc_now() - timedelta(days=31)))
    world.put("invoices_3.csv", export(invoice(3)), at=2)
    world.run("2")
    amount = world.template.fields["Amount"].model_copy(update={"aliases": ("Betrag",)})
    world.template = world.template.model_copy(update={"fields": {**world.template.fields, "Amount": amount}})
    (refused,) = world.files(inbox.REFUSED)
    with pytest.raises(ConfigurationError, match=r"older than files .*\(invoices_2\.csv\)"):
        kept_files.read_again(world.ledger, world.staging, world.context("person").actor, refused.id, "corrected")
    world.run("3")
    assert [number for number, _ in sent(world)] == ["0002", "0003"]


def test_a_void_is_told_of_although_the_template_has_lost_a_field_meanwhile(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.run("1")
    fields = {name: field for name, field in world.template.fields.items() if name != "Currency"}
    world.template = world.template.model_copy(update={"fields": fields})
    world.declared = stream_of(world.template)
    world.put("invoices_2.csv", export(invoice(1, status="VOID")), at=1)
    world.poll("2")
    assert kinds(world) == {"0001": "changed"}
