"""Stampli's inbound folders: takes the files that are put there, judges their rows, and writes what came of each.

What Stampli really accepts is not public (sheet 10); the columns are those of the neutral layout (12.3).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from airflow_provider_mlconnector.sandbox.stampli.company import Company
from airflow_provider_mlconnector.sandbox.stampli.records import KINDS
from airflow_provider_mlconnector.sandbox.stampli.rendering import columns

TAKEN, REPORTS = "processed", "reports"
_COLUMNS = ("row", "key", "result", "message")
_STATES = ("ACTIVE", "INACTIVE")
_CURRENCY_LETTERS = 3


@dataclass(frozen=True)
class _Kind:
    """What is asked of the files of one folder.

    Attributes:
        needed: columns that must be there and hold something.
        key: what tells rows apart.
        record: the kind of record that a row becomes; empty where it is only judged.
    """

    needed: tuple[str, ...]
    key: tuple[str, ...]
    record: str = ""


_FOLDERS = {
    "gl_accounts": _Kind(("account_code", "account_name"), ("account_code",), "gl_accounts"),
    "dimensions": _Kind(("code", "name"), ("code",), "dimensions"),
    "cost_centers": _Kind(("code", "name"), ("code",), "dimensions"),
    "vendors": _Kind(("vendor_id", "vendor_name"), ("vendor_id",), "vendors"),
    "purchase_orders": _Kind(("po_number", "vendor_id", "line_number"), ("po_number", "line_number")),
    "payments": _Kind(("payment_id", "vendor_id", "payment_date", "amount"), ("payment_id",)),
}


@dataclass
class Report:
    """What came of one file.

    Attributes:
        folder: where it lay.
        name: the file.
        accepted: keys of the rows that were taken.
        rejected: why the others were not, by row number (the titles are row 1; 1 stands for the file as a whole).
    """

    folder: str
    name: str
    accepted: list[str] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)


class InboundDesk:
    """Takes what comes in.

    Args:
        company: whose records it changes.
        inbound: where the folders of each kind lie; made where they are missing.
        reports: the folder for what came of each file; made where it is missing.
    """

    def __init__(self, company: Company, inbound: Path, reports: Path) -> None:
        self._company, self._inbound, self._reports = company, inbound, reports
        reports.mkdir(parents=True, exist_ok=True)
        for folder in _FOLDERS:
            (inbound / folder).mkdir(parents=True, exist_ok=True)

    def consume(self) -> list[Report]:
        """Take the CSV files that lie there, dependencies first, oldest first.

        Each moves to `processed` below its folder, and a report with its name lies among the reports.
        """
        done = []
        for folder, kind in _FOLDERS.items():
            there = [path for path in (self._inbound / folder).glob("*.csv") if not path.name.startswith(".")]
            for path in sorted(there, key=lambda path: (path.stat().st_mtime, path.name)):
                report = self._judged(folder, kind, path)
                self._write(report)
                (path.parent / TAKEN).mkdir(exist_ok=True)
                path.replace(path.parent / TAKEN / path.name)
                done.append(report)
        return done

    def _judged(self, folder: str, kind: _Kind, path: Path) -> Report:
        report = Report(folder, path.name)
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            report.rejected[1] = "the file is not UTF-8"
            return report
        rows = csv.DictReader(io.StringIO(text, newline=""))
        titles = list(rows.fieldnames or [])
        if missing := [name for name in kind.needed if name not in titles]:
            found = ", ".join(titles) or "nothing"
            report.rejected[1] = f"columns are missing: {', '.join(missing)}; there are {found}"
            return report
        seen: set[str] = set()
        for number, row in enumerate(rows, 2):
            key = "/".join(row[name] or "" for name in kind.key)
            if wrong := self._wrong(kind, row) or ("the key stands twice in the file" if key in seen else ""):
                report.rejected[number] = f"{key}: {wrong}"
            else:
                seen.add(key)
                report.accepted.append(key)
                self._take(kind, key, row)
        return report

    def _wrong(self, kind: _Kind, row: Mapping[str, Any]) -> str:
        """What is wrong with a row; empty where nothing is."""
        if None in row or None in row.values():
            return "the row has another number of values than there are titles"
        for name in kind.needed:
            if not row[name].strip():
                return f"{name} is missing"
        for name, check in {**_CHECKS, **(_OF_MASTERS if kind.record else {})}.items():
            if row.get(name) and (said := check(row[name])):
                return f"{name} {said}"
        refers = kind.record != "vendors" and row.get("vendor_id")
        return f"vendor {refers} is not known" if refers and not self._company.has("vendors", refers) else ""

    def _take(self, kind: _Kind, key: str, row: Mapping[str, str]) -> None:
        """Change the record where the row says something new."""
        if not kind.record:
            return
        given: dict[str, Any] = {
            name: row[name] for name in columns(kind.record) if name in row and name != "modified_at"
        }
        if self._company.has(kind.record, key):
            there: Any = self._company.find(kind.record, key)
            changed = replace(there, **given)
            if changed == there:
                return
        else:
            fixed = {"dimension": "cost_center"} if kind.record == "dimensions" else {}
            changed = KINDS[kind.record](**{**fixed, **given})
        self._company.put(kind.record, key, changed)

    def _write(self, report: Report) -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(("", key, "ACCEPTED", "") for key in report.accepted)
        writer.writerows((number, "", "REJECTED", why) for number, why in sorted(report.rejected.items()))
        (self._reports / f"{Path(report.name).stem}.report.csv").write_text(text.getvalue(), encoding="utf-8")


def _state(value: str) -> str:
    return "" if value in _STATES else f"is '{value}', and must be one of {', '.join(_STATES)}"


def _currency(value: str) -> str:
    fits = len(value) == _CURRENCY_LETTERS and value.isalpha() and value.isupper()
    return "" if fits else f"is '{value}', and no ISO code of three letters"


def _amount(value: str) -> str:
    try:
        Decimal(value)
    except InvalidOperation:
        return f"is '{value}', and no number with a point"
    return ""


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        return f"is '{value}', and no date such as 2026-03-31"
    return ""


_CHECKS: dict[str, Callable[[str], str]] = {
    "currency": _currency,
    "amount": _amount,
    "line_amount": _amount,
    "quantity": _amount,
    "unit_price": _amount,
    "payment_date": _day,
    "order_date": _day,
    "required_by": _day,
}
_OF_MASTERS = {"status": _state}
