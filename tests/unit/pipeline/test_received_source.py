"""Files as a stream: what a poll makes of what came in, and how often."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import kept_files, people, receiving
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError
from airflow_provider_mlconnector.ledger import inbox
from airflow_provider_mlconnector.ledger.audit import Actor
from tests.support.engine_looks import items, kinds, open_alerts, sent, watermark
from tests.support.inbox_world import INVOICES, InboxWorld, export, invoice

BROKEN = b"Supplier,Invoice,Betrag\n0000001,INV-0001,1.00\n"


@pytest.fixture
def world(tmp_path: Path) -> InboxWorld:
    return InboxWorld(tmp_path)


def test_an_approved_invoice_is_sent_once_whatever_file_it_comes_in(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.run("1")
    world.put("invoices_2.csv", export(invoice(1)), at=1)
    world.run("2")
    world.put("invoices_3.csv", export(invoice(1), invoice(2)), at=2)
    world.run("3")
    assert [number for number, _ in sent(world)] == ["0001", "0002"]
    assert kinds(world) == {}
    assert world.states()["invoices_2.csv"] == inbox.REPEATED
    assert kept_files.number_of(watermark(world)) == max(file.number or 0 for file in world.files())


def test_the_same_invoice_with_other_content_is_an_exception(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.run("1")
    world.put("invoices_2.csv", export(invoice(1, "changed")), at=1)
    world.run("2")
    assert (sent(world), kinds(world)) == ([("0001", "")], {"0001": "changed"})
    world.run("3")
    assert (sent(world), kinds(world)) == ([("0001", "")], {"0001": "changed"})


def test_what_is_pending_is_not_marked_as_done_and_void_after_it_was_sent_goes_to_a_person(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1, status="PENDING"), invoice(2, status="VOID")))
    world.run("1")
    assert sent(world) == []
    world.put("invoices_2.csv", export(invoice(1)), at=1)
    world.run("2")
    assert sent(world) == [("0001", "")]
    world.put("invoices_3.csv", export(invoice(1, status="PAID")), at=2)
    world.run("3")
    assert kinds(world) == {}
    world.put("invoices_4.csv", export(invoice(1, status="VOID")), at=3)
    world.run("4")
    assert (sent(world), kinds(world)) == ([("0001", "")], {"0001": "changed"})


def test_of_one_window_the_newest_version_counts_and_files_come_oldest_first(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(*(invoice(n, "old") for n in range(1, 9))))
    world.put("invoices_2.csv", export(invoice(9), invoice(3, "new")), at=1)
    world.put("invoices_3.csv", export(invoice(8, "new")), at=2)
    world.run("1")
    assert sorted(sent(world)) == [
        *(((f"{n:04d}", "new" if n in (3, 8) else "old")) for n in range(1, 9)),
        ("0009", ""),
    ]
    assert [number for number, _ in sent(world)][-3:] == ["0009", "0003", "0008"]
    assert kinds(world) == {}


def test_a_file_that_comes_late_overtakes_nothing(world: InboxWorld) -> None:
    world.put("invoices_2.csv", export(invoice(1, "new")), at=100)
    world.run("1")
    world.put("invoices_1.csv", export(invoice(1, "old"), invoice(2, "late")), at=50)
    world.run("2")
    assert (sent(world), kinds(world)) == ([("0001", "new"), ("0002", "late")], {})


def test_a_bad_row_is_set_aside_and_not_the_file(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1), "0000001,INV-0002,APPROVED,much,EUR,"))
    world.run("1")
    assert (sent(world), kinds(world)) == ([("0001", "")], {"0002": "unreadable"})
    assert "invoices_1.csv" in items(world)[0].reason
    world.run("2")
    assert kinds(world) == {"0002": "unreadable"}
    world.put("invoices_2.csv", export(invoice(2)), at=1)
    world.run("3")
    assert (sent(world)[1:], kinds(world)) == ([("0002", "")], {})


def test_a_corrected_row_of_the_same_window_is_no_exception_and_a_spoilt_one_is(world: InboxWorld) -> None:
    bad = "0000001,INV-000{},APPROVED,much,EUR,"
    world.put("invoices_1.csv", export(bad.format(1), invoice(2, "old")))
    world.put("invoices_2.csv", export(invoice(1, "good"), bad.format(2)), at=1)
    world.run("1")
    assert (sent(world), kinds(world)) == ([("0001", "good")], {"0002": "unreadable"})


def test_a_refused_file_holds_nothing_up_is_told_of_once_and_read_after_the_template_is_corrected(
    world: InboxWorld,
) -> None:
    world.put("invoices_1.csv", BROKEN)
    world.put("invoices_2.csv", export(invoice(2)), at=1)
    world.run("1")
    assert sent(world) == [("0002", "")]
    (refused,) = world.files(inbox.REFUSED)
    assert "Amount" in refused.detail
    assert open_alerts(world) == [receiving.refused_cause([refused])]
    world.run("2")
    assert len(open_alerts(world)) == 1
    world.template = world.template.model_copy(
        update={
            "fields": {
                **world.template.fields,
                "Amount": world.template.fields["Amount"].model_copy(update={"aliases": ("Betrag",)}),
                "status": world.template.fields["status"].model_copy(update={"default": "APPROVED"}),
            }
        }
    )
    said = kept_files.read_again(world.ledger, world.staging, Actor(person="ann"), refused.id, "corrected")
    assert "read by the next run" in said
    world.run("3")
    assert [number for number, _ in sent(world)] == ["0002", "0001"]
    assert (world.files(inbox.REFUSED), open_alerts(world)) == ([], [])


def test_a_file_that_is_read_again_overtakes_no_newer_one(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1, "old")))
    world.run("1")
    world.put("invoices_2.csv", export(invoice(1, "new")), at=1)
    (first,) = [file for file in world.files() if file.name == "invoices_1.csv"]
    kept_files.read_again(world.ledger, world.staging, Actor(person="ann"), first.id, "again")
    world.run("2")
    assert (sent(world), kinds(world)) == ([("0001", "old")], {"0001": "changed"})
    people.retry(LaneContext(world.ledger, world.staging, world.context("").name, Actor(person="ann")), items(world)[0])
    world.run("3")
    assert (sent(world), kinds(world)) == ([("0001", "old"), ("0001", "new")], {})


def test_only_a_file_that_was_taken_in_is_read_again(world: InboxWorld) -> None:
    world.settings_of = {"settle_seconds": 600}
    world.put("invoices_1.csv", export(invoice(1)))
    world.run("1")
    for number in (world.files()[0].id, 77):
        with pytest.raises(ConfigurationError):
            kept_files.read_again(world.ledger, world.staging, Actor(person="ann"), number, "again")


def test_a_copy_that_is_gone_is_taken_from_the_partner_again(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.receive()
    (kept,) = world.files(inbox.KEPT)
    world.staging.remove(kept.staged)
    with pytest.raises(IntegrityError):
        world.run("1")
    kept_files.read_again(world.ledger, world.staging, Actor(person="ann"), kept.id, "again")
    world.run("1")
    assert sent(world) == [("0001", "")]


def test_a_damaged_copy_is_not_read(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.receive()
    (kept,) = world.files(inbox.KEPT)
    with world.staging.create(kept.staged, "file") as file:
        file.write(export(invoice(2)))
    with pytest.raises(IntegrityError, match=r"invoices_1\.csv"):
        world.run("1")


def test_a_file_is_parsed_once_for_each_template(world: InboxWorld) -> None:
    world.put("invoices_1.csv", export(invoice(1)))
    world.run("1")
    (kept,) = world.files(inbox.KEPT)
    before = world.staging.names(kept.staged)
    list(world.reader().everything())
    assert world.staging.names(kept.staged) == before
    world.template = world.template.model_copy(update={"decimal_mark": ","})
    list(world.reader().everything())
    assert len(world.staging.names(kept.staged)) == len(before) + 3


def test_a_bad_row_has_its_key_although_its_company_is_blank(tmp_path: Path) -> None:
    yaml = INVOICES.replace("key: [Supplier", "key: [company_id, Supplier").replace(
        "status:", "company_id: {}\n  status:", 1
    )
    world = InboxWorld(tmp_path, yaml=yaml)
    world.put("invoices_1.csv", export("0000001,INV-0002,APPROVED,much,EUR,"))
    world.poll("1")
    assert [item.key for item in items(world)] == ["/0000001/INV-0002"]
    world.put("invoices_2.csv", export(invoice(2)), at=1)
    world.poll("2")
    (page,) = world.reader().by_keys([("", "0000001", "INV-0002")])
    assert page.rows.num_rows == 1
