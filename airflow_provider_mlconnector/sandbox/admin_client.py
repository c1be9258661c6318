"""Python's way to the admin endpoint, for tests and the demo."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from airflow_provider_mlconnector.sandbox.admin import HEADER

_PATIENCE = 120


class AdminError(ValueError):
    """The sandbox refused what it was told; the message says why."""


class AdminClient:
    """Tells a sandbox what happens; each system's adds what can be done to its own records.

    Args:
        url: the admin address that the sandbox printed, such as `http://127.0.0.1:40001`.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def advance(self, seconds: float = 0, *, days: float = 0) -> dict[str, str]:
        """Move the clock on; returns it as `utc` and `local`."""
        answer: dict[str, str] = self._post("/admin/advance", {"days": days, "seconds": seconds})
        return answer

    def event(self, kind: str, /, **params: Any) -> list[dict[str, Any]]:
        """Let something happen; returns which records it was about. See the system's `Events`."""
        records: list[dict[str, Any]] = self._post("/admin/event", {"kind": kind, "params": params})["records"]
        return records

    def fault(self, name: str, *, after: int = 0, where: dict[str, str] | None = None, **options: Any) -> None:
        """Set a fault. See the system's `faults.FAULTS` for names and options.

        Args:
            name: the fault.
            after: how many requests that it is meant for pass first.
            where: facts of the requests that it is meant for.
            options: the fault's own, and `count`: how many requests it hits, None for all until it is cleared.
        """
        self._post("/admin/faults", {"name": name, "after": after, "where": where or {}, **options})

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are set, with how many requests each has hit."""
        answer: list[dict[str, Any]] = self._get("/admin/faults")
        return answer

    def clear_faults(self, name: str = "") -> None:
        """Clear the faults with this name, or all."""
        self._post("/admin/faults/clear", {"name": name})

    def settings(self, **changes: Any) -> None:
        """Change settings. See the system's `Settings`."""
        given = {name: sorted(value) if isinstance(value, set) else value for name, value in changes.items()}
        self._post("/admin/settings", given)

    def requests(self, **filters: Any) -> list[dict[str, Any]]:
        """Requests so far; filters are fields of an entry (`status=200`) or `since=<number>`."""
        return list(self._lines("/admin/requests", filters))

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self._post("/admin/requests/clear", {})

    def counts(self) -> dict[str, int]:
        """How many records there are of each kind."""
        answer: dict[str, int] = self._get("/admin/counts")
        return answer

    def state(self) -> dict[str, Any]:
        """The clock (`utc`, `local`), and what else there is to know."""
        answer: dict[str, Any] = self._get("/admin/state")
        return answer

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

    def _open(self, method: str, path: str, body: bytes = b"") -> tuple[http.client.HTTPConnection, Any]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_PATIENCE)
        connection.request(method, path, body or None, {HEADER: "1", "Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != 200:
            text = answer.read().decode()
            connection.close()
            raise AdminError(json.loads(text)["error"])
        return connection, answer
