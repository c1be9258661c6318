"""Texts as a partner may read them: in the agreed characters, with declared replacements, never with a delimiter."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.edi.syntax import Syntax
from airflow_provider_mlconnector.formats.encodings import DEFAULT
from airflow_provider_mlconnector.formats.strings import content, occurs


def written(texts: pa.StringArray, syntax: Syntax) -> tuple[pa.StringArray, pa.BooleanArray | None]:
    """A column in the partner's characters, without blanks at its ends; null where nothing is left.

    Release characters are not in it yet: lengths count the text without them (sheet edi.md, 3.1).

    Returns:
        The texts, and where a character can't be written; None where every one can.
    """
    given = pc.utf8_rtrim(texts, characters=" ")
    trimmed = pc.ascii_upper(given) if syntax.upper else given
    foreign = None
    # One look at the bytes of the whole column: most columns hold nothing that would have to be looked for.
    if bytes(content(trimmed)).translate(None, _plain(syntax.held)):
        trimmed, foreign = _replaced(given, syntax)
    empty = pc.equal(pc.binary_length(trimmed), 0)
    if pc.any(empty).as_py():
        trimmed = pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)
    return trimmed, foreign


def released(texts: pa.StringArray, syntax: Syntax) -> pa.StringArray:
    """Texts with a release character before each delimiter in them."""
    # The release character itself comes first, or it would release those that follow.
    for sign in sorted(syntax.released, key=lambda sign: sign != syntax.release):
        if occurs(texts, sign):
            texts = pc.replace_substring(texts, sign, f"{syntax.release}{sign}")
    return texts


def released_text(text: str, syntax: Syntax) -> str:
    """One text with a release character before each delimiter in it."""
    return "".join(f"{syntax.release}{sign}" if sign in syntax.released else sign for sign in text)


def _replaced(texts: pa.StringArray, syntax: Syntax) -> tuple[pa.StringArray, pa.BooleanArray | None]:
    coded = texts.dictionary_encode()
    made, wrong = [], []
    for text in coded.dictionary.to_pylist():
        shown = "".join(_sign(sign, syntax) for sign in text)
        made.append(shown.rstrip(" "))
        wrong.append(not syntax.held.issuperset(shown))
    known = pa.array(made, pa.string()).take(coded.indices)
    if not any(wrong):
        return known, None
    return known, pc.fill_null(pa.array(wrong, pa.bool_()).take(coded.indices), fill_value=False)


def _sign(sign: str, syntax: Syntax) -> str:
    great = sign.upper() if syntax.upper else sign
    if great in syntax.held:
        return great
    replacement = syntax.replacements.get(sign, syntax.replacements.get(DEFAULT, sign))
    return replacement.upper() if syntax.upper and replacement != sign else replacement


@cache
def _plain(held: frozenset[str]) -> bytes:
    return "".join(sorted(sign for sign in held if sign.isascii())).encode()
