"""Python's way to the admin endpoint, for tests and the demo."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from airflow_provider_mlconnector.sandbox.intacct.admin import HEADER

_PATIENCE = 120


class AdminError(ValueError):
    """The sandbox refused what it was told; the message says why."""


class AdminClient:
    """Tells a sandbox what happens.

    Args:
        url: the admin address, such as `http://127.0.0.1:40001`.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def advance(self, seconds: float = 0, *, days: float = 0) -> dict[str, str]:
        """Move the clock on; returns it as `utc` and `local`."""
        answer: dict[str, str] = self._post("/admin/advance", {"days": days, "seconds": seconds})
        return answer

    def event(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        """Let something happen; returns `object`, `recordno` and `key` of the records it was about. See `Events`."""
        records: list[dict[str, Any]] = self._post("/admin/event", {"kind": name, "params": params})["records"]
        return records

    def insert(self, object: str, row: dict[str, Any]) -> dict[str, str]:  # noqa: A002 - the field's word
        """Insert a record as it is given; fields that aren't given are null."""
        answer: dict[str, str] = self._post("/admin/insert", {"object": object, "row": row})
        return answer

    def update(self, object: str, recordno: int, **changes: Any) -> dict[str, str]:  # noqa: A002 - the field's word
        """Change fields of a record, and nothing else of it: not even WHENMODIFIED."""
        given = {"object": object, "recordno": recordno, "changes": changes}
        answer: dict[str, str] = self._post("/admin/update", given)
        return answer

    def delete(self, object: str, recordno: int) -> dict[str, str]:  # noqa: A002 - the field's word
        """Delete a record; AUDITHISTORY doesn't hear of it."""
        answer: dict[str, str] = self._post("/admin/delete", {"object": object, "recordno": recordno})
        return answer

    def fault(
        self,
        name: str,
        /,
        after: int = 0,
        count: int | None = 1,
        where: dict[str, str] | None = None,
        **options: Any,
    ) -> None:
        """Set a fault; `count` None hits until it is cleared. See `faults.FAULTS` for names and options."""
        self._post("/admin/faults", {"name": name, "after": after, "count": count, "where": where or {}, **options})

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are set, with how many requests each has hit."""
        answer: list[dict[str, Any]] = self._get("/admin/faults")
        return answer

    def clear_faults(self, name: str = "") -> None:
        """Clear the faults with this name, or all."""
        self._post("/admin/faults/clear", {"name": name})

    def settings(self, **changes: Any) -> None:
        """Change settings. See `Settings`."""
        given = {name: sorted(value) if isinstance(value, set) else value for name, value in changes.items()}
        self._post("/admin/settings", given)

    def revoke_sessions(self) -> int:
        """End every session; returns how many there were."""
        return int(self._post("/admin/sessions/revoke", {}))

    def requests(self, **filters: Any) -> list[dict[str, Any]]:
        """Requests so far; filters are fields of an entry (`function="query"`) or `since=<number>`."""
        return list(self._lines("/admin/requests", filters))

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self._post("/admin/requests/clear", {})

    def counts(self) -> dict[str, int]:
        """Records per object."""
        answer: dict[str, int] = self._get("/admin/counts")
        return answer

    def state(self) -> dict[str, Any]:
        """The clock (`utc`, `local`), and how many sessions there are."""
        answer: dict[str, Any] = self._get("/admin/state")
        return answer

    def rows(self, object: str, **equal: Any) -> list[dict[str, str]]:  # noqa: A002 - the field's word
        """An object's records by number, whoever may see them, as texts as `query` shows them; null is empty.

        Args:
            object: its name.
            equal: fields that have to be these texts, such as `RECORDKEY="1001"`.
        """
        return list(self._lines("/admin/rows", {"object": object, **equal}))

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
