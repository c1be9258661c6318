"""Keys and versions: different records never look the same, whatever their values hold."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import (
    KEY,
    KEY_HASH,
    VERSION_HASH,
    absent_in,
    hash_version,
    key_hash,
    key_text,
    key_values,
    version_columns,
    versions_as,
    with_fingerprints,
    without,
)

# What separates, escapes and stands for null in the texts that are hashed, and what a key is joined and escaped with.
NASTY = st.text(alphabet=st.sampled_from(list("ab/%25F\x00\x1c\x1d\x1e\x1fenlf ü")), max_size=6)
TEXTS = st.none() | NASTY
LINES = st.lists(st.fixed_dictionaries({"Sku": TEXTS, "Qty": st.none() | st.integers(0, 3)}), max_size=3)
NUMBERS = st.none() | st.integers(0, 9)
ROW = st.fixed_dictionaries({"Id": NASTY, "Part": NASTY, "A": TEXTS, "B": TEXTS, "N": NUMBERS, "lines": LINES})


def declared(**changes: Any) -> StreamDeclaration:
    columns = {"Id": "string", "Part": "string", "A": "string", "B": "string", "N": "integer"}
    lines = {"table": "Line", "key": ["Sku"], "columns": {"Sku": "string", "Qty": "integer"}}
    return StreamDeclaration.model_validate(
        {"stream": "s", "table": "T", "key": ["Id", "Part"], "columns": columns, "detect": "snapshot", "lines": lines}
        | changes
    )


def fingerprints(rows: list[dict[str, Any]], declaration: StreamDeclaration) -> pa.Table:
    return with_fingerprints(pa.Table.from_pylist(rows, schema=declaration.schema()), declaration)


@given(st.lists(ROW, min_size=2, max_size=6))
def test_rows_have_the_same_version_only_if_they_are_equal(rows: list[dict[str, Any]]) -> None:
    versions = fingerprints(rows, declared())[VERSION_HASH].to_pylist()
    for one, version in zip(rows, versions, strict=True):
        for other, another in zip(rows, versions, strict=True):
            assert (version == another) is (one == other)


@given(st.lists(st.lists(st.fixed_dictionaries({"Sku": TEXTS}), max_size=3), min_size=2, max_size=5))
def test_lines_of_one_column_are_told_apart_too(lines: list[list[dict[str, Any]]]) -> None:
    declaration = declared(lines={"table": "Line", "key": ["Sku"], "columns": {"Sku": "string"}})
    rows = [{"Id": "1", "Part": "1", "A": "", "B": "", "N": 0, "lines": one} for one in lines]
    versions = fingerprints(rows, declaration)[VERSION_HASH].to_pylist()
    for one, version in zip(lines, versions, strict=True):
        for other, another in zip(lines, versions, strict=True):
            assert (version == another) is (one == other)


@given(st.lists(ROW, min_size=1, max_size=6), st.integers(0, 5))
def test_a_row_has_the_same_fingerprints_on_whatever_page_it_comes(rows: list[dict[str, Any]], cut: int) -> None:
    declaration = declared()
    whole = pa.Table.from_pylist(rows, schema=declaration.schema())
    together = with_fingerprints(whole, declaration)
    apart = pa.concat_tables([with_fingerprints(part, declaration) for part in (whole[:cut], whole[cut:])])
    assert (
        together.select([KEY, KEY_HASH, VERSION_HASH]).to_pylist()
        == apart.select([KEY, KEY_HASH, VERSION_HASH]).to_pylist()
    )


@given(st.lists(NASTY, min_size=1, max_size=3).map(tuple))
def test_a_key_is_read_back_from_its_text(key: tuple[str, ...]) -> None:
    assert key_values(key_text(key)) == key


@given(st.lists(NASTY, min_size=2, max_size=2).map(tuple), st.lists(NASTY, min_size=2, max_size=2).map(tuple))
def test_different_keys_have_different_texts(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert (key_text(one) == key_text(other)) is (one == other)


@given(ROW)
def test_the_key_of_a_row_is_what_its_values_make(row: dict[str, Any]) -> None:
    found = fingerprints([row], declared())
    shown = key_text((row["Id"], row["Part"]))
    assert found[KEY].to_pylist() == [shown]
    assert found[KEY_HASH].to_pylist() == [key_hash(shown)]


def test_a_fingerprint_stays_what_it_was() -> None:
    """Every ledger compares with hashes that were made before: another one needs another hash version."""
    declaration = declared(
        key=["Id"],
        columns={"Id": "string", "D": "decimal(14,2)", "T": "datetime", "X": "date", "F": "boolean", "N": "integer"},
        lines=None,
    )
    row = {
        "Id": "1/2%", "D": Decimal("1.50"), "T": datetime(2026, 3, 1, 12), "X": date(2026, 3, 1), "F": True, "N": None,  # noqa: DTZ001
    }  # fmt: skip
    found = fingerprints([row], declaration)
    assert found[KEY].to_pylist() == ["1%2F2%25"]
    assert found[VERSION_HASH].to_pylist()[0].hex() == "63e3e410e9e08aae28a31fbcf0be27de"


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"columns": dict.fromkeys(("Id", "Part", "A", "B", "C"), "string") | {"N": "integer"}}, False),
        ({"columns": dict.fromkeys(("Id", "Part", "A", "B", "N"), "string")}, False),
        ({"version_columns": ["A"]}, False),
        ({"version_lines": False}, False),
        ({"table": "Other"}, True),
    ],
)  # fmt: skip
def test_another_set_of_columns_is_another_hash_version(changes: dict[str, Any], same: bool) -> None:
    assert (hash_version(declared(**changes)) == hash_version(declared())) is same


def test_only_version_columns_make_a_new_version() -> None:
    declaration = declared(version_columns=["A"], version_lines=False)
    row = {"Id": "1", "Part": "1", "A": "x", "B": "y", "N": 1, "lines": []}
    others = [row | {"B": "z"}, row | {"N": None}, row | {"lines": [{"Sku": "a", "Qty": 1}]}]
    assert version_columns(declaration) == ["A"]
    versions = fingerprints([row, *others, row | {"A": "z"}], declaration)[VERSION_HASH].to_pylist()
    assert len(set(versions[:4])) == 1
    assert versions[4] != versions[0]


@given(st.lists(ROW, min_size=1, max_size=4), st.sets(st.sampled_from(["A", "N", "lines.Qty"])))
def test_what_a_source_lacks_makes_no_version(rows: list[dict[str, Any]], absent: set[str]) -> None:
    lacking, whole = frozenset(absent), declared()
    table = pa.Table.from_pylist(rows, schema=whole.schema())
    narrow = without(table, lacking)
    assert [name for name in ("A", "N") if name in narrow.schema.names] == [n for n in ("A", "N") if n not in lacking]
    versions = with_fingerprints(table, whole, lacking)[VERSION_HASH].to_pylist()
    assert versions == versions_as(narrow, hash_version(whole, lacking))
    blanked = [
        {name: None if name in lacking else value for name, value in row.items()}
        | {"lines": [{k: None if f"lines.{k}" in lacking else v for k, v in line.items()} for line in row["lines"]]}
        for row in rows
    ]
    same = with_fingerprints(pa.Table.from_pylist(blanked, schema=whole.schema()), whole, lacking)
    assert same[VERSION_HASH].to_pylist() == versions
    assert absent_in(hash_version(whole, lacking)) == lacking


def test_a_source_that_lacks_every_column_of_a_version_still_has_the_key() -> None:
    declaration = declared(version_columns=["A"], lines=None)
    row = {"Id": "1", "Part": "1", "A": "x", "B": "y", "N": 1}
    table = pa.Table.from_pylist([row, row | {"A": "z"}, row | {"Id": "2"}], schema=declaration.schema())
    versions = with_fingerprints(table, declaration, frozenset({"A"}))[VERSION_HASH].to_pylist()
    assert [version == versions[0] for version in versions] == [True, True, False]
