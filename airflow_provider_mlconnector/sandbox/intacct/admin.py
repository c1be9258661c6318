"""What the gateway is told at its admin endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airflow_provider_mlconnector.sandbox import admin
from airflow_provider_mlconnector.sandbox.intacct.columns import Row
from airflow_provider_mlconnector.sandbox.intacct.server import IntacctServer
from airflow_provider_mlconnector.sandbox.intacct.table import Table


class Admin(admin.Admin):
    """Answers admin requests.

    Args:
        server: the sandbox that it rules.
    """

    def __init__(self, server: IntacctServer) -> None:
        super().__init__(server)
        self._server, self._company = server, server.company
        self.acts |= {
            ("POST", "/admin/insert"): self._insert,
            ("POST", "/admin/update"): self._update,
            ("POST", "/admin/delete"): lambda given: shown(self._table(given), self._table(given).delete(_key(given))),
            ("POST", "/admin/sessions/revoke"): lambda _given: server.sessions.revoke(),
        }
        self.lists["/admin/rows"] = self._rows

    def clock(self) -> dict[str, str]:
        """The company's clock."""
        return {"utc": self._company.now.isoformat(), "local": self._company.local.isoformat()}

    def state(self) -> dict[str, Any]:
        """How many sessions there are."""
        return {"sessions": self._server.sessions.count()}

    def happen(self, kind: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """Let something happen; returns `object`, `recordno` and `key` of the records that it was about."""
        return self._server.events.happen(kind, params)

    def _table(self, given: dict[str, Any]) -> Table:
        return self._company.table(str(given.get("object", "")).upper())

    def _insert(self, given: dict[str, Any]) -> Any:
        table = self._table(given)
        return shown(table, table.row(table.put(_native(table, given["row"]))))

    def _update(self, given: dict[str, Any]) -> Any:
        table = self._table(given)
        return shown(table, table.update(_key(given), _native(table, given["changes"])))

    def _rows(self, options: dict[str, str]) -> Iterator[bytes]:
        wanted = dict(options)
        table = self._company.table(wanted.pop("object", "").upper())
        if unknown := set(wanted) - set(table.schema.by_name):
            raise ValueError(f"{table.schema.name} has no field '{min(unknown)}'")
        found = (shown(table, row) for row in table.rows())
        return admin.lines(row for row in found if all(row[name] == text for name, text in wanted.items()))


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
