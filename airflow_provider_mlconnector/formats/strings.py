"""Columns of texts: their bytes, and which of them hold which characters."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def content(texts: pa.StringArray) -> memoryview:
    """The UTF-8 bytes of all the texts, one after the other, without copying them."""
    _, offsets, data = texts.buffers()
    if data is None or len(texts) == 0:
        return memoryview(b"")
    places = memoryview(offsets).cast("i")
    return memoryview(data)[places[texts.offset] : places[texts.offset + len(texts)]]


def occurs(texts: pa.StringArray, characters: str) -> bool:
    """Whether any of the characters occurs anywhere in the column: one search of its bytes, not one of each text."""
    raw = bytes(content(texts))
    return any(character.encode() in raw for character in characters)


def holding(texts: pa.StringArray, characters: str) -> pa.BooleanArray | None:
    """Which texts hold one of the characters (null: no); None where none does."""
    if not occurs(texts, characters):
        return None
    pattern = "[" + "".join(f"\\x{{{ord(character):x}}}" for character in characters) + "]"
    return pc.fill_null(pc.match_substring_regex(texts, pattern), fill_value=False)


def joined(*parts: pa.StringArray | str) -> pa.StringArray:
    """Texts one after the other, row by row; null where a part is null."""
    return pc.binary_join_element_wise(*parts, "")


def repeated(text: str, rows: int) -> pa.StringArray:
    """A column that holds the same text in every row."""
    return pa.repeat(pa.scalar(text, pa.string()), rows)
