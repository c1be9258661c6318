"""Python's way to the admin endpoint, for tests and the demo."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from airflow_provider_mlconnector.sandbox.syspro.admin import HEADER

_PATIENCE = 120


class AdminError(ValueError):
    """The sandbox refused what it was told; the message says why."""


class AdminClient:
    """Tells a sandbox what happens.

    Args:
        url: the admin address that the sandbox printed, such as `http://127.0.0.1:40001`.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def advance(self, *, days: float = 0, seconds: float = 0) -> dict[str, str]:
        """Move the clock on; returns it as `utc` and `local`."""
        answer: dict[str, str] = self._post("/admin/advance", {"days": days, "seconds": seconds})
        return answer

    def event(self, kind: str, **params: Any) -> list[dict[str, Any]]:
        """Let something happen; returns `table` and `key` of the records that it was about. See `Events`."""
        records: list[dict[str, Any]] = self._post("/admin/event", {"kind": kind, **params})["records"]
        return records

    def insert(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        """Insert a row; columns that aren't given are blank."""
        answer: dict[str, Any] = self._post("/admin/insert", {"table": table, "row": row})
        return answer

    def update(self, table: str, key: list[Any], **changes: Any) -> dict[str, Any]:
        """Change columns of a row."""
        answer: dict[str, Any] = self._post("/admin/update", {"table": table, "key": key, "changes": changes})
        return answer

    def delete(self, table: str, key: list[Any]) -> None:
        """Delete a row."""
        self._post("/admin/delete", {"table": table, "key": key})

    def fault(
        self,
        name: str,
        *,
        after: int = 0,
        count: int | None = None,
        where: dict[str, str] | None = None,
        **options: Any,
    ) -> None:
        """Set a fault. See `faults.FAULTS` for names and options."""
        self._post("/admin/faults", {"name": name, "after": after, "count": count, "where": where or {}, **options})

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are set, with how many requests each has hit."""
        answer: list[dict[str, Any]] = self._get("/admin/faults")
        return answer

    def clear_faults(self, name: str = "") -> None:
        """Clear the faults with this name, or all."""
        self._post("/admin/faults/clear", {"name": name})

    def release(self) -> int:
        """Do the work that the fault `late_work` holds back; returns how many requests that was."""
        done: int = self._post("/admin/release", {})["done"]
        return done

    def books(self) -> dict[str, Any]:
        """What was posted and set up through e.net since the beginning, money as exact texts.

        Returns:
            `posted`, every document in order; `references`, by business object how often each external reference was
            posted; `refused`, how many items of posts were not taken, and `refusals`, their references and errors.
        """
        answer: dict[str, Any] = self._get("/admin/books")
        return answer

    def settings(self, **changes: Any) -> None:
        """Change settings. See `Settings`."""
        self._post("/admin/settings", changes)

    def log(self, **filters: Any) -> list[dict[str, Any]]:
        """Requests so far; filters are fields of an entry (`operation="logon"`) or `since=<number>`."""
        return list(self._lines("/admin/log", filters))

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self._post("/admin/log/clear", {})

    def counts(self) -> dict[str, int]:
        """Rows per table."""
        answer: dict[str, int] = self._get("/admin/counts")
        return answer

    def state(self) -> dict[str, Any]:
        """The clock (`utc`, `local`), the company, and which operators are signed in."""
        answer: dict[str, Any] = self._get("/admin/state")
        return answer

    def rows(self, table: str, filter: str = "", select: str = "", top: int | None = None) -> Iterator[dict[str, Any]]:  # noqa: A002
        """A table's rows in key order, streamed; numbers are exact texts. `filter` and `select` as in OData."""
        options = {"table": table, "$filter": filter, "$select": select, "$top": top}
        return self._lines("/admin/rows", {name: value for name, value in options.items() if value not in ("", None)})

    def _open(self, method: str, path: str, body: bytes = b"") -> tuple[http.client.HTTPConnection, Any]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_PATIENCE)
        connection.request(method, path, body or None, {HEADER: "1", "Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != 200:
            text = answer.read().decode()
            connection.close()
            raise AdminError(json.loads(text)["error"])
        return connection, answer

    def _post(self, path: str, given: dict[str, Any]) -> Any:
        connection, answer = self._open("POST", path, json.dumps(given, default=str).encode())
        try:
            return json.loads(answer.read())
        finally:
            connection.close()

    def _get(self, path: str) -> Any:
        connection, answer = self._open("GET", path)
        try:
            return json.loads(answer.read())
        finally:
            connection.close()

    def _lines(self, path: str, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        connection, answer = self._open("GET", f"{path}?{urlencode(options)}")
        try:
            for line in answer:
                yield json.loads(line)
        finally:
            connection.close()
