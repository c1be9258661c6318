"""Looking at the target: for attempts in doubt, and for records that may be there from elsewhere (rule 8)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from airflow_provider_mlconnector.engine import failure_points
from airflow_provider_mlconnector.engine.documents import Record
from airflow_provider_mlconnector.engine.posted import PostingBook, Refusal
from airflow_provider_mlconnector.engine.posting_rules import Discovery, discovery
from airflow_provider_mlconnector.engine.rules import ItemKind
from airflow_provider_mlconnector.ledger.postings import Posting
from airflow_provider_mlconnector.streams.target import Attempt, Found, Target

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Looked:
    """What a look-up has found.

    Attributes:
        left: records that go on; of attempts in doubt those too that were adopted, to be compared again.
        taken: records that are for a person: another document stands in their place, or the target has them with other
            content than was sent, or says that it took them and does not show them.
        there: how many records are done with, because the target has them from elsewhere.
    """

    left: list[Record]
    taken: list[Refusal]
    there: int = 0


@dataclass(frozen=True)
class Looking:
    """One try's look-ups; what they find of our own attempts is told to the ledger.

    Attributes:
        book: the ledger's side of the try.
        target: where it looks.
        wait: sleeps for so many seconds.
    """

    book: PostingBook
    target: Target
    wait: Callable[[float], None]

    def settled(self, doubtful: Sequence[tuple[Record, Posting]]) -> Looked:
        """Wait until no call of these attempts can have an effect any more, then look."""
        until = max(posting.settled_at for _, posting in doubtful)
        seconds = (until - self.book.now()).total_seconds()
        if seconds > 0:
            log.info("%d records are in doubt; looking for them in %.0f s", len(doubtful), seconds)
            self.wait(seconds)
        failure_points.reach("settled")
        self.target.fence()
        return self.judged(doubtful)

    def judged(self, doubtful: Sequence[tuple[Record, Posting]]) -> Looked:
        """Look for attempts whose calls have ended; adopted or dead, their records are judged again."""
        found = self.target.look_up([Attempt(record.document, posting.own_id) for record, posting in doubtful])
        failure_points.reach("looked_up")
        left, absent, taken = [], [], []
        for (record, posting), there in zip(doubtful, found, strict=True):
            said = discovery(there, unique=self.target.unique(record.document.identity))
            if said is Discovery.THERE and there is not None:
                if there.equal or posting.version_hash != record.version:
                    left.append(record)
                else:
                    taken.append(_differs(record, there))
                    # Before it is adopted: killed in between, the next try would take it for what was sent.
                    self.book.put_aside(taken[-1:])
                self.book.adopt(record, posting, there.target_key, there.detail)
            elif said is Discovery.TAKEN and there is not None:
                taken.append(_taken(record, there))
                absent.append((record, posting))
            elif posting.answer and not self.target.unique(record.document.identity):
                taken.append(_unseen(record, posting))
            else:
                absent.append((record, posting))
                left.append(record)
        self.book.bury(absent, "looked for, and not there")
        failure_points.reach("buried")
        return Looked(left, taken)

    def before_first(self, records: Sequence[Record]) -> Looked:
        """Look whether the target has records from elsewhere, of which no attempt of ours is in doubt."""
        asked = [record for record in records if self._may_be_there(record)]
        if not asked:
            return Looked(list(records), [])
        last = self.book.last_of(asked)
        found = self.target.look_up([Attempt(record.document, "") for record in asked])
        there, taken, gone = [], [], set()
        for record, one in zip(asked, found, strict=True):
            said = discovery(one, unique=True)
            if one is None or said is Discovery.ABSENT:
                continue
            gone.add(record.key_hash)
            if said is Discovery.THERE:
                there.append((record, last.get(record.identity_hash), one))
            else:
                taken.append(_taken(record, one))
        self.book.found_there(there)
        return Looked([record for record in records if record.key_hash not in gone], taken, len(there))

    def _may_be_there(self, record: Record) -> bool:
        identity = record.document.identity
        return self.target.unique(identity) and not self.target.replaces(identity)


def _unseen(record: Record, posting: Posting) -> Refusal:
    reason = (
        f"the target answered that it took {record.document.shown} (id {posting.own_id}), and does not show it by that "
        "id; look whether it is there, and resolve this with --at-target yes or no"
    )
    return Refusal(record, ItemKind.DOUBT, reason)


def _differs(record: Record, there: Found) -> Refusal:
    reason = f"the target has it, but not as it was sent: {there.detail}; correct it there by hand, then resolve this"
    return Refusal(record, ItemKind.CHANGED, reason)


def _taken(record: Record, there: Found) -> Refusal:
    reason = f"another document stands in its place: {there.detail}; correct one of them, then retry this"
    return Refusal(record, ItemKind.REJECTED, reason)
