"""Twins: two records that are one document to whoever receives it, such as a bill that was deleted and entered anew.

To the ledger they are two keys, and each would be sent once; the partner would have the document twice.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine.reading import Reading
from airflow_provider_mlconnector.engine.rules import ItemKind
from airflow_provider_mlconnector.ledger import documents
from airflow_provider_mlconnector.ledger.exceptions import Opened
from airflow_provider_mlconnector.ledger.polled import PolledRow
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration


def set_apart(connection: Connection, reading: Reading, superseded: Collection[int] = ()) -> bool:
    """Find the rows that would be claimed although another record is their document.

    Whoever was read first goes; a record that was sent as this document before stays it, and one whose exception a
    person has retried is another document.

    Args:
        connection: the poll's own, within the transaction that stages it.
        reading: what was read and judged.
        superseded: ids of batches that are taken over and not superseded yet: their claims hold nothing. What one that
            has been frozen meanwhile claims is being sent, and holds its document.

    Returns:
        Whether there are any.
    """
    if not reading.bench.declaration.document:
        return False
    return documents.find_twins(connection, reading.bench.lane_id, sorted(superseded)) > 0


def item(row: PolledRow, declaration: StreamDeclaration) -> Opened:
    """The exception of a row that has a twin."""
    shared = " and ".join(declaration.document)
    reason = (
        f"record {row.twin_of} has the same {shared}, and was sent or is being sent; if this is another document, "
        "retry the exception to send it too; if it is the same one, resolve it, and it is not sent"
    )
    cause = documents.cause_of(row.document or b"")
    return Opened(row.key_hash, row.key, ItemKind.TWIN, reason, cause=cause, version_hash=row.version_hash)
