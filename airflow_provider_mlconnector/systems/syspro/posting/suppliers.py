"""Suppliers, added or updated by APSSSP: only fields that differ from what SYSPRO has are sent (sheet 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Problem
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem, Rows, Writer
from airflow_provider_mlconnector.systems.syspro.posting.elements import SUPPLIER
from airflow_provider_mlconnector.systems.syspro.posting.kind import Call, Parcel, key_of
from airflow_provider_mlconnector.systems.syspro.posting.references import References
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from airflow_provider_mlconnector.systems.syspro.posting.tables import Tables
from airflow_provider_mlconnector.systems.syspro.table import TableRead

_ADDRESS = ("SupAddr", "SupPostalCode", "Remit")


class Suppliers:
    """Supplier master records. A blank mapped field is left as SYSPRO has it.

    Args:
        settings: the site's decisions.
        references: asks whether causes are gone.
        tables: looks suppliers up.
    """

    def __init__(self, settings: PostingSettings, references: References, tables: Tables) -> None:
        self._settings = settings
        self._references = references
        self._tables = tables
        self._writer = Writer(SUPPLIER, settings, settings.key)

    def identity(self, rows: Rows) -> tuple[str, Key]:
        """By its code; see `DocumentKind`."""
        return "supplier", key_of(rows, self._settings.key or ("Supplier",))

    def shown(self, rows: Rows) -> str:
        """Such as `supplier 0000001`."""
        return f"supplier {key_of(rows, ('Supplier',))[0]}"

    def unique(self, kind: str) -> bool:  # noqa: ARG002 - see the port
        """Always: there is one supplier of a code."""
        return True

    @property
    def replaces(self) -> bool:
        """A supplier has one record, which is updated; see `DocumentKind`."""
        return True

    def local(self, rows: Rows) -> None:
        """Fields and lengths; see `DocumentKind`."""
        self._writer.expect({field for row in rows for field in row})
        if "Supplier" not in self._writer.header(rows):
            raise FieldProblem("Supplier", "is missing")

    def referred(self, documents: Sequence[Document]) -> Sequence[Problem | None]:
        """Whether a supplier that is new has what it needs; see `DocumentKind`."""
        there = self._there([each.rows for each in documents])
        problems: list[Problem | None] = []
        for each in documents:
            header = self._writer.header(each.rows)
            lacking = header["Supplier"] not in there and "SupplierName" not in header
            problems.append(Problem("SupplierName", "is missing for a new supplier") if lacking else None)
        return problems

    def gone(self, cause: str) -> bool:
        """See `DocumentKind`."""
        return self._references.gone(cause)

    def parcels(self, attempts: Sequence[Attempt]) -> Sequence[Parcel]:
        """By what has to be done: `Add`, `Update`, or nothing where nothing differs; see `DocumentKind`."""
        there = self._there([each.document.rows for each in attempts])
        return [self._parcel(each.document.rows, there) for each in attempts]

    def call(self, bucket: str, items: Sequence[str], *, validate_only: bool = False) -> Call:
        """See `DocumentKind`."""
        parameters = self._writer.parameters(validate_only=validate_only)
        return Call(f"Setup/{bucket}", SUPPLIER.schema, parameters, self._writer.document(items))

    def target_key(self, answered: Mapping[str, str], attempt: Attempt) -> str:
        """The supplier's code, where the answer names one: any page without an error is no answer of SYSPRO's."""
        return self._writer.header(attempt.document.rows)["Supplier"] if answered.get("supplier") else ""

    def look_up(self, attempts: Sequence[Attempt]) -> Sequence[Found | None]:
        """Suppliers of which every mapped field is there; one that differs has not been written yet."""
        there = self._there([each.document.rows for each in attempts])
        found: list[Found | None] = []
        for each in attempts:
            header = self._writer.header(each.document.rows)
            code = header["Supplier"]
            equal = code in there and not _changes(header, there[code])
            found.append(Found(code, ours=False, equal=True, detail=f"supplier {code} as mapped") if equal else None)
        return found

    def _parcel(self, rows: Rows, there: Mapping[str, Mapping[str, str]]) -> Parcel:
        header = self._writer.header(rows)
        code = header["Supplier"]
        if code not in there:
            return Parcel("Add", self._writer.item([header], {}))
        changes = _changes(header, there[code])
        return Parcel("Update", self._writer.item([{**changes, "Supplier": code}], {})) if changes else Parcel("", "")

    def _there(self, every: Sequence[Rows]) -> dict[str, dict[str, str]]:
        headers = [self._writer.header(rows) for rows in every]
        fields = {field for header in headers for field in header} - {"Supplier"}
        codes = [(header["Supplier"],) for header in headers]
        addresses = sorted(field for field in fields if field.startswith(_ADDRESS))
        there: dict[str, dict[str, str]] = {}
        masters = sorted(fields - set(addresses))
        for table, columns in (("ApSupplier", masters), ("ApSupplierAddr", addresses)):
            if table == "ApSupplierAddr" and not columns:
                continue
            for row in self._tables.with_keys(_read(table, columns), ("Supplier",), codes):
                code = str(row.pop("Supplier"))
                if table == "ApSupplier" or code in there:
                    there.setdefault(code, {}).update({name: str(value).strip() for name, value in row.items()})
        return there


def _read(table: str, columns: Sequence[str]) -> TableRead:
    lengths = {element.name: element.length for element in SUPPLIER.header}
    read = TableRead(table, ("Supplier",), {"Supplier": "string(15)"})
    return replace(read, columns={**read.columns, **{name: f"string({lengths[name]})" for name in columns}})


def _changes(header: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in header.items() if name != "Supplier" and value != there.get(name, "").strip()
    }
