"""Dates and times as others write them: by an explicit list of forms, and never by guessing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator

_PARTS = {"%Y", "%m", "%d", "%H", "%M", "%S", "%z"}
_DEFAULT = ("%Y-%m-%d", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S%z")
# Read only to find out that a date could also mean another day.
_OTHER_ORDER = "%d/%m/%Y"
_OFFSET = r"(?P<offset>Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])$"
_SECONDS = pa.timestamp("s")


def _check_form(form: str) -> str:
    parts = re.findall(r"%.?", form)
    if unknown := [part for part in parts if part not in _PARTS]:
        raise ValueError(f"{', '.join(unknown)} can't be used in a date's form; use %Y %m %d %H %M %S %z")
    if missing := [part for part in ("%Y", "%m", "%d") if part not in parts]:
        raise ValueError(f"a date can't be read without {', '.join(missing)}")
    if "%z" in form and not form.endswith("%z"):
        raise ValueError("%z stands last")
    return form


DateForm = Annotated[str, AfterValidator(_check_form)]


def read_moments(
    column: pa.StringArray, to: pa.DataType, forms: Sequence[str], zone: str
) -> tuple[pa.Array, pa.BooleanArray, pa.BooleanArray]:
    """Texts as dates or naive times.

    A date is the day as it is written. A time with an offset is converted to `zone`, one without stays as written.

    Args:
        column: cleaned texts.
        to: `date32`, or timestamps without time zone.
        forms: tried in turn; empty: the default ones, and what could be another day is refused.
        zone: IANA time zone.

    Returns:
        The values, null where they can't be read; which texts are none of the forms; which could be two days.
    """
    coded = column.dictionary_encode()
    padded = _with_two_digits(coded.dictionary)
    found = pa.nulls(len(padded), _SECONDS)
    two_days = pa.repeat(pa.scalar(value=False), len(padded))
    for form in forms or (*_DEFAULT, _OTHER_ORDER):
        read = _read(padded, form, "" if pa.types.is_date(to) else zone)
        other = pc.not_equal(*(pc.floor_temporal(each, unit="day") for each in (read, found)))
        two_days = pc.or_(two_days, pc.fill_null(other, fill_value=False))
        if forms or form != _OTHER_ORDER:
            found = pc.coalesce(found, read)
    found = pc.if_else(two_days, pa.scalar(None, _SECONDS), found)
    unread = pc.and_not(pc.is_null(found), two_days)
    values = found.cast(to, safe=False) if pa.types.is_date(to) else found.cast(to)
    masks = (pc.fill_null(mask.take(coded.indices), fill_value=False) for mask in (unread, two_days))
    return values.take(coded.indices), *masks


def _with_two_digits(texts: pa.StringArray) -> pa.StringArray:
    texts = pc.replace_substring_regex(texts, r"^([0-9])([/.\-])", r"0\1\2")
    return pc.replace_substring_regex(texts, r"([/.\-])([0-9])([/.\-T ]|$)", r"\10\2\3")


def _read(texts: pa.StringArray, form: str, zone: str) -> pa.Array:
    if not form.endswith("%z"):
        return _parsed(texts, form)
    zoned = pc.match_substring_regex(texts, _OFFSET)
    texts = pc.if_else(zoned, texts, pa.scalar(None, pa.string()))
    local = _parsed(pc.replace_substring_regex(texts, r"(?:\.[0-9]+)?" + _OFFSET, ""), form.removesuffix("%z"))
    if not zone:
        return local
    offsets = pc.extract_regex(texts, _OFFSET).field(0).dictionary_encode()
    seconds = pa.array([_seconds(text) for text in offsets.dictionary.to_pylist()], pa.duration("s"))
    instants = pc.subtract(local, seconds.take(offsets.indices))
    return pc.local_timestamp(instants.cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("s", zone)))


def _parsed(texts: pa.StringArray, form: str) -> pa.Array:
    moments = pc.strptime(texts, format=form, unit="s", error_is_null=True)
    # Arrow reads 31 February as 3 March.
    same = pc.fill_null(pc.equal(pc.strftime(moments, format=form), texts), fill_value=False)
    return pc.if_else(same, moments, pa.scalar(None, _SECONDS))


def _seconds(offset: str) -> int:
    if offset in ("", "Z"):
        return 0
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return (-60 if offset[0] == "-" else 60) * minutes
