"""A chunk of rows as the bodies of sets: every segment between the header and the trailer of a set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.edi.checks import check_credits, check_documents, is_summed
from airflow_provider_mlconnector.formats.edi.columns import Columns
from airflow_provider_mlconnector.formats.edi.computed import Computed, counted_of
from airflow_provider_mlconnector.formats.edi.declaration import SetDeclaration, Use
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.segments import everywhere, segment
from airflow_provider_mlconnector.formats.edi.structure import Structure, structure_of
from airflow_provider_mlconnector.formats.edi.syntax import Syntax
from airflow_provider_mlconnector.formats.faults import Faults
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.numbers import negative

# For the hash by which equal exports are known.
_NO_FILE = FileNaming(flow="", stream="", date=datetime(2000, 1, 1, tzinfo=UTC), sequence=0, company="", period="")


@dataclass(frozen=True)
class Bodies:
    """What lies between the header and the trailer of each set.

    Attributes:
        texts: of each set.
        told: the same without what is of the file: its date, time and number.
        segments: how many segments each has.
        structure: which rows make which set.
    """

    texts: pa.StringArray
    told: pa.StringArray
    segments: pa.Array
    structure: Structure


@dataclass(frozen=True)
class DocumentWriter:
    """Makes sets of rows.

    Args:
        layout: the file's layout.
        declaration: its set, with the partner's changes.
        profile: the partner.
        syntax: the partner's.
        naming: the file's date and number.
    """

    layout: EdiLayout
    declaration: SetDeclaration
    profile: PartnerProfile
    syntax: Syntax
    naming: FileNaming

    def bodies(self, given: pa.RecordBatch, faults: Faults) -> Bodies:
        """The sets of a chunk of whole documents; what can't be written is noted in `faults`."""
        declared = self.declaration
        rows = self._turned(given, faults)
        structure = structure_of(rows, self.layout.document, declared.order, declared.most_lines)
        check_documents(declared, self.layout.document, rows, structure, faults)
        summed = {value.summed for use in declared.uses() for _, _, value in use.placed() if value.summed}
        counted = counted_of(rows, structure, summed)
        heads = rows.filter(structure.begins_document)
        firsts = rows.filter(structure.begins_order) if declared.orders else heads

        def part(
            uses: Sequence[Use], scope: pa.RecordBatch, name: str, of_row: pa.Array | None, *, told: bool = False
        ) -> _Written:
            columns = Columns(scope, self.syntax, self.profile.units, _noting(faults, of_row))
            computed = Computed(counted[name], _NO_FILE if told else self.naming, self.syntax.decimal)
            return _written(uses, declared, columns, computed)

        head = part(declared.document, heads, "document", structure.document_of_row)
        orders = part(declared.orders, firsts, "orders", structure.order_of_row)
        lines = part(declared.lines, rows, "lines", None)
        summary = part(declared.summary, heads, "summary", structure.document_of_row)
        inner = _with_orders(lines, orders, structure) if declared.orders else lines
        starts = pa.concat_arrays([pa.array([0], pa.int32()), pc.cast(pc.cumulative_sum(structure.lines), pa.int32())])
        body = pc.binary_join(pa.ListArray.from_arrays(starts, inner.texts), "")
        per_document = _sums(inner.segments, structure)
        told = head
        if any(
            value.computed in ("date", "time", "number") for use in declared.document for _, _, value in use.placed()
        ):
            told = part(declared.document, heads, "document", structure.document_of_row, told=True)
        return Bodies(
            pc.binary_join_element_wise(head.texts, body, summary.texts, ""),
            pc.binary_join_element_wise(told.texts, body, summary.texts, ""),
            pc.add(pc.add(head.segments, per_document), summary.segments),
            structure,
        )

    def _turned(self, rows: pa.RecordBatch, faults: Faults) -> pa.RecordBatch:
        """With the amounts of credit notes turned, where the partner wants them without a sign."""
        credit = self.declaration.credit
        if credit is None or self.layout.credits == "negative" or credit.kind not in rows.schema.names:
            return rows
        kinds = pc.cast(rows.column(credit.kind), pa.string())
        is_credit = pc.fill_null(pc.is_in(kinds, value_set=pa.array(credit.codes, pa.string())), fill_value=False)
        if not pc.any(is_credit).as_py():
            return rows
        check_credits(is_credit, self.declaration.sums, rows, faults)
        columns = dict(zip(rows.schema.names, rows.columns, strict=True))
        by_price = pa.repeat(pa.scalar(value=False), rows.num_rows)
        if is_summed(credit.price, rows):
            by_price = pc.fill_null(negative(columns[credit.price]), fill_value=False)
        turned = dict.fromkeys(credit.fields, is_credit)
        turned[credit.price] = pc.and_(is_credit, by_price)
        turned[credit.quantity] = pc.and_not(is_credit, by_price)
        for name, mask in turned.items():
            if is_summed(name, rows):
                columns[name] = pc.if_else(mask, pc.negate(columns[name]), columns[name])
        return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


@dataclass(frozen=True)
class _Written:
    texts: pa.StringArray
    segments: pa.Array


def _written(uses: Sequence[Use], declared: SetDeclaration, columns: Columns, computed: Computed) -> _Written:
    rules = declared.rules()
    found = [segment(use, rules[use.tag], columns, computed) for use in uses]
    parts = [part for part in found if part is not None]
    rows = columns.rows.num_rows
    always = sum(everywhere(part) for part in parts)
    count = pa.repeat(pa.scalar(always, pa.int64()), rows)
    for part in parts:
        if not everywhere(part):
            count = pc.add(count, pc.cast(pc.is_valid(part), pa.int64()))
    if not parts:
        return _Written(pa.repeat(pa.scalar(""), rows), count)
    full = [pa.repeat(pa.scalar(part), rows) if isinstance(part, str) else part for part in parts]
    texts = pc.binary_join_element_wise(*full, "", null_handling="replace", null_replacement="")
    return _Written(texts, count)


def _with_orders(lines: _Written, orders: _Written, structure: Structure) -> _Written:
    before = pc.if_else(structure.begins_order, orders.texts.take(structure.order_of_row), "")
    extra = pc.if_else(structure.begins_order, orders.segments.take(structure.order_of_row), 0)
    return _Written(pc.binary_join_element_wise(before, lines.texts, ""), pc.add(lines.segments, extra))


def _sums(numbers: pa.Array, structure: Structure) -> pa.Array:
    table = pa.table({"document": structure.document_of_row, "number": numbers})
    grouped = table.group_by("document", use_threads=False).aggregate([("number", "sum")])
    return pc.cast(grouped["number_sum"].combine_chunks(), pa.int64())


def _noting(faults: Faults, of_row: pa.Array | None) -> Callable[[pa.BooleanArray | None, str, str], None]:
    """Faults of documents or orders are faults of all their rows."""

    def note(mask: pa.BooleanArray | None, field: str, reason: str) -> None:
        if mask is None or not pc.any(mask).as_py():
            return
        whole = pc.fill_null(mask, fill_value=False)
        faults.add(whole if of_row is None else whole.take(of_row), field, reason)

    return note
