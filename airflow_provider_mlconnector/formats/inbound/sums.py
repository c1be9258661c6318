"""Whether a record and its lines add up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.complaints import Complaints
from airflow_provider_mlconnector.formats.inbound.template import Sums

_EXACT = pa.decimal256(60, 18)


def check_sums(
    sums: Sums,
    heads: Mapping[str, pa.Array],
    lines: Mapping[str, pa.Array],
    owners: pa.Array,
    at: pa.Array,
    complaints: Complaints,
) -> None:
    """Complain of records whose total is not that of their lines and tax, within the tolerance.

    Args:
        sums: what adds up to what.
        heads: the records' values.
        lines: their lines' values.
        owners: the record of each line.
        at: the line on which each record begins.
        complaints: takes those that do not add up. A record without a total is not looked at.
    """
    total = heads[sums.total].cast(_EXACT)
    records = len(total)
    nothing = pa.scalar(Decimal(0), _EXACT)
    net = pc.fill_null(_by_record(lines[sums.line], owners, records), nothing)
    tax = heads[sums.tax].cast(_EXACT) if sums.tax else pa.nulls(records, _EXACT)
    if sums.line_tax:
        tax = pc.coalesce(tax, _by_record(lines[sums.line_tax], owners, records))
    tax = pc.fill_null(tax, nothing)
    if sums.line_type:
        is_tax = pc.fill_null(pc.is_in(lines[sums.line_type], value_set=pa.array(sums.tax_types)), fill_value=False)
        with_tax = pc.is_in(pa.array(range(records), owners.type), value_set=pc.unique(owners.filter(is_tax)))
        tax = pc.if_else(with_tax, pa.scalar(Decimal(0), tax.type), tax)
    off = pc.subtract(pc.add(net, tax), total)
    doubtful = pc.indices_nonzero(pc.fill_null(pc.not_equal(off, pa.scalar(Decimal(0), off.type)), fill_value=False))
    counts = _counts(owners, records).take(doubtful).to_pylist()
    shown = [column.take(doubtful).to_pylist() for column in (off, net, tax, total, at)]
    for record, count, difference, *told in zip(doubtful.to_pylist(), counts, *shown, strict=True):
        if abs(difference) > min(sums.tolerance, count * sums.line_tolerance):
            made, taxed, said = (f"{amount.normalize():f}" for amount in told[:3])
            reason = f"{count} lines of {made} and tax of {taxed} do not add up to {sums.total} {said}"
            complaints.add(record, f"line {told[3]}: {reason}")


def offsets(owners: pa.Array, records: int) -> pa.Int32Array:
    """Where each record's lines begin, and where the last ones end; the lines of a record follow one another."""
    ends = pc.cumulative_sum(_counts(owners, records))
    return pa.concat_arrays([pa.array([0], pa.int32()), ends.cast(pa.int32())])


def _counts(owners: pa.Array, records: int) -> pa.Int64Array:
    counted = pc.value_counts(owners)
    found = pc.index_in(pa.array(range(records), owners.type), value_set=counted.field(0))
    return pc.fill_null(counted.field(1).take(found), 0)


def _by_record(values: pa.Array, owners: pa.Array, records: int) -> pa.Array:
    if values.null_count == len(values):
        return pa.nulls(records, _EXACT)
    table = pa.table({"owner": owners, "value": values.cast(_EXACT)})
    summed = table.group_by("owner", use_threads=False).aggregate([("value", "sum")])
    found = pc.index_in(pa.array(range(records), owners.type), value_set=summed["owner"].combine_chunks())
    return summed["value_sum"].combine_chunks().take(found).cast(_EXACT)
