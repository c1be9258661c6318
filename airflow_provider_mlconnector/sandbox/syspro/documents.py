"""The company's documents, one cycle of them: suppliers, purchase orders, receipts, invoices and payments.

Everything is a pure function of the seed and the slot. Local amounts are exact: foreign documents hold whole units, and
exchange rates have two decimals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

INVOICES_PER_SUPPLIER = 8
SUPPLIER_PROFILES = 256
CYCLE = INVOICES_PER_SUPPLIER * SUPPLIER_PROFILES
STOCKED_ITEMS = 64
WAREHOUSES = ("E", "N", "S2")
COST_CENTERS = ("10", "20", "30", "40")
EXPENSES = ("5100", "5200", "5500", "6100")
CONTROL, ACCRUAL, TAX, STOCK, BANK = "00-2100", "00-2150", "00-1500", "00-1400", "00-1100"
RATES = {"EUR": Decimal(1), "USD": Decimal("0.92"), "GBP": Decimal("1.17"), "ZAR": Decimal("0.05")}
TERMS = ("30", "14", "60")
BANKS = ("1", "2")
TAX_RATES = {"A": Decimal("0.19"), "B": Decimal("0.07"), "Z": Decimal(0)}
_STEMS = (
    "Müller & Söhne GmbH",
    'O\'Brien "Tools", Ltd',
    "Acme*Star ~ Parts",
    "Northern Supplies",
    "José, Peña & Cía",
    "Weiß~Blech AG",
    "Delta (Pty) Ltd",
    "Steel; Bolts\\Nuts",
    "Café <Noir>",
    "Plain Trading",
)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Supplier:
    """A supplier's profile; the suppliers of a company repeat these."""

    place: int
    name: str
    currency: str
    branch: str
    tax_code: str
    terms: str
    on_hold: str

    @property
    def rate(self) -> Decimal:
        """Home currency for one unit of the supplier's."""
        return RATES[self.currency]


@dataclass(frozen=True)
class OrderLine:
    """A stocked line of a purchase order; its price is in the supplier's currency."""

    number: int
    stock: int
    warehouse: str
    ordered: int
    received: int
    price: Decimal

    @property
    def value(self) -> Decimal:
        """What was received of it, in the supplier's currency."""
        return self.received * self.price


@dataclass(frozen=True)
class Order:
    """A purchase order: `matched` with a receipt and an invoice, `open` without either, or `cancelled`."""

    state: str
    ordered: date
    due: date
    received: date | None
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True)
class Payment:
    """A payment of an invoice, in the supplier's currency."""

    entry: int
    paid: date
    value: Decimal


@dataclass(frozen=True)
class Document:
    """One invoice of the cycle with everything that belongs to it.

    Attributes:
        slot: its place in the cycle.
        supplier: who sent it.
        order: the purchase order; only a `matched` one is behind the invoice.
        invoiced: the invoice's date.
        due: when it is due; None where nobody entered it.
        charges: GL code and net value in the supplier's currency, one per distribution line.
        tax: the tax in the supplier's currency.
        payments: what was paid.
    """

    slot: int
    supplier: Supplier
    order: Order | None
    invoiced: date
    due: date | None
    charges: tuple[tuple[str, Decimal], ...]
    tax: Decimal
    payments: tuple[Payment, ...]

    @property
    def matched(self) -> Order | None:
        """The purchase order behind the invoice."""
        return self.order if self.order and self.order.state == "matched" else None

    @property
    def gross(self) -> Decimal:
        """The invoice's value with tax; negative for a credit note."""
        return sum((value for _, value in self.charges), self.tax)

    @property
    def balance(self) -> Decimal:
        """What is still to be paid."""
        return self.gross - sum((payment.value for payment in self.payments), Decimal(0))


def local(value: Decimal, rate: Decimal) -> Decimal:
    """A value in the home currency, to the cent."""
    return (value * rate).quantize(CENT)


