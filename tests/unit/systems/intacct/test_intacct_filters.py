from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.declaration import Condition
from airflow_provider_mlconnector.systems.intacct import codes, filters, questions
from airflow_provider_mlconnector.systems.intacct.filters import EVERYTHING, Compare, all_of, any_of, to_text, to_xml
from airflow_provider_mlconnector.systems.intacct.table import RECORD, ObjectRead

KINDS = {"WHENMODIFIED": "datetime", "WHENCREATED": "date", "RECORDNO": "integer", "TOTAL": "decimal(20,2)"}


def shown(where: filters.Filter) -> str:
    element = to_xml(where, KINDS)
    return "" if element is None else etree.tostring(element, encoding="unicode")


def test_what_always_holds_is_not_written() -> None:
    assert shown(EVERYTHING) == to_text(EVERYTHING, KINDS) == ""
    assert all_of(EVERYTHING, EVERYTHING) == EVERYTHING
    assert any_of(Compare("A", "null"), EVERYTHING) == EVERYTHING


def test_one_condition_stands_alone_and_several_are_joined() -> None:
    one, other = Compare("A", "eq", ("x",)), Compare("B", "null")
    assert shown(one) == "<equalto><field>A</field><value>x</value></equalto>"
    assert shown(all_of(one)) == shown(one)
    assert shown(all_of(one, all_of(other))) == f"<and>{shown(one)}{shown(other)}</and>"
    assert shown(any_of(one, other)) == f"<or>{shown(one)}{shown(other)}</or>"
    assert to_text(any_of(one, all_of(other, one)), KINDS) == "(A = 'x' OR (B IS NULL AND A = 'x'))"


@pytest.mark.parametrize(
    ("column", "value", "written"),
    [
        ("WHENMODIFIED", "2026-03-31T12:34:56.000000", "03/31/2026 12:34:56"),
        ("WHENMODIFIED", "2026-03-31T12:34:56.999999", "03/31/2026 12:34:56"),
        ("WHENMODIFIED", "2026-03-31 12:34:56", "03/31/2026 12:34:56"),
        ("WHENMODIFIED", "2026-03-31", "03/31/2026 00:00:00"),
        ("WHENCREATED", "2026-03-31T00:00:00.000000", "03/31/2026"),
        ("NAME", "2026-03-31", "2026-03-31"),
    ],
)
def test_dates_are_written_as_intacct_wants_them(column: str, value: str, written: str) -> None:
    assert f"<value>{written}</value>" in shown(Compare(column, "ge", (value,)))
    assert to_text(Compare(column, "ge", (value,)), KINDS) == f"{column} >= '{written}'"


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_text_comes_through_as_it_is(text: str) -> None:
    element = to_xml(Compare("NAME", "in", (text, "x")), KINDS)
    assert element is not None
    again = etree.fromstring(etree.tostring(element))
    assert [value.text for value in again.findall("value")] == [text, "x"]
    legacy = to_text(Compare("NAME", "eq", (text,)), KINDS).removeprefix("NAME = ")
    assert legacy[0] == legacy[-1] == "'"
    assert legacy[1:-1].replace("\\'", "'") == text
    assert "'" not in legacy[1:-1].replace("\\'", "")


def test_numbers_are_not_quoted_and_nothing_else_passes_for_one() -> None:
    assert to_text(Compare("RECORDNO", "in", ("1", "-2")), KINDS) == "RECORDNO IN (1, -2)"
    assert to_text(Compare("TOTAL", "gt", ("10.50",)), KINDS) == "TOTAL > 10.50"
    for hostile in ("1 OR 1 = 1", "1)", "", "1.2.3", "٣x"):
        with pytest.raises(ConfigurationError):
            to_text(Compare("RECORDNO", "eq", (hostile,)), KINDS)


def test_a_control_character_has_no_place_in_a_request() -> None:
    with pytest.raises(ConfigurationError, match="control character"):
        shown(Compare("NAME", "eq", ("a\x01b",)))


def test_declared_conditions_hold_together() -> None:
    given = [Condition(column="A", values=("1",)), Condition(column="B", op="in", values=("2", "3"))]
    assert filters.declared(given) == all_of(Compare("A", "eq", ("1",)), Compare("B", "in", ("2", "3")))


def test_a_query_has_what_the_gateway_asks_for_in_its_order() -> None:
    read = ObjectRead("SODOCUMENT", {RECORD: "integer", "WHENMODIFIED": "datetime"}, order="WHENMODIFIED",
                      document_type="Shipper")  # fmt: skip
    asked = questions.query(read, Compare(RECORD, "gt", ("7",)), 2000, show_private=True)
    assert [part.tag for part in asked] == [
        "object", "select", "filter", "orderby", "options", "pagesize", "offset", "docparid",
    ]  # fmt: skip
    assert [field.text for field in asked.findall("orderby/order/field")] == ["WHENMODIFIED", RECORD]
    assert len(asked.findall("filter/*")) == 1
    legacy = questions.read_by_query(read, EVERYTHING, 1000)
    assert legacy.findtext("fields") == "RECORDNO,WHENMODIFIED"
    assert legacy.findtext("docparid") == "Shipper"


def test_read_by_query_speaks_codes_where_query_speaks_words() -> None:
    where = all_of(
        Compare("STATE", "ne", ("Draft",)), any_of(Compare("STATE", "eq", ("Posted",)), Compare("A", "null"))
    )
    assert "STATE != 'D'" in to_text(codes.coded(where, "APBILL"), KINDS)
    assert "STATE = 'A'" in to_text(codes.coded(where, "APBILL"), KINDS)
    assert codes.coded(where, "VENDOR") == where
