"""File names: by pattern, and safe whatever the data hold."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.file_names import FileNaming, check_pattern, file_name, file_names

NAMING = FileNaming(
    flow="erp_out",
    stream="ap_invoices",
    date=datetime(2026, 3, 31, 14, 5, 9, tzinfo=UTC),
    sequence=42,
    company="EDU1",
    period="2026-03",
    run="scheduled__2026-03-31T00:00:00+00:00",
)
PARTS = st.sampled_from(
    [
        "{flow}",
        "{stream}",
        "{company}",
        "{period}",
        "{run}",
        "{group}",
        "{date}",
        "{date:%H%M}",
        ".",
        "-",
        "CON",
        "x",
        " ",
    ]
)
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d) *(\..*)?", re.IGNORECASE)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{flow}_{stream}_{company}_{period}_{date:%Y%m%d}_{sequence:06d}.csv",
         "erp_out_ap_invoices_EDU1_2026-03_20260331_000042.csv"),
        ("INV.{date:%y%j}.{sequence}", "INV.26090.42"),
        ("{date}-{date:%H%M%S}-{sequence:03d}.txt", "20260331-140509-042.txt"),
        ("{run}.{sequence}", "scheduled__2026-03-31T00-00-00-00-00.42"),
    ],
)  # fmt: skip
def test_placeholders(pattern: str, name: str) -> None:
    assert file_name(check_pattern(pattern), NAMING) == name


@pytest.mark.parametrize(
    ("company", "name"),
    [
        ("../../etc/passwd", "--.-etc-passwd.42"),
        (".hidden", "-hidden.42"),
        ("a\\b:c*d?", "a-b-c-d-.42"),
        ("NUL", "_NUL.42"),
        ("com1", "_com1.42"),
        ("a\x00\n\u202eb", "a---b.42"),
        ("Müller", "M-ller.42"),
    ],
)
def test_data_cannot_leave_the_folder(company: str, name: str) -> None:
    assert file_name("{company}.{sequence}", replace(NAMING, company=company)) == name


@settings(max_examples=500)
@given(st.lists(PARTS, max_size=5), st.lists(PARTS, max_size=5), st.text(), st.text(), st.text(max_size=300))
def test_names_are_always_safe(before: list[str], after: list[str], company: str, period: str, group: str) -> None:
    pattern = "".join([*before, "{sequence:04d}", *after])
    naming = replace(NAMING, company=company, period=period)
    name = file_name(check_pattern(pattern), naming, group)
    assert re.fullmatch(r"[A-Za-z0-9._ -]+", name)
    assert ".." not in name
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert len(name.encode()) <= 200
    assert not RESERVED.fullmatch(name)


@settings(max_examples=200)
@given(st.lists(st.text(min_size=1), max_size=6, unique=True))
def test_groups_have_names_of_their_own_or_none(groups: list[str]) -> None:
    try:
        names = file_names("{group}-{sequence}", NAMING, groups)
    except ConfigurationError:
        return
    assert list(names) == groups
    assert len({name.casefold() for name in names.values()}) == len(groups)


def test_long_groups_that_begin_alike_stay_apart() -> None:
    names = file_names("{group}-{sequence}", NAMING, ["x" * 300 + end for end in "ab"])
    assert len(set(names.values())) == 2
    assert all(len(name) <= 200 for name in names.values())


@pytest.mark.parametrize(
    "pattern",
    [
        "{vendor}_{sequence}", "{sequence:>10}", "{sequence:x}", "{date:%c}_{sequence}", "{flow!r}_{sequence}",
        "{flow:10}_{sequence}", "a/{sequence}", "a\\{sequence}", "a:{sequence}", "ü{sequence}", "{sequence", "{}",
        "{flow.name}_{sequence}", "{0}_{sequence}", "", "no_number.csv", "x" * 190 + "{sequence}",
        "{run}" * 20 + "{sequence}",
        "{sequence:099d}",
    ],
)  # fmt: skip
def test_patterns_are_checked_when_loaded(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        check_pattern(pattern)
