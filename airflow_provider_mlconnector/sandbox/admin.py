"""The admin endpoint: what happens in a sandbox is told to it here, on loopback only.

A request needs the header `X-Sandbox-Admin`, which no web page can send without leave, and has to come from this host.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from airflow_provider_mlconnector.sandbox.faults import Faults
from airflow_provider_mlconnector.sandbox.request_log import RequestLog
from airflow_provider_mlconnector.sandbox.web import Request, Response

HEADER = "X-Sandbox-Admin"
_JSON = {"Content-Type": "application/json"}
_LINES = {"Content-Type": "application/x-ndjson"}


class DataSet(Protocol):
    """What is asked of any sandbox's data."""

    def advance(self, *, days: float, seconds: float) -> Any:
        """Move the clock on."""

    def counts(self) -> dict[str, int]:
        """How many records there are of each kind."""


class Server(Protocol):
    """What is asked of any sandbox's server."""

    faults: Faults
    log: RequestLog[Any]

    @property
    def settings(self) -> Any:
        """What it is set to: a dataclass."""

    @property
    def company(self) -> DataSet:
        """Its data."""


class Admin(ABC):
    """Answers admin requests; each sandbox adds what can be done to its own records.

    Args:
        server: the sandbox that it rules.

    Attributes:
        acts: what is done, by method and path, with the request's JSON; its result is the answer.
        lists: what is listed, by path, as lines of JSON.
    """

    def __init__(self, server: Server) -> None:
        self._ruled = server
        self.acts: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("POST", "/admin/advance"): self._advance,
            ("POST", "/admin/event"): self._event,
            ("POST", "/admin/faults"): lambda given: server.faults.set(given).__dict__,
            ("POST", "/admin/faults/clear"): lambda given: server.faults.clear(str(given.get("name", ""))),
            ("GET", "/admin/faults"): lambda _given: server.faults.listed(),
            ("POST", "/admin/settings"): self._set,
            ("POST", "/admin/requests/clear"): lambda _given: server.log.clear(),
            ("GET", "/admin/counts"): lambda _given: server.company.counts(),
            ("GET", "/admin/state"): lambda _given: {**self.clock(), **self.state()},
        }
        self.lists: dict[str, Callable[[dict[str, str]], Iterable[bytes]]] = {
            "/admin/requests": lambda options: lines(server.log.listed(options)),
        }

    @abstractmethod
    def clock(self) -> dict[str, str]:
        """The sandbox's clock, as `utc` and `local`."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """What else there is to know."""

    @abstractmethod
    def happen(self, kind: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """Let something happen; returns which records it was about."""

    def handle(self, request: Request) -> Response:
        """The answer to an admin request."""
        local = request.peer in ("", "localhost") or ipaddress.ip_address(request.peer).is_loopback
        if HEADER.lower() not in request.headers or not local:
            return Response(403, b'{"error": "not for you"}', dict(_JSON))
        try:
            if request.method == "GET" and request.path in self.lists:
                return Response(body=self.lists[request.path](request.params), headers=dict(_LINES))
            act = self.acts.get((request.method, request.path))
            if act is None:
                return Response(404, b'{"error": "there is no such act"}', dict(_JSON))
            given = json.loads(request.body or b"{}", parse_float=str)
            return Response(body=json.dumps(act(given), default=str).encode(), headers=dict(_JSON))
        except (ValueError, KeyError, TypeError) as error:
            body = {"error": str(error.args[0]) if error.args else str(error)}
            return Response(400, json.dumps(body).encode(), dict(_JSON))

    def _advance(self, given: dict[str, Any]) -> dict[str, str]:
        self._ruled.company.advance(days=float(given.get("days", 0)), seconds=float(given.get("seconds", 0)))
        return self.clock()

    def _event(self, given: dict[str, Any]) -> dict[str, Any]:
        kind = str(given.get("kind", ""))
        return {"kind": kind, "records": self.happen(kind, dict(given.get("params", {})))}

    def _set(self, given: dict[str, Any]) -> None:
        settings = self._ruled.settings
        unknown = set(given) - {field.name for field in dataclasses.fields(settings)}
        if unknown:
            raise ValueError(f"there is no setting '{min(unknown)}'")
        for name, value in given.items():
            kind = type(getattr(settings, name))
            # Sets come as lists, and numbers with a point as texts.
            converted = kind in (set, float, int) and value is not None
            setattr(settings, name, kind(value) if converted else value)


def lines(entries: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Entries as lines of JSON."""
    for entry in entries:
        yield json.dumps(entry).encode() + b"\n"
