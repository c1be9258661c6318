"""Checks of GL codes, periods and dates that several objects share (SYSPRO sheet 2.1 and 2.2)."""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Batch
from airflow_provider_mlconnector.sandbox.syspro.posting.findings import Fields

ANALYSIS = "AnalysisCode1 AnalysisCode2 AnalysisCode3 AnalysisCode4 AnalysisCode5 StartDate EndDate EntryAmount Comment"
_BACK = {"C": 0, "P": 1, "B": 2}
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


def payables_period(company: Company, fields: Fields, batch: Batch) -> tuple[int, int]:
    """Year and period that the call's PostingPeriod means: AP's current one or one of the two before; it is open."""
    control = company.tables["ApControl"].get(("CTL",))
    current = (int(str(control["FinYear"])), int(str(control["FinPeriod"]))) if control else (0, 0)
    months = current[0] * _PERIODS + current[1] - 1 - _BACK[batch.choice("PostingPeriod", tuple(_BACK), "C")]
    year, period = months // _PERIODS, months % _PERIODS + 1
    if not is_open(company, year, period):
        fields.error("PostingPeriod", f"Period {period} of year {year} is closed")
    return year, period


def is_open(company: Company, year: int, period: int) -> bool:
    """Whether a GL period of this year or the one before is open (GenControl; its letters are invented)."""
    control = company.tables["GenControl"].get((company.code,))
    if control is None or not 1 <= period <= _PERIODS:
        return False
    prefix = {int(str(control["GlYear"])): "CurYr", int(str(control["GlYear"])) - 1: "PrvYr"}.get(year)
    return prefix is not None and control[f"{prefix}PrdStat{period}"] == _OPEN
