"""Rule 8 broken on purpose, as `breakage` breaks the other rules of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import judging
from airflow_provider_mlconnector.engine.documents import Record
from airflow_provider_mlconnector.engine.looking import Looking
from airflow_provider_mlconnector.engine.posted import PostingBook, Tried
from airflow_provider_mlconnector.engine.rules import Standing
from airflow_provider_mlconnector.ledger import postings
from airflow_provider_mlconnector.ledger.postings import Posting
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget


def look_up_skipped() -> None:
    """What is in doubt is believed not to be there."""
    target: Any = SysproTarget
    target.look_up = lambda _self, attempts: [None] * len(attempts)


def doubts_unwaited() -> None:
    """What is in doubt is looked for at once, while a call may still be at work."""
    looks: Any = Looking
    looks.settled = looks.judged


def sessions_unfenced() -> None:
    """A session goes on after a call in it was lost."""
    target: Any = SysproTarget
    target.fence = lambda _self: None


def intents_late() -> None:
    """An intent is put down together with what became of it, after the call."""
    begun: dict[tuple[bytes, int], Posting] = {}
    begin: Any = postings.begin
    end: Any = postings.end

    def keep(_connection: Connection, intent: Posting) -> bool:
        begun[intent.key_hash, intent.attempt] = intent
        return True

    def write(connection: Connection, key_hash: bytes, attempt: int, *given: Any, **more: Any) -> Any:
        if (key_hash, attempt) in begun:
            begin(connection, begun.pop((key_hash, attempt)))
        return end(connection, key_hash, attempt, *given, **more)

    module: Any = postings
    module.begin, module.end = keep, write


def intents_unchecked() -> None:
    """An intent is put down whatever has been put down since the try has looked."""

    def intend(
        self: PostingBook, new: Sequence[tuple[Record, str]], settle: timedelta, *, replaces: bool
    ) -> list[Tried]:
        assert not replaces
        with self._changing() as (connection, _):
            last = postings.newest(connection, [record.identity_hash for record, _ in new])
            tried = [
                Tried(record, self._intent(connection, (record, last.get(record.identity_hash)), settle, own_id))
                for record, own_id in new
            ]
            for one in tried:
                postings.begin(connection, one.intent)
        return tried

    PostingBook.intend = intend  # type: ignore[method-assign]


def void_posted() -> None:
    """What may not go to the target goes there."""
    bench: Any = judging.Bench
    bench.standings = lambda _self, rows: [Standing.CURRENT] * rows.num_rows
