"""Texts become numbers, dates and the rest, a column at a time; what does not fit is told, never bent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.moments import read_moments
from airflow_provider_mlconnector.streams.columns import arrow_type

_INTEGER_DIGITS = 18
_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


@dataclass(frozen=True)
class Forms:
    """How values are written.

    Attributes:
        decimal_mark: of amounts.
        dates: forms of dates; empty: the default ones.
        zone: IANA time zone that times with an offset are converted to.
    """

    decimal_mark: str = "."
    dates: Sequence[str] = ()
    zone: str = "UTC"


@dataclass(frozen=True)
class Misfit:
    """Texts that can't become what they should.

    Attributes:
        mask: which rows; never null.
        reason: the end of a sentence that begins with the text.
    """

    mask: pa.BooleanArray
    reason: str


def typed(column: pa.StringArray, kind: str, forms: Forms) -> tuple[pa.Array, list[Misfit]]:
    """A column in its declared type.

    Args:
        column: cleaned texts.
        kind: the type, as streams declare it.
        forms: how values are written.

    Returns:
        The values, null where the text did not fit; what did not fit, where anything.
    """
    to = arrow_type(kind)
    if column.null_count == len(column):
        return pa.nulls(len(column), to), []
    if pa.types.is_string(to):
        return column, _found((_too_long(column, kind), f"is longer than {kind[7:-1]} characters"))
    if pa.types.is_boolean(to):
        lowered = pc.utf8_lower(column)
        yes, no = (pc.is_in(lowered, value_set=pa.array(words)) for words in (_YES, _NO))
        neither = pc.and_(pc.is_valid(column), pc.invert(pc.or_(yes, no)))
        values = pc.if_else(pc.or_(yes, no), yes, pa.scalar(None, pa.bool_()))
        return values, _found((neither, "is neither yes nor no"))
    if pa.types.is_temporal(to):
        values, unread, two_days = read_moments(column, to, forms.dates, forms.zone)
        ambiguous = "could be two days; say in date_formats which of day and month comes first"
        return values, _found((unread, "is not a date of the template's date_formats"), (two_days, ambiguous))
    return _number(column, to, forms.decimal_mark)


def _found(*masks: tuple[pa.BooleanArray | None, str]) -> list[Misfit]:
    return [Misfit(mask, reason) for mask, reason in masks if mask is not None and pc.any(mask, min_count=0).as_py()]


def _too_long(column: pa.StringArray, kind: str) -> pa.BooleanArray | None:
    if kind == "string":
        return None
    return pc.fill_null(pc.greater(pc.utf8_length(column), int(kind[7:-1])), fill_value=False)


def _number(column: pa.StringArray, to: pa.DataType, mark: str) -> tuple[pa.Array, list[Misfit]]:
    whole, places = (to.precision - to.scale, to.scale) if pa.types.is_decimal(to) else (_INTEGER_DIGITS, 0)
    between = to if pa.types.is_decimal(to) else pa.decimal128(_INTEGER_DIGITS, 0)
    if whole and places and mark == ".":
        plain = pc.match_substring_regex(column, rf"^-?[0-9]{{1,{whole}}}\.[0-9]{{1,{places}}}$")
        if pc.all(plain, min_count=0).as_py():
            return column.cast(between), []
    texts, wrong = _plain(column, mark)
    fits = pc.match_substring_regex(texts, rf"^[+-]?0*[0-9]{{0,{whole}}}(\.[0-9]{{0,{places}}}0*)?$")
    unfit = pc.fill_null(pc.invert(fits), fill_value=False)
    texts = pc.if_else(unfit, pa.scalar(None, pa.string()), texts)
    # Zeros beyond the last place say nothing, but Arrow's cast would refuse them.
    texts = pc.replace_substring_regex(texts, rf"(\.[0-9]{{0,{places}}})0*$", r"\1")
    values = pc.replace_substring_regex(texts, r"\.$", "").cast(between)
    noun = "a number" if mark == "." else "a number with a decimal comma"
    shape = f"has more than {whole} digits before or {places} after the decimal mark"
    return values.cast(to), _found((wrong, f"is not {noun}"), (unfit, shape))


def _plain(column: pa.StringArray, mark: str) -> tuple[pa.StringArray, pa.BooleanArray]:
    """Numbers with nothing but sign, digits and a point, and which texts are no numbers."""
    texts = pc.replace_substring_regex(column, r"^\((.+)\)$", r"-\1")
    texts = pc.replace_substring_regex(texts, r"^([+-]?)[\pZ]?\$[\pZ]?", r"\1")
    point, comma = (r"\.", ",") if mark == "." else (",", r"\.")
    grouped = "|".join(f"[0-9]{{1,3}}({sign}[0-9]{{3}})+" for sign in (comma, "'", r"\pZ"))
    form = rf"^[+-]?(([0-9]+|{grouped})({point}[0-9]+)?|{point}[0-9]+)$"
    wrong = pc.fill_null(pc.invert(pc.match_substring_regex(texts, form)), fill_value=False)
    texts = pc.if_else(wrong, pa.scalar(None, pa.string()), texts)
    texts = pc.replace_substring_regex(texts, rf"[{comma}'\pZ]", "")
    texts = pc.replace_substring(texts, ",", ".") if mark == "," else texts
    return pc.replace_substring_regex(texts, r"^([+-]?)\.", r"\10."), wrong
