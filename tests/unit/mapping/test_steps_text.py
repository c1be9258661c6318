"""Steps on texts, against what Python makes of the same texts."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.mapping.scope import Scope
from airflow_provider_mlconnector.mapping.steps import Step

NOTHING = Scope(pa.table({}), {}, {}, {})
TEXTS = st.lists(st.text(st.sampled_from("ab01-. ü~*&\u00a0€𝄞"), max_size=12) | st.none(), max_size=8)


def outcome(step: Any, values: list[Any], kind: pa.DataType | None = None) -> tuple[list[Any], list[int]]:
    """What a step makes of values, and which rows fail."""
    result = Step.model_validate(step).rule.apply(pa.array(values, kind or pa.string()), NOTHING)
    bad = result.fault.mask.to_pylist() if result.fault else []
    return result.values.to_pylist(), [row for row, failed in enumerate(bad) if failed]


@given(TEXTS, st.integers(1, 14), st.integers(1, 14) | st.none())
def test_substring_is_pythons_slice_counted_from_one(texts: list[str | None], start: int, length: int | None) -> None:
    end = None if length is None else start - 1 + length
    expected = [None if text is None else text[start - 1 : end] for text in texts]
    assert outcome({"substring": {"start": start, "length": length}}, texts) == (expected, [])


@given(TEXTS, st.integers(-5, 5).filter(bool), st.sampled_from(["-", ".", "-.", "0"]))
def test_segment_is_pythons_split_and_a_missing_one_fails(texts: list[str | None], index: int, separator: str) -> None:
    expected: list[str | None] = []
    bad = []
    for row, text in enumerate(texts):
        parts = [] if text is None else text.split(separator)
        there = len(parts) >= abs(index)
        expected.append(parts[index if index < 0 else index - 1] if there else None)
        bad += [row] if text is not None and not there else []
    assert outcome({"segment": {"index": index, "separator": separator}}, texts) == (expected, bad)


@given(TEXTS, st.sampled_from(["0", "-", ".", "*", "a"]))
def test_strip_leading_never_takes_the_last_character(texts: list[str | None], character: str) -> None:
    expected = [None if text is None else text.lstrip(character) or text[-1:] for text in texts]
    assert outcome({"strip_leading": character}, texts) == (expected, [])


@given(TEXTS, st.integers(1, 15))
def test_pad_is_pythons_rjust_and_ljust(texts: list[str | None], width: int) -> None:
    right = [None if text is None else text.rjust(width, "0") for text in texts]
    left = [None if text is None else text.ljust(width, "*") for text in texts]
    assert outcome({"pad": {"width": width}}, texts) == (right, [])
    assert outcome({"pad": {"width": width, "character": "*", "side": "right"}}, texts) == (left, [])


@given(TEXTS)
def test_strip_upper_lower_are_pythons(texts: list[str | None]) -> None:
    for name, python in (("strip", str.strip), ("upper", str.upper), ("lower", str.lower)):
        expected = [None if text is None else python(text) for text in texts]
        assert outcome(name, texts) == (expected, [])


@given(TEXTS, st.dictionaries(st.sampled_from(["a", "0", "01", "-"]), st.sampled_from(["x", "y"]), min_size=1))
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_translate_is_a_dict(texts: list[str | None], table: dict[str, str]) -> None:
    found = [None if text is None else table.get(text.strip()) for text in texts]
    unknown = [row for row, text in enumerate(texts) if text is not None and text.strip() not in table]
    assert outcome({"translate": {"values": table}}, texts) == (found, unknown)
    filled = ["z" if row in unknown else value for row, value in enumerate(found)]
    assert outcome({"translate": {"values": table, "default": "z"}}, texts) == (filled, [])


PARTS = st.sampled_from(["a", "b ", " ", "", None])


@given(st.lists(st.tuples(PARTS, PARTS, PARTS), max_size=8), st.sampled_from(["", ", "]))
def test_concat_is_pythons_join_of_what_is_not_blank(rows: list[tuple[str | None, ...]], separator: str) -> None:
    first, second, third = (pa.array([row[part] for row in rows], pa.string()) for part in range(3))
    rule = Step.model_validate({"concat": {"with": ["B", "C"], "separator": separator}}).rule
    joined = rule.apply(first, Scope(pa.table({"B": second, "C": third}), {}, {}, {})).values
    assert joined.to_pylist() == [separator.join(part for part in row if part and part.strip()) for row in rows]


def test_concat_leaves_blank_parts_out(step: Any) -> None:
    more = {"B": (pa.string(), ["x", " ", "y"]), "C": (pa.int64(), [1, None, 3])}
    rule = "steps: [concat: {with: [B, {constant: '#'}, C], separator: '/'}]"
    assert step(rule, pa.string(), ["a", "b", None], **more)[0] == ["a/x/#/1", "b/#", "y/#/3"]


def test_steps_apply_in_their_order(step: Any) -> None:
    assert step("steps: [strip, {substring: 2}, {pad: {width: 4}}]", pa.string(), [" abc "])[0] == ["00bc"]
    assert step("steps: [{pad: {width: 4}}, {substring: 2}, strip]", pa.string(), [" abc"])[0] == ["abc"]


@pytest.mark.parametrize("blank", [None, "", "   ", "\t"])
def test_blank_and_null_are_one_thing(step: Any, blank: str | None) -> None:
    assert step("required: false", pa.string(), [blank])[0] == [None]
    assert step("default: x", pa.string(), [blank])[0] == ["x"]
    assert step("steps: [{when_empty: B}]", pa.string(), [blank], B=(pa.string(), ["y"]))[0] == ["y"]
    assert step("steps: [{when_empty: {constant: z}}]", pa.string(), [blank])[0] == ["z"]
    assert step("required: true", pa.string(), [blank]) == ([], ["T: is blank, and it is required"])
    # A blank indicator, a blank code: nothing is unknown about them.
    assert step("steps: [{translate: {values: {a: b}}}]", pa.string(), [blank]) == ([None], [])


def test_what_a_step_leaves_blank_is_blank(step: Any) -> None:
    assert step("steps: [{substring: 3}, {when_empty: {constant: none}}]", pa.string(), ["ab  ", "abc"])[0] == [
        "none",
        "c",
    ]
    assert step("steps: [{substring: 3}], required: true", pa.string(), ["ab"]) == (
        [],
        ["T: is blank, and it is required"],
    )


def test_when_empty_fails_only_where_its_value_is_needed(step: Any) -> None:
    more = {"B": (pa.string(), ["x", "x", "2.50"])}
    values, reasons = step("steps: [{when_empty: B}]", pa.decimal128(14, 2), [None, 1, None], **more)
    assert [str(value) for value in values] == ["1.00", "2.50"]
    assert reasons == ["T: 'x' is not decimal(14,2)"]
