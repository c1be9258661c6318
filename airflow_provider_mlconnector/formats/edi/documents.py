"""A chunk of rows as the bodies of sets: every segment between the header and the trailer of a set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.edi.columns import Columns
from airflow_provider_mlconnector.formats.edi.computed import Computed, counted_of, summed_by
from airflow_provider_mlconnector.formats.edi.declaration import SetDeclaration, Sum, Use
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.segments import Part, segment
from airflow_provider_mlconnector.formats.edi.structure import Structure, structure_of
from airflow_provider_mlconnector.formats.edi.syntax import Syntax
from airflow_provider_mlconnector.formats.faults import Faults
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.numbers import is_number, negative, widest

# Room for a sum of 38 digits over any number of lines, and for the difference of two such.
_EXACT = pa.decimal256(74, 18)


@dataclass(frozen=True)
class Bodies:
    """What lies between the header and the trailer of each set.

    Attributes:
        texts: of each set.
        segments: how many segments each has.
        structure: which rows make which set.
    """

    texts: pa.StringArray
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
        rows = self._turned(given)
        structure = structure_of(rows, self.layout.document, declared.order, declared.most_lines)
        for one in declared.sums:
            _check_sum(one, rows, structure, faults)
        over = pc.greater(structure.lines, declared.most_lines)
        faults.add(over.take(structure.document_of_row), self.layout.document, f"has over {declared.most_lines} lines")
        summed = {value.summed for use in declared.uses() for _, _, value in use.placed() if value.summed}
        counted = counted_of(rows, structure, summed)
        heads = rows.filter(structure.begins_document)
        firsts = rows.filter(structure.begins_order) if declared.orders else heads

        def part(uses: Sequence[Use], scope: pa.RecordBatch, name: str, of_row: pa.Array | None) -> _Written:
            columns = Columns(scope, self.syntax, self.profile.units, _noting(faults, of_row))
            computed = Computed(counted[name], self.naming, self.syntax.decimal)
            return _written(uses, declared, columns, computed)

        head = part(declared.document, heads, "document", structure.document_of_row)
        orders = part(declared.orders, firsts, "orders", structure.order_of_row)
        lines = part(declared.lines, rows, "lines", None)
        summary = part(declared.summary, heads, "summary", structure.document_of_row)
        inner = _with_orders(lines, orders, structure) if declared.orders else lines
        starts = pa.concat_arrays([pa.array([0], pa.int32()), pc.cast(pc.cumulative_sum(structure.lines), pa.int32())])
        body = pc.binary_join(pa.ListArray.from_arrays(starts, inner.texts), "")
        per_document = _sums(inner.segments, structure)
        return Bodies(
            pc.binary_join_element_wise(head.texts, body, summary.texts, ""),
            pc.add(pc.add(head.segments, per_document), summary.segments),
            structure,
        )

    def _turned(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """With the amounts of credit notes turned, where the partner wants them without a sign."""
        credit = self.declaration.credit
        if credit is None or self.layout.credits == "negative" or credit.kind not in rows.schema.names:
            return rows
        is_credit = pc.fill_null(pc.is_in(rows.column(credit.kind), value_set=pa.array(credit.codes)), fill_value=False)
        if not pc.any(is_credit).as_py():
            return rows
        columns = dict(zip(rows.schema.names, rows.columns, strict=True))
        by_price = pa.repeat(pa.scalar(value=False), rows.num_rows)
        if _is_summed(credit.price, rows):
            by_price = pc.fill_null(negative(columns[credit.price]), fill_value=False)
        turned = dict.fromkeys(credit.fields, is_credit)
        turned[credit.price] = pc.and_(is_credit, by_price)
        turned[credit.quantity] = pc.and_not(is_credit, by_price)
        for name, mask in turned.items():
            if _is_summed(name, rows):
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
    always = sum(_everywhere(part) for part in parts)
    count = pa.repeat(pa.scalar(always, pa.int64()), rows)
    for part in parts:
        if not _everywhere(part):
            count = pc.add(count, pc.cast(pc.is_valid(part), pa.int64()))
    if not parts:
        return _Written(pa.repeat(pa.scalar(""), rows), count)
    full = [pa.repeat(pa.scalar(part), rows) if isinstance(part, str) else part for part in parts]
    texts = pc.binary_join_element_wise(*full, "", null_handling="replace", null_replacement="")
    return _Written(texts, count)


def _everywhere(part: Part) -> bool:
    return isinstance(part, str) or (part is not None and part.null_count == 0)


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


def _check_sum(one: Sum, rows: pa.RecordBatch, structure: Structure, faults: Faults) -> None:
    """A document's total against its parts; where the data lack the lines' amounts, there is nothing to compare."""
    lines = [name for name in one.lines if _is_summed(name, rows)]
    if not lines or not _is_summed(one.total, rows):
        return
    heads = rows.filter(structure.begins_document)
    whole = [(name, summed_by(rows, structure, name)) for name in lines]
    around = [(name, heads.column(name)) for name in (*one.plus, *one.minus) if _is_summed(name, heads)]
    left = _exact(heads.column(one.total))
    for name, amounts in (*whole, *around):
        part = _exact(amounts)
        left = pc.cast(pc.add(left, part) if name in one.minus else pc.subtract(left, part), _EXACT)
    scale = getattr(heads.schema.field(one.total).type, "scale", 0)
    limit = pa.scalar(one.tolerance * Decimal(1).scaleb(-scale), _EXACT)
    wrong = pc.greater(pc.abs(left), limit)
    named = ", ".join([*lines, *(name for name, _ in around)])
    faults.add(wrong.take(structure.document_of_row), one.total, f"is not the sum of {named}")


def _is_summed(name: str, rows: pa.RecordBatch) -> bool:
    return name in rows.schema.names and is_number(rows.schema.field(name).type)


def _exact(numbers: pa.Array) -> pa.Array:
    """Numbers of one type, wide enough for sums and differences; nothing counts as zero."""
    return pc.fill_null(pc.cast(widest(numbers), _EXACT), pa.scalar(0, _EXACT))
