"""APSSSP: adds, changes and deletes suppliers (SYSPRO sheet 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro import enet_xml as xml
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import number
from airflow_provider_mlconnector.sandbox.syspro.books import iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Key
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.posting.call import Shape, leaves
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Batch, Entry, WritingObject
from airflow_provider_mlconnector.sandbox.syspro.posting.findings import Fields
from airflow_provider_mlconnector.sandbox.syspro.predicates import Compare

_SUPPLIER = """SupplierName SupShortName Telephone Fax Contact Branch TermsCode Bank Currency SupplierClass Area
    DefTaxCode TaxRegnNum OnHold SupplierType MerchGlCode FreightGlCode PayByEft BankBranch BankAccount GrnMatchReqd
    Email Nationality DateSuppAdded WithTaxId WithTaxCode LineDiscCode InvDiscCode UserField1 UserField2
    PurchOrdAllowed LctRequired DeliveryTerms"""
_ADDRESS = """SupAddr1 SupAddr2 SupAddr3 SupAddr4 SupAddr5 SupPostalCode RemitName RemitAddr1 RemitAddr2 RemitAddr3
    RemitAddr4 RemitAddr5 RemitPostalCode FaxRemitContact"""
# Known elements that the sandbox has no column for; they are read and kept nowhere.
_UNKEPT = "SupplierChName eSignature DefaultChequeDay PoDefaultDoc NumMthsBeforDel ChLanguage Contracts FaxContact"
_FLAGS = ("OnHold", "PayByEft", "GrnMatchReqd", "PurchOrdAllowed", "LctRequired")
_TABLES = {"Currency": "TblCurrency", "Branch": "ApBranch", "DefTaxCode": "AdmTax"}
_LISTS = {"TermsCode": d.TERMS, "Bank": d.BANKS}
_ACCOUNTS = ("MerchGlCode", "FreightGlCode")
# What stays even where omitted elements are blanked.
_KEPT = {"SupplierName", "Currency"}


@dataclass(frozen=True)
class _Draft:
    """A supplier's key, and the columns of its two rows that change."""

    supplier: str
    columns: Mapping[str, object]
    address: Mapping[str, object]


