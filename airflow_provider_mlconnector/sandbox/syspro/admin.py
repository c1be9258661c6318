"""The admin endpoint: what happens in the sandbox is told to it here, on loopback only.

A request needs the header `X-Sandbox-Admin`, which no web page can send without leave, and has to come from this host.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro.columns import Key
from airflow_provider_mlconnector.sandbox.syspro.odata_query import read_query
from airflow_provider_mlconnector.sandbox.syspro.rendering import Renderer, Style
from airflow_provider_mlconnector.sandbox.syspro.server import SysproServer
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings
from airflow_provider_mlconnector.sandbox.syspro.table import Table
from airflow_provider_mlconnector.sandbox.syspro.web import Request, Response

HEADER = "X-Sandbox-Admin"
_BATCH = 1000
_JSON = {"Content-Type": "application/json"}
_LINES = {"Content-Type": "application/x-ndjson"}


class Admin:
    """Answers admin requests.

    Args:
        server: the sandbox that it rules.
    """

    def __init__(self, server: SysproServer) -> None:
        self._server, self._company = server, server.company
        self._acts: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("POST", "/admin/advance"): self._advance,
            ("POST", "/admin/event"): self._event,
            ("POST", "/admin/insert"): lambda given: self._shown(self._table(given), self._insert(given)),
            ("POST", "/admin/update"): lambda given: self._shown(self._table(given), self._update(given)),
            ("POST", "/admin/delete"): self._delete,
            ("POST", "/admin/faults"): lambda given: server.faults.set(given).__dict__,
            ("POST", "/admin/faults/clear"): lambda given: server.faults.clear(str(given.get("name", ""))),
            ("POST", "/admin/release"): lambda _given: {"done": server.late.release()},
            ("GET", "/admin/books"): lambda _given: server.record.shown(),
            ("GET", "/admin/faults"): lambda _given: server.faults.listed(),
            ("POST", "/admin/settings"): self._set,
            ("POST", "/admin/log/clear"): lambda _given: server.log.clear(),
            ("GET", "/admin/counts"): lambda _given: self._company.counts(),
            ("GET", "/admin/state"): lambda _given: self._state(),
        }

    def handle(self, request: Request) -> Response:
        """The answer to an admin request."""
        local = request.peer in ("", "localhost") or ipaddress.ip_address(request.peer).is_loopback
        if HEADER.lower() not in request.headers or not local:
            return Response(403, b'{"error": "not for you"}', dict(_JSON))
        try:
            if (request.method, request.path) == ("GET", "/admin/log"):
                return Response(body=_lines(self._server.log.listed(request.params)), headers=dict(_LINES))
            if (request.method, request.path) == ("GET", "/admin/rows"):
                return Response(body=self._rows(request), headers=dict(_LINES))
            act = self._acts.get((request.method, request.path))
            if act is None:
                return Response(404, b'{"error": "there is no such act"}', dict(_JSON))
            given = json.loads(request.body or b"{}", parse_float=str)
            return Response(body=json.dumps(act(given), default=str).encode(), headers=dict(_JSON))
        except (ValueError, KeyError) as error:
            body = {"error": str(error.args[0]) if error.args else str(error)}
            return Response(400, json.dumps(body).encode(), dict(_JSON))

    def _advance(self, given: dict[str, Any]) -> dict[str, str]:
        self._company.advance(days=float(given.get("days", 0)), seconds=float(given.get("seconds", 0)))
        return self._clock()

    def _clock(self) -> dict[str, str]:
        return {"utc": self._company.now.isoformat(), "local": self._company.today.isoformat()}

    def _state(self) -> dict[str, Any]:
        return {**self._clock(), "company": self._company.code, "signed_in": self._server.sessions.operators()}

    def _event(self, given: dict[str, Any]) -> dict[str, Any]:
        kind = str(given.pop("kind", ""))
        touched = self._server.events.happen(kind, given)
        return {"kind": kind, "records": [{"table": table, "key": list(key)} for table, key in touched]}

    def _table(self, given: dict[str, Any]) -> Table:
        name = str(given.get("table", ""))
        if name not in self._company.tables:
            raise ValueError(f"there is no table '{name}'")
        return self._company.tables[name]

    def _key(self, given: dict[str, Any]) -> Key:
        schema = self._table(given).schema
        pairs = zip(schema.key, given["key"], strict=True)
        return tuple(schema.by_name[name].value(value) for name, value in pairs)

    def _insert(self, given: dict[str, Any]) -> Any:
        return self._table(given).put(given["row"])

    def _update(self, given: dict[str, Any]) -> Any:
        return self._table(given).update(self._key(given), given["changes"])

    def _delete(self, given: dict[str, Any]) -> None:
        self._table(given).delete(self._key(given))

    def _shown(self, table: Table, row: Any) -> Any:
        columns = tuple(table.schema.by_name)
        return json.loads(Renderer(table, columns, Style(quoted=True)).texts([row])[0])

    def _set(self, given: dict[str, Any]) -> None:
        settings = self._server.settings
        unknown = set(given) - set(Settings.__dataclass_fields__)
        if unknown:
            raise ValueError(f"there is no setting '{min(unknown)}'")
        for name, value in given.items():
            kind = type(getattr(settings, name))
            setattr(settings, name, kind(value) if kind in (set, float) else value)

    def _rows(self, request: Request) -> Iterator[bytes]:
        options = dict(request.params)
        table = self._table(options)
        query = read_query({name: value for name, value in options.items() if name != "table"}, table.schema)
        renderer = Renderer(table, query.select, Style(quoted=True))
        return _batches(renderer, iter(table.hits(query.filter)), query.top)


def _batches(renderer: Renderer, hits: Iterator[Any], top: int | None) -> Iterator[bytes]:
    left = top
    while batch := [hit for _, hit in zip(range(_BATCH if left is None else min(left, _BATCH)), hits, strict=False)]:
        left = None if left is None else left - len(batch)
        yield ("\n".join(renderer.texts(batch)) + "\n").encode()


def _lines(entries: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for entry in entries:
        yield json.dumps(entry).encode() + b"\n"
