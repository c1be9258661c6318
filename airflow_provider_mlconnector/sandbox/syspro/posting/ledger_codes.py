"""Checks of GL codes, periods and dates that several objects share (SYSPRO sheet 2.1 and 2.2)."""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.posting.findings import Fields

_OPEN = "O"
_PERIODS = 12


def check_ledger_code(company: Company, fields: Fields) -> str:
    """The GL code of a line: on file, not on hold, and not a control account, which is a warning."""
    code = fields.needed("LedgerCode", 35)
    if not code:
        return code
    account = company.tables["GenMaster"].get((company.code, code))
    if account is None:
        fields.error("LedgerCode", f"Ledger code '{code}' not found")
    elif account["AccOnHldFlag"] == "Y":
        fields.error("LedgerCode", f"Ledger code '{code}' is on hold")
    elif account["ControlAccFlag"] == "Y":
        fields.warn("LedgerCode", f"Ledger code '{code}' is a control account")
    return code


def period_before(period: tuple[int, int], back: int) -> tuple[int, int]:
    """Year and period so many periods earlier, in years of twelve."""
    months = period[0] * _PERIODS + period[1] - 1 - back
    return months // _PERIODS, months % _PERIODS + 1


def is_open(company: Company, year: int, period: int) -> bool:
    """Whether a GL period of this year or the one before is open (GenControl; its letters are invented)."""
    control = company.tables["GenControl"].get((company.code,))
    if control is None or not 1 <= period <= _PERIODS:
        return False
    prefix = {int(str(control["GlYear"])): "CurYr", int(str(control["GlYear"])) - 1: "PrvYr"}.get(year)
    return prefix is not None and control[f"{prefix}PrdStat{period}"] == _OPEN
