"""Answers that do not say by themselves what became of a document."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest

from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.streams.target import Found, Outcome
from airflow_provider_mlconnector.systems.syspro import xml
from airflow_provider_mlconnector.systems.syspro.enet import PostAnswer
from airflow_provider_mlconnector.systems.syspro.posting.judging import Judge
from airflow_provider_mlconnector.systems.syspro.posting.payables import ApInvoices
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from tests.unit.systems.syspro.posting.rows import attempt, invoice

SILENT = "<postapinvoice><Item><ItemNumber>1</ItemNumber></Item></postapinvoice>"
REFUSED = "<a><invoice><ErrorNumber>1</ErrorNumber><ErrorDescription>{}</ErrorDescription></invoice></a>"
OURS = Found("7/2026/3", ours=True, equal=True, detail="there")
OTHER = Found("7/2026/3", ours=False, equal=False, detail="value 1.00")


def answer(text: str) -> PostAnswer:
    root = xml.parse(text, 100_000)
    return PostAnswer(text, root, tuple(xml.find_errors(root)))


def judge(*found: Found | None, failing: bool = False) -> Judge:
    kind = create_autospec(ApInvoices, instance=True)
    kind.target_key.return_value = ""
    kind.look_up.return_value = list(found)
    kind.look_up.side_effect = TransientError("no answer") if failing else None
    return Judge(kind, PostingSettings(), lambda text: text.replace("secret", "***"))


@pytest.mark.parametrize(("found", "outcome"), [(OURS, Outcome.POSTED), (OTHER, Outcome.DOUBT), (None, Outcome.DOUBT)])
def test_a_clean_answer_without_a_journal_is_verified(found: Found | None, outcome: Outcome) -> None:
    (result,) = judge(found).answered([attempt(invoice())], answer(SILENT))
    assert result.outcome is outcome
    assert result.in_flight == (outcome is Outcome.DOUBT)
    assert result.target_key == ("7/2026/3" if found is OURS else "")


def test_what_cannot_be_verified_is_in_doubt() -> None:
    (result,) = judge(failing=True).answered([attempt(invoice())], answer(SILENT))
    assert (result.outcome, result.in_flight) == (Outcome.DOUBT, True)
    (result,) = judge(failing=True).answered([attempt(invoice())], answer(REFUSED.format("already exists")))
    assert (result.outcome, result.in_flight) == (Outcome.DOUBT, False)
    assert "The look-up failed: no answer" in result.reason


@pytest.mark.parametrize(
    ("found", "outcome"), [(OURS, Outcome.DOUBT), (OTHER, Outcome.REFUSED), (None, Outcome.REFUSED)]
)
def test_a_duplicate_is_looked_up_before_it_is_believed(found: Found | None, outcome: Outcome) -> None:
    (result,) = judge(found).answered([attempt(invoice())], answer(REFUSED.format("already exists")))
    assert result.outcome is outcome
    assert ("SYSPRO has: value 1.00" in result.reason) == (found is OTHER)


def test_what_is_kept_of_an_answer_holds_no_secret() -> None:
    (result,) = judge(None).answered([attempt(invoice())], answer(REFUSED.format("secret")))
    assert result.outcome is Outcome.REFUSED
    assert "secret" not in result.answer
