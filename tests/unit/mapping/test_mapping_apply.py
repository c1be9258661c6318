"""Mappings applied: what goes on, what is set aside and why, and when it may go on after all."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import RejectedError
from airflow_provider_mlconnector.mapping.apply import MappedChunk, Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping

Batch: TypeAlias = Callable[..., pa.Table]
Mapped: TypeAlias = Callable[..., MappedChunk]

GL = """
fields:
  Account: {from: GlCode, steps: [{lookup: {table: gl_accounts, value: Account}}], required: true}
  Center: {from: GlCode, steps: [{lookup: {table: gl_accounts, value: Center}}], valid: centers}
  Amount: {from: Value, steps: [{decimals: 2}]}
cross_references:
  gl_accounts:
    key: GlCode
    rows:
      - {GlCode: 10-1, Account: '1', Center: '10'}
      - {GlCode: 20-1, Account: '1', Center: '20'}
      - {GlCode: 30-1, Account: '1', Center: ''}
      - {GlCode: 40-1, Account: '1', Center: '99'}
valid_targets: {centers: ['10', '20']}
"""
TYPES = {"GlCode": pa.string(), "Value": pa.decimal128(14, 3)}


ONE = Decimal("1.000")


def test_targets_come_out_in_their_order_and_typed(batch: Batch, mapped: Mapped) -> None:
    rows = mapped(GL, batch(TYPES, [("10-1", Decimal("1.500"))])).rows
    texts = [(name, pa.string()) for name in ("Account", "Center")]
    assert rows.schema == pa.schema(
        [("_key", pa.string()), ("_key_hash", pa.binary(16)), *texts, ("Amount", pa.decimal128(13, 2))]
    )
    assert rows.drop_columns(["_key_hash"]).to_pylist() == [
        {"_key": "k0", "Account": "1", "Center": "10", "Amount": Decimal("1.50")}
    ]


def test_the_schema_is_known_before_rows_flow(batch: Batch) -> None:
    mapper = Mapper(load_mapping(GL))
    table = batch(TYPES, [("10-1", ONE)])
    stream = pa.schema(list(TYPES.items()))
    assert mapper.output_schema(stream) == mapper.output_schema(table.schema) == mapper.apply(table).rows.schema
    assert mapper.apply(table.slice(0, 0)).rows.schema == mapper.output_schema(stream)
    mapper.check(stream)


def test_what_can_not_be_mapped_is_set_aside_and_the_others_go_on(batch: Batch, mapped: Mapped) -> None:
    codes = ["10-1", "77-1", "40-1", "20-1", "10-1"]
    amounts = [ONE, ONE, ONE, ONE, Decimal("1.005")]
    chunk = mapped(GL, batch(TYPES, list(zip(codes, amounts, strict=True))))
    assert chunk.rows.column("_key").to_pylist() == ["k0", "k3"]
    assert [(record.key, record.field, record.reason) for record in chunk.rejected] == [
        (
            "k1",
            "Account",
            "; ".join(f"{field}: '77-1' is not in the cross-reference gl_accounts" for field in ("Account", "Center")),
        ),
        ("k2", "Center", "Center: '99' is not among the valid targets centers"),
        ("k4", "Amount", "Amount: '1.005' has more than 2 decimal places"),
    ]
    assert [record.cause.partition("#")[0] for record in chunk.rejected] == [
        "lookup:gl_accounts:77-1",
        "target:centers:99",
        "rule:Amount",
    ]


def test_key_hashes_are_those_of_the_rows(batch: Batch, mapped: Mapped) -> None:
    table = batch(TYPES, [("10-1", ONE), ("77-1", ONE)])
    chunk = mapped(GL, table)
    assert [*chunk.rows.column("_key_hash").to_pylist(), chunk.rejected[0].key_hash] == table.column(
        "_key_hash"
    ).to_pylist()


def test_all_rows_of_a_record_are_rejected_with_one_of_them(batch: Batch, mapped: Mapped) -> None:
    rows = [("10-1", ONE), ("20-1", ONE), ("77-1", ONE), ("88-1", ONE), ("20-1", ONE)]
    chunk = mapped(GL, batch(TYPES, rows, keys=["a", "b", "a", "a", "c"]))
    assert chunk.rows.column("_key").to_pylist() == ["b", "c"]
    assert [record.key for record in chunk.rejected] == ["a"]
    assert "'77-1'" in chunk.rejected[0].reason
    assert "'88-1'" in chunk.rejected[0].reason


@pytest.mark.parametrize(
    "text",
    [
        GL + "on_reject: stop\n",
        GL.replace("{table: gl_accounts, value: Account}", "{table: gl_accounts, value: Account, on_unknown: stop}"),
    ],
)
def test_a_setting_makes_it_stop_the_run_and_name_the_first_ten(text: str, batch: Batch, mapped: Mapped) -> None:
    table = batch(TYPES, [("10-1", ONE), *((f"x{number}", ONE) for number in range(12))])
    with pytest.raises(RejectedError) as caught:
        mapped(text, table)
    lines = caught.value.message.splitlines()
    assert lines[0].startswith("12 records can't be mapped")
    assert [line.split(":")[0] for line in lines[1:11]] == [f"k{number}" for number in range(1, 11)]
    assert lines[11] == "and 2 more"
    assert mapped(text, table.slice(0, 1)).rows.num_rows == 1


def test_an_unknown_code_may_take_a_default(batch: Batch, mapped: Mapped) -> None:
    text = GL.replace("{table: gl_accounts, value: Account}", "{table: gl_accounts, value: Account, default: '9'}")
    text = text.replace("{table: gl_accounts, value: Center}", "{table: gl_accounts, value: Center, default: '10'}")
    chunk = mapped(text, batch(TYPES, [("77-1", ONE), ("30-1", ONE)]))
    assert chunk.rows.column("Account").to_pylist() == ["9", "1"]
    # A known code whose center is blank is blank: nothing is unknown about it.
    assert chunk.rows.column("Center").to_pylist() == ["10", None]


def test_a_blank_code_is_missing_and_not_unknown(batch: Batch, mapped: Mapped) -> None:
    chunk = mapped(GL, batch(TYPES, [("  ", ONE), (None, ONE)]))
    assert [record.reason for record in chunk.rejected] == ["Account: is blank, and it is required"] * 2
    assert mapped(GL.replace("required: true", "required: false"), batch(TYPES, [(" ", ONE)])).rejected == []


def test_a_blank_code_stays_blank_even_where_a_row_has_a_blank_key(batch: Batch, mapped: Mapped) -> None:
    table = batch(TYPES, [("  ", ONE), (None, ONE)])
    text = GL.replace("GlCode: 30-1", "GlCode: ''").replace("required: true", "required: false")
    assert mapped(text, table).rows.column("Account").to_pylist() == [None, None]
    text = "fields: {T: {from: GlCode, steps: [{translate: {values: {'': x, a: b}}}]}}"
    assert mapped(text, table).rows.column("T").to_pylist() == [None, None]


def test_a_cause_is_gone_when_the_mapping_knows_the_code(batch: Batch, mapped: Mapped) -> None:
    causes = [record.cause for record in mapped(GL, batch(TYPES, [("77-1", ONE), ("40-1", ONE)])).rejected]
    assert not any(Mapper(load_mapping(GL)).cause_is_gone(cause) for cause in causes)
    other_row = GL.replace("    rows:\n", "    rows:\n      - {GlCode: 66-1, Account: '1', Center: '10'}\n")
    own_row = GL.replace("    rows:\n", "    rows:\n      - {GlCode: 77-1, Account: '1', Center: '10'}\n")
    assert not Mapper(load_mapping(other_row)).cause_is_gone(causes[0])
    assert Mapper(load_mapping(own_row)).cause_is_gone(causes[0])
    # The center 99 came from a table: a change there may mend it as well as a new valid target.
    assert Mapper(load_mapping(GL.replace("'99'", "'20'"))).cause_is_gone(causes[1])
    assert Mapper(load_mapping(GL.replace("['10', '20']", "['10', '99']"))).cause_is_gone(causes[1])


def test_a_cause_is_gone_when_the_rules_have_changed(batch: Batch, mapped: Mapped) -> None:
    cause = mapped(GL, batch(TYPES, [("77-1", ONE)])).rejected[0].cause
    # Now the code is looked up without its last part: 77-1 itself will never be in the table.
    assert Mapper(load_mapping(GL.replace("steps: [{lookup", "steps: [strip, {lookup"))).cause_is_gone(cause)
    assert Mapper(load_mapping(GL), {"company": "EDU1"}).cause_is_gone(cause)


def test_a_cause_that_lies_in_the_data_waits_for_another_mapping(batch: Batch, mapped: Mapped) -> None:
    cause = mapped(GL, batch(TYPES, [("10-1", Decimal("1.005"))])).rejected[0].cause
    assert not Mapper(load_mapping(GL)).cause_is_gone(cause)
    assert Mapper(load_mapping(GL.replace("decimals: 2", "decimals: 3"))).cause_is_gone(cause)


@given(st.tuples(st.text("a/%#:2F", min_size=1, max_size=5), st.text("a/%#:2F", min_size=1, max_size=5)))
def test_a_cause_names_any_key_so_that_it_is_found_again(key: tuple[str, str]) -> None:
    text = "fields: {T: {from: B, steps: [{lookup: {table: t, keys: {A: A}}}]}}\ncross_references: {t: {key: [A, B], "
    nothing = load_mapping(text + "rows: [{A: '', B: '', V: x}]}}")
    row = {"A": key[0], "B": key[1], "V": "x"}
    table = nothing.cross_references["t"].model_copy(update={"rows": (row,)})
    known = nothing.model_copy(update={"cross_references": {"t": table}})
    columns = {"_key": ["k"], "_key_hash": pa.array([b"k" * 16], pa.binary(16)), "A": [key[0]], "B": [key[1]]}
    (record,) = Mapper(nothing).apply(pa.table(columns)).rejected
    assert not Mapper(nothing).cause_is_gone(record.cause)
    assert Mapper(known).cause_is_gone(record.cause)
    assert Mapper(known).apply(pa.table(columns)).rejected == []


def test_company_specific_rows_come_before_general_ones(batch: Batch, mapped: Mapped) -> None:
    text = """
