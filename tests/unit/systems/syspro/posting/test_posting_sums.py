from __future__ import annotations

import pytest

from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from airflow_provider_mlconnector.systems.syspro.posting.sums import Sums

Header = dict[str, str]


def adds_up(header: Header, *lines: str, currency: str = "EUR", **settings: object) -> bool:
    sums = Sums(PostingSettings.model_validate(settings), lambda: "EUR")
    try:
        sums.check(header, [{"LedgerCode": "1", "LedgerValue": line} for line in lines], currency)
    except FieldProblem:
        return False
    return True


@pytest.mark.parametrize(
    ("header", "lines", "expected"),
    [
        ({"TransactionValue": "119.00", "TaxValue": "19.00"}, ("100.00",), True),
        ({"TransactionValue": "119.00", "TaxBasis": "E", "TaxValue": "19.00"}, ("60.00", "40.00"), True),
        ({"TransactionValue": "119.00", "TaxBasis": "E", "TaxValue": "19.00"}, ("119.00",), False),
        ({"TransactionValue": "119.00", "TaxBasis": "I", "TaxValue": "19.00"}, ("119.00",), True),
        ({"TransactionValue": "119.00", "TaxBasis": "I", "TaxValue": "19.00"}, ("100.00", "19.00"), True),
        ({"TransactionValue": "119.00", "TaxBasis": "I", "TaxValue": "19.00"}, ("100.00",), False),
        ({"TransactionValue": "120.00", "TaxValue": "19.00", "SecondTaxValue": "1.00"}, ("100.00",), True),
        ({"TransactionValue": "100.00"}, ("100.00",), True),
        ({"TransactionValue": "100.00"}, ("99.99",), False),
        ({"TransactionValue": "110.00", "FreightCharge": "10.00"}, ("100.00",), True),
        ({"TransactionValue": "110.00", "FreightCharge": "10.00"}, ("110.00",), True),
        ({"TransactionValue": "110.00", "FreightCharge": "10.00"}, ("105.00",), False),
    ],
)
def test_lines_and_tax_make_the_total(header: Header, lines: tuple[str, ...], expected: bool) -> None:
    assert adds_up(header, *lines) == expected


def test_what_cannot_be_added_up_is_left_to_syspro() -> None:
    wrong = {"TransactionValue": "119.00"}
    assert adds_up(wrong, "100.00", check_totals=False)
    assert adds_up(wrong, "100.00", parameters={"AutomaticTaxCalculation": "Y"})
    assert not adds_up(wrong | {"TaxBasis": "I"}, "100.00", parameters={"AutomaticTaxCalculation": "Y"})
    assert adds_up(wrong, "100.00", currency="USD")
    assert not adds_up(wrong, "100.00", currency="USD", parameters={"LedgerDistributionCurrency": "F"})
