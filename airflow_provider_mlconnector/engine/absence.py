"""Deleted records that a source leaves nothing of: what is known of a lane, and is not among the table's keys any more.

Nothing is told to be deleted that the reading of the keys only missed: what this poll has met in its window, what was
claimed after it began, and keys that can't be read count as there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import pyarrow as pa

from airflow_provider_mlconnector.engine.gone import too_many
from airflow_provider_mlconnector.engine.reading import Reading, shown_key
from airflow_provider_mlconnector.engine.rules import Verdict
from airflow_provider_mlconnector.ledger import absent, claims
from airflow_provider_mlconnector.streams.fingerprint import (
    KEY,
    KEY_HASH,
    VERSION_HASH,
    key_hash,
    key_texts,
    key_values,
    with_fingerprints,
)
from airflow_provider_mlconnector.streams.source import Deletions, StreamSource

log = logging.getLogger(__name__)

_AT_ONCE = 10_000
# A deletion that nobody knows of yet, and one that the target knows.
_NEWS = (Verdict.CLAIM, Verdict.CHANGED, Verdict.WAIT)
_TOLD = (Verdict.KNOWN, Verdict.KNOWN_CLOSES_ITEM, Verdict.REBASELINE)


def read_keys(reading: Reading, source: StreamSource, shown: Sequence[str]) -> None:
    """Read records again by their keys, as people see them."""
    if shown:
        reading.take(source.by_keys([key_values(text) for text in sorted(shown)]), None)


def read_deletions(source: StreamSource, reading: Reading) -> None:
    """Compare the keys of the whole table with what is known, and take what is gone in as the stream shows it.

    Args:
        source: says whether and how that is to be done.
        reading: takes the rows in, after those of its window.
    """
    deletions = source.deletions()
    if deletions is None:
        return
    connection = reading.polled.connection
    with connection.begin():
        absent.open_comparison(connection)
    back = _note_keys(deletions, reading)
    if back is None:
        return
    found: list[str] = []
    news = 0
    for keys in _gone(reading):
        page = deletions.deleted([key_values(shown) for shown in keys.values()])
        with connection.begin():
            judged = _judged(reading, page.rows)
            asked = {key: shown for key, shown in keys.items() if shown not in judged}
            reading.absent.for_people |= absent.not_asked_yet(connection, reading.bench.lane_id, asked)
        found += [shown for shown, verdict in judged.items() if verdict is not Verdict.KNOWN]
        news += sum(verdict in _NEWS for verdict in judged.values())
    news += len(reading.absent.for_people)
    # Rows go to the partner without a person's look: of a table that seems empty none does.
    if too_many(news, reading.absent.there) or (news and not reading.absent.there):
        reading.absent.too_many, reading.absent.for_people = news, {}
        return
    log.info("%d keys compared: %d records are gone since", reading.absent.there, news)
    for start in range(0, len(found), _AT_ONCE):
        some = [key_values(shown) for shown in found[start : start + _AT_ONCE]]
        reading.take(iter([deletions.deleted(some)]), None)
    read_keys(reading, source, back)


def _note_keys(deletions: Deletions, reading: Reading) -> list[str] | None:
    """Note all keys; returns those that were told to be deleted and are back, or None where a key can't be read."""
    connection, declared = reading.polled.connection, reading.bench.declaration
    back: list[str] = []
    for page in deletions.every_key():
        reading.refuse(page.rejected)
        if not all(shown_key(row) for row in page.rejected):
            log.warning("a key of %s can't be read: which records are deleted is not looked at", declared.table)
            return None
        shown = key_texts(page.rows, declared.key).to_pylist() if page.rows.num_rows else []
        shown += [shown_key(row) for row in page.rejected]
        with connection.begin():
            absent.note(connection, [key_hash(key) for key in shown])
            told = _judged(reading, deletions.deleted([key_values(key) for key in shown]).rows)
        back += [key for key, verdict in told.items() if verdict in _TOLD]
        reading.absent.there += len(shown)
    return back


def _gone(reading: Reading) -> Iterator[dict[bytes, str]]:
    connection, last = reading.polled.connection, b""
    while True:
        with connection.begin():
            page = absent.known_and_gone(connection, reading.bench.lane_id, reading.bench.began_seq, last, _AT_ONCE)
        if not page:
            return
        yield page
        last = max(page)


def _judged(reading: Reading, rows: pa.Table) -> dict[str, Verdict]:
    """What would become of rows, by key."""
    if not rows.num_rows:
        return {}
    bench, marked = reading.bench, with_fingerprints(rows, reading.bench.declaration)
    keys, versions, shown = (marked[name].to_pylist() for name in (KEY_HASH, VERSION_HASH, KEY))
    known = claims.of_keys(reading.polled.connection, bench.lane_id, keys)
    before = bench.as_before(marked, keys, known)
    rows_of = zip(keys, versions, shown, bench.standings(marked), strict=True)
    return {
        text: bench.judge(
            version, key, known.get(key, ()), reading.items.get(key), before.get(key), standing=standing
        ).verdict
        for key, version, text, standing in rows_of
    }
