"""Suppliers of the same name: a second one for the same business is how invoices come to be paid twice."""

from __future__ import annotations

from airflow_provider_mlconnector.systems.syspro.posting.references import CauseProblem
from airflow_provider_mlconnector.systems.syspro.posting.tables import Tables
from airflow_provider_mlconnector.systems.syspro.table import TableRead

CAUSE = "supplier-name"
_NAMES = TableRead("ApSupplier", ("Supplier",), {"Supplier": "string(15)", "SupplierName": "string(50)"})


class Namesakes:
    """Finds suppliers by their names, without regard to case and blanks; asked for once, when the first is new.

    Args:
        tables: looks suppliers up.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._codes: dict[str, str] | None = None

    def of(self, name: str) -> str:
        """The supplier of this name; empty where there is none."""
        return self._known().get(_plain(name), "")

    def check(self, code: str, name: str) -> None:
        """Refuse a new supplier with a name that SYSPRO has, or that another new one before it has.

        Raises:
            CauseProblem: it has.
        """
        other = self._known().setdefault(_plain(name), code)
        if other != code:
            reason = (
                f"SYSPRO does not have supplier {code}, and supplier {other} has the name '{name}' already: use that "
                f"code, or add {code} in SYSPRO by hand if they are two"
            )
            raise CauseProblem("SupplierName", reason, CAUSE, code, name, other)

    def gone(self, code: str, name: str, other: str) -> bool:
        """Whether what `check` refused is there by now, or no longer has a namesake in that other supplier."""
        rows = self._tables.with_keys(_NAMES, ("Supplier",), [(code,), (other,)])
        there = {str(row["Supplier"]): _plain(str(row["SupplierName"])) for row in rows}
        return code in there or there.get(other) != _plain(name)

    def _known(self) -> dict[str, str]:
        if self._codes is None:
            self._codes = {
                _plain(str(row["SupplierName"])): str(row["Supplier"]).strip() for row in self._tables.every(_NAMES)
            }
        return self._codes


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
