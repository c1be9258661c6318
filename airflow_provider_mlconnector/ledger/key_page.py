"""A page's keys as a few long parameters, which the database takes apart: a statement a page, not one a row."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.engine import Connection

_BYTES = 16
# Stands for no document: no hash is that.
_NONE = bytes(_BYTES)
_SOURCES = {
    "sqlite": "(SELECT key AS place, value AS shown FROM json_each(:shown)) AS each",
    "postgresql": "(SELECT CAST(number - 1 AS integer) AS place, shown"
    " FROM json_array_elements_text(CAST(:shown AS json)) WITH ORDINALITY AS listed(shown, number)) AS each",
}


@dataclass(frozen=True)
class KeyPage:
    """Keys, versions, shown keys, whether each is open, and documents where they are looked at, in the page's order.

    Hashes are of 16 bytes.
    """

    # A byte for each, since PostgreSQL finds a place in a text by walking there.
    FLAG: ClassVar[str] = "(substr(:flags, each.place + 1, 1) = :set)"

    keys: Sequence[bytes]
    versions: Sequence[bytes]
    shown: Sequence[str]
    is_open: Sequence[bool]
    documents: Sequence[bytes | None] = ()

    def __len__(self) -> int:
        return len(self.keys)

    def at(self, places: Collection[int], *, others: bool = False) -> KeyPage:
        """The rows at these places, or all others."""
        wanted = set(places)
        kept = [number for number in range(len(self)) if (number in wanted) is not others]
        columns = (self.keys, self.versions, self.shown, self.is_open, self.documents)
        return KeyPage(*([column[number] for number in kept] if column else [] for column in columns))  # type: ignore[arg-type]

    def values(self) -> dict[str, object]:
        """The parameters that `source`, `slice`, `document` and `FLAG` name."""
        documents = {"documents": b"".join(each or _NONE for each in self.documents), "none": _NONE}
        return {
            **(documents if self.documents else {}),
            "keys": b"".join(self.keys),
            "versions": b"".join(self.versions),
            "flags": bytes(self.is_open),
            "set": b"\x01",
            "shown": json.dumps(self.shown),
        }

    @staticmethod
    def source(connection: Connection) -> str:
        """What to select from: `each.place`, from 0, and `each.shown`."""
        return _SOURCES[connection.dialect.name]

    @staticmethod
    def slice(name: str) -> str:
        """The hash of this row, of `keys` or `versions`."""
        return f"substr(:{name}, {_BYTES} * each.place + 1, {_BYTES})"

    def document(self) -> str:
        """The hash of this row's document, or null."""
        return f"nullif({self.slice('documents')}, :none)" if self.documents else "NULL"
