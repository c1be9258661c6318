"""The OData v4 service: read-only tables as pages of JSON (SYSPRO sheet 3.1)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from urllib.parse import quote, urlencode

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.odata_metadata import metadata
from airflow_provider_mlconnector.sandbox.syspro.odata_query import Query, QueryError, read_query, skip_token
from airflow_provider_mlconnector.sandbox.syspro.odata_rows import page_body, row_texts
from airflow_provider_mlconnector.sandbox.syspro.predicates import Node, rewritten
from airflow_provider_mlconnector.sandbox.syspro.rendering import PADDED, Renderer, Style
from airflow_provider_mlconnector.sandbox.syspro.sessions import Sessions
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings
from airflow_provider_mlconnector.sandbox.syspro.table import Hit, Table
from airflow_provider_mlconnector.sandbox.web import Request, Response

_JSON = "application/json; odata.metadata=minimal; odata.streaming=true"


@dataclass(frozen=True)
class Page:
    """The rows of a page, whether there are more, and how many there are in all (None: not asked for)."""

    hits: list[Hit]
    more: bool
    total: int | None


class ODataService:
    """Answers OData requests.

    Args:
        company: whose tables.
        settings: users, caps and paths.
        sessions: e.net sessions, for sign-in by session.
    """

    def __init__(self, company: Company, settings: Settings, sessions: Sessions) -> None:
        self._company, self._settings, self._sessions = company, settings, sessions
        self._renderer = lru_cache(maxsize=64)(self._new_renderer)

    def _new_renderer(self, table: str, columns: tuple[str, ...], style: Style) -> Renderer:
        return Renderer(self._company.tables[table], columns, style)

    def table_of(self, path: str) -> str:
        """The table that a path asks for; empty where it asks for none."""
        parts = path[len(self._settings.odata_path) :].strip("/").split("/")
        return parts[1] if len(parts) == 2 and not parts[1].startswith("$") else ""

    def answer(self, request: Request, active: Active) -> tuple[Response, int]:
        """The answer, and how many rows it holds."""
        if not self._signed_in(request):
            response = failure(401, "Unauthorized")
            response.headers["WWW-Authenticate"] = 'Basic realm="SYSPRO OData"'
            return response, 0
        if request.method != "GET":
            return failure(405, "The service is read-only."), 0
        return self._resource(request, active)

    def _resource(self, request: Request, active: Active) -> tuple[Response, int]:
        company, _, resource = request.path[len(self._settings.odata_path) :].strip("/").partition("/")
        if company != self._company.code:
            return failure(404, f"Company '{company}' was not found."), 0
        if resource == "$metadata":
            tables = [table.schema for table in self._company.tables.values()]
            return Response(body=metadata(tables).encode(), headers={"Content-Type": "application/xml"}), 0
        if not resource:
            return self._listing(request), 0
        table = self._company.tables.get(resource)
        if table is None:
            return failure(404, f"Resource not found for the segment '{resource}'."), 0
        return self._page(request, table, active)

    def _listing(self, request: Request) -> Response:
        names = [{"name": name, "kind": "EntitySet", "url": name} for name in sorted(self._company.tables)]
        body = {"@odata.context": f"{self._root(request)}/$metadata", "value": names}
        return Response(body=json.dumps(body).encode(), headers=_headers(_JSON))

    def _signed_in(self, request: Request) -> bool:
        by = self._settings.odata_auth
        if by in ("session", "both"):
            user_id = request.headers.get("userid", request.params.get("UserId", ""))
            # A header loses its trailing blanks on the way.
            padded = user_id if len(user_id) == 36 else user_id.ljust(36)
            if user_id and not self._sessions.error(padded):
                return True
        return by != "session" and self._basic(request.headers.get("authorization", ""))

    def _basic(self, header: str) -> bool:
        scheme, _, encoded = header.partition(" ")
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        wanted = self._settings.odata_users.get(name)
        return (
            scheme.lower() == "basic" and wanted is not None and hmac.compare_digest(wanted.encode(), password.encode())
        )

    def _root(self, request: Request) -> str:
        scheme = "https" if request.encrypted else "http"
        return f"{scheme}://{request.headers.get('host', '')}{self._settings.odata_path}/{self._company.code}"

    def _page(self, request: Request, table: Table, active: Active) -> tuple[Response, int]:
        padding = str(active.get("key_padding", {}).get("value", "zero"))
        try:
            query = read_query(request.params, table.schema)
            hidden = not self._settings.timestamps and "TimeStamp" in request.params.get("$select", "")
            if hidden:
                raise QueryError(f"Could not find a property named 'TimeStamp' on type '{table.schema.name}'.")
        except ValueError as error:
            return failure(400, str(error)), 0
        ieee = "ieee754compatible=true" in request.headers.get("accept", "").lower().replace(" ", "")
        style = Style("json", ieee and "ieee754_ignored" not in active, "zulu" in active, padding)
        page = self._hits(table, query, active)
        columns = tuple(name for name in query.select if name != "TimeStamp" or self._settings.timestamps)
        renderer = self._renderer(table.schema.name, columns, style)
        rows = row_texts(renderer, page.hits, active)
        context = (
            ""
            if "odata.metadata=none" in request.headers.get("accept", "")
            else (f"{self._root(request)}/$metadata#{table.schema.name}")
        )
        link = self._link(request, table, query, page) if "next_link" in active else ""
        kind = _JSON + (";IEEE754Compatible=true" if style.quoted else "")
        body = page_body(rows, context, page.total, link, active)
        return Response(body=body, headers=_headers(kind)), len(rows)

    def _hits(self, table: Table, query: Query, active: Active) -> Page:
        cap = int(active.get("lower_cap", {}).get("value", self._settings.odata_cap))
        limit = cap if query.top is None else min(query.top, cap)
        condition = unpadded(query.filter)
        total = sum(1 for _ in table.hits(condition)) if query.count else None
        found = table.hits(condition, query.after)
        if not natural(query, table):
            found = iter(_sorted(table, list(found), query))
        hits = list(islice(found, query.skip, query.skip + limit + 1))
        return Page(hits[:limit], len(hits) > limit, total)

    def _link(self, request: Request, table: Table, query: Query, page: Page) -> str:
        options = dict(request.params)
        if query.top is not None:
            if query.top <= len(page.hits):
                return ""
            options["$top"] = str(query.top - len(page.hits))
        if not page.more:
            return ""
        options.pop("$skip", None)
        if natural(query, table):
            options["$skiptoken"] = skip_token(table.schema.key_of(table.row(page.hits[-1])))
        else:
            options["$skip"] = str(query.skip + len(page.hits))
        return f"{self._root(request)}/{table.schema.name}?{urlencode(options, quote_via=quote)}"


def natural(query: Query, table: Table) -> bool:
    """Whether the order asked for is that of the primary key."""
    order = query.orderby[: len(table.schema.key)]
    return all(not descending and name == key for (name, descending), key in zip(order, table.schema.key, strict=False))


def _sorted(table: Table, hits: list[Hit], query: Query) -> list[Hit]:
    """Hits by the columns asked for, nulls first as SQL Server has it; the rest of the order is the key's."""
    for name, descending in reversed(query.orderby):
        values = [table.row(hit)[name] for hit in hits]
        places = sorted(
            range(len(hits)), key=lambda place: (values[place] is not None, values[place]), reverse=descending
        )
        hits = [hits[place] for place in places]
    return hits


def unpadded(node: Node | None) -> Node | None:
    """A condition in which keys padded with blanks are compared as the tables hold them."""
    return node if node is None else rewritten(node, PADDED)


def failure(status: int, message: str) -> Response:
    """An OData error; its text is invented."""
    body = {"error": {"code": str(status), "message": message}}
    return Response(status, json.dumps(body).encode(), _headers("application/json; odata.metadata=minimal"))


def _headers(kind: str) -> dict[str, str]:
    return {"Content-Type": kind, "OData-Version": "4.0"}
