"""`readByQuery`, `readMore`, `read` and `readByName`: the older way to read (sheet 1.6)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from lxml import etree

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.intacct.columns import Field, Row, Schema
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.errors import query_failed, unknown_fields
from airflow_provider_mlconnector.sandbox.intacct.filters import text_of
from airflow_provider_mlconnector.sandbox.intacct.objects import Objects
from airflow_provider_mlconnector.sandbox.intacct.querying import page_size
from airflow_provider_mlconnector.sandbox.intacct.rendering import Column, Style, data, objects, spoiled, texts
from airflow_provider_mlconnector.sandbox.intacct.request_log import Asked
from airflow_provider_mlconnector.sandbox.intacct.search import Search, Wanted
from airflow_provider_mlconnector.sandbox.intacct.sessions import Session
from airflow_provider_mlconnector.sandbox.intacct.sql import read_text

MOST, MOST_KEYS = 1000, 100


@dataclass
class Cursor:
    """A result of readByQuery, and how far it was read; which records it holds is fixed when it begins."""

    schema: Schema
    fields: list[Field]
    keys: list[int]
    size: int
    place: int = 0


class Legacy:
    """Answers the older functions.

    Args:
        company: the data set.
        objects: what the company has of the objects.
        search: looks through the records.
    """

    def __init__(self, company: Company, objects: Objects, search: Search) -> None:
        self._company, self._objects, self._search = company, objects, search

    def read_by_query(
        self, function: etree._Element, session: Session, asked: Asked, style: Style, active: Active
    ) -> str:
        """The `data` element of the first page.

        Raises:
            FunctionError: the query can't be run.
        """
        schema = self._objects.schema(text_of(function.find("object")))
        fields = self._fields(schema, text_of(function.find("fields")))
        asked.page_size = page_size(function, MOST)
        condition = read_text(text_of(function.find("query")), lambda name: self._objects.field(schema, name))
        document_type = self._objects.document_type(function)
        # The older functions have no option for private entities' records: the top level doesn't see them.
        wanted = Wanted(schema.name, condition, (("RECORDNO", True),), False, session.entity, False, document_type)  # noqa: FBT003
        cursor = Cursor(schema, fields, self._search.keys(wanted), asked.page_size)
        return self._page(cursor, session, asked, style, active)

    def read_more(self, function: etree._Element, session: Session, asked: Asked, style: Style, active: Active) -> str:
        """The `data` element of a further page.

        Raises:
            FunctionError: the session has no such result.
        """
        result_id = text_of(function.find("resultId"))
        cursor = session.cursors.pop(result_id, None)
        if not isinstance(cursor, Cursor):
            raise query_failed(f"readMore failed: result {result_id} not found")
        asked.object, asked.page_size, asked.offset = cursor.schema.name, cursor.size, cursor.place
        return self._page(cursor, session, asked, style, active)

    def _page(self, cursor: Cursor, session: Session, asked: Asked, style: Style, active: Active) -> str:
        table = self._company.tables[cursor.schema.name]
        page = cursor.keys[cursor.place : cursor.place + cursor.size]
        cursor.place += len(page)
        left = len(cursor.keys) - cursor.place
        result_id = ""
        if left:
            result_id = f"6465763031{secrets.token_urlsafe(16)}AAAAU{len(session.cursors)}"
            session.cursors[result_id] = cursor
        found = [row for key in page if (row := table.get(key)) is not None]
        rows = texts(found, self._columns(cursor.schema, cursor.fields), style)
        asked.rows, asked.total = len(rows), len(cursor.keys)
        name = cursor.schema.name.lower() if style.lower else cursor.schema.name
        if "wrong_counts" in active:
            left = int(active["wrong_counts"].get("value", 0))
        counts = {"count": len(rows), "totalcount": len(cursor.keys), "numremaining": left, "resultId": result_id}
        return data({"listtype": name, **counts}, objects(cursor.schema.name, spoiled(rows, active), style))

    def read(self, function: etree._Element, session: Session, asked: Asked, style: Style, active: Active) -> str:
        """The `data` element of records by number or, for readByName, by natural key; `*` gives a header its lines.

        Raises:
            FunctionError: a field isn't there, or there are too many keys.
        """
        schema = self._objects.schema(text_of(function.find("object")))
        names = text_of(function.find("fields"))
        fields = self._fields(schema, names)
        keys = [each.strip() for each in text_of(function.find("keys")).split(",") if each.strip()]
        if len(keys) > MOST_KEYS:
            raise query_failed(f"{len(keys)} keys; {MOST_KEYS} are allowed")
        seen = Wanted(schema.name, entity=session.entity, private=True)
        found = [
            row
            for key in keys
            if (row := self._one(schema, key, by_name=function.tag == "readByName")) is not None
            and Search.visible(row, seen)
        ]
        rows = texts(found, self._columns(schema, fields), style)
        asked.rows = asked.total = len(rows)
        inner = {}
        if schema.lines and names in ("", "*"):
            inner = {place: self._lines(schema.lines, row, style) for place, row in enumerate(found)}
        return data(
            {"listtype": schema.name.lower() if style.lower else schema.name, "count": len(rows)},
            objects(schema.name, spoiled(rows, active), style, inner),
        )

    def _one(self, schema: Schema, key: str, *, by_name: bool) -> Row | None:
        table = self._company.tables[schema.name]
        if not by_name:
            return table.get(int(key)) if key.isdecimal() else None
        found = table.find(schema.key, key)
        return table.get(found[0]) if found else None

    def _lines(self, lines: tuple[str, str], row: Row, style: Style) -> str:
        name, by = lines
        table = self._company.tables[name]
        found = [table.row(key) for key in table.find(by, row["RECORDNO"])]
        shown = texts(found, self._columns(table.schema, self._objects.fields(table.schema)), style)
        # Documented answers have the lines in lower case within their header.
        inner = objects(name, shown, Style(style.coded, style.iso, style.lower or "objects"))
        tag = "SODOCUMENTENTRIES" if name == "SODOCUMENTENTRY" else f"{name}S"
        return f"<{tag}>{inner}</{tag}>"

    def _fields(self, schema: Schema, names: str) -> list[Field]:
        if names in ("", "*"):
            return self._objects.fields(schema)
        own = {each.id: each for each in self._objects.fields(schema)}
        asked = [name.strip().upper() for name in names.split(",")]
        if unknown := [name for name in asked if name not in own]:
            raise unknown_fields(",".join(unknown))
        return [own[name] for name in asked]

    def _columns(self, schema: Schema, fields: list[Field]) -> list[Column]:
        return [Column(each.id, each, self._search.getter(schema.name, each.id)) for each in fields]
