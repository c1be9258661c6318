"""Schedules and answers by which SYSPRO once got a document twice, or never: each must stay closed."""

from __future__ import annotations

import pytest

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Outcome
from airflow_provider_mlconnector.systems.syspro.posting.payables import ApInvoices
from airflow_provider_mlconnector.systems.syspro.posting.suppliers import Suppliers
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
from tests.unit.systems.syspro.conftest import Connect
from tests.unit.systems.syspro.posting import rows as mapped
from tests.unit.systems.syspro.posting.conftest import SUPPLIER, Target
from tests.unit.systems.syspro.posting.test_posting_judging import OURS, REFUSED, answer, judge
from tests.unit.systems.syspro.posting.test_posting_session import Clock


def attempt(target: SysproTarget) -> Attempt:
    row = mapped.invoice(Supplier=SUPPLIER, Invoice="INV-1")
    return Attempt(Document(target.identity([row]), [row], ""), "EXT-1")


@pytest.mark.parametrize("asks", [True, False])
def test_a_sleeper_does_not_post_with_a_session_that_is_younger_than_its_intent(
    target: Target, sandbox: SysproSandbox, connect: Connect, *, asks: bool
) -> None:
    """It slept before its call; another try has signed in anew, found nothing, and posts the document itself."""
    sleeper, other = target(), target(connection=connect(sandbox))
    kind, clock = sleeper._kind, Clock()
    assert isinstance(kind, ApInvoices)
    kind._references._clock = clock
    tried = attempt(sleeper)
    (group,) = sleeper.calls([tried], 1)
    sleeper.renew()
    other.fence()
    assert other.look_up([attempt(other)]) == [None]
    # Whether the current period has to be asked for again: a query signs in by itself when its session is gone.
    clock.now = 61 if asks else 0
    (result,) = sleeper.post(group)
    assert (result.outcome, result.in_flight) == (Outcome.DOUBT, False)
    assert sandbox.admin.books()["posted"] == []
    sleeper.renew()
    assert sleeper.post([tried])[0].outcome is Outcome.POSTED


@pytest.mark.parametrize(("found", "outcome"), [(OURS, Outcome.DOUBT), (None, Outcome.REFUSED)])
def test_an_error_beside_a_journal_is_looked_up_before_it_is_believed(found: Found | None, outcome: Outcome) -> None:
    """SYSPRO has posted, and complains all the same: as a refusal it would be posted again by the next polls."""
    judged = judge(found)
    judged._kind.target_key.side_effect = lambda texts, _: texts.get("journal", "")  # type: ignore[attr-defined]
    said = REFUSED.format("the report could not be printed").replace("</a>", "<Journal>7</Journal></a>")
    (result,) = judged.answered([mapped.attempt(mapped.invoice())], answer(said))
    assert result.outcome is outcome


def test_the_reason_of_a_refusal_holds_no_secret() -> None:
    (result,) = judge(None).answered([mapped.attempt(mapped.invoice())], answer(REFUSED.format("secret")))
    assert result.outcome is Outcome.REFUSED
    assert "secret" not in result.reason


def test_a_page_that_is_no_answer_does_not_add_a_supplier(target: Target) -> None:
    """A proxy's page is well-formed, has no error in it, and names no supplier: nothing was written."""
    kind = target("suppliers")._kind
    assert isinstance(kind, Suppliers)
    asked = mapped.attempt({"Supplier": "0009002", "SupplierName": "Acme"})
    assert kind.target_key({"title": "Please sign in"}, asked) == ""
    assert kind.target_key({"supplier": "9002"}, asked) == "0009002"


def test_a_company_is_one_however_it_is_written(target: Target, sandbox: SysproSandbox, connect: Connect) -> None:
    row = mapped.invoice(Supplier=SUPPLIER)
    other = target(connection=connect(sandbox, company=sandbox.company.lower()))
    assert target().identity([row]) == other.identity([row])
