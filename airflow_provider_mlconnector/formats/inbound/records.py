"""Records made of the rows of one part of a file."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.chunks import changes
from airflow_provider_mlconnector.formats.inbound.complaints import Complaints
from airflow_provider_mlconnector.formats.inbound.convert import converted
from airflow_provider_mlconnector.formats.inbound.doubled import differing_heads, repeated_records
from airflow_provider_mlconnector.formats.inbound.line_order import order_of_lines
from airflow_provider_mlconnector.formats.inbound.rows import (
    BAD,
    DETAIL,
    GROUP,
    HEADER,
    LINE,
    RUN,
    Rows,
    key_columns,
    part,
)
from airflow_provider_mlconnector.formats.inbound.sums import check_sums, offsets
from airflow_provider_mlconnector.formats.inbound.template import LINES, VOIDED, Template
from airflow_provider_mlconnector.formats.inbound.typed import Forms
from airflow_provider_mlconnector.streams.source import RejectedRow


@dataclass(frozen=True)
class _Whole:
    """Rows that have been told apart by record.

    Attributes:
        heads: one row of texts for each record.
        lines: the texts of the lines of all records, those of a record one after the other; None: there are none.
        owners: the record of each line.
        lost: lines that belong to no record.
    """

    heads: pa.Table
    lines: pa.Table | None
    owners: pa.Array | None
    lost: pa.Table | None


def records_of(rows: Rows, template: Template) -> tuple[pa.Table, list[RejectedRow]]:
    """Records in the template's schema, and what could not be read.

    Args:
        rows: rows of which every group is whole.
        template: what the file looks like.
    """
    complaints = Complaints()
    whole = _told_apart(rows, template, complaints)
    same, refused = repeated_records(whole.heads, whole.lines, whole.owners)
    for record, reason in refused.items():
        complaints.add(record, reason)
    at = _one(whole.heads[LINE])
    forms = Forms(template.decimal_mark, template.date_formats, template.zone)
    numbers = pa.array(range(len(at)), pa.int64())
    heads = converted(template.fields, part(whole.heads, HEADER), forms, numbers, at, complaints)
    made = dict(heads)
    made |= {name: pc.fill_null(heads[name], "") for name in template.key}
    if template.statuses is not None:
        void = pa.array(template.statuses.void)
        made[VOIDED] = pc.fill_null(pc.is_in(heads[template.statuses.field], value_set=void), fill_value=False)
    if template.line_fields:
        made[LINES] = _lines(whole, heads, template, forms, complaints)
    left_out = pa.array(sorted(complaints.records() | same), pa.int64())
    table = pa.table(made, schema=template.schema()).filter(pc.invert(pc.is_in(numbers, value_set=left_out)))
    return table, [*_rejected(complaints, whole, template), *_lost(whole.lost, template)]


def _told_apart(rows: Rows, template: Template, complaints: Complaints) -> _Whole:
    """Give every row its record; rows of one record come to stand one after the other."""
    merged = template.merges_rows()
    table = rows.records.combine_chunks()
    coded = _one(table[GROUP if merged else RUN]).dictionary_encode()
    codes = coded.indices.cast(pa.int64())
    if pc.any(pc.less(codes.slice(1), codes.slice(0, max(0, len(codes) - 1))), min_count=0).as_py():
        order = pc.array_sort_indices(codes)
        table, codes = table.take(order).combine_chunks(), codes.take(order)
    lines = _one(table[LINE])
    complaints.add_reasons(_one(table[BAD]), codes, lines)
    heads = table
    if len(coded.dictionary) < table.num_rows:
        differing_heads(part(table, HEADER), codes, lines, complaints)
        heads = table.filter(pa.concat_arrays([pa.array([True]), changes(codes)]))
    if not template.line_fields:
        return _Whole(heads, None, None, None)
    if rows.lines is None:
        return _Whole(heads, table, codes, None)
    owners = pc.index_in(_one(rows.lines.combine_chunks()[RUN]), value_set=coded.dictionary).cast(pa.int64())
    owned = rows.lines.filter(pc.is_valid(owners))
    lost = rows.lines.filter(pc.is_null(owners))
    owners = owners.drop_null()
    order = pc.array_sort_indices(owners)
    owned, owners = owned.take(order).combine_chunks(), owners.take(order)
    complaints.add_reasons(_one(owned[BAD]), owners, _one(owned[LINE]))
    return _Whole(heads, owned, owners, lost)


def _lines(
    whole: _Whole, heads: dict[str, pa.Array], template: Template, forms: Forms, complaints: Complaints
) -> pa.Array:
    """The column `lines`; complains of lines that do not fit, and of records that do not add up."""
    assert whole.lines is not None, "a template with line_fields has lines"
    assert whole.owners is not None, "and each of them has its record"
    texts, at, owners = part(whole.lines, DETAIL), _one(whole.lines[LINE]), whole.owners
    values = converted(template.line_fields, texts, forms, owners, at, complaints)
    order = order_of_lines([values[name] for name in template.line_key], texts, owners, at, complaints)
    if order is not None:
        values = {name: column.take(order) for name, column in values.items()}
        owners = owners.take(order)
    if template.sums is not None:
        check_sums(template.sums, heads, values, owners, _one(whole.heads[LINE]), complaints)
    struct = pa.StructArray.from_arrays(list(values.values()), fields=list(template.line_type()))
    return pa.ListArray.from_arrays(offsets(owners, whole.heads.num_rows), struct)


def _rejected(complaints: Complaints, whole: _Whole, template: Template) -> list[RejectedRow]:
    records = sorted(complaints.records())
    heads = whole.heads.take(pa.array(records, pa.int64())).combine_chunks()
    given = part(heads, HEADER)
    columns = [column.to_pylist() for column in key_columns(template.fields, template.key, given, len(records))]
    keys = dict(zip(records, zip(*columns, strict=True), strict=True))
    groups = dict(zip(records, heads[GROUP].to_pylist(), strict=True))
    return list(complaints.rejected(keys, dict(zip(records, _raw(given, len(records)), strict=True)), groups))


def _lost(lines: pa.Table | None, template: Template) -> list[RejectedRow]:
    """Lines without a record: nobody can say whose they are."""
    if lines is None or not lines.num_rows:
        return []
    raws = _raw(part(lines.combine_chunks(), DETAIL), lines.num_rows)
    reason = "a line that belongs to no record of the file"
    key = ("",) * len(template.key)
    return [
        RejectedRow(key, f"line {at}: {reason}", raw) for at, raw in zip(lines[LINE].to_pylist(), raws, strict=True)
    ]


def _raw(texts: dict[str, pa.Array], rows: int) -> list[str]:
    """Rows as they came, by the names of their fields."""
    columns = {name: column.to_pylist() for name, column in texts.items()}
    return ["; ".join(f"{name}={held[row]}" for name, held in columns.items() if held[row]) for row in range(rows)]


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
