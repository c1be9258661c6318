"""GENTJL: posts GL journals (SYSPRO sheet 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro import enet_xml as xml
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import Bookkeeper, Line
from airflow_provider_mlconnector.sandbox.syspro.posting.call import Shape, leaves
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Batch, Entry, WritingObject
from airflow_provider_mlconnector.sandbox.syspro.posting.findings import Fields
from airflow_provider_mlconnector.sandbox.syspro.posting.ledger_codes import ANALYSIS, check_ledger_code, is_open

_ITEM = """JournalType JournalNumber AuthorizeJournal PostJournal CancelJournal HoldJournal JournalDate
    JournalReference Notation PostingPeriod PostingYear esignature SourceCode Currency AuditorsPassword"""
_LINE = """EntryNumber LedgerCode LedgerCodePassword Date Reference EntryAmount DeleteEntry Comment AnalysisEntry
    InterCompanyDetail InterCompanyId InterCompanyDebit InterCompanyDebitPass InterCompanyCredit
    InterCompanyCreditPass SourceJournal AdditionalReference CommitmentFlag CurrencyInfo TransactionDate ModifiedFlag"""
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class _Draft:
    """A journal that can be posted, or left unposted."""

    day: date
    period: tuple[int, int]
    lines: tuple[Line, ...]
    reference: str
    notation: str
    posted: bool

    @property
    def debit(self) -> Decimal:
        return sum((max(line.value, _NOTHING) for line in self.lines), _NOTHING)


class PostGlJournal(WritingObject):
    """The object; it adds journals of the normal type and maintains none.

    Args:
        keeper: posts the journals.
    """

    code: ClassVar[str] = "GENTJL"
    root: ClassVar[str] = "PostGlJournal"
    version: ClassVar[str] = "8.0.010"
    parameters: ClassVar[str] = """IgnoreWarnings ApplyIfEntireDocumentValid ValidateOnly ActionType ValidatePasswords
        DeleteEntriesonMaint IgnoreAnalysis"""
    shape: ClassVar[Shape] = {
        **leaves(_ITEM),
        "JournalDetails": {**leaves(_LINE), "AnalysisLineEntry": leaves(ANALYSIS)},
    }

    def __init__(self, keeper: Bookkeeper) -> None:
        self._keeper, self._company = keeper, keeper.company

    def reference(self, fields: Fields) -> str:
        """JournalReference."""
        return fields.text("JournalReference")

    def check(self, fields: Fields, batch: Batch) -> _Draft:
        """The journal as it would be posted."""
        batch.choice("ActionType", ("A",), "A")
        fields.choice("JournalType", ("N",), "N")
        if fields.text("Currency"):
            fields.error("Currency", "Only journals in an alternate currency have a currency")
        lines = tuple(self._line(each) for each in fields.lines("JournalDetails"))
        total = sum((line.value for line in lines), _NOTHING)
        if not lines or total:
            fields.error("EntryAmount", f"The journal does not balance: its entries add up to {total}")
        return _Draft(
            fields.day("JournalDate") or self._company.today.date(),
            self._period(fields),
            lines,
            fields.text("JournalReference", 30),
            fields.text("Notation", 100),
            self._is_posted(fields),
        )

    def _is_posted(self, fields: Fields) -> bool:
        control = self._company.tables["GenControl"].get((self._company.code,))
        authorised = fields.choice("AuthorizeJournal", ("D", "A", "U"), "D") == "A"
        needs_it = control is not None and control["AuthoriseJournals"] == "Y"
        return fields.choice("PostJournal", ("Y", "N"), "Y") == "Y" and (authorised or not needs_it)

    def _line(self, fields: Fields) -> Line:
        code = check_ledger_code(self._company, fields)
        value = fields.number("EntryAmount")
        if value is None and not fields.text("EntryAmount"):
            fields.error("EntryAmount", "'EntryAmount' must be entered")
        fields.day("Date")
        value = value or _NOTHING
        return Line(code, value, value, fields.text("Comment", 250), fields.text("Reference", 50))

    def _period(self, fields: Fields) -> tuple[int, int]:
        control = self._company.tables["GenControl"].get((self._company.code,))
        current = (int(str(control["GlYear"])), int(str(control["GlPeriod"]))) if control else (0, 0)
        year, period = fields.number("PostingYear"), fields.number("PostingPeriod")
        chosen = (current[0] if year is None else int(year), current[1] if period is None else int(period))
        if chosen[0] not in (current[0], current[0] - 1):
            fields.error("PostingYear", f"Year {chosen[0]} is neither the current nor the previous one")
        elif chosen > current:
            fields.error("PostingPeriod", f"Period {chosen[1]} of year {chosen[0]} is in the future")
        elif not is_open(self._company, *chosen):
            fields.error("PostingPeriod", f"Period {chosen[1]} of year {chosen[0]} is closed")
        return chosen

    def post(self, draft: _Draft, batch: Batch) -> tuple[str, dict[str, Any]]:
        """Post the journal, or keep it unposted."""
        year, period, journal = self._keeper.enter(
            draft.day,
            "JE",
            draft.lines,
            reference=draft.reference,
            notation=draft.notation,
            operator=batch.call.operator,
            period=draft.period,
            unposted=not draft.posted,
        )
        facts: dict[str, Any] = {
            "kind": "J",
            "value": draft.debit.quantize(d.CENT),
            "date": draft.day,
            "year": year,
            "period": period,
            "journal": journal,
            "posted": draft.posted,
            "lines": [{"code": line.code, "value": line.value.quantize(d.CENT)} for line in draft.lines],
        }
        return self._transaction(draft, {"GlJournal": journal}, batch), facts

    def validated(self, draft: _Draft, batch: Batch) -> str:
        """The journal without its number."""
        return self._transaction(draft, {}, batch)

    @staticmethod
    def _transaction(draft: _Draft, journal: dict[str, object], batch: Batch) -> str:
        key = batch.keyed({}, {"GlYear": draft.period[0], "GlPeriod": draft.period[1], **journal})
        rest: dict[str, object] = {
            "JournalDate": draft.day.isoformat(),
            "NumOfEntries": len(draft.lines),
            "DebitAmount": f"{draft.debit:.2f}",
            "CreditAmount": f"{draft.debit:.2f}",
            "JnlPostingType": "N",
            "Jnlstatus": "",
            "Currency": "",
            "Authorised": "Y",
        }
        return f"<Transaction>\n{key}\n{xml.elements(rest)}\n</Transaction>"

    def status(self, entries: Sequence[Entry], done: int) -> dict[str, object]:
        """Journals and their postings."""
        invalid = sum(max(1, len(entry.fields.lines("JournalDetails"))) for entry in entries if not entry.sound)
        processed = sum(len(entry.draft.lines) for entry in entries if entry.answer)
        return {"JournalsProcessed": done, "PostingsProcessed": processed, "PostingsInvalid": invalid}