fields:
  Account:
    from: GlCode
    steps: [{lookup: {table: t, keys: {Company: {parameter: company}}}}]
cross_references:
  t:
    key: [Company, GlCode]
    wildcard: "*"
    rows:
      - {Company: "*", GlCode: 10-1, Account: general}
      - {Company: EDU1, GlCode: 10-1, Account: own}
"""
    table = batch(TYPES, [("10-1", ONE)])
    assert mapped(text, table, {"company": "EDU1"}).rows.column("Account").to_pylist() == ["own"]
    assert mapped(text, table, {"company": "EDU2"}).rows.column("Account").to_pylist() == ["general"]


def test_a_text_longer_than_its_target_is_never_cut(batch: Batch, mapped: Mapped) -> None:
    chunk = mapped("fields: {T: {from: GlCode, type: string(3)}}", batch(TYPES, [("äöü", ONE), ("abcd", ONE)]))
    assert chunk.rows.column("T").to_pylist() == ["äöü"]
    assert chunk.rejected[0].reason == "T: 'abcd' does not fit string(3)"


def test_a_default_does_not_cover_up_a_failure(batch: Batch, mapped: Mapped) -> None:
    text = GL.replace("required: true", "default: '9'")
    chunk = mapped(text, batch(TYPES, [("77-1", ONE), ("", ONE)]))
    assert chunk.rows.column("Account").to_pylist() == ["9"]
    assert [record.key for record in chunk.rejected] == ["k0"]


def test_a_long_value_is_shown_shortened(batch: Batch, mapped: Mapped) -> None:
    record = mapped(GL, batch(TYPES, [("x" * 5000, ONE)])).rejected[0]
    assert len(record.reason) < 400
    assert len(record.cause) < 400
    assert Mapper(load_mapping(GL.replace("'99'", "'20'"))).cause_is_gone(record.cause)


def test_many_reasons_are_counted(batch: Batch, mapped: Mapped) -> None:
    chunk = mapped(GL, batch(TYPES, [(f"x{number}", ONE) for number in range(9)], keys=["a"] * 9))
    assert chunk.rejected[0].reason.endswith("; and 13 more")


def test_chunked_batches_are_mapped_like_whole_ones(batch: Batch, mapped: Mapped) -> None:
    table = batch(TYPES, [("10-1", ONE), ("77-1", ONE), ("20-1", Decimal("2.000"))])
    pieces = pa.concat_tables([table.slice(0, 1), table.slice(1, 1), table.slice(2, 1)])
    whole, chunked = mapped(GL, table), mapped(GL, pieces)
    assert chunked.rows.equals(whole.rows)
    assert chunked.rejected == whole.rejected
