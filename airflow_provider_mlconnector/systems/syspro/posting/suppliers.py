"""Suppliers, added or updated by APSSSP: only fields that differ from what SYSPRO has are sent (sheet 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from airflow_provider_mlconnector.streams.fingerprint import key_values
from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Problem
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem, Rows, Writer
from airflow_provider_mlconnector.systems.syspro.posting.elements import SUPPLIER
from airflow_provider_mlconnector.systems.syspro.posting.kind import Call, Parcel, key_of, verdict
from airflow_provider_mlconnector.systems.syspro.posting.namesakes import CAUSE, Namesakes
from airflow_provider_mlconnector.systems.syspro.posting.references import CauseProblem, References
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from airflow_provider_mlconnector.systems.syspro.posting.tables import Tables
from airflow_provider_mlconnector.systems.syspro.table import TableRead

_ADDRESS = ("SupAddr", "SupPostalCode", "Remit")
_DIFFERS = "supplier-field"


class Suppliers:
    """Supplier master records. A blank mapped field is left as SYSPRO has it.

    Of a supplier that SYSPRO has, the fields of `only_when_new` and `must_agree` are never sent: they are SYSPRO's own.

    Args:
        settings: the site's decisions.
        references: asks whether causes are gone.
        tables: looks suppliers up.
    """

    def __init__(self, settings: PostingSettings, references: References, tables: Tables) -> None:
        self._settings = settings
        self._references = references
        self._tables = tables
        self._namesakes = Namesakes(tables)
        self._kept = {"Supplier", *settings.only_when_new, *settings.must_agree}
        self._writer = Writer(SUPPLIER, settings, settings.key)
        self._writer.expect(self._kept)

    def identity(self, rows: Rows) -> tuple[str, Key]:
        """By its code; see `DocumentKind`."""
        return "supplier", key_of(rows, self._settings.key or ("Supplier",))

    def shown(self, rows: Rows) -> str:
        """Such as `supplier 0000001`; by its name where it has no code."""
        code = key_of(rows, ("Supplier",))[0]
        return f"supplier {code}" if code else f"supplier '{rows[0].get('SupplierName') or ''}' without a code"

    def unique(self, kind: str) -> bool:  # noqa: ARG002 - see the port
        """Always: there is one supplier of a code."""
        return True

    @property
    def replaces(self) -> bool:
        """A supplier has one record, which is updated; see `DocumentKind`."""
        return True

    def local(self, rows: Rows) -> None:
        """Fields and lengths; of one without a code, which one its namesake in SYSPRO has; see `DocumentKind`."""
        self._writer.expect({field for row in rows for field in row})
        header = self._writer.header(rows)
        if "Supplier" not in header:
            name = header.get("SupplierName", "")
            other = self._namesakes.of(name) if name else ""
            has = f"; SYSPRO has the name '{name}' as supplier {other}" if other else "; SYSPRO does not have its name"
            raise FieldProblem("Supplier", f"is missing{has if name else ''}")

    def referred(self, documents: Sequence[Document]) -> Sequence[Problem | None]:
        """Whether a supplier can be added, or agrees with what SYSPRO has of it; see `DocumentKind`."""
        there = self._there([each.rows for each in documents])
        headers = [self._writer.header(each.rows) for each in documents]
        return [verdict(self._fit, header, there.get(header["Supplier"])) for header in headers]

    def _fit(self, header: Mapping[str, str], there: Mapping[str, str] | None) -> None:
        code = header["Supplier"]
        if there is None and "SupplierName" not in header:
            raise FieldProblem("SupplierName", "is missing for a new supplier")
        if there is None:
            if self._settings.same_name == "refuse":
                self._namesakes.check(code, header["SupplierName"])
            return
        for field in self._settings.must_agree:
            given, has = header.get(field, ""), there.get(field, "")
            if given and given != has:
                reason = f"is '{given}', and '{has}' in SYSPRO for supplier {code}: correct one of the two"
                raise CauseProblem(field, reason, _DIFFERS, code, field, given)

    def gone(self, cause: str) -> bool:
        """See `DocumentKind`."""
        _, what, shown = (*cause.split(":", 2), "", "")[:3]
        if what == CAUSE:
            return self._namesakes.gone(*key_values(shown))
        if what == _DIFFERS:
            code, field, given = key_values(shown)
            there = self._there([[{"Supplier": code, field: given}]])
            return there.get(code, {}).get(field, given) == given
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
        """Suppliers of which nothing has to be changed; one that differs has not been written yet."""
        there = self._there([each.document.rows for each in attempts])
        found: list[Found | None] = []
        for each in attempts:
            header = self._writer.header(each.document.rows)
            code = header["Supplier"]
            equal = code in there and not self._changes(header, there[code])
            found.append(Found(code, ours=False, equal=True, detail=f"supplier {code} as mapped") if equal else None)
        return found

    def _parcel(self, rows: Rows, there: Mapping[str, Mapping[str, str]]) -> Parcel:
        header = self._writer.header(rows)
        code = header["Supplier"]
        if code not in there:
            return Parcel("Add", self._writer.item([header], {}))
        changes = self._changes(header, there[code])
        return Parcel("Update", self._writer.item([{**changes, "Supplier": code}], {})) if changes else Parcel("", "")

    def _changes(self, header: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
        sent = {name: value for name, value in header.items() if name not in self._kept}
        return {name: value for name, value in sent.items() if value != there.get(name, "").strip()}

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
