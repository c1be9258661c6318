"""APSSSP: suppliers added, changed and deleted, in the layout of setup objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.syspro.conftest import Poster, bill, errors


def _supplier(key: str = "0009002", **values: Any) -> dict[str, Any]:
    return {"Key": {"Supplier": key}} | values


def _setup(poster: Poster, action: str, *items: dict[str, Any], **options: Any) -> Any:
    return poster.post("APSSSP", *items, path=f"/Setup/{action}", **options)


def _columns(poster: Poster, key: str = "0009002") -> dict[str, Any]:
    found = poster.find("ApSupplier", Supplier=key)
    return found[0] | poster.find("ApSupplierAddr", Supplier=key)[0] if found else {}


def test_a_supplier_is_added_changed_and_deleted(poster: Poster) -> None:
    given = {"SupplierName": "Büro & Co", "Currency": "USD", "TermsCode": "14", "SupAddr1": "Street 1", "Bank": "1"}
    answer = _setup(poster, "Add", _supplier(**given))
    assert answer.tag == "setupapsupplier"
    assert errors(answer) == {}
    assert answer.findtext("Item/Key/Supplier") == "0009002"
    assert {each.tag: each.text for each in answer.find("StatusOfItems")} == {"RecordsRead": "1", "RecordsInvalid": "0"}
    assert _columns(poster).items() >= {**given, "OnHold": "N"}.items()
    assert errors(_setup(poster, "Update", _supplier(OnHold="Y", SupAddr2="2nd floor", TermsCode=""))) == {}
    changed = {**given, "OnHold": "Y", "SupAddr2": "2nd floor", "TermsCode": ""}
    assert _columns(poster).items() >= changed.items()
    assert errors(_setup(poster, "Delete", _supplier())) == {}
    assert _columns(poster) == {}
    kinds = [each["kind"] for each in poster.sandbox.admin.books()["posted"]]
    assert kinds == ["add", "update", "delete"]


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "there": ("Add", _supplier("0009001", SupplierName="X"), "supplier"),
    "no key": ("Add", _supplier("", SupplierName="X"), "supplier"),
    "no name": ("Add", _supplier(), "suppliername"),
    "not there": ("Update", _supplier("9999999", SupplierName="X"), "supplier"),
    "blank name": ("Update", _supplier("0009001", SupplierName=""), "suppliername"),
    "nothing to delete": ("Delete", _supplier("9999999"), "supplier"),
    "terms": ("Add", _supplier(SupplierName="X", TermsCode="99"), "termscode"),
    "bank": ("Add", _supplier(SupplierName="X", Bank="99"), "bank"),
    "currency": ("Add", _supplier(SupplierName="X", Currency="XXX"), "currency"),
    "branch": ("Add", _supplier(SupplierName="X", Branch="99"), "branch"),
    "tax": ("Add", _supplier(SupplierName="X", DefTaxCode="Q"), "deftaxcode"),
    "account": ("Add", _supplier(SupplierName="X", MerchGlCode="1"), "merchglcode"),
    "flag": ("Add", _supplier(SupplierName="X", OnHold="yes"), "onhold"),
    "length": ("Add", _supplier(SupplierName="X" * 51), "suppliername"),
    "date": ("Add", _supplier(SupplierName="X", DateSuppAdded="today"), "datesuppadded"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_lower_case(poster: Poster, name: str) -> None:
    action, item, element = WRONG[name]
    before = _columns(poster, "0009001")
    answer = _setup(poster, action, item)
    assert list(errors(answer)) == [f"item/{element}"]
    assert (answer.findtext("item/key/supplier") or "") == item["Key"]["Supplier"]
    assert answer.findtext("StatusOfItems/RecordsInvalid") == "1"
    assert _columns(poster) == {}
    assert _columns(poster, "0009001") == before


def test_a_supplier_with_invoices_stays(poster: Poster) -> None:
    poster.invoice(bill())
    assert list(errors(_setup(poster, "Delete", _supplier("0009001")))) == ["item/supplier"]


def test_twins_and_halves(poster: Poster) -> None:
    twins = (_supplier(SupplierName="A"), _supplier(SupplierName="B"))
    assert list(errors(_setup(poster, "Add", *twins))) == ["item/supplier"]
    assert _columns(poster) == {}
    _setup(poster, "Add", *twins, ApplyIfEntireDocumentValid="N")
    assert _columns(poster)["SupplierName"] == "A"


def test_validating_keeps_nothing(poster: Poster) -> None:
    assert errors(_setup(poster, "Add", _supplier(SupplierName="A"), ValidateOnly="Y")) == {}
    assert _columns(poster) == {}


def test_omitted_elements_can_be_blanked(poster: Poster) -> None:
    _setup(poster, "Add", _supplier(SupplierName="A", Email="a@b.example", SupAddr1="Street 1"))
    poster.sandbox.admin.settings(omitted_fields="blanked")
    _setup(poster, "Update", _supplier(Telephone="1"))
    left = _columns(poster)
    assert (left["SupplierName"], left["Telephone"], left["Email"], left["SupAddr1"]) == ("A", "1", "", "")


def test_an_invoice_of_a_new_supplier_can_be_posted(poster: Poster) -> None:
    _setup(poster, "Add", _supplier(SupplierName="A"))
    assert errors(poster.invoice(bill(Supplier="0009002"))) == {}
