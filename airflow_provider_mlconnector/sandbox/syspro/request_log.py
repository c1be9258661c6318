"""What the sandbox was asked: every request, with secrets taken out."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

_SECRET = {"operatorpassword", "companypassword"}
_DOCUMENTS = {"xmlin", "xmlparameters"}
_MOST = 200_000


@dataclass(frozen=True)
class Entry:
    """One request and its outcome.

    Attributes:
        number: counted from 1.
        time: the sandbox's clock, UTC.
        service: `enet`, `odata` or empty.
        operation: e.net's operation in lower case, or `read`.
        table: the table that was asked for.
        bo: e.net's business object.
        method: HTTP method.
        path: as it came.
        params: parameters without secrets; a session's id as a short hash.
        status: HTTP status.
        outcome: `ok`, `error`, or `fault: ` and the faults that hit it.
        rows: rows in the answer.
        size: bytes of the answer's body.
        seconds: how long the work took.
    """

    number: int
    time: str
    service: str
    operation: str
    table: str
    bo: str
    method: str
    path: str
    params: dict[str, str]
    status: int
    outcome: str
    rows: int
    size: int
    seconds: float


class RequestLog:
    """The last requests, in order."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_MOST)
        self._count = 0

    def add(self, **fields: Any) -> None:
        """Write one down; `number` is given by the log."""
        self._count += 1
        self._entries.append(Entry(number=self._count, **fields))

    def listed(self, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The entries whose fields are as the filters say (`since`: with a greater number)."""
        since = int(filters.get("since", "0"))
        wanted = {name: value for name, value in filters.items() if name != "since"}
        for entry in self._entries:
            shown = asdict(entry)
            if entry.number > since and all(str(shown.get(name)) == value for name, value in wanted.items()):
                yield shown

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        self._entries.clear()


def redacted(params: Mapping[str, str]) -> dict[str, str]:
    """Parameters without passwords and documents; a session's id becomes a hash that tells sessions apart."""
    shown = {}
    for name, value in params.items():
        lower = name.lower()
        if lower in _SECRET:
            shown[name] = "***"
        elif lower == "userid":
            shown[name] = hashlib.sha256(value.strip().encode()).hexdigest()[:12]
        elif lower in _DOCUMENTS:
            shown[name] = f"({len(value)} characters)"
        else:
            shown[name] = value
    return shown
