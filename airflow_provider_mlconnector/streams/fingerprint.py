"""Keys and versions of records: the text that a person sees, and the hashes that the ledger compares."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.source import Key

KEY, KEY_HASH, VERSION_HASH = "_key", "_key_hash", "_version_hash"
BOOKKEEPING = (KEY, KEY_HASH, VERSION_HASH)
_HASH_BYTES = 16
# Separator of fields, end of a line, the sign for null, and the sign that escapes all four within a value.
_FIELD, _LINE, _NULL, _ESCAPE = "\x1f", "\x1d", "\x00", "\x1e"
_ALGORITHM = "1"
# Before a column that was absent, among those that hashes are made of; and before one of lines.
_ABSENT, _OF_LINES = "-", "lines."
# What is escaped in a shown key, in this order; PostgreSQL keeps no NUL in a text.
_IN_KEYS = (("%", "%25"), ("/", "%2F"), ("\x00", "%00"))


def hash_version(declaration: StreamDeclaration, absent: frozenset[str] = frozenset()) -> str:
    """What the version hashes of a stream are made of: of another value, they can't be compared as they are.

    Args:
        declaration: the stream.
        absent: columns that the source lacks, see `Page`. They make no version, and are noted.
    """
    schema = without(declaration.schema().empty_table(), absent).schema
    made_of = [f"{name}:{schema.field(name).type}" for name in _of_version(declaration, schema)]
    return "\n".join([_ALGORITHM, *made_of, *(f"{_ABSENT}{name}" for name in sorted(absent))])


def absent_in(made_of: str) -> frozenset[str]:
    """The columns that the source lacked when version hashes were made."""
    return frozenset(part.removeprefix(_ABSENT) for part in made_of.split("\n") if part.startswith(_ABSENT))


def without(rows: pa.Table, absent: frozenset[str]) -> pa.Table:
    """The rows without some columns; `lines.NAME` is one of their lines, which keep their key."""
    left = rows.drop_columns([name for name in rows.schema.names if name in absent])
    of_lines = {name.removeprefix(_OF_LINES) for name in absent if name.startswith(_OF_LINES)}
    if not of_lines or "lines" not in left.schema.names:
        return left
    lists = _flat(left["lines"])
    kind = lists.type.value_type
    kept = [number for number in range(kind.num_fields) if kind.field(number).name not in of_lines]
    lines = lists.flatten()
    struct = pa.StructArray.from_arrays([lines.field(at) for at in kept], fields=[kind.field(at) for at in kept])
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cast(pc.cumulative_sum(lengths), pa.int32())])
    place = left.schema.get_field_index("lines")
    narrower = pa.ListArray.from_arrays(offsets, struct)
    return left.set_column(place, pa.field("lines", narrower.type), narrower)


def versions_as(rows: pa.Table, made_of: str) -> list[bytes] | None:
    """The version hashes that these rows have by another `hash_version`; None where they lack what it is made of."""
    algorithm, *columns = made_of.split("\n")
    if algorithm != _ALGORITHM:
        return None
    wanted = [column.split(":", 1) for column in columns if not column.startswith(_ABSENT)]
    if any(name not in rows.schema.names or str(rows.schema.field(name).type) != kind for name, kind in wanted):
        return None
    hashes: list[bytes] = _hashes(_joined([_text(rows[name]) for name, _ in wanted])).to_pylist()
    return hashes


def version_columns(declaration: StreamDeclaration) -> Sequence[str]:
    """The columns that make a new version, `lines` included where their changes count."""
    every = declaration.schema().names
    chosen = [name for name in every if name in declaration.version_columns] if declaration.version_columns else every
    without = [name for name in chosen if name != "lines"]
    return [*without, "lines"] if "lines" in every and declaration.version_lines else without


def _of_version(declaration: StreamDeclaration, schema: pa.Schema) -> Sequence[str]:
    chosen = [name for name in version_columns(declaration) if name in schema.names]
    return chosen or declaration.key


def with_fingerprints(rows: pa.Table, declaration: StreamDeclaration, absent: frozenset[str] = frozenset()) -> pa.Table:
    """The rows with their `_key`, `_key_hash` and `_version_hash` as first columns; what is absent makes no version."""
    keys = key_texts(rows, declaration.key)
    there = without(rows, absent)
    versions = _joined([_text(there[name]) for name in _of_version(declaration, there.schema)])
    columns = [keys, _hashes(keys), _hashes(versions)]
    fields = [
        pa.field(KEY, pa.string()),
        pa.field(KEY_HASH, pa.binary(_HASH_BYTES)),
        pa.field(VERSION_HASH, pa.binary(_HASH_BYTES)),
    ]
    return pa.table([*columns, *rows.columns], schema=pa.schema([*fields, *rows.schema]))


def key_texts(rows: pa.Table, key: Sequence[str]) -> pa.Array:
    """The records' keys as a person sees them: values joined by `/`, with `%`, `/` and NUL inside a value escaped."""
    shown = []
    for name in key:
        value = pc.cast(rows[name], pa.string())
        for sign, code in _IN_KEYS:
            value = pc.replace_substring(value, sign, code)
        shown.append(value)
    joined = pc.binary_join_element_wise(*shown, "/") if len(shown) > 1 else shown[0]
    return _flat(joined)


