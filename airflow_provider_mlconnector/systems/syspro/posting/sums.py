"""Whether a document's lines and its total agree, by SYSPRO's rules of tax (sheet 2.1 and 6.12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings

_CHARGES = ("FreightCharge", "MiscellaneousCharge")
_TAXES = ("TaxValue", "SecondTaxValue")


class Sums:
    """Checks sums before anything is sent.

    Args:
        settings: the site's decisions.
        local_currency: asks for the company's currency; called only where that may explain a difference.
    """

    def __init__(self, settings: PostingSettings, local_currency: Callable[[], str]) -> None:
        self._settings = settings
        self._local_currency = local_currency

    def check(self, header: Mapping[str, str], lines: Sequence[Mapping[str, str]], currency: str) -> None:
        """Refuse lines that do not add up to the total.

        With TaxBasis E lines are net and tax comes on top; with I the lines hold it, as gross lines or as tax lines.
        Charges of freight and the like may or may not be among the lines.

        Args:
            header: the header's texts by element.
            lines: the lines' texts by element.
            currency: the supplier's currency, which the total is in.

        Raises:
            FieldProblem: they do not add up.
        """
        exclusive = header.get("TaxBasis", "E") == "E"
        computed = self._settings.parameters.get("AutomaticTaxCalculation", "N") == "Y"
        if not self._settings.check_totals or (exclusive and computed and "TaxValue" not in header):
            return
        total = Decimal(header["TransactionValue"])
        distributed = sum((Decimal(line.get("LedgerValue", 0)) for line in lines), Decimal(0))
        taxes = sum((Decimal(header.get(name, 0)) for name in _TAXES), Decimal(0)) if exclusive else Decimal(0)
        charges = sum((Decimal(header.get(name, 0)) for name in _CHARGES), Decimal(0))
        if total in (distributed + taxes, distributed + taxes + charges) or self._converted(currency):
            return
        shown = f"lines {distributed}" + (f" and tax {taxes}" if exclusive else "")
        raise FieldProblem("TransactionValue", f"{total} is not what the lines add up to: {shown}")

    def _converted(self, currency: str) -> bool:
        # Lines in the company's currency can't be added up to a total in another one.
        foreign_lines = self._settings.parameters.get("LedgerDistributionCurrency", "L") == "F"
        return not foreign_lines and currency != self._local_currency()
