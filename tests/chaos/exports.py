"""The source of the flow: a folder into which Stampli exports invoices or payments, and what can happen to them."""

from __future__ import annotations

import csv
import io
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from tests.chaos.flow import lane_key

APPROVED, PENDING, PAID, VOID = "APPROVED", "PENDING", "PAID", "VOID"
INVOICES, PAYMENTS = "invoices", "payments"
INVOICE, CREDIT = "INVOICE", "CREDIT_MEMO"
SUPPLIERS = ("0009001", "0009002")
PAYABLE = tuple(f"OPEN-{number}" for number in range(3))
"""Invoices that SYSPRO has from the beginning, for payments."""
BESIDE = f"{PAYMENTS}: "
"""What the names of acts begin with that happen to payments beside invoices."""
ACTS = (
    "new", "new", "new", "new", "new", "new pending", "approved", "credit", "credit", "changed", "changed back",
    "paid", "new void", "voided", "exported again", "an older file again", "everything", "a row twice",
    "file of nobody",
)  # fmt: skip
BESIDE_ACTS = tuple(
    f"{BESIDE}{act}"
    for act in ("new", "new", "of an invoice", "changed", "new void", "voided", "exported again", "everything")
)
_LINES, _TAX, _CENT = ("5100", "5200"), Decimal("0.19"), Decimal("0.01")


@dataclass(frozen=True)
class Record:
    """An invoice, a credit note or a payment as it was exported last.

    Attributes:
        own_number: what Stampli calls it, in every version of it.
        kind: of document; empty for a payment.
        invoice: its number; of a payment, that of the invoice that is paid.
        net: of a payment, what is paid.
    """

    own_number: str
    kind: str
    supplier: str
    invoice: str
    net: Decimal
    status: str

    @property
    def key(self) -> str:
        """As exceptions show it."""
        if not self.kind:
            return f"{self.own_number}/{self.supplier}/{self.invoice}"
        return f"ACME/{self.supplier}/{self.invoice}/{self.kind}"

    @property
    def is_due(self) -> bool:
        """Whether it is to be posted: a payment is no longer to be approved."""
        return self.status == (APPROVED if self.kind else PAID)

    @property
    def gross(self) -> str:
        """What SYSPRO owes for it or pays."""
        tax = (self.net * _TAX).quantize(_CENT) if self.kind else Decimal(0)
        return str((self.net + tax).quantize(_CENT))


