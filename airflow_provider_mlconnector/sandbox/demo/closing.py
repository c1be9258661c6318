"""What the demo tells at its end of a flow that posts: the target's books, and what waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from textwrap import shorten
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select

from airflow_provider_mlconnector.ledger import schema
from airflow_provider_mlconnector.ledger.database import Ledger

_KINDS = {"I": "invoices", "C": "credit notes", "P": "payments", "J": "journals"}
_REASON_WIDTH = 160


def books(posted: Iterable[Mapping[str, Any]]) -> list[str]:
    """What SYSPRO's books hold, by kind and currency.

    Args:
        posted: its documents, as the sandbox's `books()` lists them.
    """
    values: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    known: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for each in posted:
        if each["kind"] in _KINDS:
            group = (_KINDS[each["kind"]], str(each.get("currency", "")))
            values[group].append(Decimal(each.get("value", 0)))
            known[group].add(_identity(each))
    lines = [f"  {'SYSPRO has':<18}{'documents':>10}{'twice':>7}{'value':>15}"]
    for (kind, currency), found in sorted(values.items()):
        twice = len(found) - len(known[kind, currency])
        lines.append(f"  {kind:<18}{len(found):>10}{twice:>7}{sum(found):>15,.2f} {currency}")
    return lines


def _identity(posted: Mapping[str, Any]) -> tuple[str, ...]:
    """What no two documents share: an invoice's number; of others, which may be equal, our own id as well."""
    number = (str(posted.get("supplier")), str(posted.get("invoice")))
    return number if posted["kind"] == "I" else (*number, str(posted.get("reference")))


def waiting(ledger_file: Path, run_id: str = "") -> list[str]:
    """The open exceptions with their reasons, those of one run or all.

    Args:
        ledger_file: the embedded ledger.
        run_id: Airflow's run id; empty for all.
    """
    ledger = Ledger(f"sqlite:///{ledger_file}", upgrade=False)
    item, lane = schema.exception_item, schema.lane
    query = select(item.c.kind, item.c.key, item.c.reason, lane.c.stream).join_from(item, lane)
    query = query.where(item.c.state == "open").order_by(item.c.id)
    with ledger.read() as connection:
        rows = connection.execute(query.where(item.c.run_id == run_id) if run_id else query).all()
    lines = []
    for kind, key, reason, stream in rows:
        lines.append(f"  {kind:<12}{stream} {unquote(key)}")
        lines.append(f"  {'':<12}{shorten(reason, _REASON_WIDTH, placeholder=' ...')}")
    return lines
