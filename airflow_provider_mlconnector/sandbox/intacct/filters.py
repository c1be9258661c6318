"""Reads what `query` asks for: its filter and its order (sheet 1.5)."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from airflow_provider_mlconnector.sandbox.intacct.columns import Field, Value
from airflow_provider_mlconnector.sandbox.intacct.conditions import All, Any_, Compare, Condition
from airflow_provider_mlconnector.sandbox.intacct.errors import query_failed

OPERATORS = {
    "equalto": "eq",
    "notequalto": "ne",
    "lessthan": "lt",
    "lessthanorequalto": "le",
    "greaterthan": "gt",
    "greaterthanorequalto": "ge",
    "between": "between",
    "in": "in",
    "notin": "notin",
    "like": "like",
    "notlike": "notlike",
    "isnull": "isnull",
    "isnotnull": "isnotnull",
}
_MOST_VALUES = 1000
_FieldOf = Callable[[str], Field]


def text_of(element: etree._Element | None) -> str:
    """An element's text without blanks around it; empty where there is none."""
    return "" if element is None else (element.text or "").strip()


def children(element: etree._Element) -> list[etree._Element]:
    """The elements in an element, without comments."""
    return [each for each in element if isinstance(each.tag, str)]


def read_filter(element: etree._Element | None, field_of: _FieldOf) -> Condition | None:
    """The condition of a `filter` element; None where there is none.

    Args:
        element: the filter.
        field_of: finds a field by name, and fails where the object has none.

    Raises:
        FunctionError: it isn't a filter.
    """
    if element is None:
        return None
    tops = children(element)
    if len(tops) != 1:
        raise query_failed(f"A filter has exactly one operator at its top, not {len(tops)}")
    return _condition(tops[0], field_of)


def _condition(element: etree._Element, field_of: _FieldOf) -> Condition:
    name = str(element.tag)
    if name in ("and", "or"):
        parts = tuple(_condition(each, field_of) for each in children(element))
        if len(parts) < 2:
            raise query_failed(f"'{name}' needs at least two expressions")
        return All(parts) if name == "and" else Any_(parts)
    if name not in OPERATORS:
        raise query_failed(f"'{name}' is not an operator")
    fields = [text_of(each) for each in children(element) if each.tag == "field"]
    values = [each.text or "" for each in children(element) if each.tag == "value"]
    if len(fields) != 1 or len(fields) + len(values) != len(children(element)):
        raise query_failed(f"'{name}' needs one field and its values")
    _counted(name, len(values))
    field = field_of(fields[0])
    return Compare(field.id, OPERATORS[name], tuple(_value(field, name, value) for value in values))


def _counted(name: str, count: int) -> None:
    if name in ("in", "notin"):
        if not 1 <= count <= _MOST_VALUES:
            raise query_failed(f"'{name}' takes 1 to {_MOST_VALUES} values, not {count}")
        return
    wanted = {"between": 2, "isnull": 0, "isnotnull": 0}.get(name, 1)
    if count != wanted:
        raise query_failed(f"'{name}' takes {wanted} values, not {count}")


def _value(field: Field, name: str, text: str) -> Value:
    if name in ("like", "notlike"):
        return text
    try:
        return field.value(text)
    except ValueError as error:
        raise query_failed(str(error)) from error


def read_order(element: etree._Element | None, field_of: _FieldOf) -> tuple[tuple[str, bool], ...]:
    """Fields of an `orderby` element, and whether each ascends.

    Raises:
        FunctionError: it isn't an order.
    """
    found = []
    for order in children(element) if element is not None else []:
        names = [str(each.tag) for each in children(order)]
        if order.tag != "order" or "field" not in names or set(names) - {"field", "ascending", "descending"}:
            raise query_failed("'orderby' holds 'order' elements with a field and 'ascending' or 'descending'")
        found.append((field_of(text_of(order.find("field"))).id, "descending" not in names))
    return tuple(found)
