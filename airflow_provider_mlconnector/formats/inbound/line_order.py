"""The lines of records in the order of their key, each of them once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.chunks import changes
from airflow_provider_mlconnector.formats.inbound.complaints import Complaints

_OWNER = "owner"


def order_of_lines(
    key: Sequence[pa.Array], texts: Mapping[str, pa.Array], owners: pa.Array, at: pa.Array, complaints: Complaints
) -> pa.Array | None:
    """Which lines, in which order; None: all of them, as they are.

    Args:
        key: the values that tell the lines of a record apart; none: there is no such key.
        texts: the lines' texts; a line whose key comes again with the same texts is taken once.
        owners: the record of each line, ascending.
        at: the line of the file on which each of them stands.
        complaints: takes keys that come again with other texts.
    """
    if not key or (len(key) == 1 and _ascending(key[0], owners)):
        return None
    columns = {_OWNER: owners, **{str(number): column for number, column in enumerate(key)}}
    order = pc.sort_indices(pa.table(columns), sort_keys=[(name, "ascending") for name in columns])
    again = _unchanged(owners.take(order))
    for column in key:
        again = pc.and_(again, _unchanged(column.take(order)))
    if not pc.any(again, min_count=0).as_py():
        return order
    same = again
    for column in texts.values():
        same = pc.and_(same, _unchanged(pc.fill_null(column, "\x00").take(order)))
    differs = pc.and_not(again, same)
    told = ("its line key stands twice in the record, with different content",)
    complaints.add_rows(differs, owners.take(order).slice(1), at.take(order).slice(1), told)
    return order.filter(pa.concat_arrays([pa.array([True]), pc.invert(same)]))


def _ascending(key: pa.Array, owners: pa.Array) -> bool:
    following = pc.greater(key.slice(1), key.slice(0, max(0, len(key) - 1)))
    good = pc.or_(changes(owners), pc.fill_null(following, fill_value=False)) if len(key) > 1 else following
    return bool(pc.all(good, min_count=0).as_py())


def _unchanged(column: pa.Array) -> pa.Array:
    """From the second row on: whether a value is that of the row before; a null is not."""
    return pc.fill_null(pc.equal(column.slice(1), column.slice(0, len(column) - 1)), fill_value=False)
