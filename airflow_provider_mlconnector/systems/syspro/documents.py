"""Headers with their lines as one document each: lines are read first, so that no header runs ahead of its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.columns import arrow_type
from airflow_provider_mlconnector.streams.declaration import Related
from airflow_provider_mlconnector.streams.fingerprint import key_text, key_texts
from airflow_provider_mlconnector.streams.source import Key, Page, RejectedRow
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.filters import Filter
from airflow_provider_mlconnector.systems.syspro.keyed import keys_of, rows_with_keys, unreadable_by_key
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TableReader

_ORDINAL = "_ordinal"


def documents(
    reader: TableReader, read: TableRead, lines: Related, where: Filter, keys: Sequence[Key] | None = None
) -> Iterator[Page]:
    """Documents: the header's columns, and its lines as the list column `lines`, in the order of the lines' key.

    Args:
        reader: reads both tables.
        read: the header table, with the conditions that every header meets.
        lines: the lines' table; it holds the header's key under the same names, or is joined as it says.
        where: which headers beside that, where no keys are given.
        keys: only these headers; None: all that meet the conditions.

    Raises:
        IntegrityError: a line can't be read and does not say whose it is.
    """
    needed = dict.fromkeys((*read.key, *_of_header(read, lines)))
    heads = replace(read, columns={name: read.columns[name] for name in needed}, others=read.columns)
    if keys is None:
        pages = reader.pages(replace(heads, where=filters.all_of(where, read.where)))
    else:
        pages = rows_with_keys(reader, heads, read.key, sorted(set(keys)))
    for page in pages:
        if page.rejected:
            yield Page(_documents(read.schema().empty_table(), [], read, lines), page.rejected)
        yield from _complete(reader, read, lines, where if keys is None else None, page.rows)


def _complete(
    reader: TableReader, read: TableRead, lines: Related, where: Filter | None, heads: pa.Table
) -> Iterator[Page]:
    if not heads.num_rows:
        return
    keys = keys_of(heads, read.key)
    wanted = sorted(set(keys_of(heads, _of_header(read, lines))))
    line_pages = list(rows_with_keys(reader, _line_read(read, lines), _of_line(read, lines), wanted))
    known = set(keys)
    found: set[Key] = set()
    late: list[pa.Table] = []
    for page in _headers(reader, read, where, keys):
        here = keys_of(page.rows, read.key)
        found |= {*here, *(row.key for row in page.rejected)}
        mask = pa.array([key in known for key in here], pa.bool_())
        late.append(page.rows.filter(pc.invert(mask)))
        yield _document_page(Page(page.rows.filter(mask), page.rejected), line_pages, read, lines)
    # A header that came between the two readings has lines that were not read; one that has left the conditions
    # since then is read without them, since it has changed.
    yield from _complete(reader, read, lines, None, pa.concat_tables(late) if late else heads.slice(0, 0))
    gone = [key for key in keys if key not in found]
    for page in rows_with_keys(reader, read, read.key, gone):
        yield _document_page(page, line_pages, read, lines)


def _headers(reader: TableReader, read: TableRead, where: Filter | None, keys: Sequence[Key]) -> Iterator[Page]:
    if where is not None:
        bounds = filters.between(read.key, keys[0], keys[-1])
        ranged = replace(read, where=filters.all_of(where, read.where, bounds))
        if reader.fits(ranged):
            return reader.pages(ranged)
    return rows_with_keys(reader, read, read.key, keys)


def _line_read(read: TableRead, lines: Related) -> TableRead:
    unknown = set(lines.key) - set(lines.columns)
    if unknown:
        raise ConfigurationError(f"Lines of {lines.table}: key {', '.join(sorted(unknown))} is not among the columns.")
    joined = zip(_of_line(read, lines), _of_header(read, lines), strict=True)
    columns = {name: read.columns[header] for name, header in joined} | lines.columns
    key = (*_of_line(read, lines), *lines.key)
    return TableRead(lines.table, key, columns, filters.declared(lines.where), read.company)


def _of_line(read: TableRead, lines: Related) -> tuple[str, ...]:
    """The columns of the lines that say which header is theirs."""
    return tuple(lines.joined_by) or read.key


def _of_header(read: TableRead, lines: Related) -> tuple[str, ...]:
    """The header's columns that those equal."""
    return tuple(lines.joined_by.values()) or read.key


def _document_page(page: Page, line_pages: Sequence[Page], read: TableRead, lines: Related) -> Page:
    joined = _of_header(read, lines)
    unreadable = unreadable_by_key(line_pages, len(joined), lines.table)
    theirs = keys_of(page.rows, joined)
    rejected = [
        RejectedRow(key, f"a line can't be read: {unreadable[at].reason}", unreadable[at].raw)
        for key, at in zip(keys_of(page.rows, read.key), theirs, strict=True)
        if at in unreadable
    ]
    good = page.rows.filter(pa.array([at not in unreadable for at in theirs], pa.bool_()))
    return Page(_documents(good, line_pages, read, lines), (*page.rejected, *rejected))


def _documents(headers: pa.Table, line_pages: Sequence[Page], read: TableRead, lines: Related) -> pa.Table:
    every = pa.concat_tables([page.rows for page in line_pages] or [_line_read(read, lines).schema().empty_table()])
    order = pa.array([key_text(key) for key in keys_of(headers, _of_header(read, lines))], pa.string())
    ordinals = pc.index_in(key_texts(every, _of_line(read, lines)), value_set=order)
    owned = every.append_column(_ORDINAL, ordinals).filter(pc.is_valid(ordinals))
    owned = owned.sort_by([(name, "ascending") for name in (_ORDINAL, *lines.key)])
    offsets = [0] * (headers.num_rows + 1)
    for ordinal in owned[_ORDINAL].to_pylist():
        offsets[ordinal + 1] += 1
    for place in range(headers.num_rows):
        offsets[place + 1] += offsets[place]
    fields = [pa.field(name, arrow_type(kind)) for name, kind in lines.columns.items()]
    values = [owned[name].combine_chunks() for name in lines.columns]
    struct = pa.StructArray.from_arrays(values, fields=fields)
    return headers.append_column("lines", pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), struct))