@dataclass
class Exports:
    """Everything that was exported.

    Attributes:
        folder: where the files go.
        entity: `invoices` or `payments`.
        lane: of the flow, that reads them.
        records: the records as they are now, by their key among those of all lanes.
        versions: every version that each has had, oldest first.
        there: keys of those that SYSPRO has.
    """

    folder: Path
    entity: str
    lane: str = ""
    records: dict[str, Record] = field(default_factory=dict)
    versions: dict[str, list[Record]] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    _files: list[tuple[bytes, list[Record]]] = field(default_factory=list)
    _began: float = field(default_factory=lambda: time.time() - 50_000)
    _amounts: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self._acts: dict[str, Callable[[int], bool]] = {
            "new": lambda number: self._new(1 + number % 3, number),
            "new pending": lambda number: self.entity == INVOICES and self._new(1, number, PENDING),
            "new void": lambda number: self._new(1, number, VOID),
            "approved": lambda number: self._becomes(number, (PENDING,), APPROVED),
            "paid": self._pay,
            "voided": lambda number: self._becomes(number, (APPROVED, PENDING, PAID), VOID),
            "credit": self._credit,
            "of an invoice": self._of_invoice,
            "changed": self._change,
            "changed back": self._change_back,
            "exported again": lambda number: self._again(-1),
            "an older file again": lambda number: bool(self._files) and self._again(number % len(self._files)),
            "everything": lambda number: self._export(list(self.records.values())),
            "a row twice": self._twice,
            "file of nobody": self._strange,
        }
        self._new(3, 0)

    def act(self, name: str, number: int) -> bool:
        """Let something happen; `number` picks to what."""
        return self._acts[name](number)

    def _new(self, count: int, number: int, status: str = "") -> bool:
        made = []
        for place in range(count):
            known = len(self.records) + place + 1
            supplier = SUPPLIERS[(number + place) % len(SUPPLIERS)]
            if self.entity == INVOICES:
                one = Record(f"ST-{known}", INVOICE, supplier, f"INV {known}", self._amount(), status or APPROVED)
            else:
                # Equal payments of one invoice are two payments.
                net = Decimal(10 + number % 2)
                one = Record(f"P-{known}", "", supplier, PAYABLE[number % len(PAYABLE)], net, status or PAID)
            made.append(one)
        return self._export(made)

    def _credit(self, number: int) -> bool:
        """Of an invoice, whatever has become of that one; each has at most one."""
        has = {one.invoice for one in self.records.values() if one.kind == CREDIT}
        free = [one for one in self.records.values() if one.kind == INVOICE and one.invoice not in has]
        for of in free[number % len(free) :][:1] if free else ():
            made = Record(f"ST-{len(self.records) + 1}", CREDIT, of.supplier, of.invoice, of.net / 2, APPROVED)
            self._export([replace(made, net=made.net.quantize(_CENT))])
        return bool(free)

    def _of_invoice(self, number: int) -> bool:
        """A payment of an invoice that Stampli has exported, or will: SYSPRO may not have it yet. One for each."""
        has = {one.invoice for one in self.records.values()}
        free = [place for place in range(1, 6) if f"INV {place}" not in has]
        if self.entity != PAYMENTS or not free:
            return False
        place = free[number % len(free)]
        own = f"P-{len(self.records) + 1}"
        return self._export([Record(own, "", SUPPLIERS[place % 2], f"INV {place}", Decimal(7), PAID)])

    def _becomes(self, number: int, before: Sequence[str], after: str) -> bool:
        some = [one for one in self.records.values() if one.status in before]
        return self._export([replace(one, status=after) for one in some[number % len(some) :][:1]] if some else [])

    def _pay(self, number: int) -> bool:
        """Once anything has been posted: what is paid by the first export is none of ours."""
        return bool(self.there & self.records.keys()) and self._becomes(number, (APPROVED,), PAID)

    def _change(self, number: int) -> bool:
        some = [one for one in self.records.values() if one.status != VOID]
        if not some:
            return False
        one = some[number % len(some)]
        net = self._amount() if one.kind == INVOICE else one.net + _CENT
        return self._export([replace(one, net=net)])

    def _change_back(self, number: int) -> bool:
        some = [key for key, had in self.versions.items() if len({one.net for one in had}) > 1]
        if not some:
            return False
        had = self.versions[some[number % len(some)]]
        earlier = next(one for one in reversed(had) if one.net != had[-1].net)
        return self._export([replace(had[-1], net=earlier.net)])

    def _twice(self, number: int) -> bool:
        some = list(self.records.values())
        return bool(some) and self._export([some[number % len(some)]] * 2)

    def _again(self, place: int) -> bool:
        """The same bytes under another name: what they hold is what Stampli says now."""
        if self._files:
            self._put(*self._files[place])
        return bool(self._files)

    def _strange(self, number: int) -> bool:
        """A file that is none of this kind."""
        path = self.folder / f"readme_{number}.txt"
        path.write_text("nothing")
        return True

    def _export(self, some: Sequence[Record]) -> bool:
        write = _invoices if self.entity == INVOICES else _payments
        if some:
            self._put(write(some), list(some))
        return bool(some)

    def _put(self, data: bytes, held: list[Record]) -> None:
        self._files.append((data, held))
        place = len(self._files)
        path = self.folder / f"{self.entity}_{place:04d}.csv"
        unready = path.with_suffix(".part")
        unready.write_bytes(data)
        os.utime(unready, (self._began + place, self._began + place))
        shutil.move(unready, path)
        for one in held:
            key = lane_key(self.lane, one.key)
            had = self.versions.setdefault(key, [])
            if not had or had[-1] != one:
                had.append(one)
            self.records[key] = one

    def _amount(self) -> Decimal:
        self._amounts += 1
        return Decimal(100 + self._amounts) + Decimal(self._amounts % 100) / 100


def _written(rows: Sequence[Mapping[str, object]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _invoices(some: Sequence[Record]) -> bytes:
    rows = []
    for one in some:
        first = (one.net / 3).quantize(_CENT)
        for number, (account, value) in enumerate(zip(_LINES, (first, one.net - first), strict=True), 1):
            rows.append(
                {
                    "Company": "ACME",
                    "Invoice ID": one.own_number,
                    "Invoice #": one.invoice,
                    "Doc Type": one.kind,
                    "Status": one.status,
                    "Vendor ID": one.supplier,
                    "Invoice Date": "2026-03-15",
                    "Posting Date": "2026-03-20",
                    "Currency": "EUR",
                    "Total": one.gross,
                    "Tax": str(Decimal(one.gross) - one.net),
                    "Line": number,
                    "GL Account": account,
                    "Amount": value,
                    "Cost Center": "10",
                }
            )
    return _written(rows)


def _payments(some: Sequence[Record]) -> bytes:
    return _written(
        [
            {
                "Payment ID": one.own_number,
                "Invoice #": one.invoice,
                "Vendor ID": one.supplier,
                "Payment Date": "2026-03-25",
                "Amount": one.gross,
                "Currency": "EUR",
                "Status": one.status,
            }
            for one in some
        ]
    )
