"""Mappings read from files and texts; mistakes named by file, line and field."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping

GOOD = """
mapping: gl
fields:
  Account:
    from: GlCode
    steps:
      - lookup: accounts
    required: true
  CostCenter:
    from: GlCode
    steps: [{segment: 1}]
    valid: cost_centers
cross_references:
  accounts:
    key: GlCode
    csv: accounts.csv
valid_targets:
  cost_centers: {csv: centers.csv, column: Center}
"""
SCHEMA = pa.schema([("GlCode", pa.string()), ("Value", pa.decimal128(14, 2)), ("Name", pa.string())])


def folder(
    at: Path, mapping: str = GOOD, accounts: str = "GlCode,Account\n10-1,1\n", centers: str = "Center\n10\n"
) -> Path:
    (at / "accounts.csv").write_text(accounts, encoding="utf-8")
    (at / "centers.csv").write_text(centers, encoding="utf-8")
    (at / "gl.yaml").write_text(mapping, encoding="utf-8")
    return at / "gl.yaml"


def refused(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Mapper(load_mapping(text, "the mapping")).check(SCHEMA)
    return str(caught.value)


def test_tables_lie_beside_the_mapping(tmp_path: Path) -> None:
    mapping = load_mapping(folder(tmp_path))
    assert mapping.cross_references["accounts"].rows == ({"GlCode": "10-1", "Account": "1"},)
    assert mapping.valid_targets["cost_centers"].codes == ("10",)


@pytest.mark.parametrize(
    ("mistake", "line", "field", "says"),
    [
        ("fields:\n  A:\n    from: Name\n    requird: true\n", 4, "fields.A.requird", "is required meant?"),
        ("feilds:\n  A: Name\nfields:\n  B: Name\n", 1, "feilds", "is fields meant?"),
        ("fields:\n  A: Name\non_reject: ignore\n", 3, "on_reject", "'ignore' is none of exception, stop"),
        ("fields:\n  A:\n    from: Name\n    required: often\n", 4, "fields.A.required", "true or false, not 'often'"),
        ("fields:\n  A:\n    from: Name\n    type: money\n", 4, "fields.A.type", "not a column type"),
        (
            "fields:\n  A:\n    from: Name\n    steps:\n      - strip\n      - substrng: 1\n",
            6,
            "fields.A.steps.1",
            "no step 'substrng'",
        ),
        (
            "fields:\n  A:\n    from: Name\n    steps:\n      - {strip: , upper: }\n",
            5,
            "fields.A.steps.0",
            "one step per item",
        ),
        (
            "fields:\n  A:\n    from: Name\n    steps:\n      - substring:\n          start: 1\n          lenght: 2\n",
            7,
            "fields.A.steps.0.substring.lenght",
            "is length meant?",
        ),
        (
            "fields:\n  A:\n    from: Name\n    steps:\n      - segment: 0\n",
            5,
            "fields.A.steps.0.segment.index",
            "from 1",
        ),
        (
            "fields:\n  A:\n    from: Name\n    steps:\n      - parse_date: '%y%m%d'\n",
            5,
            "parse_date",
            "%y can't be used",
        ),
        ("fields:\n  A:\n    from: Name\n    steps:\n      - parse_date: '%Y%m'\n", 5, "parse_date", "without %d"),
        ("fields:\n  A:\n    from: Name\n    constant: x\n", 2, "fields.A", "exactly one of from, constant"),
        ("fields:\n  A: {}\n", 2, "fields.A", "exactly one of from, constant"),
        ("fields:\n  A:\n    constant: 0100\n", 3, "fields.A.constant", "64 (int), not as text; write it in quotes"),
        ("fields:\n  A:\n    constant: No\n", 3, "fields.A.constant", "False (bool)"),
        ("fields:\n  _key: Name\n", 1, "fields", "_key"),
        ("fields:\n  A: Name\n  B: Name\n  A: Value\n", 2, "fields.A", "again on line 4"),
        ("fields: {}\n", 1, "fields", "is empty"),
        (
            "fields:\n  A:\n    from: Name\n    steps:\n      - lookup: acounts\n",
            5,
            "fields.A.steps.0",
            "'acounts' is not among",
        ),
        (
            "fields:\n  A:\n    from: Name\n    valid: centers\n",
            2,
            "fields.A",
            "'centers' is not among the valid targets",
        ),
        (
            "fields:\n  A:\n    from: Name\n    steps:\n      - translate: {values: {a: b}, on_unknown: ignore}\n",
            5,
            "translate",
            "exception, stop or default",
        ),
        (
            "fields:\n  A:\n    from: Name\n    steps: [translate: {values: {a: b}, on_unknown: stop, default: c}]\n",
            4,
            "translate",
            "nothing for the default",
        ),
        ("fields:\n  A:\n    cost_center: {by: segment, start: 2}\n", 3, "fields.A.cost_center", "start: says nothing"),
        ("fields:\n  A:\n    cost_center: {by: analysis}\n", 3, "fields.A.cost_center", "needs: column"),
        (
            "fields:\n  A: Name\ncross_references:\n  t:\n    key: K\n",
            4,
            "cross_references.t",
            "where the rows come from",
        ),
        # Only a stream can say these.
        ("fields:\n  A: Name\n  B: Nmae\n", 3, "fields.B", "no column 'Nmae'; the columns are GlCode, Value, Name"),
        ("fields:\n  A: {from: lines.X}\n", 2, "fields.A", "no column 'lines.X'"),
        ("fields:\n  A: {parameter: company}\n", 2, "fields.A", "parameter 'company' was not handed in"),
        ("each: lines\nfields:\n  A: Name\n", 1, "each", "a stream with lines"),
        (
            "fields:\n  A:\n    from: Value\n    steps:\n      - negate\n      - sign_by: Letter\n",
            6,
            "fields.A.steps.1.sign_by",
            "no column 'Letter'",
        ),
        ("fields:\n  A:\n    from: Name\n    steps:\n      - negate\n", 5, "fields.A.steps.0.negate", "needs numbers"),
        ("fields:\n  A:\n    from: Name\n    steps:\n      - format_date: '%Y'\n", 5, "format_date", "needs dates"),
        ("fields:\n  A:\n    from: Value\n    steps:\n      - parse_date: '%Y%m%d'\n", 5, "parse_date", "from text"),
        ("fields:\n  A:\n    from: Value\n    default: none\n", 2, "fields.A", "default 'none' is not decimal(14,2)"),
        ("fields:\n  A:\n    from: Value\n    type: date\n", 2, "fields.A", "decimal(14,2) can't become date"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field(mistake: str, line: int, field: str, says: str) -> None:
    message = refused(mistake)
    assert message.startswith(f"the mapping, line {line}, ")
    assert field in message
    assert says in message


def test_all_mistakes_are_named_at_once() -> None:
    assert len(refused("fields:\n  A: Nmae\n  B: Vlaue\n  C: Name\n").splitlines()) == 2


def test_a_lookup_that_does_not_fit_its_table_is_named() -> None:
    tables = "cross_references:\n  t:\n    key: [K, L]\n    rows: [{K: a, L: b, V: c, W: d}]\n"
    field = "fields:\n  A:\n    from: Name\n    steps:\n      - lookup: "
    assert "the key of t is K, L" in refused(f"{field}t\n{tables}")
    assert "the key of t is K, L" in refused(f"{field}{{table: t, keys: {{X: Name}}}}\n{tables}")
    assert "say which `value` is taken; t has V, W" in refused(f"{field}{{table: t, keys: {{K: Name}}}}\n{tables}")
    wrong = refused(f"{field}{{table: t, keys: {{K: Name}}, value: X}}\n{tables}")
    assert "the mapping, line 5, fields.A.steps.0.lookup: there is no column 'X'; t has V, W" in wrong


def test_a_key_that_stands_twice_is_named_by_its_lines(tmp_path: Path) -> None:
    rows = "      - {K: a}\n      - {K: b}\n      - {K: a}\n"
    inline = f"fields:\n  A: Name\ncross_references:\n  t:\n    key: K\n    rows:\n{rows}"
    assert "the mapping, cross-reference t, line 7 and line 9: K 'a' stands twice" in refused(inline)
    path = folder(tmp_path, accounts='GlCode,Account\n10-1,"1\n2"\n\n10-2,2\n10-1 ,3\n')
    with pytest.raises(ConfigurationError, match=r"accounts\.csv, line 3 and line 6: GlCode '10-1' stands twice"):
        load_mapping(path)


@pytest.mark.parametrize(
    ("accounts", "says"),
    [
        ("GlCode,Account\n10-1,1,2\n", "line 2: 3 fields, and the header has 2"),
        ('GlCode,Account\n10-1,"1\n', "line 2: "),
        ("GlCode,GlCode\n10-1,1\n", "two with the same"),
        ("Code,Account\n10-1,1\n", "line 2: a column too few or too many: GlCode"),
    ],
)
def test_a_damaged_table_is_named(tmp_path: Path, accounts: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_mapping(folder(tmp_path, accounts=accounts))
    assert str(caught.value).startswith(f"{tmp_path / 'accounts.csv'}, ")
    assert says in str(caught.value)


def test_a_table_that_is_not_there_or_too_large_or_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = folder(tmp_path)
    with pytest.raises(ConfigurationError, match=r"line 14, cross_references\.accounts: .*larger than 10 bytes"):
        load_mapping(path, max_table_bytes=10)
    (tmp_path / "accounts.csv").write_bytes(b"GlCode,Account\n10-\xfc,1\n")
    with pytest.raises(ConfigurationError, match=r"accounts\.csv can't be read"):
        load_mapping(path)
    path.write_text(GOOD.replace("csv: accounts.csv", "csv: accounts.csv\n    encoding: cp1252"), encoding="utf-8")
    assert load_mapping(path).cross_references["accounts"].rows[0]["GlCode"] == "10-ü"
    (tmp_path / "centers.csv").unlink()
    with pytest.raises(ConfigurationError, match=r"valid_targets\.cost_centers: .*centers\.csv can't be read"):
        load_mapping(path)


def test_a_list_of_valid_targets_needs_its_column(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"valid_targets\.cost_centers: there is no column 'Center' among C"):
        load_mapping(folder(tmp_path, centers="C\n10\n"))


def test_a_text_has_no_folder() -> None:
    with pytest.raises(ConfigurationError, match=r"has no folder in which accounts\.csv could lie"):
        load_mapping(GOOD, "Variable gl_mapping")


def test_rows_may_be_handed_in(tmp_path: Path) -> None:
    text = GOOD.replace("csv: accounts.csv", "handed_in: true").replace("csv: centers.csv", "handed_in: true")
    with pytest.raises(ConfigurationError, match=r"line 14, cross_references\.accounts: .*were to be handed in"):
        load_mapping(text, "the mapping")
    rows = [{"GlCode": "10-1", "Account": "1"}, {"GlCode": "10-2", "Account": None}]
    centers = pa.table({"Center": [10, 20]})
    mapping = load_mapping(text, handed_in={"accounts": rows, "cost_centers": centers})
    assert mapping.cross_references["accounts"].rows[1] == {"GlCode": "10-2", "Account": ""}
    assert mapping.valid_targets["cost_centers"].codes == ("10", "20")
    with pytest.raises(ConfigurationError, match=r"rows handed in, row 1 and row 3: GlCode '10-1' stands twice"):
        load_mapping(text, handed_in={"accounts": [*rows, rows[0]], "cost_centers": centers})


def test_the_fingerprint_is_of_what_a_mapping_says(tmp_path: Path) -> None:
    fingerprint = load_mapping(folder(tmp_path)).fingerprint()
    inline = GOOD.replace("csv: accounts.csv", "rows: [{GlCode: 10-1, Account: '1'}]  # a comment")
    inline = inline.replace("{csv: centers.csv, column: Center}", "['10']").replace(
        "lookup: accounts", "lookup: {table: accounts}"
    )
    assert load_mapping(inline).fingerprint() == fingerprint
    two = "rows: [{GlCode: 10-1, Account: '1'}, {GlCode: 10-2, Account: '2'}]"
    turned = "rows: [{Account: '2', GlCode: 10-2}, {GlCode: 10-1, Account: '1'}]"
    text = GOOD.replace("{csv: centers.csv, column: Center}", "['10']")
    assert (
        load_mapping(text.replace("csv: accounts.csv", two)).fingerprint()
        == load_mapping(text.replace("csv: accounts.csv", turned)).fingerprint()
    )
    others = [
        inline.replace("Account: '1'", "Account: '2'"),
        inline.replace("['10']", "['10', '20']"),
        inline.replace("required: true", "required: false"),
        inline.replace("segment: 1", "segment: 2"),
        inline.replace("  Account:\n", "  Konto:\n"),
        inline.replace("key: GlCode", "key: GlCode\n    wildcard: '*'"),
    ]
    assert len({fingerprint, *(load_mapping(other).fingerprint() for other in others)}) == len(others) + 1


def test_the_order_of_fields_is_part_of_a_mapping() -> None:
    one, other = load_mapping("fields: {A: X, B: Y}"), load_mapping("fields: {B: Y, A: X}")
    assert one.fingerprint() != other.fingerprint()


def test_yaml_anchors_may_be_used() -> None:
    text = "fields:\n  A: &code\n    from: Name\n    steps: [strip]\n  B:\n    <<: *code\n    required: true\n"
    assert load_mapping(text).fields["B"].required