def supplier(seed: int, place: int) -> Supplier:
    """The profile of the suppliers at this place of the cycle."""
    rng = Random(f"{seed}/supplier/{place}")
    currency = ("EUR", "EUR", "USD", "EUR", "GBP", "EUR", "ZAR", "EUR")[place % 8]
    return Supplier(
        place=place,
        name=_STEMS[place % len(_STEMS)],
        currency=currency,
        branch=rng.choice(("10", "20")),
        tax_code=rng.choice("AAB") if currency == "EUR" else "Z",
        terms=rng.choice(TERMS),
        on_hold="Y" if place % 29 == 7 else "N",
    )


def document(seed: int, slot: int, today: date) -> Document:
    """The document of a slot, dated up to two years and a bit before `today`."""
    rng = Random(f"{seed}/document/{slot}")
    of = supplier(seed, slot // INVOICES_PER_SUPPLIER)
    place = slot % INVOICES_PER_SUPPLIER
    invoiced = today - timedelta(days=rng.randrange(0, 760) if slot % 5 else rng.randrange(0, 20))
    order = _order(rng, slot, of, invoiced, today)
    if order and order.state == "matched":
        received = sum((line.value for line in order.lines), Decimal(0))
        charges: tuple[tuple[str, Decimal], ...] = ((ACCRUAL, received),)
    else:
        credit = place == 5 and (slot // INVOICES_PER_SUPPLIER) % 3 == 0
        charges = _charges(rng, of, -1 if credit else 1)
    net = sum((value for _, value in charges), Decimal(0))
    tax = (net * TAX_RATES[of.tax_code]).quantize(CENT)
    due = invoiced + timedelta(days=int(of.terms)) if slot % 7 else None
    payments = _payments(rng, slot, net + tax, invoiced, today)
    return Document(slot, of, order, invoiced, due, charges, tax, payments)


def _amount(rng: Random, of: Supplier, low: int, high: int) -> Decimal:
    whole = Decimal(rng.randrange(low, high))
    return whole if of.currency != "EUR" else whole + Decimal(rng.randrange(100)) / 100


def _charges(rng: Random, of: Supplier, sign: int) -> tuple[tuple[str, Decimal], ...]:
    return tuple(
        (f"{rng.choice(COST_CENTERS)}-{rng.choice(EXPENSES)}", sign * _amount(rng, of, 5, 900))
        for _ in range(rng.randrange(1, 4))
    )


def _order(rng: Random, slot: int, of: Supplier, invoiced: date, today: date) -> Order | None:
    if slot % 2 and slot % 16 != 5:
        return None
    state = "matched" if slot % 2 == 0 else "cancelled" if slot % 64 == 37 else "open"
    ordered = invoiced - timedelta(days=20) if state == "matched" else today - timedelta(days=rng.randrange(0, 60))
    lines = tuple(_order_line(rng, slot, of, number, state) for number in range(1, rng.randrange(1, 5) + 1))
    received = invoiced - timedelta(days=4) if state == "matched" else None
    return Order(state, ordered, ordered + timedelta(days=30), received, lines)


def _order_line(rng: Random, slot: int, of: Supplier, number: int, state: str) -> OrderLine:
    ordered = rng.randrange(1, 40)
    full = 0 if state != "matched" else ordered
    received = (ordered + 1) // 2 if full and slot % 11 == 0 else full
    return OrderLine(
        number, rng.randrange(STOCKED_ITEMS), rng.choice(WAREHOUSES), ordered, received, _amount(rng, of, 1, 60)
    )


def _payments(rng: Random, slot: int, gross: Decimal, invoiced: date, today: date) -> tuple[Payment, ...]:
    age = (today - invoiced).days
    # Every seventeenth invoice is disputed, and stays open however old it is.
    if age < 35 or slot % 17 == 3:
        return ()
    first = gross if slot % 3 else (gross / 2).quantize(Decimal(1))
    payments = [Payment(1, invoiced + timedelta(days=30), first)]
    if first != gross and age > 60:
        payments.append(Payment(2, invoiced + timedelta(days=45 + rng.randrange(10)), gross - first))
    return tuple(payments)
