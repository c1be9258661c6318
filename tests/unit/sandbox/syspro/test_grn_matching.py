"""APSTIN with goods received notes: matched whole, at another value, or in part."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from tests.unit.sandbox.syspro.conftest import Poster, bill, errors


@pytest.fixture
def received(sandbox: SysproSandbox, poster: Poster) -> list[dict[str, Any]]:
    order = sandbox.admin.event("new_purchase_order", supplier="0009001", lines=2)[0]["key"][0]
    sandbox.admin.event("po_received", order=order)
    return poster.find("GrnDetails", PurchaseOrder=order)


def _match(row: dict[str, Any], kind: str = "O", **others: str) -> dict[str, str]:
    key = {"GrnSupplier": row["Supplier"], "GrnGrn": row["Grn"], "GrnFlag": row["GrnSource"]}
    return {"GrnMatchType": kind, **key, "GrnJournal": row["Journal"], "GrnEntry": row["JournalEntry"], **others}


def _bill(value: Decimal, *details: dict[str, str], invoice: str = "GRN-1") -> dict[str, Any]:
    item: dict[str, Any] = bill(invoice, tax="", value=str(value), GrnDetails=list(details))
    del item["LedgerDistribution"]
    return item


def _value(*rows: dict[str, Any]) -> Decimal:
    return sum((Decimal(row["CurGrnValue"]) for row in rows), Decimal(0))


def _again(poster: Poster, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = poster.find("GrnDetails", Grn=row["Grn"], JournalEntry=row["JournalEntry"])[0]
    return found


def test_all_that_is_outstanding(poster: Poster, received: list[dict[str, Any]]) -> None:
    item = _bill(_value(*received), *map(_match, received))
    answer = poster.invoice(item)
    assert errors(answer) == {}
    for row in received:
        after = _again(poster, row)
        assert (after["CurGrnValue"], after["MatchedValue"]) == ("0.00", row["CurGrnValue"])
        assert (after["GrnMatchedFlag"], after["GrnMatchedYear"], after["GrnMatchedMonth"]) == ("Y", "2026", "3")
    assert [row["Invoice"] for row in poster.find("GrnMatching", Grn=received[0]["Grn"])] == ["GRN-1", "GRN-1"]
    journal = answer.findtext("Item/Key/Journal")
    details = poster.find("GenJournalDetail", Journal=journal, GlYear="2026", GlPeriod="3")
    assert [row["GlCode"] for row in details] == ["00-2150", "00-2150", "00-2100"]
    again = poster.invoice(_bill(_value(received[0]), _match(received[0]), invoice="GRN-2"))
    assert "Item/GrnDetails/grngrn" in errors(again)


def test_a_key_in_one_piece(poster: Poster, received: list[dict[str, Any]]) -> None:
    row = received[0]
    key = f"{row['Supplier']}{row['Grn'][-9:]}{row['GrnSource']}{int(row['Journal']):05d}{int(row['JournalEntry']):05d}"
    details = {"GrnMatchType": "O", "GrnDetailKey": key}
    assert errors(poster.invoice(_bill(_value(row), details))) == {}
    assert _again(poster, row)["GrnMatchedFlag"] == "Y"
    assert _again(poster, received[1])["GrnMatchedFlag"] == "N"


def test_another_value_makes_a_variance(poster: Poster, received: list[dict[str, Any]]) -> None:
    poster.sandbox.admin.update("ApSupplier", ["0009001"], MerchGlCode="10-5100")
    value = _value(received[0]) + 5
    answer = poster.invoice(_bill(value, _match(received[0], "U", GrnMatchValue=str(value))))
    assert errors(answer) == {}
    assert _again(poster, received[0])["GrnMatchedFlag"] == "Y"
    details = poster.find("GenJournalDetail", Journal=answer.findtext(".//Journal"), GlYear="2026", GlPeriod="3")
    assert {row["GlCode"]: row["EntryValue"] for row in details}["10-5100"] == "5.00"


def test_in_part(poster: Poster, received: list[dict[str, Any]]) -> None:
    row, value = received[0], Decimal("1.00")
    part = _match(row, "P", GrnPartialMatchValue="1.00")
    assert errors(poster.invoice(_bill(value, part))) == {}
    after = _again(poster, row)
    assert (after["GrnMatchedFlag"], Decimal(after["CurGrnValue"])) == ("N", _value(row) - 1)
    too_much = poster.invoice(
        _bill(_value(row), _match(row, "P", GrnPartialMatchValue=row["CurGrnValue"]), invoice="G2")
    )
    assert "Item/GrnDetails/grnpartialmatchvalue" in errors(too_much)
    rest = poster.invoice(_bill(_value(row) - 1, _match(row), invoice="G2"))
    assert errors(rest) == {}


def test_a_quantity_in_part(poster: Poster, received: list[dict[str, Any]]) -> None:
    row = received[0]
    each = Decimal(row["CurGrnValue"]) / Decimal(row["QtyReceived"])
    part = _match(row, "P", GrnPartialMatchQuantity="1.000000")
    assert errors(poster.invoice(_bill(each, part))) == {}
    beyond = _match(row, "P", GrnPartialMatchQuantity="1000")
    assert "Item/GrnDetails/grnpartialmatchquantity" in errors(poster.invoice(_bill(each, beyond, invoice="G2")))


def test_what_does_not_match(poster: Poster, received: list[dict[str, Any]]) -> None:
    row = received[0]
    value = _value(row)
    cases = {
        "Item/GrnDetails/grngrn": _match(row, GrnGrn="000000000009999"),
        "Item/GrnDetails/grnsupplier": _match(row, GrnSupplier="0000001"),
        "Item/GrnDetails/grnmatchtype": _match(row, "X"),
        "Item/GrnDetails/grnmatchvalue": _match(row, "U"),
    }
    for path, details in cases.items():
        assert path in errors(poster.invoice(_bill(value, details))), path
    assert "Item/transactionvalue" in errors(poster.invoice(_bill(value + 1, _match(row))))
    twice = _bill(value * 2, _match(row), _match(row))
    for whole in "YN":
        assert "Item/GrnDetails/grngrn" in errors(poster.invoice(twice, ApplyIfEntireDocumentValid=whole))
    assert poster.find("ApInvoice", Supplier="0009001") == []


def test_some_suppliers_need_it(poster: Poster, received: list[dict[str, Any]]) -> None:
    poster.sandbox.admin.update("ApSupplier", ["0009001"], GrnMatchReqd="Y")
    assert list(errors(poster.invoice(bill()))) == ["Item/grndetails"]
    assert errors(poster.invoice(_bill(_value(received[0]), _match(received[0])))) == {}
