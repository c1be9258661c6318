"""GENTJL: GL journals that balance, in open periods."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.syspro.conftest import Poster, errors


def _entry(code: str, amount: str, **others: Any) -> dict[str, Any]:
    return {"LedgerCode": code, "EntryAmount": amount, **others}


def _journal(*entries: dict[str, Any], **others: Any) -> dict[str, Any]:
    lines = list(entries) or [_entry("10-5500", "100.00", Comment="Debit"), _entry("00-1100", "-100.00")]
    given = {"JournalDate": "2026-03-31", "JournalReference": "EXT-1", "Notation": "Accrual", **others}
    return given | {"JournalDetails": lines}


def test_a_journal_is_posted(poster: Poster) -> None:
    before = {row["GlCode"]: float(row["CurrentBalance"]) for row in poster.find("GenMaster", Company="MLC")}
    answer = poster.post("GENTJL", _journal())
    assert answer.tag == "postgljournal"
    key = answer.find("Item/Transaction/Key")
    assert [each.tag for each in key] == ["GlYear", "GlPeriod", "GlJournal"]
    assert (key.findtext("GlYear"), key.findtext("GlPeriod")) == ("2026", "3")
    shown = answer.find("Item/Transaction")
    assert (shown.findtext("NumOfEntries"), shown.findtext("DebitAmount"), shown.findtext("CreditAmount")) == (
        "2",
        "100.00",
        "100.00",
    )
    status = {each.tag: each.text for each in answer.find("StatusOfItems")}
    assert status == {"JournalsProcessed": "1", "PostingsProcessed": "2", "PostingsInvalid": "0"}
    journal = key.findtext("GlJournal")
    (control,) = poster.find("GenJournalCtl", GlYear="2026", GlPeriod="3", GlJournal=journal)
    assert (control["Reference"], control["Notation"], control["JournalSource"]) == ("EXT-1", "Accrual", "JE")
    details = poster.find("GenJournalDetail", GlYear="2026", GlPeriod="3", Journal=journal)
    assert [(row["GlCode"], row["EntryType"], row["EntryValue"], row["Comment"]) for row in details] == [
        ("10-5500", "D", "100.00", "Debit"),
        ("00-1100", "C", "100.00", "entry 2"),
    ]
    after = {row["GlCode"]: float(row["CurrentBalance"]) for row in poster.find("GenMaster", Company="MLC")}
    assert after["10-5500"] - before["10-5500"] == 100
    assert poster.sandbox.admin.books()["references"] == {"GENTJL": {"EXT-1": 1}}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "out of balance": (_journal(_entry("10-5500", "100.00"), _entry("00-1100", "-99.99")), "Item/entryamount"),
    "future": (_journal(PostingPeriod="4", PostingYear="2026"), "Item/postingperiod"),
    "too old": (_journal(PostingPeriod="12", PostingYear="2024"), "Item/postingyear"),
    "no such period": (_journal(PostingPeriod="13", PostingYear="2025"), "Item/postingperiod"),
    "unknown code": (
        _journal(_entry("1", "1.00"), _entry("00-1100", "-1.00")),
        "Item/JournalDetails/ledgercode",
    ),
    "no amount": (_journal(_entry("10-5500", ""), _entry("00-1100", "")), "Item/JournalDetails[1]/entryamount"),
    "not a number": (_journal(_entry("10-5500", "1,0"), _entry("00-1100", "0")), "Item/JournalDetails/entryamount"),
    "long reference": (_journal(JournalReference="X" * 31), "Item/journalreference"),
    "other type": (_journal(JournalType="S"), "Item/journaltype"),
    "currency": (_journal(Currency="USD"), "Item/currency"),
    "control account": (
        _journal(_entry("00-2100", "1.00"), _entry("00-1100", "-1.00")),
        "Item/JournalDetails/ledgercode",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_under_its_element(poster: Poster, name: str) -> None:
    item, path = WRONG[name]
    before = poster.sandbox.admin.counts()["GenJournalCtl"]
    answer = poster.post("GENTJL", item)
    assert path in errors(answer)
    assert answer.find(".//GlJournal") is None
    assert answer.findtext("StatusOfItems/JournalsProcessed") == "0"
    assert poster.sandbox.admin.counts()["GenJournalCtl"] == before


def test_closed_periods_and_held_accounts(poster: Poster) -> None:
    poster.sandbox.admin.update("GenControl", ["MLC"], CurYrPrdStat2="C")
    assert list(errors(poster.post("GENTJL", _journal(PostingPeriod="2")))) == ["Item/postingperiod"]
    poster.sandbox.admin.update("GenMaster", ["MLC", "10-5500"], AccOnHldFlag="Y")
    assert list(errors(poster.post("GENTJL", _journal(), IgnoreWarnings="Y"))) == ["Item/JournalDetails/ledgercode"]


def test_a_control_account_passes_where_warnings_do(poster: Poster) -> None:
    item = WRONG["control account"][0]
    answer = poster.post("GENTJL", item, IgnoreWarnings="W")
    assert answer.findtext("Item/WarningMessages/WarningDescription")
    assert answer.findtext("StatusOfItems/JournalsProcessed") == "1"


def test_two_equal_journals_are_two(poster: Poster) -> None:
    numbers = [poster.post("GENTJL", _journal()).findtext(".//GlJournal") for _ in range(2)]
    assert int(str(numbers[1])) == int(str(numbers[0])) + 1
    assert poster.sandbox.admin.books()["references"]["GENTJL"]["EXT-1"] == 2


@pytest.mark.parametrize("by_period", [True, False])
def test_numbers_go_on_in_the_period_or_the_year(poster: Poster, *, by_period: bool) -> None:
    poster.sandbox.admin.update("GenControl", ["MLC"], NextJnlNoPeriod="Y" if by_period else "N")
    first = int(poster.post("GENTJL", _journal(PostingPeriod="3")).findtext(".//GlJournal"))
    second = int(poster.post("GENTJL", _journal(PostingPeriod="2")).findtext(".//GlJournal"))
    third = int(poster.post("GENTJL", _journal(PostingPeriod="3")).findtext(".//GlJournal"))
    assert third == (first + 1 if by_period else second + 1)
    assert by_period or second > first


def test_a_journal_can_be_left_unposted(poster: Poster) -> None:
    before = poster.find("GenMaster", GlCode="10-5500")[0]["CurrentBalance"]
    journal = poster.post("GENTJL", _journal(PostJournal="N")).findtext(".//GlJournal")
    at = {"GlYear": "2026", "GlPeriod": "3", "Journal": journal}
    assert {row["EntryPosted"] for row in poster.find("GenJournalDetail", **at)} == {"N"}
    assert poster.find("GenTransaction", **at) == []
    assert poster.find("GenMaster", GlCode="10-5500")[0]["CurrentBalance"] == before
    poster.sandbox.admin.update("GenControl", ["MLC"], AuthoriseJournals="Y")
    poster.post("GENTJL", _journal())
    poster.post("GENTJL", _journal(AuthorizeJournal="A"))
    assert [each["posted"] for each in poster.sandbox.admin.books()["posted"]] == [False, False, True]
