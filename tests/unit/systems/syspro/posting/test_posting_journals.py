"""GL journals into the sandbox."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.streams.target import Attempt, Document, Outcome
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
from tests.unit.systems.syspro.posting.conftest import Target
from tests.unit.systems.syspro.posting.rows import Row, journal

POSTS = {"operation": "transaction/post", "bo": "GENTJL"}


def document(target: SysproTarget, rows: list[Row]) -> Document:
    return Document(target.identity(rows), rows, target.shown(rows))


def test_journals_are_posted_and_told_apart_by_our_own_id(target: Target, sandbox: SysproSandbox) -> None:
    made = target("gl_journals")
    same = document(made, journal())
    assert (same.identity.kind, same.identity.key, same.shown) == ("gl journal", "Accrual", "journal Accrual")
    assert not made.unique(same.identity)
    assert made.check([same]) == [None]
    (group,) = made.calls([Attempt(same, "EXT-1"), Attempt(same, "EXT-2")], 10)
    results = made.post(group)
    assert [result.outcome for result in results] == [Outcome.POSTED] * 2
    found = made.look_up([*group, Attempt(same, "EXT-3")])
    assert [each and (each.target_key, each.ours, each.equal) for each in found] == [
        (results[0].target_key, True, True),
        (results[1].target_key, True, True),
        None,
    ]
    posted = sandbox.admin.books()["posted"]
    assert [each["reference"] for each in posted] == ["EXT-1", "EXT-2"]


def test_a_journal_that_was_lost_is_found_by_its_reference(target: Target, sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("lost_answer", count=1, where=POSTS)
    made = target("gl_journals")
    tried = Attempt(document(made, journal()), "EXT-1")
    (result,) = made.post([tried])
    assert (result.outcome, result.in_flight) == (Outcome.DOUBT, True)
    made.fence()
    (found,) = made.look_up([tried])
    assert found is not None
    assert found.ours
    assert found.equal


@pytest.mark.parametrize(
    ("changes", "field", "cause"),
    [
        ({"PostingPeriod": None}, "PostingPeriod", ""),
        ({"JournalDate": None}, "JournalDate", ""),
        ({"PostingPeriod": 4}, "PostingPeriod", "syspro:gl-period:2026/4"),
        ({"PostingYear": 2024, "PostingPeriod": 12}, "PostingPeriod", "syspro:gl-period:2024/12"),
        ({"Notation": "x" * 101}, "Notation", ""),
    ],
)
def test_what_is_wrong_is_found_before_anything_is_sent(
    target: Target, changes: dict[str, Any], field: str, cause: str
) -> None:
    made = target("gl_journals", key=["PostingYear"])
    (problem,) = made.check([document(made, journal(**changes))])
    assert problem is not None
    assert (problem.field, problem.cause) == (field, cause)
    assert not cause or not target("gl_journals").cause_gone(cause)


def test_accounts_and_balance(target: Target, sandbox: SysproSandbox) -> None:
    control = next(row["GlCode"] for row in sandbox.admin.rows("GenMaster", "ControlAccFlag eq 'Y'"))
    made = target("gl_journals")
    rows = journal()
    rows[1]["JournalDetails.LedgerCode"] = control
    unbalanced = journal()
    unbalanced[1]["JournalDetails.EntryAmount"] = Decimal("-99.99")
    problems = made.check([document(made, each) for each in (rows, unbalanced, journal()[:1])])
    assert [problem and problem.cause for problem in problems] == [f"syspro:account:{control}", "", ""]
    assert [problem and problem.reason for problem in problems] == [
        f"GL account {control} is a control account",
        "debits and credits differ by 0.01",
        "the journal has fewer than two lines",
    ]
    assert target("gl_journals", control_accounts="allow").check([document(made, rows)]) == [None]


def test_lines_carry_date_and_reference(target: Target) -> None:
    made = target("gl_journals")
    (shown,) = made.rehearse([document(made, journal())])
    assert shown.count("<Date>2026-03-31</Date>") == 2
    assert shown.count("<Reference>REHEARSAL</Reference>") == 2
    assert "<JournalReference>REHEARSAL</JournalReference>" in shown
    assert "<EntryAmount>-100.00</EntryAmount>" in shown


def test_an_equal_journal_of_another_day_is_not_equal(target: Target, sandbox: SysproSandbox) -> None:
    sandbox.admin.insert(
        "GenJournalCtl",
        {"GlYear": 2026, "GlPeriod": 3, "GlJournal": 990045, "Reference": "EXT-9", "DebitAmount": "100.00",
         "JournalDate": "2026-03-30"},
    )  # fmt: skip
    made = target("gl_journals")
    (found,) = made.look_up([Attempt(document(made, journal()), "EXT-9")])
    assert found is not None
    assert (found.target_key, found.ours, found.equal) == ("990045/2026/3", True, False)
    (found,) = made.look_up([Attempt(document(made, journal(JournalDate=date(2026, 3, 30))), "EXT-9")])
    assert found is not None
    assert found.equal


COUNTER = {"account": "00-2150", "tax_account": "00-1500"}


def expenses(**changes: Any) -> list[Row]:
    """An invoice as a journal: what it was spent on, and in each row its total and tax."""
    rows = journal(**{"Total": Decimal("119.00"), "Tax": Decimal("19.00")} | changes)
    for row, amount in zip(rows, ("60.00", "40.00"), strict=True):
        row["JournalDetails.EntryAmount"] = Decimal(amount)
    return rows


def test_lines_on_one_side_are_balanced_by_the_counter_entry(target: Target, sandbox: SysproSandbox) -> None:
    made = target("gl_journals", counter=COUNTER)
    tried = Attempt(document(made, expenses()), "EXT-1")
    assert made.check([tried.document]) == [None]
    (result,) = made.post([tried])
    assert result.outcome is Outcome.POSTED, result.reason
    found = {row["GlCode"]: (row["EntryType"], row["EntryValue"]) for row in details(sandbox, result.target_key)}
    assert found == {
        "10-5500": ("D", "60.00"),
        "10-5100": ("D", "40.00"),
        "00-1500": ("D", "19.00"),
        "00-2150": ("C", "119.00"),
    }
    (there,) = made.look_up([tried])
    assert there is not None
    assert there.equal


def details(sandbox: SysproSandbox, target_key: str) -> list[dict[str, Any]]:
    number = target_key.split("/", maxsplit=1)[0].lstrip("0")
    return list(sandbox.admin.rows("GenJournalDetail", f"Journal eq {number} and GlYear eq 2026 and GlPeriod eq 3"))


@pytest.mark.parametrize(
    ("changes", "settings", "field"),
    [
        ({"Total": Decimal("120.00")}, COUNTER, "JournalDetails.EntryAmount"),
        ({"Total": None}, COUNTER, "Total"),
        ({}, {"account": "00-2150"}, "Tax"),
        ({}, {**COUNTER, "account": "99-9999"}, "JournalDetails.LedgerCode"),
    ],
)
def test_what_does_not_make_the_total_is_not_posted(
    target: Target, changes: dict[str, Any], settings: dict[str, str], field: str
) -> None:
    made = target("gl_journals", counter=settings)
    (problem,) = made.check([document(made, expenses(**changes))])
    assert problem is not None
    assert problem.field == field
