"""The Intacct sandbox's search takes short cuts; it has to find what looking at every record would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Value
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.conditions import All, Any_, Compare, Condition, matcher
from airflow_provider_mlconnector.sandbox.intacct.events import Events
from airflow_provider_mlconnector.sandbox.intacct.opening import hard_records
from airflow_provider_mlconnector.sandbox.intacct.search import Search, Wanted

ORDERS = (
    (("WHENMODIFIED", True), ("RECORDNO", True)),
    (("WHENMODIFIED", False), ("RECORDNO", False)),
    (("RECORDNO", True),),
    (("RECORDNO", False),),
    (("VENDORID", True), ("RECORDNO", True)),
)
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "between", "in", "notin", "isnull", "isnotnull")


def _condition(rng: Random, value: dict[str, Callable[[], Value]], depth: int = 0) -> Condition:
    if depth < 2 and rng.random() < 0.6:
        parts = tuple(_condition(rng, value, depth + 1) for _ in range(rng.randrange(2, 4)))
        return All(parts) if rng.random() < 0.6 else Any_(parts)
    field, op = rng.choice(list(value)), rng.choice(OPERATORS)
    count = {"between": 2, "in": 3, "notin": 3, "isnull": 0, "isnotnull": 0}.get(op, 1)
    values = [value[field]() for _ in range(count)]
    return Compare(field, op, tuple(sorted(values) if op == "between" else values))  # type: ignore[type-var]


@pytest.mark.parametrize("name", ["APBILL", "APBILLITEM"])
@pytest.mark.parametrize("seed", range(5))
def test_short_cuts_find_the_same_records(name: str, seed: int) -> None:
    company, rng = Company(seed=seed, scale=50), Random(seed)
    events = Events(company)
    hard_records(events)
    search, table = Search(company), company.tables[name]
    acts = ("change_bill", "delete_bill", "late_bills", "po_update", "line_added", "null_modified")

    def moment() -> datetime:
        stamp: datetime = rng.choice(table.stamps())[0]
        return stamp + timedelta(seconds=rng.choice((-1, 0, 0, 1)))

    def number() -> int:
        return rng.choice(list(table.numbers()))

    value: dict[str, Callable[[], Value]] = {
        "WHENMODIFIED": moment,
        "RECORDNO": number,
        "VENDORID": lambda: f"V{rng.randrange(12):05d}",
    }
    if name == "APBILLITEM":
        value |= {"RECORDKEY": lambda: rng.randrange(1001, 1100), "AMOUNT": lambda: Decimal(rng.randrange(10_000))}
    for _ in range(25):
        events.happen(rng.choice(acts), {})
        company.advance(rng.choice((0, 1, 600)))
        condition, order = _condition(rng, value), rng.choice(ORDERS)
        wanted = Wanted(name, condition, order, private=rng.random() < 0.5, entity=rng.choice(("", "", "200", "300")))
        assert search.keys(wanted) == _every(company, wanted), (condition, order)


def _every(company: Company, wanted: Wanted) -> list[int]:
    assert wanted.condition is not None
    test = matcher(wanted.condition, lambda field: lambda row: row[field], folded=False)
    found = [row for row in company.tables[wanted.object].rows() if test(row) and _seen(row, wanted)]
    for field, ascends in reversed(wanted.order):
        found.sort(key=lambda row: _rank(row[field]), reverse=not ascends)
    return [int(str(row["RECORDNO"])) for row in found]


def _seen(row: Row, wanted: Wanted) -> bool:
    owner = row["MEGAENTITYID"] if "MEGAENTITYID" in row else row["_ENTITY"]
    if wanted.entity:
        return owner in ("", None, wanted.entity)
    return wanted.private or owner != "300"


def _rank(value: Value) -> tuple[bool, str]:
    text = f"{value:012d}" if isinstance(value, int) else str(value)
    return value is None, text
