"""What this SYSPRO is told at its admin endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from airflow_provider_mlconnector.sandbox import admin
from airflow_provider_mlconnector.sandbox.syspro.columns import Key
from airflow_provider_mlconnector.sandbox.syspro.odata_query import read_query
from airflow_provider_mlconnector.sandbox.syspro.rendering import Renderer, Style
from airflow_provider_mlconnector.sandbox.syspro.server import SysproServer
from airflow_provider_mlconnector.sandbox.syspro.table import Table

_BATCH = 1000


class Admin(admin.Admin):
    """Answers admin requests.

    Args:
        server: the sandbox that it rules.
    """

    def __init__(self, server: SysproServer) -> None:
        super().__init__(server)
        self._server, self._company = server, server.company
        self.acts |= {
            ("POST", "/admin/insert"): lambda given: self._shown(self._table(given), self._insert(given)),
            ("POST", "/admin/update"): lambda given: self._shown(self._table(given), self._update(given)),
            ("POST", "/admin/delete"): self._delete,
            ("POST", "/admin/release"): lambda given: {"done": server.late.release(later=given.get("later", True))},
            ("GET", "/admin/books"): lambda _given: server.record.shown(),
        }
        self.lists["/admin/rows"] = self._rows

    def clock(self) -> dict[str, str]:
        """The company's clock."""
        return {"utc": self._company.now.isoformat(), "local": self._company.today.isoformat()}

    def state(self) -> dict[str, Any]:
        """The company, and which operators are signed in."""
        return {"company": self._company.code, "signed_in": self._server.sessions.operators()}

    def happen(self, kind: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """Let something happen; returns `table` and `key` of the records that it was about."""
        return [{"table": table, "key": list(key)} for table, key in self._server.events.happen(kind, params)]

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

    def _rows(self, options: dict[str, str]) -> Iterator[bytes]:
        table = self._table(options)
        query = read_query({name: value for name, value in options.items() if name != "table"}, table.schema)
        renderer = Renderer(table, query.select, Style(quoted=True))
        return _batches(renderer, iter(table.hits(query.filter)), query.top)


def _batches(renderer: Renderer, hits: Iterator[Any], top: int | None) -> Iterator[bytes]:
    left = top
    while batch := [hit for _, hit in zip(range(_BATCH if left is None else min(left, _BATCH)), hits, strict=False)]:
        left = None if left is None else left - len(batch)
        yield ("\n".join(renderer.texts(batch)) + "\n").encode()
