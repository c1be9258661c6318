"""The sandbox's books hold up: at the beginning, over more than one cycle of documents, and after things happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest
from lxml import etree

from airflow_provider_mlconnector.sandbox.syspro.columns import Row
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.documents import CONTROL, RATES, local
from airflow_provider_mlconnector.sandbox.syspro.events import Events
from airflow_provider_mlconnector.sandbox.syspro.opening import hard_records
from airflow_provider_mlconnector.sandbox.syspro.posting.call import Call
from airflow_provider_mlconnector.sandbox.syspro.server import SysproServer
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings

Money = dict[object, Decimal]


def _happenings(events: Events) -> None:
    company = events.company
    for kind, params in (
        ("new_invoices", {"n": 3}),
        ("late_invoices", {"n": 2, "days_back": 900}),
        ("post_dated_invoice", {}),
        ("payment", {"n": 3, "min_age_days": 300}),
        ("po_received", {"n": 2}),
        ("new_purchase_order", {"n": 2}),
        ("po_received", {}),
        ("gl_postings", {"n": 2, "days_back": 45}),
    ):
        events.happen(kind, params)
    company.advance(days=300)
    events.happen("new_invoices", {"n": 2})
    events.happen("payment", {"value": "1.00"})
    events.happen("supplier_renamed", {})


def _posts(company: Company) -> None:
    """Invoices in all currencies, payments, a journal and a matched receipt, as e.net posts them."""
    server = SysproServer(company, Settings())
    order = server.events.happen("new_purchase_order", {"supplier": "0000001"})[0][1][0]
    server.events.happen("po_received", {"order": order})
    for supplier in ("0000001", "0000003", "0000005", "0000007"):
        lines = "".join(
            f"<LedgerDistribution><LedgerCode>10-5500</LedgerCode><LedgerValue>{value}</LedgerValue>"
            "</LedgerDistribution>"
            for value in ("33.33", "33.34")
        )
        invoice = f"<Supplier>{supplier}</Supplier><Invoice>POSTED</Invoice>"
        _post(server, "PostApInvoice", f"{invoice}<TransactionValue>66.67</TransactionValue>{lines}")
        for value in ("11.11", "22.22"):
            _post(server, "PostApPayment", f"{invoice}<PaymentValue>{value}</PaymentValue>")
    for row in list(_rows(company, "GrnDetails")):
        if row["PurchaseOrder"] == order:
            match = "".join(
                f"<{name}>{row[column]}</{name}>"
                for name, column in (("GrnGrn", "Grn"), ("GrnJournal", "Journal"), ("GrnEntry", "JournalEntry"))
            )
            value = f"<TransactionValue>{row['CurrencyValue']}</TransactionValue>"
            number = f"<Supplier>0000001</Supplier><Invoice>GRN{row['JournalEntry']}</Invoice>"
            details = f"<GrnDetails><GrnMatchType>O</GrnMatchType>{match}</GrnDetails>"
            _post(server, "PostApInvoice", f"{number}{value}{details}")
    entries = "".join(
        f"<JournalDetails><LedgerCode>{code}</LedgerCode><EntryAmount>{value}</EntryAmount></JournalDetails>"
        for code, value in (("10-5500", "12.34"), ("20-5500", "-12.34"))
    )
    _post(server, "PostGlJournal", f"<PostingPeriod>2</PostingPeriod>{entries}")


def _post(server: SysproServer, root: str, item: str) -> None:
    code = {"PostApInvoice": "APSTIN", "PostApPayment": "ZZAPAY", "PostGlJournal": "GENTJL"}[root]
    parameters = "<LedgerDistributionCurrency>F</LedgerDistributionCurrency>" if code == "APSTIN" else ""
    given = etree.fromstring(f"<{root}><Parameters>{parameters}</Parameters></{root}>")
    call = Call("TEST", given, etree.fromstring(f"<{root}><Item>{item}</Item></{root}>"))
    answer, posted = server.enet.objects["transaction/post", code](call)
    assert posted == 1, answer


@pytest.fixture(scope="module", params=["small", "three cycles", "after events", "after posts"])
def company(request: pytest.FixtureRequest) -> Company:
    made = Company(seed=3, scale=4500 if request.param == "three cycles" else 300)
    if request.param == "after events":
        events = Events(made)
        hard_records(events)
        _happenings(events)
    if request.param == "after posts":
        _posts(made)
    return made


def _rows(company: Company, table: str) -> Iterator[Row]:
    found = company.tables[table]
    return (found.row(hit) for hit in found.hits())


def _money(row: Row, column: str) -> Decimal:
    return Decimal(str(row[column]))


def test_rows_come_in_key_order_and_are_found_by_their_key(company: Company) -> None:
    for name, table in company.tables.items():
        keys = [table.schema.key_of(row) for row in _rows(company, name)]
        assert keys == sorted(set(keys)), name
        assert len(keys) == len(table)
        for key in keys[:: max(1, len(keys) // 40)]:
            found = table.get(key)
            assert found is not None, (name, key)
            assert table.schema.key_of(found) == key


def test_every_value_fits_its_column(company: Company) -> None:
    for name, table in company.tables.items():
        for row in _rows(company, name):
            assert set(row) == set(table.schema.by_name)
            for column in table.schema.columns:
                value = row[column.name]
                if column.kind == "text":
                    assert isinstance(value, str)
                    assert len(value) <= column.size
                    assert value.encode("cp1252").decode("cp1252") == value
                if column.kind == "number":
                    assert abs(_money(row, column.name)) < 10 ** (column.size - column.scale)
                    assert round(_money(row, column.name), column.scale) == _money(row, column.name)


def test_every_journal_balances_and_says_its_totals(company: Company) -> None:
    debits: Money = defaultdict(Decimal)
    credited: Money = defaultdict(Decimal)
    entries: dict[object, int] = defaultdict(int)
    for row in _rows(company, "GenJournalDetail"):
        key = (row["GlYear"], row["GlPeriod"], row["Journal"])
        (debits if row["EntryType"] == "D" else credited)[key] += _money(row, "EntryValue")
        entries[key] += 1
        assert _money(row, "EntryValue") >= 0
    controls = list(_rows(company, "GenJournalCtl"))
    assert len(controls) == len(entries) > 0
    for row in controls:
        key = (row["GlYear"], row["GlPeriod"], row["GlJournal"])
        assert debits[key] == credited[key] == row["DebitAmount"] == row["CreditAmount"]
        assert entries[key] == row["NumOfEntries"]


def test_accounts_are_the_sum_of_their_postings(company: Company) -> None:
    postings: Money = defaultdict(Decimal)
    entries: Money = defaultdict(Decimal)
    for row in _rows(company, "GenTransaction"):
        postings[row["GlCode"]] += _money(row, "EntryValue")
    for row in _rows(company, "GenJournalDetail"):
        entries[row["GlCode"]] += _money(row, "EntryValue") * (1 if row["EntryType"] == "D" else -1)
    assert postings == entries
    balances = {row["GlCode"]: _money(row, "CurrentBalance") for row in _rows(company, "GenMaster")}
    assert sum(balances.values()) == 0
    assert {code: balance for code, balance in balances.items() if balance} == {
        code: total for code, total in postings.items() if total
    }
    closings = {row["GlCode"]: row["ClosingBalPer12"] for row in _rows(company, "GenHistory")}
    assert closings == balances


def test_the_payables_subledger_is_the_control_account(company: Company) -> None:
    owed = Decimal(0)
    by_supplier: Money = defaultdict(Decimal)
    paid: Money = defaultdict(Decimal)
    for row in _rows(company, "ApInvoicePay"):
        paid[row["Supplier"], row["Invoice"]] += _money(row, "TrnValue")
    for row in _rows(company, "ApInvoice"):
        balance = _money(row, "MthInvBal1")
        assert balance == _money(row, "OrigInvValue") - paid.pop((row["Supplier"], row["Invoice"]), Decimal(0))
        assert row["Currency"] in RATES
        owed += local(balance, RATES[str(row["Currency"])])
        by_supplier[row["Supplier"]] += balance
    assert not paid
    control = company.tables["GenMaster"].get((company.code, CONTROL))
    assert control is not None
    assert owed == -_money(control, "CurrentBalance") != 0
    for row in _rows(company, "ApSupplier"):
        assert _money(row, "CurrentBalance") == by_supplier[row["Supplier"]]


def test_distributions_add_up_to_their_invoices(company: Company) -> None:
    distributed: Money = defaultdict(Decimal)
    for row in _rows(company, "ApJnlDistrib"):
        distributed[row["TrnYear"], row["TrnMonth"], row["Journal"]] += _money(row, "DistrValue")
    invoices = {(row["Supplier"], row["Invoice"]): row for row in _rows(company, "ApInvoice")}
    posted = 0
    for row in _rows(company, "ApJnlSummary"):
        if row["TransactionCode"] != "P":
            invoice = invoices[row["Supplier"], row["Invoice"]]
            assert row["Journal"] == invoice["Journal"]
            value = local(_money(row, "InvoiceValue"), RATES[str(invoice["Currency"])])
            assert distributed.pop((row["TrnYear"], row["TrnMonth"], row["Journal"])) == value
            posted += 1
    assert posted == len(invoices)
    assert not distributed


def test_receipts_and_invoices_match_their_orders(company: Company) -> None:
    received: Money = defaultdict(Decimal)
    values: Money = defaultdict(Decimal)
    for row in _rows(company, "GrnDetails"):
        received[row["PurchaseOrder"], row["PurchaseOrderLin"]] += _money(row, "QtyReceived")
        values[f"PO {row['PurchaseOrder']}"] += _money(row, "CurrencyValue")
    lines = list(_rows(company, "PorMasterDetail"))
    orders = {row["PurchaseOrder"] for row in _rows(company, "PorMasterHdr")}
    for row in lines:
        assert row["PurchaseOrder"] in orders
        assert _money(row, "MReceivedQty") == received.pop((row["PurchaseOrder"], row["Line"]), Decimal(0))
        assert _money(row, "MReceivedQty") <= _money(row, "MOrderQty")
    assert not received
    rates = {row["TaxCode"]: _money(row, "CurTaxRate") / 100 for row in _rows(company, "AdmTax")}
    matched = [row for row in _rows(company, "ApInvoice") if row["Reference"] in values]
    assert len(matched) > 20
    for row in matched:
        net = values[row["Reference"]]
        assert _money(row, "OrigInvValue") == net + (net * rates[row["FirstTaxCode"]]).quantize(Decimal("0.01"))


def test_every_matched_receipt_says_with_which_invoice(company: Company) -> None:
    matched = {
        (row["Supplier"], row["Grn"], row["GrnSource"], row["Journal"], row["JournalEntry"])
        for row in _rows(company, "GrnDetails")
        if row["GrnMatchedFlag"] == "Y"
    }
    matchings = [company.tables["GrnMatching"].schema.key_of(row) for row in _rows(company, "GrnMatching")]
    assert {key[:5] for key in matchings} == matched != set()
    assert all(company.tables["ApInvoice"].get((key[0], key[5])) is not None for key in matchings)


def test_stock_on_hand_is_what_was_moved(company: Company) -> None:
    moved: Money = defaultdict(Decimal)
    for row in _rows(company, "InvMovements"):
        moved[row["StockCode"], row["Warehouse"]] += _money(row, "TrnQty")
    for row in _rows(company, "InvWarehouse"):
        assert _money(row, "QtyOnHand") == moved.pop((row["StockCode"], row["Warehouse"]), Decimal(0))
    assert not moved


def test_the_data_are_as_awkward_as_real_ones() -> None:
    company = Company(seed=1, scale=400)
    hard_records(Events(company))
    invoices = list(_rows(company, "ApInvoice"))
    names = " ".join(str(row["SupplierName"]) for row in _rows(company, "ApSupplier"))
    assert all(character in names for character in "&ü*~\"',")
    assert {row["Currency"] for row in invoices} == {"EUR", "USD", "GBP", "ZAR"}
    assert any(_money(row, "OrigInvValue") < 0 for row in invoices)
    assert any(row["DueDate"] is None for row in invoices)
    assert any(row["JournalDate"] is None for row in invoices)
    assert max(_money(row, "OrigInvValue") for row in invoices) == Decimal("9999999999.99")
    orders = [str(row["PurchaseOrder"]) for row in _rows(company, "PorMasterHdr")]
    assert {len(order) for order in orders} == {15}
    old_and_open = [row for row in invoices if row["MthInvBal1"] and str(row["InvoiceDate"]) < "2024-09-01"]
    assert old_and_open


def test_the_same_seed_makes_the_same_company() -> None:
    first, second, other = (Company(seed=seed, scale=100) for seed in (5, 5, 6))
    for name in first.tables:
        assert list(_rows(first, name)) == list(_rows(second, name))
    assert list(_rows(first, "ApInvoice")) != list(_rows(other, "ApInvoice"))


def test_millions_of_rows_are_sought_without_being_made() -> None:
    company = Company(scale=5_000_000)
    invoices = company.tables["ApInvoice"]
    assert len(invoices) == 5_000_000
    last = invoices.row(len(invoices) - 1)
    assert invoices.get((last["Supplier"], last["Invoice"])) == last
    assert last["Supplier"] == "0625000"
    assert sum(company.counts().values()) > 50_000_000
