"""Encodings that files are written in, and what becomes of a character that one of them can't hold."""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.strings import content, occurs

# Every one of them holds all of ASCII; besides UTF-8 all have one byte a character, so that positions are bytes.
Encoding = Literal[
    "utf-8", "utf-8-sig", "ascii",
    "iso-8859-1", "iso-8859-2", "iso-8859-15",
    "windows-1250", "windows-1251", "windows-1252", "windows-1257",
    "cp437", "cp850", "cp852", "cp858",
    "cp037", "cp273", "cp500", "cp1140",
]  # fmt: skip
ENCODINGS: tuple[str, ...] = get_args(Encoding)
DEFAULT = "default"
_BOM = b"\xef\xbb\xbf"
_UTF8 = ("utf-8", "utf-8-sig")


def opening_bytes(encoding: str) -> bytes:
    """The bytes that a file begins with: the byte order mark of `utf-8-sig`, otherwise none."""
    return _BOM if encoding == "utf-8-sig" else b""


def holds(encoding: str, text: str) -> bool:
    """Whether the encoding can hold the whole text."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def encode(utf8: memoryview, encoding: str) -> memoryview | bytes:
    """UTF-8 bytes in another encoding.

    Args:
        utf8: whole characters in UTF-8, all of which the encoding holds.
        encoding: one of `ENCODINGS`.

    Raises:
        UnicodeEncodeError: a character that was not checked with `unencodable` before.
    """
    if encoding in _UTF8:
        return utf8
    raw = bytes(utf8)
    return raw if raw.isascii() and _extends_ascii(encoding) else raw.decode("utf-8").encode(encoding)


def unencodable(texts: pa.StringArray, encoding: str) -> pa.BooleanArray | None:
    """Which texts hold a character that the encoding can't hold; None where the column has none."""
    if encoding in _UTF8 or bytes(content(texts)).isascii():
        return None
    return pc.fill_null(pc.match_substring_regex(texts, _foreign(encoding)), fill_value=False)


def replace(texts: pa.StringArray, encoding: str, replacements: dict[str, str]) -> pa.StringArray:
    """Declared replacements of the characters that the encoding can't hold.

    Args:
        texts: a column of texts.
        encoding: one of `ENCODINGS`.
        replacements: text by character; `default` stands for every other character that the encoding can't hold.
    """
    for character, text in replacements.items():
        if character != DEFAULT and occurs(texts, character):
            texts = pc.replace_substring(texts, character, text)
    if DEFAULT in replacements:
        texts = pc.replace_substring_regex(texts, _foreign(encoding), replacements[DEFAULT].replace("\\", r"\\"))
    return texts


@cache
def _extends_ascii(encoding: str) -> bool:
    ascii_bytes = bytes(range(128))
    return ascii_bytes.decode("ascii").encode(encoding) == ascii_bytes


@cache
def _foreign(encoding: str) -> str:
    """The regular expression of one character that the encoding can't hold."""
    held = sorted({ord(bytes([code]).decode(encoding, "ignore") or "\0") for code in range(256)})
    return "[^" + "".join(f"\\x{{{code:x}}}" for code in held) + "]"
