"""Deleted records: Intacct leaves nothing of them in their object, only a line in its audit trail (sheet 1.12).

They are found in that trail, or by their keys, which are not in the object any more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from airflow_provider_mlconnector.errors import CredentialsError, RejectedError
from airflow_provider_mlconnector.streams.declaration import DELETED, StreamDeclaration
from airflow_provider_mlconnector.streams.source import Key, Page, RejectedRow
from airflow_provider_mlconnector.systems.intacct import cells, filters, questions, xml
from airflow_provider_mlconnector.systems.intacct.client import IntacctClient
from airflow_provider_mlconnector.systems.intacct.filters import Compare
from airflow_provider_mlconnector.systems.intacct.reader import remaining, whole
from airflow_provider_mlconnector.systems.intacct.replies import UnexplainedError
from airflow_provider_mlconnector.systems.intacct.session import Session
from airflow_provider_mlconnector.systems.intacct.table import ObjectRead, ObjectReader

_LOG = logging.getLogger(__name__)
_TRAIL = ObjectRead(
    "AUDITHISTORY",
    dict.fromkeys(("ID", "OBJECTTYPE", "OBJECTKEY", "ACCESSMODE", "USERID"), "string") | {"ACCESSTIME": "datetime"},
    order="ACCESSTIME",
)


@dataclass(frozen=True)
class Deletion:
    """A record that was deleted: its key; where it is known when (a naive time of the stream's zone) and by whom."""

    key: Key
    at: datetime | None = None
    user: str = ""


class AuditTrail:
    """Reads deletions from AUDITHISTORY, as far as the user may.

    Args:
        client: asks.
        session: whose session.
        zone: IANA zone of the stream's naive times; the trail's own are in GMT.
    """

    def __init__(self, client: IntacctClient, session: Session, zone: str) -> None:
        self._client = client
        self._session = session
        self._zone = ZoneInfo(zone)

    def deletions(self, name: str, low: str, high: str) -> tuple[list[Deletion], str]:
        """The deletions of an object's records in a window, and a warning where the trail can't be read.

        Args:
            name: the object.
            low: the window's lower end, as a cursor; empty: from the beginning.
            high: its upper end; empty: none.
        """
        try:
            return list(self._read(name, low, high)), ""
        except (RejectedError, CredentialsError, UnexplainedError) as error:
            _LOG.warning("deletions of %s from %s on are not seen: %s", name, low, error)
        return [], "Intacct's AUDITHISTORY can't be read by this user, so deleted records are not seen."

    def _read(self, name: str, low: str, high: str) -> Iterator[Deletion]:
        bounds = [Compare("ACCESSTIME", "ge", (self._gmt(low),))] if low else []
        bounds += [Compare("ACCESSTIME", "le", (self._gmt(high),))] if high else []
        kind = Compare("OBJECTTYPE", "eq", (name.lower(),))
        where = filters.all_of(kind, Compare("ACCESSMODE", "eq", ("D",)), *bounds)
        offset = 0
        size = self._client.config.page_size
        while True:
            # By offset: the trail only ever grows at its end.
            asked = partial(questions.query, _TRAIL, where, size, show_private=True, offset=offset, order="ID")
            reply = self._client.ask(self._session, asked, "Intacct query AUDITHISTORY", whole)
            rows = [] if reply.data is None else list(xml.children(reply.data))
            for row in rows:
                at = cells.typed(xml.text(row, "ACCESSTIME"), "datetime", "UTC")
                if at is not None and xml.text(row, "OBJECTKEY"):
                    local = at.replace(tzinfo=UTC).astimezone(self._zone).replace(tzinfo=None)
                    yield Deletion((xml.text(row, "OBJECTKEY"),), local, xml.text(row, "USERID"))
            if not remaining(reply, len(rows)):
                return
            offset += len(rows)

    def _gmt(self, cursor: str) -> str:
        local = datetime.fromisoformat(cursor).replace(tzinfo=self._zone)
        return local.astimezone(UTC).replace(tzinfo=None).isoformat()


class KeySnapshot:
    """Finds deleted records by what is not among the keys of their object any more (the port `Deletions`).

    Args:
        declaration: the stream.
        reader: reads its object.
        head: the object's key columns; the stream's conditions are not among its own, since a record that no longer
            meets them is not deleted.
    """

    def __init__(self, declaration: StreamDeclaration, reader: ObjectReader, head: ObjectRead) -> None:
        self._stream = declaration
        self._reader = reader
        self._head = head

    def every_key(self) -> Iterator[Page]:
        """See `Deletions`; pages are as large as the function allows."""
        for found in self._reader.pages(self._head):
            yield Page(found.table.select(list(self._stream.key)), found.rejected)

    def deleted(self, keys: Sequence[Key]) -> Page:
        """See `Deletions`."""
        return as_page([Deletion(key) for key in keys], self._stream)


def as_page(found: Sequence[Deletion], declaration: StreamDeclaration) -> Page:
    """Deletions as the stream shows them: as rows with a true `DELETED`, or as rows for a person.

    Args:
        found: the deletions, oldest first; only the last one of a key counts.
        declaration: the stream.
    """
    rows: list[dict[str, Any]] = []
    rejected: list[RejectedRow] = []
    for each in {each.key: each for each in found}.values():
        values = _typed(each.key, declaration)
        if values is None or not declaration.shows_deleted():
            shown = each.key if values is not None else ("",) * len(each.key)
            rejected.append(RejectedRow(shown, _reason(each), f"deleted: {'/'.join(each.key)}"))
        else:
            rows.append(_row(each, declaration, values))
    return Page(pa.Table.from_pylist(rows, schema=declaration.schema()), tuple(rejected))


def _typed(key: Key, declaration: StreamDeclaration) -> dict[str, Any] | None:
    try:
        kinds = [declaration.columns[name] for name in declaration.key]
        values = [cells.typed(text, kind, "UTC") for text, kind in zip(key, kinds, strict=True)]
    except cells.UnfitError:
        return None
    return None if None in values else dict(zip(declaration.key, values, strict=True))


def _row(deletion: Deletion, declaration: StreamDeclaration, key: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {**key, DELETED: True}
    if declaration.lines is not None:
        row["lines"] = []
    if declaration.cursor is not None:
        row[declaration.cursor.column] = deletion.at
    return row


def _reason(deletion: Deletion) -> str:
    when = f" at {deletion.at}" if deletion.at else ""
    return f"deleted in Intacct by {deletion.user or 'somebody'}{when}; resolve it when that is right"
