"""Elements joined to segments: empty ones at the end left out, composites within, relations held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.edi.characters import released_text
from airflow_provider_mlconnector.formats.edi.columns import Columns
from airflow_provider_mlconnector.formats.edi.computed import Computed
from airflow_provider_mlconnector.formats.edi.declaration import Use, Value
from airflow_provider_mlconnector.formats.edi.dictionary import ElementRule, SegmentRule

Part: TypeAlias = "pa.StringArray | str | None"
"""A column of texts, the same text in every row, or nothing anywhere."""


def segment(use: Use, rule: SegmentRule, columns: Columns, computed: Computed) -> Part:
    """One segment of each row, with its terminator; null, or None, where it is not written.

    Args:
        use: its place in the set.
        rule: the standard's rule.
        columns: the rows' columns.
        computed: values that are counted, not read.
    """
    shown = _shown(use, columns)
    if shown is not None and not pc.any(shown, min_count=0).as_py():
        return None
    parts = [_element(use, rule, number, columns, computed) for number in range(1, len(use.elements) + 1)]
    _check(use, rule, parts, columns, shown)
    syntax = columns.syntax
    text = folded([use.tag, *parts], syntax.element, columns.rows.num_rows)
    ended = f"{text}{syntax.end}" if isinstance(text, str) else pc.binary_join_element_wise(text, syntax.end, "")
    return ended if shown is None else pc.if_else(shown, ended, pa.scalar(None, pa.string()))


def folded(parts: Sequence[Part], separator: str, rows: int) -> Part:
    """Parts with separators between them and none behind the last that holds something."""
    kept = list(parts)
    while kept and kept[-1] is None:
        kept.pop()
    last = max((number for number, part in enumerate(kept) if everywhere(part)), default=-1)
    behind: Part = None
    for part in reversed(kept[last + 1 :]):
        behind = part if behind is None else _before(part, behind, separator)
    if last < 0:
        return behind
    front = kept[: last + 1]
    if all(part is None or isinstance(part, str) for part in front):
        text: Part = separator.join(str(part or "") for part in front)
    else:
        full = [pa.repeat(pa.scalar(""), rows) if part is None else part for part in front]
        text = pc.binary_join_element_wise(*full, separator, null_handling="replace", null_replacement="")
    if behind is None:
        return text
    joined = pc.binary_join_element_wise(separator, behind, "")
    return pc.binary_join_element_wise(text, pc.fill_null(joined, ""), "")


def everywhere(part: Part) -> bool:
    """Whether it is there in every row."""
    return isinstance(part, str) or (part is not None and part.null_count == 0)


def _before(part: Part, behind: pa.StringArray, separator: str) -> pa.StringArray:
    here = "" if part is None else pc.fill_null(part, "")
    both = pc.binary_join_element_wise(here, behind, separator)
    return both if part is None else pc.coalesce(both, part)


def _element(use: Use, rule: SegmentRule, number: int, columns: Columns, computed: Computed) -> Part:
    filled, rules = use.elements[number - 1], rule.elements[number - 1]
    at = f"{use.tag}{number:02d}"
    if isinstance(filled, tuple):
        parts = [_value(value, each, at, columns, computed) for value, each in zip(filled, rules, strict=False)]
        holding = [part for part in parts if part is not None and not isinstance(part, str)]
        whole = folded(parts, columns.syntax.component, columns.rows.num_rows)
        # A composite of constants alone around missing data says nothing: it is left out.
        named = [value for value in filled if value is not None and value.field]
        if not named or not holding:
            return None if named else whole
        given = pc.is_valid(holding[0])
        for part in holding[1:]:
            given = pc.or_(given, pc.is_valid(part))
        for value, part, each in zip(filled, parts, rules, strict=False):
            if each.must and not everywhere(part):
                missing = given if part is None else pc.and_(given, pc.is_null(part))
                columns.fault(missing, f"{value.field if value else ''} ({at})", f"is missing; {at} needs it")
        return whole if pc.all(given, min_count=0).as_py() else pc.if_else(given, whole, pa.scalar(None, pa.string()))
    return None if filled is None else _value(filled, rules[0], at, columns, computed)


def _value(value: Value | None, rule: ElementRule, at: str, columns: Columns, computed: Computed) -> Part:
    if value is None:
        return None
    if value.text is not None:
        return released_text(value.text, columns.syntax)
    if value.computed:
        texts = computed.texts(value.computed, rule, at)
        if not isinstance(texts, str):
            digits = pc.binary_length(pc.replace_substring_regex(texts, "[^0-9]", ""))
            columns.fault(
                pc.greater(digits, rule.greatest), f"#{value.computed} ({at})", f"has more than {rule.greatest} digits"
            )
        return texts
    return columns.element(value, rule, at)


def _shown(use: Use, columns: Columns) -> pa.BooleanArray | None:
    """Where a segment is written; None for everywhere."""
    if use.needed:
        return None
    fields = sorted({(value.field, value.cut) for _, _, value in use.placed() if columns.has(value.field)})
    if not fields:
        return pa.repeat(pa.scalar(value=False), columns.rows.num_rows)
    given = columns.given(fields[0][0], free=fields[0][1])
    for name, free in fields[1:]:
        given = pc.or_(given, columns.given(name, free=free))
    if use.when:
        guard = columns.given(use.when)
        for name, free in fields:
            alone = pc.and_(columns.given(name, free=free), pc.invert(guard))
            columns.fault(alone, name, f"can't be written ({use.tag}) without {use.when}")
        given = pc.and_(given, guard)
    return None if pc.all(given, min_count=0).as_py() else given


def _check(use: Use, rule: SegmentRule, parts: Sequence[Part], columns: Columns, shown: pa.BooleanArray | None) -> None:
    rows = columns.rows.num_rows

    def missing(number: int) -> pa.BooleanArray:
        part = parts[number - 1] if number <= len(parts) else None
        if part is None:
            return pa.repeat(pa.scalar(value=True), rows)
        return pa.repeat(pa.scalar(value=False), rows) if isinstance(part, str) else pc.is_null(part)

    def fault(mask: pa.BooleanArray, number: int, reason: str) -> None:
        if shown is not None:
            mask = pc.and_(mask, shown)
        columns.fault(mask, _named(use, number), reason)

    for number in range(1, len(rule.elements) + 1):
        if rule.needs(number) and _may_miss(parts, number):
            fault(missing(number), number, f"is missing; {use.tag}{number:02d} is mandatory")
    for note in rule.notes:
        kind, numbers = note[0], [int(note[place : place + 2]) for place in range(1, len(note), 2)]
        # Most relations are held by what the declaration always fills or never does.
        if not any(number <= len(parts) and not isinstance(parts[number - 1], str) for number in numbers):
            continue
        broken = _broken(kind, [missing(number) for number in numbers])
        named = next((number for number in numbers if "(" in _named(use, number)), numbers[0])
        fault(broken, named, f"breaks the rule {note} of {use.tag}")


def _may_miss(parts: Sequence[Part], number: int) -> bool:
    return number > len(parts) or not everywhere(parts[number - 1])


def _broken(kind: str, absent: Sequence[pa.BooleanArray]) -> pa.BooleanArray:
    all_absent, any_absent = absent[0], absent[0]
    for mask in absent[1:]:
        all_absent, any_absent = pc.and_(all_absent, mask), pc.or_(any_absent, mask)
    if kind == "P":
        return pc.and_(any_absent, pc.invert(all_absent))
    if kind == "R":
        return all_absent
    if kind == "E":
        there = [pc.cast(pc.invert(mask), pa.int8()) for mask in absent]
        count = there[0]
        for one in there[1:]:
            count = pc.add(count, one)
        return pc.greater(count, 1)
    first, rest = pc.invert(absent[0]), absent[1:]
    combined = rest[0]
    for mask in rest[1:]:
        combined = pc.or_(combined, mask) if kind == "C" else pc.and_(combined, mask)
    return pc.and_(first, combined)


def _named(use: Use, number: int) -> str:
    filled = use.elements[number - 1] if number <= len(use.elements) else None
    values = filled if isinstance(filled, tuple) else (filled,)
    names = [value.field for value in values if value is not None and value.field]
    return f"{names[0]} ({use.tag}{number:02d})" if names else f"{use.tag}{number:02d}"
