"""The admin endpoint: what happens in the sandbox is told to it here, on loopback only.

A request needs the header `X-Sandbox-Admin`, which no web page can send without leave, and has to come from this host.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator
from typing import Any

from airflow_provider_mlconnector.sandbox.intacct.columns import Row
from airflow_provider_mlconnector.sandbox.intacct.server import IntacctServer
from airflow_provider_mlconnector.sandbox.intacct.settings import Settings
from airflow_provider_mlconnector.sandbox.intacct.table import Table
from airflow_provider_mlconnector.sandbox.web import Request, Response

HEADER = "X-Sandbox-Admin"
_JSON = {"Content-Type": "application/json"}
_LINES = {"Content-Type": "application/x-ndjson"}


class Admin:
    """Answers admin requests.

    Args:
        server: the sandbox that it rules.
    """

    def __init__(self, server: IntacctServer) -> None:
        self._server, self._company = server, server.company
        self._acts: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("POST", "/admin/advance"): self._advance,
            ("POST", "/admin/event"): self._event,
            ("POST", "/admin/insert"): self._insert,
            ("POST", "/admin/update"): self._update,
            ("POST", "/admin/delete"): lambda given: shown(self._table(given), self._table(given).delete(_key(given))),
            ("POST", "/admin/faults"): lambda given: server.faults.set(given).__dict__,
            ("POST", "/admin/faults/clear"): lambda given: server.faults.clear(str(given.get("name", ""))),
            ("GET", "/admin/faults"): lambda _given: server.faults.listed(),
            ("POST", "/admin/settings"): self._set,
            ("POST", "/admin/sessions/revoke"): lambda _given: server.sessions.revoke(),
            ("POST", "/admin/requests/clear"): lambda _given: server.log.clear(),
            ("GET", "/admin/counts"): lambda _given: self._company.counts(),
            ("GET", "/admin/state"): lambda _given: self._state(),
        }

    def handle(self, request: Request) -> Response:
        """The answer to an admin request."""
        local = request.peer in ("", "localhost") or ipaddress.ip_address(request.peer).is_loopback
        if HEADER.lower() not in request.headers or not local:
            return Response(403, b'{"error": "not for you"}', dict(_JSON))
        try:
            if (request.method, request.path) == ("GET", "/admin/requests"):
                return Response(body=_lines(self._server.log.listed(request.params)), headers=dict(_LINES))
            if (request.method, request.path) == ("GET", "/admin/rows"):
                return Response(body=_lines(self._rows(request)), headers=dict(_LINES))
            act = self._acts.get((request.method, request.path))
            if act is None:
                return Response(404, b'{"error": "there is no such act"}', dict(_JSON))
            given = json.loads(request.body or b"{}", parse_float=str)
            return Response(body=json.dumps(act(given), default=str).encode(), headers=dict(_JSON))
        except (ValueError, KeyError, TypeError) as error:
            body = {"error": str(error.args[0]) if error.args else str(error)}
            return Response(400, json.dumps(body).encode(), dict(_JSON))

    def _advance(self, given: dict[str, Any]) -> dict[str, str]:
        self._company.advance(float(given.get("seconds", 0)), days=float(given.get("days", 0)))
        return self._clock()

    def _clock(self) -> dict[str, str]:
        return {"utc": self._company.now.isoformat(), "local": self._company.local.isoformat()}

    def _state(self) -> dict[str, Any]:
        return {**self._clock(), "sessions": self._server.sessions.count()}

    def _event(self, given: dict[str, Any]) -> dict[str, Any]:
        kind = str(given.get("kind", ""))
        touched = self._server.events.happen(kind, dict(given.get("params", {})))
        return {"kind": kind, "records": touched}

    def _table(self, given: dict[str, Any]) -> Table:
        return self._company.table(str(given.get("object", "")).upper())

    def _insert(self, given: dict[str, Any]) -> Any:
        table = self._table(given)
        return shown(table, table.row(table.put(_native(table, given["row"]))))

    def _update(self, given: dict[str, Any]) -> Any:
        table = self._table(given)
        return shown(table, table.update(_key(given), _native(table, given["changes"])))

    def _set(self, given: dict[str, Any]) -> None:
        settings = self._server.settings
        unknown = set(given) - set(Settings.__dataclass_fields__)
        if unknown:
            raise ValueError(f"there is no setting '{min(unknown)}'")
        for name, value in given.items():
            kind = type(getattr(settings, name))
            setattr(settings, name, kind(value) if kind in (set, float, int) else value)

    def _rows(self, request: Request) -> Iterator[dict[str, str]]:
        wanted = dict(request.params)
        table = self._company.table(wanted.pop("object", "").upper())
        if unknown := set(wanted) - set(table.schema.by_name):
            raise ValueError(f"{table.schema.name} has no field '{min(unknown)}'")
        found = (shown(table, row) for row in table.rows())
        return (row for row in found if all(row[name] == text for name, text in wanted.items()))


def shown(table: Table, row: Row) -> dict[str, str]:
    """A record as texts, as `query` shows them; null is empty."""
    return {each.id: each.text(row.get(each.id)) for each in table.schema.fields}


def _key(given: dict[str, Any]) -> int:
    return int(given["recordno"])


def _native(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    fields = table.schema.by_name
    if unknown := set(row) - set(fields):
        raise ValueError(f"{table.schema.name} has no field '{min(unknown)}'")
    return {name: fields[name].native(value) for name, value in row.items()}


def _lines(entries: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for entry in entries:
        yield json.dumps(entry).encode() + b"\n"
