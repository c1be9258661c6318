"""APSQRY, GENQRY and GENQGL: e.net's enquiries on one supplier and one GL code (SYSPRO sheet 2.4).

Element names come from SYSPRO's XSDs as far as the sheet has them; error numbers and texts are invented.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import enet_xml as xml
from airflow_provider_mlconnector.sandbox.syspro.columns import Row, TableSchema
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.predicates import Both, Compare, Node
from airflow_provider_mlconnector.sandbox.syspro.rendering import Style, encoder

_XML = Style("xml")
_INVOICE = [
    "Invoice",
    "JournalDate",
    "Journal",
    "Branch",
    "InvoiceDate",
    "DiscountDate",
    "DueDate",
    "Reference",
    "OrigInvValue",
    "OrigDiscValue",
    "MthInvBal1",
    "InvoiceStatus",
    "Currency",
    "Bank",
    "PaymGrossValue",
    "PaymDiscValue",
    "InvoiceYear",
    "InvoiceMonth",
    "ConvRate",
    "MulDiv",
    "EntryNumber",
]
_PAYMENT = [
    "EntryNumber",
    "JournalDate",
    "Journal",
    "PaymentReference",
    "TrnValue",
    "TrnType",
    "PostValue",
    "PostCurrency",
    "PostConvRate",
    "PostMulDiv",
]
_SUPPLIER = [
    "Supplier",
    "SupplierName",
    "OnHold",
    "Currency",
    "CurrentBalance",
    "Branch",
    "TermsCode",
    "Telephone",
    "Contact",
    "Email",
]
_POSTING = ["GlPeriod", "GlLine", "Source", "Journal", "JnlDate", "Reference", "EntryValue", "Comment"]


def _cells(schema: TableSchema, row: Row, names: list[str], renamed: dict[str, str] | None = None) -> str:
    shown = {
        (renamed or {}).get(name, name): encoder(schema.by_name[name], schema.key, _XML)(row[name]) for name in names
    }
    return "\n".join(f"<{name}>{text}</{name}>" for name, text in shown.items())


class Enquiries:
    """The enquiries.

    Args:
        company: whose tables.
    """

    def __init__(self, company: Company) -> None:
        self._company, self._tables = company, company.tables

    def _rows(self, table: str, node: Node) -> list[Row]:
        found = self._tables[table]
        return [found.row(hit) for hit in found.hits(node)]

    def supplier(self, query: Any) -> tuple[str, int]:
        """APSQRY: a supplier with its invoices and their payments."""
        key = xml.field(query, "Key/Supplier")
        row = self._tables["ApSupplier"].get((key,))
        if row is None:
            triple = xml.error("Supplier", key, "999999", f"Supplier '{key}' not found")
            return xml.document("ApQuery", f"<key>\n{triple}\n</key>", "8.0.020"), 0
        inner = [_cells(self._tables["ApSupplier"].schema, row, _SUPPLIER)]
        inner.append(f"<EnquiryDate>{self._company.today.date().isoformat()}</EnquiryDate>")
        address = self._tables["ApSupplierAddr"].get((key,))
        if address is not None:
            names = ["SupAddr1", "SupAddr2", "SupAddr3", "SupAddr4", "SupAddr5", "SupPostalCode"]
            inner.append(_cells(self._tables["ApSupplierAddr"].schema, address, names))
        invoices: list[Row] = []
        if xml.field(query, "Option/IncludeInvoices").upper() == "Y":
            invoices = self._rows("ApInvoice", Compare("Supplier", "eq", key))
            paid = xml.field(query, "Option/IncludeInvoicePayments").upper() == "Y"
            details = "\n".join(self._invoice(invoice, with_payments=paid) for invoice in invoices)
            inner.append(f"<Invoices>\n{details}\n</Invoices>")
        body = "<SystemInformation/>\n<Supplier>\n" + "\n".join(inner) + "\n</Supplier>"
        return xml.document("ApQuery", body, "8.0.020"), len(invoices)

    def _invoice(self, row: Row, *, with_payments: bool) -> str:
        cells = _cells(self._tables["ApInvoice"].schema, row, _INVOICE, {"MthInvBal1": "MthInvBal"})
        if with_payments:
            node = Both((Compare("Supplier", "eq", row["Supplier"]), Compare("Invoice", "eq", row["Invoice"])))
            schema = self._tables["ApInvoicePay"].schema
            payments = "\n".join(
                f"<PaymentDetail>\n{_cells(schema, payment, _PAYMENT)}\n</PaymentDetail>"
                for payment in self._rows("ApInvoicePay", node)
            )
            cells += f"\n<Payments>\n{payments}\n</Payments>"
        return f"<InvoiceDetail>\n{cells}\n</InvoiceDetail>"

    def ledger_code(self, query: Any) -> tuple[str, int]:
        """GENQRY: a GL code with its balances and, where asked for, its postings."""
        code = xml.field(query, "Key/LedgerCode")
        account = self._tables["GenMaster"].get((self._company.code, code))
        if account is None:
            return xml.document("LedgerQuery", self._unknown_code(code), "8.0.015"), 0
        year = xml.field(query, "Option/GlYear") or str(self._company.today.year)
        inner = [_cells(self._tables["GenMaster"].schema, account, ["GlCode", "Description", "AccountType"])]
        inner.append(xml.elements({"GlYear": year, "GlPeriod": self._company.today.month}))
        history = self._tables["GenHistory"].get((self._company.code, code, int(year)))
        if history is not None:
            names = ["BeginYearBalance", *(f"ClosingBalPer{period}" for period in range(1, 16))]
            cells = _cells(self._tables["GenHistory"].schema, history, names)
            inner.append(f"<BalancesAtPeriodEnd>\n{cells}\n</BalancesAtPeriodEnd>")
        postings: list[str] = []
        if xml.field(query, "Option/IncludeTransactions").upper() == "Y":
            most = int(xml.field(query, "Option/Transactions/MaxRowsToReturn") or 100)
            table = self._tables["GenTransaction"]
            node = Both(
                (
                    Compare("Company", "eq", self._company.code),
                    Compare("GlCode", "eq", code),
                    Compare("GlYear", "eq", int(year)),
                )
            )
            postings = [_cells(table.schema, table.row(hit), _POSTING) for hit in islice(table.hits(node), most)]
            lines = "\n".join(f"<Transaction>\n{posting}\n</Transaction>" for posting in postings)
            inner.append(f"<Transactions>\n{lines}\n</Transactions>")
        return xml.document("LedgerQuery", "\n".join([*inner, "<NextPrevKey/>"]), "8.0.015"), len(postings)

    def _unknown_code(self, code: str) -> str:
        return f"<key>\n{xml.error('LedgerCode', code, '999999', f'Ledger code {code} not found')}\n</key>"

    def ledger_code_check(self, query: Any) -> tuple[str, int]:
        """GENQGL: whether a GL code is on file."""
        code = xml.field(query, "key/LedgerCode") or xml.field(query, "Key/LedgerCode")
        account = self._tables["GenMaster"].get((self._company.code, code))
        if account is None:
            return xml.document("LedgerValidation", self._unknown_code(code), "8.0.004"), 0
        names = ["GlCode", "Description", "AccountType", "ControlAccFlag", "AccOnHldFlag"]
        return xml.document("LedgerValidation", _cells(self._tables["GenMaster"].schema, account, names), "8.0.004"), 1
