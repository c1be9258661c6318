"""What a sandbox was asked: every request, with secrets taken out by who writes it down."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

_MOST = 200_000


@dataclass
class Entry:
    """One request and its outcome; each sandbox adds what it knows of its own.

    Attributes:
        number: counted from 1.
        time: the sandbox's clock, UTC.
    """

    number: int
    time: str

    def shown(self) -> dict[str, Any]:
        """In JSON form."""
        return asdict(self)


AnyEntry = TypeVar("AnyEntry", bound=Entry)


class RequestLog(Generic[AnyEntry]):
    """The last requests, in order.

    Args:
        kind: what the sandbox notes of a request.
    """

    def __init__(self, kind: type[AnyEntry]) -> None:
        self._kind = kind
        self._entries: deque[AnyEntry] = deque(maxlen=_MOST)
        self._count = 0

    def new(self, **fields: Any) -> AnyEntry:
        """Begin an entry; its number is given by the log."""
        self._count += 1
        entry = self._kind(number=self._count, **fields)
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
