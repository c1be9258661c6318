"""The payment object that the sandbox has made up: it pays invoices, and shows in ApInvoicePay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.syspro.conftest import Poster, bill, errors


def _payment(value: str = "100.00", **others: Any) -> dict[str, Any]:
    given = {"Supplier": "0009001", "Invoice": "INV-1", "PaymentValue": value, "PaymentReference": "PAY-1"}
    return given | {"PaymentDate": "2026-03-30", **others}


def test_a_payment_lowers_the_balance_and_can_be_read_back(poster: Poster) -> None:
    poster.invoice(bill())
    answer = poster.post("ZZAPAY", _payment("100.00"))
    assert answer.tag == "postappayment"
    assert errors(answer) == {}
    key = answer.find("Item/Key")
    assert [each.tag for each in key] == ["Supplier", "Invoice", "EntryNumber", "Journal", "TrnYear", "TrnMonth"]
    find = (
        "<Query><TableName>ApInvoicePay</TableName><Columns><Column>TrnValue</Column><Column>Journal</Column></Columns>"
        "<Where><Expression><Column>PaymentReference</Column><Condition>EQ</Condition><Value>PAY-1</Value></Expression>"
        "</Where></Query>"
    )
    given = {"UserId": poster.user_id, "BusinessObject": "COMFND", "XmlIn": find}
    assert "100.00" in poster.http.get("/Query/Query", params=given).text
    assert poster.find("ApInvoice", Supplier="0009001")[0]["MthInvBal1"] == "19.00"
    assert poster.find("ApSupplier", Supplier="0009001")[0]["CurrentBalance"] == "19.00"
    assert errors(poster.post("ZZAPAY", _payment("19.00", PaymentReference="PAY-2"))) == {}
    (paid_off,) = poster.find("ApInvoice", Supplier="0009001")
    assert (paid_off["MthInvBal1"], paid_off["YearInvBalZero"], paid_off["MonthInvBalZero"]) == ("0.00", "2026", "3")
    paid = [each for each in poster.sandbox.admin.books()["posted"] if each["bo"] == "ZZAPAY"]
    assert [(each["kind"], each["reference"], each["value"]) for each in paid] == [
        ("P", "PAY-1", "100.00"),
        ("P", "PAY-2", "19.00"),
    ]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"Supplier": "9999999"}, "Item/supplier"),
        ({"Invoice": "NONE"}, "Item/invoice"),
        ({"PaymentValue": ""}, "Item/paymentvalue"),
        ({"PaymentValue": "0.00"}, "Item/paymentvalue"),
        ({"PaymentValue": "119.01"}, "Item/paymentvalue"),
        ({"PaymentDate": "soon"}, "Item/paymentdate"),
        ({"Bank": "99"}, "Item/bank"),
    ],
)
def test_what_is_wrong_is_said_under_its_element(poster: Poster, changes: dict[str, str], path: str) -> None:
    poster.invoice(bill())
    assert path in errors(poster.post("ZZAPAY", _payment(**changes)))
    assert poster.find("ApInvoicePay", Supplier="0009001") == []


def test_two_payments_in_one_document_share_the_balance(poster: Poster) -> None:
    poster.invoice(bill())
    pair = (_payment("60.00"), _payment("60.00"))
    assert list(errors(poster.post("ZZAPAY", *pair))) == ["Item[2]/paymentvalue"]
    assert list(errors(poster.post("ZZAPAY", *pair, ApplyIfEntireDocumentValid="N"))) == ["Item[2]/paymentvalue"]
    assert [row["TrnValue"] for row in poster.find("ApInvoicePay", Supplier="0009001")] == ["60.00"]
    assert errors(poster.post("ZZAPAY", _payment("59.00"), ValidateOnly="Y")) == {}
