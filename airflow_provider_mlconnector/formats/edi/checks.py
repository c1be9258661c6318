"""Whole documents, checked before any of their segments is made: sums, sizes, and heads that are alike."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.edi.computed import summed_by
from airflow_provider_mlconnector.formats.edi.declaration import SetDeclaration, Sum
from airflow_provider_mlconnector.formats.edi.structure import Structure
from airflow_provider_mlconnector.formats.faults import Faults
from airflow_provider_mlconnector.formats.numbers import is_number, widest

# Room for a sum of 38 digits over any number of lines, and for the difference of two such.
_EXACT = pa.decimal256(74, 18)


def check_documents(
    declared: SetDeclaration, document: str, rows: pa.RecordBatch, structure: Structure, faults: Faults
) -> None:
    """Note documents that can't be right.

    Args:
        declared: the set.
        document: the field that tells documents apart; empty where a set spans many records.
        rows: whole documents.
        structure: where they begin.
        faults: takes what is wrong.
    """
    for one in declared.sums:
        _check_sum(one, rows, structure, faults)
    over = pc.greater(structure.lines, declared.most_lines)
    faults.add(over.take(structure.document_of_row), document, f"has over {declared.most_lines} lines")
    if document:
        _check_heads(declared, document, rows, structure, faults)


def check_credits(is_credit: pa.BooleanArray, sums: Sequence[Sum], rows: pa.RecordBatch, faults: Faults) -> None:
    """A credit note whose amounts are to lose their sign has to have one: turned, others would become negative."""
    for one in sums:
        if is_summed(one.total, rows):
            total = widest(rows.column(one.total))
            above = pc.and_(is_credit, pc.greater(total, pa.scalar(0, total.type)))
            reason = "is above zero in a credit note; where amounts come without a sign, declare credits: negative"
            faults.add(above, one.total, reason)


def _check_heads(
    declared: SetDeclaration, document: str, rows: pa.RecordBatch, structure: Structure, faults: Faults
) -> None:
    """What stands once in a document is the same in all its rows: else two documents have one name."""
    uses = (*declared.document, *declared.summary)
    names = {value.field for use in uses for _, _, value in use.placed() if value.field}
    again = pc.invert(structure.begins_document)
    held = [name for name in sorted(names & set(rows.schema.names)) if not pa.types.is_null(rows.column(name).type)]
    for name in held:
        other = pc.and_(_differs(rows.column(name)), again)
        faults.add(other, name, f"differs between rows of one {document}: two documents can't have one name")


def _differs(column: pa.Array) -> pa.BooleanArray:
    """Where a value is another one than in the row before; two that are missing are alike."""
    later, earlier = column.slice(1), column.slice(0, max(len(column) - 1, 0))
    other = pc.fill_null(pc.not_equal(later, earlier), fill_value=False)
    if column.null_count:
        other = pc.or_(other, pc.not_equal(pc.is_null(later), pc.is_null(earlier)))
    return pa.concat_arrays([pa.array([False][: len(column)], pa.bool_()), other])


def _check_sum(one: Sum, rows: pa.RecordBatch, structure: Structure, faults: Faults) -> None:
    """A document's total against its parts; where the data lack the lines' amounts, there is nothing to compare."""
    lines = [name for name in one.lines if is_summed(name, rows)]
    if not lines or not is_summed(one.total, rows):
        return
    heads = rows.filter(structure.begins_document)
    whole = [(name, summed_by(rows, structure, name)) for name in lines]
    around = [(name, _signed(one, name, heads)) for name in (*one.plus, *one.minus) if is_summed(name, heads)]
    left = _exact(heads.column(one.total))
    for name, amounts in (*whole, *around):
        part = _exact(amounts)
        left = pc.cast(pc.add(left, part) if name in one.minus else pc.subtract(left, part), _EXACT)
    scale = getattr(heads.schema.field(one.total).type, "scale", 0)
    limit = pa.scalar(one.tolerance * Decimal(1).scaleb(-scale), _EXACT)
    # A total that is not told is not wrong; where it is mandatory, its element says so.
    wrong = pc.and_(pc.greater(pc.abs(left), limit), pc.is_valid(heads.column(one.total)))
    named = ", ".join([*lines, *(name for name, _ in around)])
    faults.add(wrong.take(structure.document_of_row), one.total, f"is not the sum of {named}")


def _signed(one: Sum, name: str, heads: pa.RecordBatch) -> pa.Array:
    amounts, sign = heads.column(name), one.signs.get(name)
    if sign is None or sign.kind not in heads.schema.names:
        return amounts
    kinds = pc.cast(heads.column(sign.kind), pa.string())
    less = pc.is_in(kinds, value_set=pa.array(sign.minus, pa.string()))
    none = pc.is_in(kinds, value_set=pa.array(sign.nothing, pa.string()))
    return pc.if_else(none, pa.scalar(0, amounts.type), pc.if_else(less, pc.negate(amounts), amounts))


def is_summed(name: str, rows: pa.RecordBatch) -> bool:
    """Whether the data have this field, as numbers."""
    return name in rows.schema.names and is_number(rows.schema.field(name).type)


def _exact(numbers: pa.Array) -> pa.Array:
    """Numbers of one type, wide enough for sums and differences; nothing counts as zero."""
    return pc.fill_null(pc.cast(widest(numbers), _EXACT), pa.scalar(0, _EXACT))