class SetupApSupplier(WritingObject):
    """The object, for one of its actions.

    Args:
        company: whose suppliers.
        action: `add`, `update` or `delete`.
    """

    code: ClassVar[str] = "APSSSP"
    root: ClassVar[str] = "SetupApSupplier"
    version: ClassVar[str] = "8.0.012"
    parameters: ClassVar[str] = "IgnoreWarnings ApplyIfEntireDocumentValid ValidateOnly"
    shape: ClassVar[Shape] = {**leaves(f"{_SUPPLIER} {_ADDRESS} {_UNKEPT}"), "Key": leaves("Supplier")}

    def __init__(self, company: Company, action: str) -> None:
        self._company, self._tables, self._action = company, company.tables, action

    def reference(self, fields: Fields) -> str:
        """The supplier's key."""
        return fields.within("Key").text("Supplier")

    def check(self, fields: Fields, batch: Batch) -> _Draft:
        """The supplier as it would be kept."""
        supplier = fields.within("Key").needed("Supplier", 15)
        self._check_key(fields.within("Key"), supplier, batch)
        if self._action == "delete":
            self._check_unused(fields.within("Key"), supplier)
            return _Draft(supplier, {}, {})
        if self._action == "add" or fields.given("SupplierName"):
            fields.needed("SupplierName")
        self._check_values(fields)
        return _Draft(
            supplier,
            self._read(fields, batch, "ApSupplier", _SUPPLIER),
            self._read(fields, batch, "ApSupplierAddr", _ADDRESS),
        )

    def _check_key(self, key: Fields, supplier: str, batch: Batch) -> None:
        there = self._tables["ApSupplier"].get((supplier,)) is not None or batch.taken["supplier", supplier] > 0
        if supplier and self._action == "add" and there:
            key.error("Supplier", f"Supplier '{supplier}' already exists")
        elif supplier and self._action != "add" and not there:
            key.error("Supplier", f"Supplier '{supplier}' not found")
        if self._action == "add":
            batch.taken["supplier", supplier] += 1

    def _check_unused(self, key: Fields, supplier: str) -> None:
        row = self._tables["ApSupplier"].get((supplier,))
        invoices = next(self._tables["ApInvoice"].hits(Compare("Supplier", "eq", supplier)), None)
        if row is not None and (number(row, "CurrentBalance") or invoices is not None):
            key.error("Supplier", f"Supplier '{supplier}' has invoices on file")

    def _check_values(self, fields: Fields) -> None:
        for name in _FLAGS:
            fields.choice(name, ("Y", "N", ""), "")
        for name, table in _TABLES.items():
            value = fields.text(name)
            if value and self._tables[table].get((value,)) is None:
                fields.error(name, f"'{value}' not found ({name})")
        for name, known in _LISTS.items():
            value = fields.text(name)
            if value and value not in known:
                fields.error(name, f"'{value}' not found ({name})")
        for name in _ACCOUNTS:
            value = fields.text(name)
            if value and self._tables["GenMaster"].get((self._company.code, value)) is None:
                fields.error(name, f"Ledger code '{value}' not found")

    def _read(self, fields: Fields, batch: Batch, table: str, names: str) -> dict[str, object]:
        blanks = self._action == "update" and batch.settings.omitted_fields == "blanked"
        read: dict[str, object] = {}
        for name in names.split():
            column = self._tables[table].schema.by_name[name]
            if fields.given(name):
                read[name] = iso(fields.day(name)) if column.kind == "date" else fields.text(name, column.size)
            elif blanks and name not in _KEPT:
                read[name] = column.blank
        return read

    def post(self, draft: _Draft, batch: Batch) -> tuple[str, dict[str, Any]]:
        """Keep the supplier, or remove it."""
        key: Key = (draft.supplier,)
        if self._action == "delete":
            for name in ("ApSupplier", "ApSupplierAddr"):
                if self._tables[name].get(key) is not None:
                    self._tables[name].delete(key)
        elif self._action == "add":
            blanks = {"OnHold": "N", "Currency": "EUR", "DateSuppAdded": iso(self._company.today.date())}
            given = {name: value for name, value in draft.columns.items() if value}
            self._tables["ApSupplier"].put({"Supplier": draft.supplier, **blanks, **given})
            self._tables["ApSupplierAddr"].put({"Supplier": draft.supplier, **draft.address})
        else:
            self._change("ApSupplier", key, draft.columns)
            self._change("ApSupplierAddr", key, draft.address)
        facts = {"kind": self._action, "supplier": draft.supplier, "columns": {**draft.columns, **draft.address}}
        return self.validated(draft, batch), facts

    def _change(self, table: str, key: Key, changes: Mapping[str, object]) -> None:
        if self._tables[table].get(key) is None:
            self._tables[table].put({"Supplier": key[0], **changes})
        elif changes:
            self._tables[table].update(key, changes)

    def validated(self, draft: _Draft, batch: Batch) -> str:
        """The supplier's key."""
        return batch.keyed({"Supplier": draft.supplier}, {})

    def status(self, entries: Sequence[Entry], done: int) -> dict[str, object]:
        """Records, as recorded of another setup object."""
        return {"RecordsRead": len(entries), "RecordsInvalid": len(entries) - done}

    def item(self, entry: Entry, batch: Batch) -> str:
        """An item of the answer; where it is in error, it and its key are in lower case (recorded)."""
        if entry.sound:
            return super().item(entry, batch)
        key = f"<key>\n{xml.elements({'supplier': self.reference(entry.fields)})}\n</key>"
        return f"<item>\n{key}\n{entry.findings.shown()}\n</item>"
