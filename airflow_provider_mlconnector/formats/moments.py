"""Dates and times as texts."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.strings import joined

# Where each directive stands in Arrow's own text of a time, 2026-03-31 14:05:09.123456.
_PLACES = {"%Y": (0, 4), "%y": (2, 4), "%m": (5, 7), "%d": (8, 10), "%H": (11, 13), "%M": (14, 16), "%S": (17, 19)}
_PLACES["%f"] = (20, 26)
_ISO_DATE = "%Y-%m-%d"


def moment_texts(column: pa.Array, form: str) -> pa.StringArray:
    """Dates or naive times in a declared format.

    Arrow's `strftime` is not used: its `%S` has decimals, and it needs a time zone database on some systems.

    Args:
        column: `date32`, or timestamps without time zone.
        form: directives %Y %y %m %d %j %H %M %S %f %% and other characters.
    """
    if pa.types.is_date(column.type) and form == _ISO_DATE:
        return pc.cast(column, pa.string())
    # A column of dates has few different values: each is formatted once.
    coded = column.dictionary_encode()
    return _formatted(coded.dictionary, form).take(coded.indices)


def _formatted(moments: pa.Array, form: str) -> pa.StringArray:
    times = pc.cast(moments, pa.timestamp("us"))
    iso = pc.cast(times, pa.string())
    parts = [_piece(piece, times, iso) for piece in re.findall(r"%.|[^%]+", form)]
    return (
        joined(*parts)
        if any(not isinstance(part, str) for part in parts)
        else pc.if_else(pc.is_valid(iso), form.replace("%%", "%"), pa.scalar(None, pa.string()))
    )


def _piece(piece: str, times: pa.Array, iso: pa.StringArray) -> pa.StringArray | str:
    if piece in _PLACES:
        return pc.utf8_slice_codeunits(iso, *_PLACES[piece])
    if piece == "%j":
        return pc.utf8_lpad(pc.cast(pc.day_of_year(times), pa.string()), 3, "0")
    return piece.replace("%%", "%")
