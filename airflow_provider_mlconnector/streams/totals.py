"""Control totals: sums of amounts per currency, exact, and the comparison of two of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.streams.declaration import Totals

ControlTotals = dict[str, Decimal]
# The default context rounds to 28 digits, and Arrow's sums have up to 38.
_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation])


def of_rows(rows: pa.Table, totals: Totals | None) -> ControlTotals:
    """The sum of the declared amount per currency; empty where the stream declares none."""
    if totals is None or rows.num_rows == 0:
        return {}
    amount = pc.cast(rows[totals.amount], pa.decimal128(38, rows.schema.field(totals.amount).type.scale))
    if not totals.currency:
        return {"": pc.sum(amount).as_py() or Decimal(0)}
    grouped = (
        pa.table({"currency": rows[totals.currency], "amount": amount})
        .group_by("currency")
        .aggregate([("amount", "sum")])
    )
    pairs = zip(grouped["currency"].to_pylist(), grouped["amount_sum"].to_pylist(), strict=True)
    sums: ControlTotals = {}
    for currency, amount_ in pairs:
        # A null and an empty currency are one.
        sums[currency or ""] = _EXACT.add(sums.get(currency or "", Decimal(0)), amount_ or Decimal(0))
    return sums


def added(left: Mapping[str, Decimal], right: Mapping[str, Decimal]) -> ControlTotals:
    """Both together; a currency whose sum is zero stays, because it was there."""
    zero = Decimal(0)
    return {currency: _EXACT.add(left.get(currency, zero), right.get(currency, zero)) for currency in {**left, **right}}


def negative(totals: Mapping[str, Decimal]) -> ControlTotals:
    """The same with the other sign."""
    return {currency: amount.copy_negate() for currency, amount in totals.items()}


def equal(left: Mapping[str, Decimal], right: Mapping[str, Decimal]) -> bool:
    """Whether both say the same; a currency that one lacks counts as zero there."""
    return all(amount == 0 for amount in added(left, negative(right)).values())


def to_json(totals: Mapping[str, Decimal]) -> dict[str, str]:
    """As text, exactly."""
    return {currency: format(amount, "f") for currency, amount in sorted(totals.items())}


def from_json(stored: Mapping[str, str]) -> ControlTotals:
    """What `to_json` wrote."""
    return {currency: Decimal(amount) for currency, amount in stored.items()}
