"""Random schedules over a lane whose records are posted: calls in flight, fenced sessions, tries that wake again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
from sqlalchemy import text

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.outputs import Documents, Output
from airflow_provider_mlconnector.engine.posting import PostingSettings, post
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.fingerprint import KEY_HASH
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Identity, Outcome, Problem, Result
from tests.support.airflow_model import Tasks
from tests.support.engine_world import LANE
from tests.support.schedule import Schedule
from tests.support.tries import Stepper
from tests.support.versioned_world import VERSION, BrokenRuleError, VersionedWorld, versioned

Call = tuple[Attempt, ...]


@dataclass
class Books:
    """What the target holds, in the order in which it came; calls may fly on without their sender."""

    stepper: Stepper
    flying: list[Call] = field(default_factory=list)
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    session: int = 0
    removes: bool = False

    def land(self, call: Call) -> None:
        """A call does its work."""
        for one in call:
            row = one.document.rows[0]
            key, version, note = one.document.identity.key, int(row[VERSION]), row["Note"]
            before = self.last.get(key)
            if before and before[0] > version:
                raise BrokenRuleError(f"overtaken: {key} version {version} ({note}) was posted after {before[0]}")
            if before and before[1] == note:
                raise BrokenRuleError(f"twice: {key} '{note}' (version {version}) was posted twice in a row")
            self.last[key] = (version, note)
            self.ids.add(one.own_id)


@dataclass
class BooksTarget:
    """One try's view of the books: a session that a fence of another try ends."""

    books: Books
    session: int = -1
    longest_call: timedelta = timedelta(hours=1)

    def identity(self, rows: Sequence[Mapping[str, Any]]) -> Identity:
        """See `Target`."""
        return Identity("books", "invoice", f"{rows[0]['Supplier']}/{rows[0]['Invoice']}")

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """See `Target`."""
        return str(rows[0]["Invoice"])

    def unique(self, identity: Identity) -> bool:
        """See `Target`: found by our own id alone."""
        return False

    def replaces(self, identity: Identity) -> bool:
        """See `Target`: so that A, B, A is three postings, whose order counts."""
        return True

    def check(self, documents: Sequence[Document]) -> list[Problem | None]:
        """See `Target`."""
        return [None] * len(documents)

    def cause_gone(self, cause: str) -> bool:
        """See `Target`."""
        return True

    def calls(self, attempts: Sequence[Attempt], most: int) -> Iterator[Sequence[Attempt]]:
        """See `Target`."""
        for start in range(0, len(attempts), most):
            yield attempts[start : start + most]

    def renew(self) -> None:
        """See `Target`."""
        self.session = self.books.session

    def fence(self) -> None:
        """See `Target`."""
        self.books.session += 1
        self.session = self.books.session

    def post(self, attempts: Sequence[Attempt]) -> list[Result]:
        """See `Target`."""
        self.books.stepper.reach("call", tuple(attempts))
        if self.session != self.books.session:
            return [Result(Outcome.DOUBT, answer="the session is gone")] * len(attempts)
        self.books.land(tuple(attempts))
        self.books.stepper.reach("answer")
        return [Result(Outcome.POSTED, "journal")] * len(attempts)

    def look_up(self, attempts: Sequence[Attempt]) -> list[Found | None]:
        """See `Target`."""
        self.books.stepper.reach("look-up")
        return [Found("journal", True, True, "there") if one.own_id in self.books.ids else None for one in attempts]

    def rehearse(self, documents: Sequence[Document]) -> Iterator[str]:
        """See `Target`."""
        yield from ()


class PostingWalkWorld(VersionedWorld):
    """The versioned world, with books instead of a partner's folder."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.door: Any = Books(self.stepper)

    def write_output(self, batch: Any, rows: Any, refused: Any, refused_totals: Any) -> Output:
        """What map makes of a batch."""
        folder = self.staging.new_folder(str(LANE), "mapped")
        schema = pa.schema([*self.declared.schema(), pa.field(KEY_HASH, pa.binary(16))])
        table = pa.Table.from_pylist(list(rows), schema)
        parts = [self.staging.write_part(folder, "mapped-00000.parquet", table)] if rows else []
        kept = totals.to_json(totals.of_rows(table, self.declared.totals))
        lost = totals.to_json(refused_totals)
        laid = Documents(folder, parts)
        return Output(batch.manifest_sha256, folder, [], refused, len(rows), kept, lost, documents=laid)


class PostingTasks(Tasks):
    """The tasks, of which `deliver` posts."""

    def _deliver(self, run: int) -> None:
        world = self.world

        def wait(_seconds: float) -> None:
            # Longer than the longest call: what is in flight now never lands.
            world.stepper.reach("wait")
            world.door.flying.clear()

        settings = PostingSettings(per_call=2, wait=wait)
        reference = (self._named(run), world.xcom.get((str(run), "format")))
        books: Any = world.door
        target = BooksTarget(books)
        post(world.context(str(run), "deliver"), reference, "target", target, settings)


class PostingSchedule(Schedule):
    """One schedule of a lane whose records are posted."""

    def __init__(self, seed: int, home: Path, runs: int = 4, url: str = "") -> None:
        super().__init__(seed, home, runs, url)
        # Who restores a ledger by itself can be told by the marker; who empties a folder has no books to empty.
        self.budget["remove"] = 0

    @property
    def books(self) -> Books:
        """The target's."""
        door: Any = self.world.door
        return cast("Books", door)

    def make_world(self, home: Path, url: str, *, whole: bool) -> VersionedWorld:
        """The world that it walks through."""
        declared = versioned(detect="snapshot", cursor=None) if whole else versioned()
        return PostingWalkWorld(home, Stepper(), declared, url)

    def make_tasks(self) -> Tasks:
        """The tasks of its runs."""
        return PostingTasks(self.world)

    def land(self, number: int) -> str:
        """A call that has lost its sender does its work."""
        self.books.land(self.books.flying.pop(number))
        return "which does its work"

    def _decide_as_the_partner_says(self) -> None:
        """A person waits until no call can be at work any more, then looks into the books."""
        with self.world.ledger.write() as connection:
            connection.execute(text("UPDATE posting SET settled_at = '2020-01-01 00:00:00.000000'"))
            found = connection.execute(text("SELECT record_hash, own_id FROM posting ORDER BY attempt"))
            last_ids = {bytes(key): own_id for key, own_id in found}
        self.books.flying.clear()
        # What sleeps since then has its session ended by the person's sign-in.
        self.books.session += 1
        person = self.world.context("", "person")
        for item in self._items().values():
            if item.kind == "doubt":
                there = last_ids[item.key_hash] in self.books.ids
                try:
                    people.resolve(person, item, "looked", at_target=there)
                except ConfigurationError as error:
                    raise BrokenRuleError(str(error)) from error
