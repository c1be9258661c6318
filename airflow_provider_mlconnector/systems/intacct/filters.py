"""Which rows are asked for: conditions as a tree, written as a `<filter>` of `query` or a text of `readByQuery`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.declaration import Condition
from airflow_provider_mlconnector.systems.intacct.envelope import element

MOST_VALUES = 1000
"""An `in` takes no more values (sheet 1.5)."""

_ELEMENTS = {
    "eq": "equalto",
    "ne": "notequalto",
    "gt": "greaterthan",
    "ge": "greaterthanorequalto",
    "lt": "lessthan",
    "le": "lessthanorequalto",
    "in": "in",
    "null": "isnull",
    "notnull": "isnotnull",
}
_SIGNS = {"eq": "=", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_NULLS = {"null": "IS NULL", "notnull": "IS NOT NULL"}


@dataclass(frozen=True)
class Compare:
    """A column compared: with one value, `in` with up to 1000, `null` and `notnull` with none.

    Values are in the stream's own form: dates and times in ISO form.
    """

    column: str
    op: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class AllOf:
    """Every part holds; none: always true."""

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Filter, ...]


Filter = Compare | AllOf | AnyOf
EVERYTHING = AllOf()


def all_of(*parts: Filter) -> Filter:
    """The parts joined by "and", nested ones and trivial ones dissolved."""
    flat: list[Filter] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, AllOf) else (part,))
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def any_of(*parts: Filter) -> Filter:
    """The parts joined by "or"; true where one of them always is."""
    if EVERYTHING in parts:
        return EVERYTHING
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def declared(conditions: Iterable[Condition]) -> Filter:
    """A declaration's conditions, which hold together."""
    return all_of(*(Compare(each.column, each.op, each.values) for each in conditions))


def to_xml(where: Filter, kinds: Mapping[str, str]) -> etree._Element | None:
    """The condition as it stands in `<filter>`; None where it always holds.

    Args:
        where: the condition.
        kinds: declared types by column; what is not among them is a text.
    """
    if where == EVERYTHING:
        return None
    if isinstance(where, Compare):
        values = [element("value", written(value, kinds.get(where.column, "string"))) for value in where.values]
        return element(_ELEMENTS[where.op], element("field", where.column), *values)
    inside = [part for part in (to_xml(part, kinds) for part in where.parts) if part is not None]
    return element("and" if isinstance(where, AllOf) else "or", *inside)


def to_text(where: Filter, kinds: Mapping[str, str]) -> str:
    """The condition as `readByQuery` takes it; empty where it always holds."""
    if where == EVERYTHING:
        return ""
    if isinstance(where, Compare):
        return _comparison(where, kinds.get(where.column, "string"))
    joined = (" AND " if isinstance(where, AllOf) else " OR ").join(to_text(part, kinds) for part in where.parts)
    return f"({joined})"


def written(value: str, kind: str) -> str:
    """A value as Intacct's filters want it: dates as `MM/DD/YYYY`, times with whole seconds behind them (sheet 1.10).

    A fraction of a second is cut off: Intacct's own values have none.
    """
    if kind not in {"date", "datetime"}:
        return value
    day, _, clock = value.replace(" ", "T").partition("T")
    year, month, of_month = day.split("-")
    american = f"{month}/{of_month}/{year}"
    return american if kind == "date" else f"{american} {clock.partition('.')[0] or '00:00:00'}"


def _comparison(where: Compare, kind: str) -> str:
    if where.op in _NULLS:
        return f"{where.column} {_NULLS[where.op]}"
    quoted: Callable[[str], str] = _number if kind.startswith(("integer", "decimal")) else _quoted
    values = [quoted(written(value, kind)) for value in where.values]
    if where.op == "in":
        return f"{where.column} IN ({', '.join(values)})"
    return f"{where.column} {_SIGNS[where.op]} {values[0]}"


def _quoted(value: str) -> str:
    escaped = value.replace("'", "\\'")
    return f"'{escaped}'"


def _number(value: str) -> str:
    # Unquoted, so nothing but a number may stand there.
    if not value.strip().lstrip("+-").replace(".", "", 1).isdigit():
        raise ConfigurationError(f"'{value}' is compared with a number, and is none.")
    return value.strip()
