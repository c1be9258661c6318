"""Rejected sets: their records were sent and refused, and become exceptions that wait for a person or a new version.

A record's claim is set aside, so that the version that was refused no longer counts as one that the partner has: a
retry sends it again, with new control numbers, and so does a newer version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import aside
from airflow_provider_mlconnector.engine.rules import BatchState, ItemKind
from airflow_provider_mlconnector.ledger import batches, claims, deliveries, exceptions, interchanges
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.claims import ClaimRow
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem, Opened
from airflow_provider_mlconnector.ledger.interchanges import Interchange
from airflow_provider_mlconnector.ledger.lanes import Lane


@dataclass
class Rejected:
    """What became of the records of rejected sets."""

    opened: int = 0
    overtaken: int = 0
    """Of these a newer version has been sent, or is being sent."""


@dataclass
class _Page:
    opened: list[Opened] = field(default_factory=list)
    more: dict[int, str] = field(default_factory=dict)
    aside: dict[int, list[bytes]] = field(default_factory=dict)
    """By batch."""


def set_aside(connection: Connection, lane: Lane, seq: int, sent: Interchange, reasons: Mapping[int, str]) -> Rejected:
    """Turn the records of rejected sets into exceptions.

    Args:
        connection: within the transaction that says that the sets are rejected.
        lane: locked.
        seq: what the lane was bumped to for this change.
        sent: the interchange.
        reasons: why, by the set's position.
    """
    ids = [sent.batch_id, *deliveries.equal_since(connection, sent.batch_id, sent.position)]
    carried = {batch.id: batch for batch in (batches.get(connection, batch_id) for batch_id in ids) if batch}
    done = Rejected()
    items = exceptions.open_of_lane(connection, lane.id)
    for records in _each_once(connection, sent, sorted(reasons)):
        page = _Page()
        known = claims.of_keys(connection, lane.id, [key for key, _, _ in records])
        for key, shown, position in records:
            opening = Opened(key, shown, ItemKind.REJECTED, reasons[position])
            _decide(page, done, carried, opening, known.get(key, ()), items.get(key))
        newest = carried[max(carried)]
        exceptions.open_or_renew(connection, lane.id, seq, page.opened, batch_id=newest.id, run_id=newest.run_id)
        _write(connection, page, done)
    return done


def _each_once(
    connection: Connection, sent: Interchange, positions: Sequence[int]
) -> Iterator[list[tuple[bytes, str, int]]]:
    """The records, some thousand at a time; one that lies in several of the sets once."""
    seen: set[bytes] = set()
    for records in interchanges.records_of(connection, sent.id, positions):
        fresh = {record[0]: record for record in records if record[0] not in seen}
        seen.update(fresh)
        yield list(fresh.values())


def _decide(
    page: _Page,
    done: Rejected,
    carried: Mapping[int, Batch],
    opening: Opened,
    known: Sequence[ClaimRow],
    item: ExceptionItem | None,
) -> None:
    """What becomes of one record; `carried` are the batches whose versions were refused, the newest being the last."""
    mine = sorted((row for row in known if row.batch.id in carried), key=lambda row: row.batch.id)
    for row in mine:
        if row.mark != claims.SET_ASIDE:
            page.aside.setdefault(row.batch.id, []).append(opening.key_hash)
    newest = carried[max(carried)]
    if item and item.opened_seq > newest.began_seq and not _goes_by_itself(item, carried):
        # Whatever has been opened since, a newer version or a doubt, is decided as it is, by one who knows this too.
        page.more[item.id] = opening.reason
    elif any(_is_newer(row, newest) for row in known):
        done.overtaken += 1
    else:
        version = mine[-1].version_hash if mine else None
        page.opened.append(Opened(opening.key_hash, opening.key, opening.kind, opening.reason, version_hash=version))


def _goes_by_itself(item: ExceptionItem, carried: Mapping[int, Batch]) -> bool:
    """Whether the next poll would send what was refused again: it was in doubt, and a person has decided that."""
    return item.kind == ItemKind.RETRY and item.batch_id in carried and not item.retry_requested


def _is_newer(row: ClaimRow, newest: Batch) -> bool:
    return row.batch.id > newest.id and row.batch.state != BatchState.SUPERSEDED and row.mark != claims.SET_ASIDE


def _write(connection: Connection, page: _Page, done: Rejected) -> None:
    exceptions.add_reasons(connection, page.more)
    done.opened += len(page.opened)
    for batch_id, keys in page.aside.items():
        claims.set_mark(connection, batch_id, keys, claims.SET_ASIDE)
        aside.count_aside(connection, batch_id, len(keys))
