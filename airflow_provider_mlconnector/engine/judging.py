"""What the rows of one poll are judged by: rule 3, over the claims and exceptions that are known of their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from airflow_provider_mlconnector.engine import rules
from airflow_provider_mlconnector.engine.rules import BatchState, Claim, Item, Judgement, Mark, Standing
from airflow_provider_mlconnector.ledger import claims
from airflow_provider_mlconnector.ledger.claims import ClaimRow
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from airflow_provider_mlconnector.streams import cursor
from airflow_provider_mlconnector.streams.conditions import matches
from airflow_provider_mlconnector.streams.declaration import DELETED, StreamDeclaration
from airflow_provider_mlconnector.streams.fingerprint import versions_as, without

_MARKS = {claims.AS_BATCH: Mark.AS_BATCH, claims.SET_ASIDE: Mark.SET_ASIDE, claims.CONFIRMED: Mark.CONFIRMED}
_OTHER = b""
"""Stands for a version that no claim has."""


@dataclass(frozen=True)
class Bench:
    """What rows are judged by: fixed when the poll opens (rule 3)."""

    lane_id: int
    declaration: StreamDeclaration
    hash_version: str
    began_seq: int
    superseded: frozenset[int]
    """Batches that this poll takes over: their claims no longer count, and their keys are due."""
    due: frozenset[bytes]
    """Keys whose exception this poll retries."""
    dismissed: Mapping[bytes, tuple[bytes, int]] = field(default_factory=dict)
    """Versions whose exception a person has closed, and the lane's counter when it had been opened."""
    absent: frozenset[str] = frozenset()
    """Declared columns that the source lacks at present; they make no version."""
    begun: bool = True
    """Whether the lane has claimed anything before: what a first load finds past its state was none of ours."""
    _judged: dict[tuple[object, ...], Judgement] = field(default_factory=dict, init=False)

    def judge(
        self,
        version: bytes,
        key: bytes,
        known: Sequence[ClaimRow],
        item: ExceptionItem | None,
        as_before: bytes | None = None,
        *,
        standing: Standing = Standing.CURRENT,
    ) -> Judgement:
        """Rule 3 for one row.

        Args:
            version: its version hash.
            key: its key's.
            known: the claims of its key.
            item: the open exception of its key.
            as_before: its version hash, made as that of the claim that counts, where that was made of other columns.
            standing: whether it may go to the target as it is.
        """
        if len(known) != 1 or item or as_before is not None or key in self.dismissed:
            return self._judge(version, key, known, item, as_before, standing=standing)
        # Most rows are known from one batch: what they are judged by differs in few ways, each judged once.
        row = known[0]
        looks = (row.version_hash == version, row.batch.id, row.batch.state, row.mark, key in self.due, standing)
        if looks not in self._judged:
            self._judged[looks] = self._judge(version, key, known, item, as_before, standing=standing)
        return self._judged[looks]

    def standings(self, rows: pa.Table) -> list[Standing]:
        """What each row is, where the stream says what becomes of deleted records, or which may go to the target."""
        found = [Standing.CURRENT] * rows.num_rows
        if self.declaration.claim_when:
            fit = matches(rows, self.declaration.claim_when)
            found = [Standing.CURRENT if each else Standing.UNFIT for each in fit]
        if self.declaration.missed_when and self.begun:
            past = matches(rows, self.declaration.missed_when)
            found = [Standing.PAST if is_ else other for is_, other in zip(past, found, strict=True)]
        if self.declaration.deleted is not None and DELETED in rows.schema.names:
            deleted = rows[DELETED].to_pylist()
            found = [Standing.GONE if is_ else other for is_, other in zip(deleted, found, strict=True)]
        return found

    def as_before(
        self, rows: pa.Table, keys: Sequence[bytes], known: Mapping[bytes, Sequence[ClaimRow]]
    ) -> dict[bytes, bytes]:
        """The version hashes of those rows whose claim that counts was made of other columns, made as it was.

        Where a column of then is gone, a row counts as unchanged unless its cursor has moved past that batch's window.
        """
        places: dict[str, list[tuple[int, ClaimRow]]] = {}
        for number, key in enumerate(keys):
            counts = self._that_counts(known.get(key, ()))
            if counts and counts.batch.hash_version != self.hash_version:
                places.setdefault(counts.batch.hash_version, []).append((number, counts))
        found: dict[bytes, bytes] = {}
        for made_of, some in places.items():
            chosen = without(rows.take([number for number, _ in some]), self.absent)
            hashes = versions_as(chosen, made_of) or self._assumed(chosen, [claim for _, claim in some])
            found |= {keys[number]: made for (number, _), made in zip(some, hashes, strict=True)}
        return found

    def _assumed(self, rows: pa.Table, counting: Sequence[ClaimRow]) -> list[bytes]:
        moved: Sequence[str | None] = [None] * len(counting)
        if self.declaration.cursor:
            moved = cursor.texts(rows[self.declaration.cursor.column]).to_pylist()
        standings = self.standings(rows)
        gone = rows[DELETED].to_pylist() if DELETED in rows.schema.names else [False] * len(counting)
        # What is not current is told of in any case. An export may list again what has not changed: it says so little
        # of a document that was posted that its number is no sign of a change.
        reaches = [claim.batch.high if self.declaration.claim_when else claim.batch.reach for claim in counting]
        return [
            _OTHER if deleted or standing is Standing.UNFIT or (at and reach and at > reach) else claim.version_hash
            for at, deleted, standing, reach, claim in zip(moved, gone, standings, reaches, counting, strict=True)
        ]

    def _that_counts(self, known: Sequence[ClaimRow]) -> ClaimRow | None:
        if all(row.batch.hash_version == self.hash_version for row in known):
            return None
        rows = {self._claim(row, b"", None): row for row in known}
        chosen = rules.holding_claim(rows) or rules.last_confirmed(rows)
        return rows[chosen] if chosen else None

    def _judge(
        self,
        version: bytes,
        key: bytes,
        known: Sequence[ClaimRow],
        item: ExceptionItem | None,
        as_before: bytes | None,
        *,
        standing: Standing,
    ) -> Judgement:
        dismissed, opened_seq = self.dismissed.get(key, (None, 0))
        return rules.judge(
            version,
            [self._claim(row, version, as_before) for row in known],
            as_rule_item(item) if item else None,
            began_seq=self.began_seq,
            due=key in self.due or any(row.batch.id in self.superseded for row in known),
            on_change=self.declaration.on_change,
            dismissed=dismissed == version and all(row.batch.claimed_seq <= opened_seq for row in known),
            standing=standing,
        )

    def _claim(self, row: ClaimRow, version: bytes, as_before: bytes | None) -> Claim:
        state = BatchState.SUPERSEDED if row.batch.id in self.superseded else BatchState(row.batch.state)
        renewed = row.version_hash == as_before and row.batch.hash_version != self.hash_version
        claimed = version if renewed else row.version_hash
        return Claim(row.batch.id, claimed, state, _MARKS[row.mark], row.batch.claimed_seq, renewed)


def as_rule_item(item: ExceptionItem) -> Item:
    """An exception as the rules look at it."""
    return Item(
        rules.ItemKind(item.kind),
        item.opened_seq,
        item.version_hash,
        item.blocker_batch_id,
        item.cause,
        item.retry_requested,
    )
