"""Cross-references and lists of valid targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.mapping.cross_reference import (
    CodeList,
    CodeListDeclaration,
    CrossReference,
    CrossReferenceDeclaration,
)

CODES = st.text(st.sampled_from("ab1-/%\x1f *"), max_size=3).map(str.strip)


def table(key: list[str], rows: list[dict[str, Any]], **more: Any) -> CrossReference:
    return CrossReference("t", CrossReferenceDeclaration.model_validate({"key": key, "rows": rows, **more}))


def looked_up(reference: CrossReference, *keys: Sequence[str | None]) -> list[str | None]:
    rows = reference.find([pa.array(key, pa.string()) for key in keys])
    found: list[str | None] = reference.values("V", rows).to_pylist()
    return found


@given(st.dictionaries(CODES, st.text("xyz", min_size=1), max_size=8), st.lists(CODES, max_size=8))
def test_one_key_column_is_a_dict(known: dict[str, str], asked: list[str]) -> None:
    reference = table(["K"], [{"K": key, "V": value} for key, value in known.items()])
    assert looked_up(reference, [*asked, *known]) == [known.get(code) for code in [*asked, *known]]
    assert [reference.knows([code]) for code in asked] == [code in known for code in asked]


@given(
    st.dictionaries(st.tuples(CODES, CODES, CODES), st.text("xyz", min_size=1), max_size=8),
    st.lists(st.tuples(CODES, CODES, CODES), max_size=8),
)
def test_several_key_columns_are_a_dict_of_tuples(
    known: dict[tuple[str, str, str], str], asked: list[tuple[str, str, str]]
) -> None:
    reference = table(["A", "B", "C"], [dict(zip("ABCV", (*key, value), strict=True)) for key, value in known.items()])
    asked = [*asked, *known]
    assert looked_up(reference, *([key[part] for key in asked] for part in range(3))) == [
        known.get(key) for key in asked
    ]


@given(
    st.dictionaries(st.tuples(st.sampled_from("ab*"), st.sampled_from("xy*")), st.text("pqr", min_size=1), max_size=9),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=9),
)
def test_the_most_specific_row_wins_and_of_two_alike_the_leftmost(
    known: dict[tuple[str, str], str], asked: list[tuple[str, str]]
) -> None:
    reference = table(["A", "B"], [{"A": a, "B": b, "V": value} for (a, b), value in known.items()], wildcard="*")
    expected = [
        next((known[row] for row in ((a, b), (a, "*"), ("*", b), ("*", "*")) if row in known), None) for a, b in asked
    ]
    assert looked_up(reference, [a for a, _ in asked], [b for _, b in asked]) == expected


def test_codes_are_compared_without_white_space_around_and_exactly_otherwise() -> None:
    reference = table(["K"], [{"K": " 10-5500 ", "V": " 5500 "}, {"K": "ab", "V": None}])
    assert looked_up(reference, ["10-5500", "10-5500      ", "AB", "ab"]) == ["5500", "5500", None, None]
    assert reference.knows(["ab"])


def test_a_table_without_a_wildcard_takes_an_asterisk_for_itself() -> None:
    assert looked_up(table(["K"], [{"K": "*", "V": "x"}]), ["*", "a"]) == ["x", None]


def test_a_key_that_stands_twice_is_refused_even_without_a_file() -> None:
    with pytest.raises(ConfigurationError, match="row 1 and row 3: A / B 'x/y' stands twice"):
        table(["A", "B"], [{"A": "x", "B": "y"}, {"A": "y", "B": "x"}, {"A": "x ", "B": "y"}])


@pytest.mark.parametrize("row", [{"K": "b"}, {"K": "b", "V": "x", "W": "y"}, {"V": "x"}])
def test_rows_have_the_same_columns(row: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="row 2: a column too few or too many"):
        table(["K"], [{"K": "a", "V": "x"}, row])


@given(st.lists(CODES, max_size=5), st.lists(CODES | st.none(), max_size=5))
def test_a_list_of_valid_targets_lacks_what_is_not_on_it(known: list[str], asked: list[str | None]) -> None:
    codes = CodeList(CodeListDeclaration.model_validate(known))
    lacking = [code is not None and code not in known for code in asked]
    assert codes.lacks(pa.array(asked, pa.string())).to_pylist() == lacking
    assert [codes.knows(code) for code in known] == [True] * len(known)


def test_a_table_without_rows_knows_nothing() -> None:
    assert looked_up(table(["K"], []), ["a"]) == [None]
