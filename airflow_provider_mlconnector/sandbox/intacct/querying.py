"""`query`: every page is a query of its own, computed anew (sheet 1.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lxml import etree

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.intacct.columns import Field, Row, Schema, Value
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.errors import query_failed
from airflow_provider_mlconnector.sandbox.intacct.filters import children, read_filter, read_order, text_of
from airflow_provider_mlconnector.sandbox.intacct.objects import Objects
from airflow_provider_mlconnector.sandbox.intacct.rendering import Column, Style, data, objects, spoiled, texts
from airflow_provider_mlconnector.sandbox.intacct.request_log import Asked
from airflow_provider_mlconnector.sandbox.intacct.search import Search, Wanted
from airflow_provider_mlconnector.sandbox.intacct.sessions import Session

MOST, DEFAULT = 2000, 100
_PARTS = {"object", "select", "filter", "orderby", "options", "pagesize", "offset", "docparid"}
_AGGREGATES = ("count", "avg", "min", "max", "sum")


class Querying:
    """Answers `query`.

    Args:
        company: the data set.
        objects: what the company has of the objects.
        search: looks through the records.
    """

    def __init__(self, company: Company, objects: Objects, search: Search) -> None:
        self._company, self._objects, self._search = company, objects, search

    def answer(self, function: etree._Element, session: Session, asked: Asked, style: Style, active: Active) -> str:
        """The `data` element of a page.

        Raises:
            FunctionError: the query can't be run; nothing is answered then.
        """
        unknown = {str(each.tag) for each in children(function)} - _PARTS
        if unknown:
            raise query_failed(f"'{min(unknown)}' is not an element of query")
        schema = self._objects.schema(text_of(function.find("object")))
        chosen = self._chosen(schema, function.find("select"))
        wanted = self._wanted(schema, function, session)
        asked.page_size, asked.offset = page_size(function, MOST), _offset(function)
        if "drift" in active:
            self._drift(wanted, active["drift"])
        if any(aggregate for aggregate, _ in chosen):
            return self._aggregated(schema, wanted, chosen, style)
        keys = self._search.keys(wanted)
        page = keys[asked.offset : asked.offset + asked.page_size]
        columns = [Column(each.id, each, self._search.getter(schema.name, each.id)) for _, each in chosen]
        table = self._company.tables[schema.name]
        rows = texts([table.row(key) for key in page], columns, style)
        asked.rows, asked.total = len(rows), len(keys)
        remaining = max(0, len(keys) - asked.offset - len(rows))
        if "wrong_counts" in active:
            remaining = int(active["wrong_counts"].get("value", 0))
        counts = {"totalcount": len(keys), "offset": asked.offset, "count": len(rows), "numremaining": remaining}
        name = schema.name.lower() if style.lower else schema.name
        return data({"listtype": name, **counts}, objects(schema.name, spoiled(rows, active), style))

    def _chosen(self, schema: Schema, select: etree._Element | None) -> list[tuple[str, Field]]:
        parts = children(select) if select is not None else []
        if not parts:
            raise query_failed("select is required; returning all fields is not supported")
        found = []
        for each in parts:
            name = str(each.tag)
            if name != "field" and name not in _AGGREGATES:
                raise query_failed(f"'{name}' is not an element of select")
            found.append(("" if name == "field" else name, self._objects.field(schema, text_of(each))))
        return found

    def _wanted(self, schema: Schema, function: etree._Element, session: Session) -> Wanted:
        def field_of(name: str) -> Field:
            return self._objects.field(schema, name)

        options = function.find("options")
        given = {} if options is None else {str(each.tag): text_of(each) for each in children(options)}
        if set(given) - {"caseinsensitive", "showprivate", "returnformat"}:
            raise query_failed("options are caseinsensitive, showprivate and returnformat")
        if given.get("returnformat", "xml") != "xml":
            raise query_failed("this sandbox answers in XML only")
        return Wanted(
            schema.name,
            read_filter(function.find("filter"), field_of),
            read_order(function.find("orderby"), field_of),
            given.get("caseinsensitive") == "true",
            session.entity,
            given.get("showprivate") == "true",
            self._objects.document_type(function),
        )

    def _drift(self, wanted: Wanted, options: Any) -> None:
        table = self._company.tables[wanted.object]
        for key in self._search.keys(wanted)[: int(options.get("n", 1))]:
            if options.get("act") == "delete":
                table.delete(key)
            else:
                table.update(key, {"WHENMODIFIED": self._company.local})

    def _aggregated(self, schema: Schema, wanted: Wanted, chosen: list[tuple[str, Field]], style: Style) -> str:
        """Aggregates over the records that are wanted, one line for each value of the plain fields."""
        table = self._company.tables[schema.name]
        getters = [self._search.getter(schema.name, field.id) for _, field in chosen]
        groups: dict[tuple[Value, ...], list[Row]] = defaultdict(list)
        plain = [place for place, (aggregate, _) in enumerate(chosen) if not aggregate]
        for key in self._search.keys(wanted):
            row = table.row(key)
            groups[tuple(getters[place](row) for place in plain)].append(row)
        shown = []
        for rows in groups.values():
            line = {}
            for (aggregate, field), get in zip(chosen, getters, strict=True):
                if aggregate:
                    number = aggregated(aggregate, [get(row) for row in rows])
                    kind = Field(field.id, "DECIMAL" if isinstance(number, Decimal) else field.kind)
                    line[f"{aggregate.upper()}.{field.id}"] = kind.text(number)
                else:
                    line[field.id] = field.text(get(rows[0]), iso=style.iso)
            shown.append(line)
        counts = {"totalcount": len(shown), "offset": 0, "count": len(shown), "numremaining": 0}
        return data({"listtype": schema.name, **counts}, objects(schema.name, shown, style))


def aggregated(name: str, values: Sequence[Any]) -> Value:
    """An aggregate of values; null ones don't count."""
    there: list[Any] = [value for value in values if value is not None]
    if name == "count":
        return len(there)
    if not there:
        return None
    if name in ("min", "max"):
        found: Value = min(there) if name == "min" else max(there)
        return found
    if any(not isinstance(value, int | Decimal) for value in there):
        raise query_failed(f"{name} needs a field of numbers")
    total = sum((Decimal(value) for value in there), Decimal(0))
    return total if name == "sum" else total / len(there)


def page_size(function: etree._Element, most: int) -> int:
    """The page size that a function asks for.

    Raises:
        FunctionError: it is none, or too large.
    """
    text = text_of(function.find("pagesize"))
    if text and (not text.isdecimal() or not 1 <= int(text) <= most):
        raise query_failed(f"pagesize is a number from 1 to {most}, not '{text}'")
    return int(text) if text else DEFAULT


def _offset(function: etree._Element) -> int:
    text = text_of(function.find("offset"))
    if text and not text.isdecimal():
        raise query_failed(f"offset is a number from 0, not '{text}'")
    return int(text) if text else 0