def document_hashes(rows: pa.Table, declaration: StreamDeclaration) -> list[bytes | None]:
    """What the rows' documents are called, hashed; None where a part of it is null or blank.

    Who enters a bill anew may write its number otherwise: neither case nor the number of blanks makes another document.
    """
    trimmed = []
    for name in declaration.document:
        value = pc.utf8_upper(pc.utf8_trim_whitespace(pc.cast(rows[name], pa.string())))
        value = pc.replace_substring_regex(value, r"[\pZ\s]+", " ")
        trimmed.append(pc.if_else(pc.equal(value, ""), None, value))
    called = key_texts(pa.table(trimmed, names=list(declaration.document)), declaration.document)
    return [None if each is None else key_hash(each) for each in called.to_pylist()]


def key_values(shown: str) -> Key:
    """The values of a key that `key_texts` has joined."""
    return tuple(unquote(value) for value in shown.split("/"))


def key_text(values: Key) -> str:
    """One key as `key_texts` shows it."""
    return "/".join(_key_value(value) for value in values)


def _key_value(value: str) -> str:
    for sign, code in _IN_KEYS:
        value = value.replace(sign, code)
    return value


def key_hash(shown: str) -> bytes:
    """The hash of a key as `key_texts` shows it."""
    return blake2b(shown.encode(), digest_size=_HASH_BYTES).digest()


def _hashes(texts: pa.Array) -> pa.Array:
    made = [blake2b(text, digest_size=_HASH_BYTES).digest() for text in pc.cast(texts, pa.binary()).to_pylist()]
    return pa.array(made, pa.binary(_HASH_BYTES))


def _text(column: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_list(column.type):
        return _lines_text(column)
    text = pc.cast(column, pa.string())
    if pa.types.is_string(column.type):
        text = _escaped(text)
    return _flat(pc.fill_null(text, _NULL))


def _lines_text(column: pa.ChunkedArray) -> pa.Array:
    lists = _flat(column)
    struct = lists.flatten()
    if len(struct) == 0:
        return pa.array([""] * len(lists), pa.string())
    lines = _joined([_text(pa.chunked_array([struct.field(i)])) for i in range(struct.type.num_fields)])
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cast(pc.cumulative_sum(lengths), pa.int32())])
    # Each line ends with its sign, so that no lines and one empty line differ.
    ended = pc.binary_join_element_wise(lines, _LINE, "")
    return pc.binary_join(pa.ListArray.from_arrays(offsets, ended), "")


def _escaped(text: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pc.any(pc.match_substring_regex(text, f"[{_NULL}{_LINE}{_ESCAPE}{_FIELD}]".replace(_NULL, r"\x00"))).as_py():
        return text
    for sign, code in ((_ESCAPE, "e"), (_NULL, "n"), (_LINE, "l"), (_FIELD, "f")):
        text = pc.replace_substring(text, sign, _ESCAPE + code)
    return text


def _joined(texts: Sequence[pa.Array]) -> pa.Array:
    return _flat(pc.binary_join_element_wise(*texts, _FIELD) if len(texts) > 1 else texts[0])


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
