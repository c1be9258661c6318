"""Which flows the demo runs, and what happens on both sides before each of their runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_mlconnector.sandbox.demo.stages import IntacctStage, Stage, StampliStage, SysproStage
from airflow_provider_mlconnector.sandbox.stampli import Form

ACKNOWLEDGMENTS = "intacct_sftp_acks"
VENDORS = "stampli_syspro_vendors"


@dataclass(frozen=True)
class Act:
    """One run of the demo.

    Attributes:
        title: what has happened before it, for people.
        happens: lets it happen, on the flow's stage.
        dag: the DAG that runs; empty: the flow's own.
    """

    title: str
    happens: Callable[[Any], None]
    dag: str = ""


@dataclass(frozen=True)
class DemoFlow:
    """A flow as the demo shows it.

    Attributes:
        name: its name, which is the DAG's id too.
        stage: its servers.
        acts: its runs; the first one sends, the last one finds nothing new.
        posts: whether it posts records into a system, and writes no files.
    """

    name: str
    stage: type[Stage]
    acts: Sequence[Act]
    posts: bool = False


def _nothing(_stage: Stage) -> None:
    return


def _a_busy_day(stage: SysproStage) -> None:
    """New, late, changed, post-dated and paid documents, a renamed supplier, an account that nobody has mapped."""
    admin = stage.syspro.admin
    admin.advance(days=1)
    admin.event("new_invoices", n=12)
    admin.event("late_invoices", n=3, days_back=20)
    admin.event("post_dated_invoice")
    admin.event("changed_invoices", n=2)
    admin.event("payment")
    admin.event("supplier_renamed")
    admin.event("supplier_on_hold", on_hold=True)
    admin.event("new_supplier")
    admin.event("new_item", n=2)
    admin.event("new_purchase_order", n=3)
    admin.event("po_received")
    admin.event("gl_postings", n=4)
    posting = next(admin.rows("GenTransaction", top=1))
    admin.insert("GenTransaction", {**posting, "GlCode": "10-5999", "GlLine": 1, "JnlDate": admin.state()["local"]})


def _accepting(stage: IntacctStage) -> None:
    stage.acme.answer("BILLS_*")
    stage.globex.answer("BILLS_*")


def _a_week(stage: IntacctStage) -> None:
    """New, late, changed and paid bills, and a new vendor."""
    admin = stage.intacct.admin
    admin.advance(seconds=7 * 86_400)
    admin.event("new_bills", n=6)
    admin.event("late_bills", n=2, minutes_back=90)
    admin.event("change_bill")
    admin.event("pay_bill")
    admin.event("new_vendors", n=1)


def _rejecting(stage: IntacctStage) -> None:
    stage.acme.answer("BILLS_*", rejected={1})
    stage.globex.answer("BILLS_*")


def _first_invoices(stage: StampliStage) -> None:
    stage.stampli.event("new_invoices", n=12)
    stage.stampli.event("new_invoices", n=2, approved=False)
    stage.export()


def _exported_again(stage: StampliStage) -> None:
    """The same file under another name, and all invoices once more as another program would write them."""
    stage.stampli.outbox.again("invoices")
    stage.stampli.outbox.export("invoices", "snapshot", Form(bom=True, newline="\r\n", totals_row=True))


def _new_vendor(stage: StampliStage) -> None:
    (vendor,) = stage.stampli.event("new_vendor", name="Neuland & Söhne")
    stage.stampli.event("new_invoices", vendor=vendor, amount="1234.56")
    stage.export()


def _a_week_at_stampli(stage: StampliStage) -> None:
    """New and approved invoices, a credit memo and payments; four invoices that nobody may post."""
    stampli = stage.stampli
    stampli.event("approve", n=2)
    stampli.event("new_invoices", n=3)
    stampli.event("credit_memo", invoice="INV-000005")
    for number in (3, 4):
        stampli.event("pay", invoice=f"INV-{number:06d}")
    stampli.event("changed_invoice", invoice="INV-000001")
    stampli.event("void", invoice="INV-000002")
    stampli.event("unknown_gl_code")
    stampli.event("unbalanced_totals")
    stage.export()


def _refused_by_syspro(stage: StampliStage) -> None:
    """A GL account on hold that an invoice is coded to, and a payment of more than SYSPRO still owes."""
    admin, paid = stage.syspro.admin, stage.invoice("INV-000006")
    admin.update("GenMaster", [stage.syspro.company, "10-5500"], AccOnHldFlag="Y")
    admin.event("payment", supplier=paid.vendor_id, invoice=paid.invoice_number, value="1.00")
    stage.stampli.event("new_invoices", gl_account="5500", department="10")
    stage.stampli.event("pay", invoice=paid.invoice_id)
    stage.export()


def _mended(stage: StampliStage) -> None:
    """The account is open, SYSPRO's own payment is taken back, the mapping knows the GL code, and the sum is right."""
    admin, paid = stage.syspro.admin, stage.invoice("INV-000006")
    admin.update("GenMaster", [stage.syspro.company, "10-5500"], AccOnHldFlag="N")
    admin.update("ApInvoice", [paid.vendor_id, paid.invoice_number], MthInvBal1=str(paid.total_amount))
    codes = stage.into / "dags" / "stampli_to_syspro" / "gl_codes.csv"
    with codes.open("a", encoding="utf-8", newline="") as file:
        file.writelines(f"5999,{center.code},{center.code}-5500\n" for center in stage.stampli.company.cost_centers())
    stage.stampli.event("totals_corrected", invoice="INV-000021")
    stage.export()


FLOWS = {
    "syspro_to_sftp": DemoFlow(
        "syspro_to_sftp",
        SysproStage,
        (
            Act("first load", _nothing),
            Act("new, late, changed and paid documents; one posting to an account that is not mapped", _a_busy_day),
            Act("nothing new", _nothing),
        ),
    ),
    "intacct_to_sftp": DemoFlow(
        "intacct_to_sftp",
        IntacctStage,
        (
            Act("first load: X12 to acme, EDIFACT to globex", _nothing),
            Act("both partners accept the bills; acme says nothing of the vendors", _accepting, ACKNOWLEDGMENTS),
            Act("new, late, changed and paid bills, a new vendor", _a_week),
            Act("acme rejects one of the new bills", _rejecting, ACKNOWLEDGMENTS),
            Act("nothing new", _nothing),
        ),
    ),
    "stampli_to_syspro": DemoFlow(
        "stampli_to_syspro",
        StampliStage,
        (
            Act("first export: 12 approved invoices, 2 that are not approved yet", _first_invoices),
            Act("the same export under another name, and all of it as a snapshot", _exported_again),
            Act("vendors first: a new one, exported together with its invoice", _new_vendor, VENDORS),
            Act(
                "new and approved invoices, a credit memo, payments; one changed, one void, one coded wrong, one that "
                "does not add up",
                _a_week_at_stampli,
            ),
            Act("SYSPRO refuses an invoice (its GL account is on hold) and a payment (too much)", _refused_by_syspro),
            Act("mended: account and payment at SYSPRO, a GL code in the mapping, a sum at Stampli", _mended),
            Act("nothing new", _nothing),
        ),
        posts=True,
    ),
}
