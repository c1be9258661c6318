"""Matching an invoice with goods received notes (SYSPRO sheet 2.1; the split of GrnDetailKey is by inference)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import JournalKey, Line, number
from airflow_provider_mlconnector.sandbox.syspro.columns import Key, Row
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Batch
from airflow_provider_mlconnector.sandbox.syspro.posting.findings import Fields
from airflow_provider_mlconnector.sandbox.syspro.predicates import Both, Compare

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Match:
    """What an invoice takes of one received line.

    Attributes:
        key: of GrnDetails.
        home: how much of its value is matched, in the home currency.
        foreign: the same in the supplier's currency.
        variance: what is invoiced beyond that, in the supplier's currency.
    """

    key: Key
    home: Decimal
    foreign: Decimal
    variance: Decimal = _NOTHING

    def lines(self, variance_code: str, rate: Decimal, *, local: bool) -> Iterator[Line]:
        """Its ledger lines in the currency of the distribution."""
        value = self.home if local else self.foreign
        yield Line(d.ACCRUAL, value, value, f"GRN {self.key[1]}")
        if self.variance:
            beyond = d.local(self.variance, rate) if local else self.variance
            yield Line(variance_code, beyond, beyond, f"GRN {self.key[1]} variance")


def matches(fields: Fields, batch: Batch, company: Company) -> list[Match]:
    """The matches of an item; what is wrong with them is noted."""
    found: list[Match] = []
    for each in fields.lines("GrnDetails"):
        rows = _rows(each, company, fields.text("Supplier"))
        if not rows:
            each.error("GrnGrn", "The goods received note was not found")
        for row in rows:
            found += _match(each, batch, row)
    return found


def _rows(fields: Fields, company: Company, supplier: str) -> list[Row]:
    table = company.tables["GrnDetails"]
    whole = fields.text("GrnDetailKey")
    if whole:
        of, grn, flag, journal, entry = whole[:7], whole[7:16], whole[16:17], whole[17:22], whole[22:27]
    else:
        of, grn, flag = fields.text("GrnSupplier") or supplier, fields.needed("GrnGrn", 20), fields.text("GrnFlag")
        journal, entry = fields.text("GrnJournal"), fields.text("GrnEntry")
    if of != supplier:
        fields.error("GrnSupplier", f"The goods received note is of supplier '{of}'")
        return []
    wanted = [Compare("Supplier", "eq", of)]
    for column, text in (("Journal", journal), ("JournalEntry", entry)):
        wanted += [Compare(column, "eq", int(text))] if text.isdigit() else []
    wanted += [Compare("GrnSource", "eq", flag)] if flag else []
    rows = (table.row(hit) for hit in table.hits(Both(tuple(wanted))))
    return [row for row in rows if str(row["Grn"]) == grn or (whole and str(row["Grn"]).lstrip("0") == grn.lstrip("0"))]


def _match(fields: Fields, batch: Batch, row: Row) -> list[Match]:
    key: Key = tuple(row[name] for name in ("Supplier", "Grn", "GrnSource", "Journal", "JournalEntry"))
    claim = ("grn", *(str(part) for part in key))
    left = number(row, "CurGrnValue") - batch.taken[claim]
    if left <= 0:
        fields.error("GrnGrn", f"Goods received note '{key[1]}' has been matched")
        return []
    rate = number(row, "ConvRate")
    outstanding = (left / rate).quantize(d.CENT)
    kind = fields.choice("GrnMatchType", ("O", "U", "P"), "")
    if kind == "U":
        value = _needed(fields, "GrnMatchValue")
        made = Match(key, left, outstanding, value - outstanding)
    elif kind == "P":
        value = _partial(fields, row, outstanding)
        made = Match(key, left if value == outstanding else d.local(value, rate), value)
    else:
        made = Match(key, left, outstanding)
    batch.taken[claim] += made.home
    return [made]


def _needed(fields: Fields, name: str) -> Decimal:
    fields.needed(name)
    return fields.number(name) or _NOTHING


def _partial(fields: Fields, row: Row, outstanding: Decimal) -> Decimal:
    quantity, received = fields.number("GrnPartialMatchQuantity", quantity=True), number(row, "QtyReceived")
    value = fields.number("GrnPartialMatchValue")
    if quantity is not None and not 0 < quantity <= received:
        fields.error("GrnPartialMatchQuantity", f"The quantity is not within the {received} received")
    if value is None and quantity is not None and received:
        value = (number(row, "CurrencyValue") * quantity / received).quantize(d.CENT)
    if value is None or not 0 < value <= outstanding:
        fields.error("GrnPartialMatchValue", f"The value is not within the {outstanding} outstanding")
    return value or _NOTHING


def keep(company: Company, match: Match, invoice: str, journal: JournalKey) -> None:
    """Write a match into GrnDetails and GrnMatching.

    Args:
        company: whose tables.
        match: what was matched.
        invoice: the invoice's number.
        journal: year, period and number of its journal.
    """
    row = company.tables["GrnDetails"].get(match.key)
    if row is None:
        raise KeyError(f"goods received note {match.key} is not on file")
    left = number(row, "CurGrnValue") - match.home
    changes: dict[str, object] = {"CurGrnValue": left, "MatchedValue": number(row, "MatchedValue") + match.home}
    if not left:
        changes |= {"GrnMatchedFlag": "Y", "GrnMatchedYear": journal[0], "GrnMatchedMonth": journal[1]}
    company.tables["GrnDetails"].update(match.key, changes)
    supplier, grn, source, received, entry = match.key
    company.tables["GrnMatching"].put(
        {
            "Supplier": supplier,
            "Grn": grn,
            "TransactionType": source,
            "Journal": received,
            "EntryNumber": entry,
            "Invoice": invoice,
        }
    )
