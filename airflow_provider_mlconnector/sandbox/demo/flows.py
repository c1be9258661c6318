"""Which flows the demo runs, and what happens on both sides before each of their runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_mlconnector.sandbox.demo.stages import IntacctStage, Stage, SysproStage

ACKNOWLEDGMENTS = "intacct_sftp_acks"


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
    """

    name: str
    stage: type[Stage]
    acts: Sequence[Act]


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
}
