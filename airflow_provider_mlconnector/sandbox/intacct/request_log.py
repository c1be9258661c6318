"""What the sandbox was asked: every request, with secrets taken out."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

_MOST = 200_000


@dataclass
class Asked:
    """One function of a request, and its outcome.

    Attributes:
        function: its name, such as `query`.
        object: the object's name, in upper case.
        controlid: its control id.
        offset: `query`'s.
        page_size: as it was asked for, or the default.
        status: `success`, `failure` or `aborted`; empty where it was never run.
        errornos: of its errors.
        rows: records in its answer.
        total: records that its query meets.
    """

    function: str
    object: str = ""
    controlid: str = ""
    offset: int = 0
    page_size: int = 0
    status: str = ""
    errornos: tuple[str, ...] = ()
    rows: int = 0
    total: int = 0


@dataclass
class Entry:
    """One request and its outcome; `function`, `object`, `offset`, `page_size` and `total` are its first's.

    Attributes:
        number: counted from 1.
        time: the sandbox's clock, UTC.
        door: `main`, or `port` for the second port.
        path: as it came.
        functions: what was asked.
        user: who signed in with a password; empty for a session.
        session: a short hash that tells sessions apart; of the new one for getAPISession.
        entity: the session's entity.
        at_once: requests that were open, with this one.
        transactions: what Intacct would count: one for each function but getAPISession.
        status: HTTP status.
        outcome: `ok`, `error`, or `fault: ` and the faults that hit it.
        errornos: of all its errors.
        rows: records in the answer.
        size: bytes of the answer's body, before it is compressed.
        seconds: how long the work took.
    """

    number: int
    time: str
    door: str
    path: str
    functions: list[Asked] = field(default_factory=list)
    user: str = ""
    session: str = ""
    entity: str = ""
    at_once: int = 0
    transactions: int = 0
    status: int = 0
    outcome: str = ""
    errornos: list[str] = field(default_factory=list)
    rows: int = 0
    size: int = 0
    seconds: float = 0

    def shown(self) -> dict[str, Any]:
        """In JSON form."""
        first = self.functions[0] if self.functions else Asked("")
        names = ("function", "object", "offset", "page_size", "total")
        return asdict(self) | {name: getattr(first, name) for name in names}


class RequestLog:
    """The last requests, in order."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_MOST)
        self._count = 0

    def new(self, **fields: Any) -> Entry:
        """Begin an entry; its number is given by the log."""
        self._count += 1
        entry = Entry(number=self._count, **fields)
        self._entries.append(entry)
        return entry

    def listed(self, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The entries whose fields are as the filters say (`since`: with a greater number)."""
        since = int(filters.get("since", "0"))
        wanted = {name: value for name, value in filters.items() if name != "since"}
        for entry in self._entries:
            shown = entry.shown()
            if entry.number > since and all(str(shown.get(name)) == value for name, value in wanted.items()):
                yield shown

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        self._entries.clear()


def hashed(secret: str) -> str:
    """A short hash that tells secrets apart; empty for none."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12] if secret else ""
