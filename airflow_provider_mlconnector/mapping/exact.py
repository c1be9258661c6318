"""Conversions that lose nothing: each returns the values and a mask of the rows that it can't carry over."""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.mapping.faults import Unfit
from airflow_provider_mlconnector.mapping.values import Values, as_text, is_number

Converted: TypeAlias = tuple[Values, Values]

_ROUNDING = {"half_up": "half_towards_infinity", "half_even": "half_to_even", "exact": "towards_zero"}
# int64 holds every number of 18 digits.
_INTEGER_DIGITS = 18
_MOST_DIGITS = 38


def convert(values: Values, to: pa.DataType) -> Converted:
    """Carry values over into another type, exactly.

    Raises:
        Unfit: there is no exact way between the two types.
    """
    if values.type == to:
        return values, none_of(values)
    if pa.types.is_string(to):
        return as_text(values), none_of(values)
    if pa.types.is_string(values.type):
        return _from_text(values, to)
    if is_number(to) and is_number(values.type):
        return _number(values, to)
    if pa.types.is_temporal(to) and pa.types.is_temporal(values.type):
        return _moment(values, to)
    raise Unfit(f"{spoken(values.type)} can't become {spoken(to)}")


def spoken(kind: pa.DataType) -> str:
    """A type as people declare it."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    names = {pa.int64(): "integer", pa.bool_(): "boolean", pa.date32(): "date", pa.timestamp("us"): "datetime"}
    return names.get(kind, str(kind))


def none_of(values: Values) -> Values:
    """A mask without a row."""
    return pa.repeat(pa.scalar(value=False), len(values))


def rescale(values: Values, places: int, rounding: str = "exact") -> Converted:
    """Numbers with another number of decimal places.

    Args:
        values: integers or decimals.
        places: decimal places of the result.
        rounding: `exact` (a number that would lose digits fails), `half_up` (away from zero) or `half_even`.

    Raises:
        Unfit: the digits before the point leave no room for so many places.
    """
    # Rounding may carry over: 99.995 becomes 100.00.
    carried = 1 if places < _places(values.type) and rounding != "exact" else 0
    precision = max(1, _room(values.type) + places + carried)
    if precision > _MOST_DIGITS:
        raise Unfit(f"{spoken(values.type)} leaves no room for {places} decimal places")
    return _number(values, pa.decimal128(precision, places), rounding)


def parse_moment(values: Values, form: str) -> Converted:
    """Texts in a form of strptime as naive times, exactly: what does not read back the same, fails."""
    encoded = pc.dictionary_encode(values)
    moments = pc.strptime(encoded.dictionary, format=form, unit="s", error_is_null=True)
    # Arrow reads 31 February as 3 March, and a month of one digit where two are asked for.
    same = pc.fill_null(pc.equal(pc.strftime(moments, format=form), encoded.dictionary), fill_value=False)
    moments = pc.if_else(same, moments, pa.scalar(None, moments.type)).cast(pa.timestamp("us"))
    result = moments.take(encoded.indices)
    return result, pc.and_(pc.is_valid(values), pc.is_null(result))


def _places(kind: pa.DataType) -> int:
    return int(kind.scale) if pa.types.is_decimal(kind) else 0


def _room(kind: pa.DataType) -> int:
    """Digits before the point that a type can hold; one more than 18 for an integer."""
    return int(kind.precision - kind.scale) if pa.types.is_decimal(kind) else _INTEGER_DIGITS + 1


def _number(values: Values, to: pa.DataType, rounding: str = "exact") -> Converted:
    decimals = values if pa.types.is_decimal(values.type) else values.cast(pa.decimal128(_INTEGER_DIGITS + 1, 0))
    places, room = _places(to), _room(decimals.type)
    lost = none_of(values)
    if places < decimals.type.scale:
        wide = _with_a_spare_digit(decimals)
        decimals = pc.round(wide, ndigits=places, round_mode=_ROUNDING[rounding])
        if rounding == "exact":
            lost = pc.fill_null(pc.not_equal(decimals, wide), fill_value=False)
    bad = pc.or_(lost, _too_large(decimals, room, to))
    good = pc.if_else(bad, pa.scalar(None, decimals.type), decimals)
    if pa.types.is_decimal(to):
        return good.cast(to), bad
    return good.cast(pa.decimal128(_INTEGER_DIGITS, 0)).cast(to), bad


def _with_a_spare_digit(decimals: Values) -> Values:
    """Rounding may need a digit more than the type has; 128 bits are used where it fits, as they are faster."""
    precision, scale = decimals.type.precision, decimals.type.scale
    return decimals.cast(pa.decimal128(precision + 1, scale) if precision < _MOST_DIGITS else pa.decimal256(39, scale))


def _too_large(decimals: Values, room: int, to: pa.DataType) -> Values:
    digits = _room(to) if pa.types.is_decimal(to) else _INTEGER_DIGITS
    if room <= digits:
        return none_of(decimals)
    scale = decimals.type.scale
    limit = pa.scalar(10**digits, pa.decimal256(digits + 1, 0)).cast(pa.decimal256(digits + 1 + scale, scale))
    return pc.fill_null(pc.greater_equal(pc.abs(decimals), limit), fill_value=False)


def _moment(values: Values, to: pa.DataType) -> Converted:
    if not pa.types.is_date(to):
        return values.cast(to), none_of(values)
    days = values.cast(pa.date32(), safe=False)
    bad = pc.fill_null(pc.not_equal(days.cast(values.type), values), fill_value=False)
    return pc.if_else(bad, pa.scalar(None, to), days), bad


def _from_text(values: Values, to: pa.DataType) -> Converted:
    text = pc.utf8_trim_whitespace(values)
    if is_number(to):
        return _number_from_text(text, to)
    if pa.types.is_date(to):
        moments, bad = parse_moment(text, "%Y-%m-%d")
        return moments.cast(to), bad
    raise Unfit(f"text can't become {spoken(to)}; a step has to make one of it first")


def _number_from_text(text: Values, to: pa.DataType) -> Converted:
    places = _places(to)
    whole = _room(to) if pa.types.is_decimal(to) else _INTEGER_DIGITS
    good = pc.and_(
        pc.match_substring_regex(text, r"^[+-]?[0-9]+(\.[0-9]+)?$"),
        pc.match_substring_regex(text, rf"^[+-]?0*[0-9]{{0,{whole}}}(\.[0-9]{{0,{places}}}0*)?$"),
    )
    bad = pc.fill_null(pc.invert(good), fill_value=False)
    kept = pc.if_else(bad, pa.scalar(None, pa.string()), text)
    # Zeros beyond the last place say nothing, but Arrow's cast would refuse them.
    kept = pc.replace_substring_regex(kept, rf"(\.[0-9]{{0,{places}}})[0-9]*$", r"\1")
    decimals = kept.cast(to if pa.types.is_decimal(to) else pa.decimal128(whole, 0))
    return decimals.cast(to), bad
