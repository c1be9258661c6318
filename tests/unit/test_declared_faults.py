"""Mistakes that people make in layouts, partner profiles and mappings, and what they are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.any_layout import load_any_layout
from airflow_provider_mlconnector.formats.edi.profile import load_profile
from airflow_provider_mlconnector.mapping.load import load_mapping

LAYOUT_TEXT = """format: x12
set: "810"
file_name: "BILLS_{date:%Y%m%d}_{sequence:06d}.x12"
document: document_reference
totals: {amount: total, currency: currency, per: record}
"""
PROFILE_TEXT = """# The partner.
partner: acme
standard: x12
us: {id: MLCONNECTOR, qualifier: ZZ}
them: {id: ACMECORP, qualifier: ZZ}
usage: test
characters: extended
replacements: {default: "?"}
acknowledgments: {kinds: ["997"], within: PT24H}
"""
MAPPING_TEXT = """mapping: bills
each: lines
fields:
  number: {from: RECORDID, required: true}
  account: {from: lines.ACCOUNTNO, steps: [{lookup: accounts}]}
cross_references:
  accounts: {key: Account, rows: [{Account: "1", target: "2"}]}
"""
LAYOUT = [
    ('"810"', '"811"', 2, "set: x12 has no set '811' here; there are 810: invoice"),
    ('"810"', "810", 2, "set: YAML reads this as 810 (int), not as text; write it in quotes"),
    ("format: x12", "format: x13", 1, "format: 'x13' is none of csv, fixed_width, x12, edifact"),
    ("format: x12\n", "", 1, "format: is missing"),
    ("file_name", "filename", 3, "filename: there is no 'filename' here; is file_name meant?"),
    ("document: document_reference\n", "", 1, "document: set 810 needs one: the field whose change begins"),
    ("{sequence:06d}", "{sequense:06d}", 3, "file_name: {sequense} is not a placeholder"),
    ("{date:%Y%m%d}", "{date:%Q}", 3, "file_name: '%Q' is not a date format"),
    ("per: record", "per: line", 5, "totals.per: 'line' is none of row, record"),
    ("$", "changes: [{segment: XXX, omit: true}]", 6, "changes: set 810 has no segment 'XXX'"),
    ("$", "additions: [{after: XXX, use: {CUR: ['=BY']}}]", 6, "additions: set 810 has no segment 'XXX'"),
    ("$", 'changes: [{segment: BIG, elements: {7: "=QQ"}}]', 6, "changes: BIG07: 'QQ' is none of CI, CN"),
    ("$", "changes: [{segment: BIG, elements: {0: a}}]", 6, "changes.0.elements.0: 0 is less than 1"),
    ("$", 'changes: [{segment: BIG, elements: {1: "#no"}}]', 6, "changes.0.elements.1: '#no' is not known"),
    ("$", "changes: {segment: BIG}", 6, "changes: needs a list, such as [a, b], not names with values"),
    ("$", "most_lines: many", 6, "most_lines: needs a whole number, not 'many'"),
]
PROFILE = [
    ("standard: x12\n", "", 2, "standard: is missing"),
    ("us: {id: MLCONNECTOR, qualifier: ZZ}", "us: MLCONNECTOR", 4, "us: needs names with values"),
    (
        "id: MLCONNECTOR, qualifier: ZZ",
        "id: A1, qualifier: ZZZZZ",
        4,
        "us.qualifier: 'ZZZZZ' has 5 characters, where 4",
    ),
    ("id: MLCONNECTOR, qualifier: ZZ", "id: A1, qualifier: ZZZ", 4, "us.qualifier: 'ZZZ' does not have two characters"),
    ("id: MLCONNECTOR", "id: MLCONNECTORMLCONNECTOR", 4, "us.id: 'MLCONNECTORMLCONNECTOR' has more characters"),
    ("id: ACMECORP", "id: 'AC*ME'", 5, "them.id: 'AC*ME' can't stand in an envelope"),
    ("usage: test", "usage: prod", 6, "usage: 'prod' is none of test, production"),
    ("characters: extended", "characters: unoc", 7, "characters: x12 has no set 'unoc'"),
    ('["997"]', "[997]", 9, "acknowledgments.kinds.0: 997 is none of 997, ta1, contrl; write it in quotes"),
    ('["997"]', "[contrl]", 9, "acknowledgments: x12 knows no contrl"),
    ('["997"]', "[]", 9, "acknowledgments.kinds: is empty"),
    ("PT24H", "24 hours", 9, "acknowledgments.within: needs a duration, such as PT24H"),
    ("$", 'delimiters: {element: "~"}', 10, "delimiters: each needs a sign of its own"),
    ("$", "delimiters: {suffix: newline}", 10, "delimiters.suffix: 'newline' is none of lf, crlf"),
    ("$", "request_acknowledgment: maybe", 10, "request_acknowledgment: needs true or false, not 'maybe'"),
    ("$", "controls: {interchange: {first: 9, last: 5}}", 10, "controls.interchange: the range begins at 9"),
    ("$", "controls: {sets: {digits: 9}}", 10, "controls.sets: there is no 'sets' here; is set meant?"),
    ("$", "units: {EA: 1}", 10, "units.EA: YAML reads this as 1 (int), not as text"),
]
MAPPING = [
    ("each: lines", "each: line", 2, "each: 'line' is none of record, lines"),
    ("required: true", "requried: true", 4, "number.requried: there is no 'requried' here; is required meant?"),
    ("required: true", "required: perhaps", 4, "number.required: needs true or false, not 'perhaps'"),
    ("lookup: accounts", "lookup: acounts", 5, "account.steps.0: 'acounts' is not among the cross references"),
    ("steps: [{lookup: accounts}]", "steps: {lookup: accounts}", 5, "account.steps: needs a list"),
    ("key: Account, ", "", 7, "cross_references.accounts.key: is missing"),
]


def told(load: Callable[[str, str], Any], text: str, change: tuple[str, str]) -> str:
    old, new = change
    wrong = f"{text}{new}\n" if old == "$" else text.replace(old, new, 1)
    assert wrong != text
    with pytest.raises(ConfigurationError) as caught:
        load(wrong, "x.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("load", "text", "old", "new", "line", "said"),
    [
        *((load_any_layout, LAYOUT_TEXT, *each) for each in LAYOUT),
        *((load_profile, PROFILE_TEXT, *each) for each in PROFILE),
        *((load_mapping, MAPPING_TEXT, *each) for each in MAPPING),
    ],
)
def test_a_mistake_is_told_where_it_is_and_in_plain_words(
    load: Callable[[str, str], Any], text: str, old: str, new: str, line: int, said: str
) -> None:
    load(text, "x.yaml")
    message = told(load, text, (old, new))
    assert any(each.startswith(f"x.yaml, line {line}, ") and said in each for each in message.splitlines()), message
    for word in ("Input should", "Extra inputs", "Field required", "Value error", "Tuple", "function-after"):
        assert word not in message
