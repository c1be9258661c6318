"""Which flows the demo runs, and what happens at the source before each of their runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox

INBOUND = "inbound"
"""The partner's folder, as the example DAGs name it."""
PARTNER_USERS = {"partner": "partner-secret"}
"""Who signs in at the partner's server. Airflow masks the password in every log, so it is no word that they need."""


@dataclass(frozen=True)
class Act:
    """One run of the demo.

    Attributes:
        title: what has happened before it, for people.
        happens: lets it happen.
    """

    title: str
    happens: Callable[[SysproSandbox], None]


@dataclass(frozen=True)
class DemoFlow:
    """A flow as the demo shows it.

    Attributes:
        name: its name, which is the DAG's id too.
        acts: its runs; the first one sends, the last one finds nothing new.
    """

    name: str
    acts: Sequence[Act]


def _nothing(_syspro: SysproSandbox) -> None:
    return


def _a_busy_day(syspro: SysproSandbox) -> None:
    """New, late, changed, post-dated and paid documents, a renamed supplier, an account that nobody has mapped."""
    admin = syspro.admin
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


FLOWS = {
    "syspro_to_sftp": DemoFlow(
        "syspro_to_sftp",
        (
            Act("first load", _nothing),
            Act("new, late, changed and paid documents; one posting to an account that is not mapped", _a_busy_day),
            Act("nothing new", _nothing),
        ),
    )
}
