"""A lane whose records are posted: the engine's world with a target in memory instead of a partner's folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from airflow_provider_mlconnector.engine import manifest
from airflow_provider_mlconnector.engine.outputs import Documents, Output, Refused
from airflow_provider_mlconnector.engine.posting import Posted, PostingSettings, post
from airflow_provider_mlconnector.ledger import batches
from airflow_provider_mlconnector.streams import totals
from airflow_provider_mlconnector.streams.fingerprint import KEY, KEY_HASH
from airflow_provider_mlconnector.streams.target import (
    Attempt,
    Document,
    Found,
    Identity,
    Outcome,
    Problem,
    Result,
)
from tests.support.engine_world import LANE, World


@dataclass(frozen=True)
class Entry:
    """One document in the target's books."""

    key: str
    own_id: str
    amount: Decimal
    note: str


@dataclass
class MemoryTarget:
    """A target that a test has misbehave.

    `script` says what each call does, `ok` once it is used up: `ok`; `refuse` (all of its documents); `lost` (done, and
    no answer); `gone` (not done, and no answer); `unclear` (not done, and an answer that does not say it); `late` (no
    answer, and done when somebody waits).
    """

    entries: list[Entry] = field(default_factory=list)
    script: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    is_unique: bool = True
    does_replace: bool = False
    calls_made: list[list[str]] = field(default_factory=list)
    looks: int = 0
    fences: int = 0
    flying: list[Entry] = field(default_factory=list)
    before_call: Callable[[], None] = lambda: None
    longest_call: timedelta = timedelta(seconds=60)

    def identity(self, rows: Sequence[Mapping[str, Any]]) -> Identity:
        """See `Target`."""
        return Identity("memory", "invoice", f"{rows[0]['Supplier']}/{rows[0]['Invoice']}")

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """See `Target`."""
        return f"invoice {rows[0]['Invoice']}"

    def unique(self, identity: Identity) -> bool:
        """See `Target`."""
        return self.is_unique

    def replaces(self, identity: Identity) -> bool:
        """See `Target`."""
        return self.does_replace

    def check(self, documents: Sequence[Document]) -> list[Problem | None]:
        """See `Target`: notes that are `unknown` are a cause."""
        notes = [document.rows[0]["Note"] for document in documents]
        return [Problem("Note", "is unknown", f"note:{note}") if note in self.unknown else None for note in notes]

    def cause_gone(self, cause: str) -> bool:
        """See `Target`."""
        return cause.removeprefix("note:") not in self.unknown

    def calls(self, attempts: Sequence[Attempt], most: int) -> Iterator[Sequence[Attempt]]:
        """See `Target`."""
        for start in range(0, len(attempts), most):
            yield attempts[start : start + most]

    def renew(self) -> None:
        """See `Target`."""

    def fence(self) -> None:
        """See `Target`."""
        self.fences += 1

    def post(self, attempts: Sequence[Attempt]) -> list[Result]:
        """See `Target`."""
        self.before_call()
        made = [_entry(one) for one in attempts]
        self.calls_made.append([entry.key for entry in made])
        act = self.script.pop(0) if self.script else "ok"
        bad = [entry for entry in made if entry.note in self.refused]
        if act == "refuse" or bad:
            if len(made) == 1:
                return [Result(Outcome.REFUSED, reason="no: because")]
            return [Result(Outcome.DOUBT, answer="one of them is wrong")] * len(made)
        if act in ("ok", "lost"):
            self._book(made)
        if act == "late":
            self.flying += made
        if act == "unclear":
            return [Result(Outcome.DOUBT, answer="what?")] * len(made)
        if act != "ok":
            return [Result(Outcome.DOUBT, answer="no answer", in_flight=True)] * len(made)
        return [Result(Outcome.POSTED, f"journal {len(self.calls_made)}")] * len(made)

    def land(self) -> None:
        """What is still at work at the target is done."""
        self._book(self.flying)
        self.flying = []

    def _book(self, made: Sequence[Entry]) -> None:
        for entry in made:
            there = [one for one in self.entries if one.key == entry.key]
            if self.does_replace:
                self.entries = [one for one in self.entries if one not in there]
            elif there and self.is_unique:
                raise AssertionError(f"{entry.key} is doubled")
            self.entries.append(entry)

    def look_up(self, attempts: Sequence[Attempt]) -> list[Found | None]:
        """See `Target`."""
        self.looks += 1
        return [self._found(one) for one in attempts]

    def _found(self, attempt: Attempt) -> Found | None:
        wanted = _entry(attempt)
        for one in self.entries:
            ours = bool(attempt.own_id) and one.own_id == attempt.own_id
            if ours or (self.is_unique and one.key == wanted.key):
                return Found("journal", ours, one.amount == wanted.amount, f"{one.key} {one.amount}")
        return None

    def rehearse(self, documents: Sequence[Document]) -> Iterator[str]:
        """See `Target`."""
        yield from (document.shown for document in documents)

    def numbers(self) -> list[str]:
        """The numbers of the documents that are in the books."""
        return sorted(entry.key.rpartition("INV-")[2] for entry in self.entries)


def _entry(attempt: Attempt) -> Entry:
    one = attempt.document.rows[0]
    key = f"{one['Supplier']}/{one['Invoice']}"
    return Entry(key, attempt.own_id, one["Amount"], one["Note"])


@dataclass
class PostingWorld(World):
    """Poll, post and commit of one lane."""

    target: MemoryTarget = field(default_factory=MemoryTarget)
    waits: list[float] = field(default_factory=list)
    per_call: int = 20
    while_waiting: Callable[[float], None] = lambda _: None

    def post(self, run: str) -> Posted:
        """The post task: what map has made, posted; waiting lets what is in flight land."""

        def wait(seconds: float) -> None:
            self.waits.append(seconds)
            self.target.land()
            self.while_waiting(seconds)

        settings = PostingSettings(per_call=self.per_call, post_again=2, wait=wait)
        reference = (self.xcom[run, "poll"]["batch"], self.xcom.get((run, "format")))
        return post(self.context(run, "post"), reference, "target", self.target, settings)

    def format(self, run: str) -> dict[str, Any]:
        """The map task: rows as they are; notes that are `bad` are refused."""
        with self.ledger.write() as connection:
            context = self.context(run)
            batch = context.batch_of(connection, context.lock(connection), self.xcom[run, "poll"]["batch"])
        if batch is None or batch.state != batches.STAGED:
            return self.xcom.get((run, "format"), {})
        rows = [one for table in manifest.rows_of(self.staging, batch) for one in table.to_pylist()]
        good = [one for one in rows if one["Note"] not in self.bad]
        bad = [one for one in rows if one["Note"] in self.bad]
        refused = [Refused(one[KEY_HASH].hex(), one[KEY], "Note", "is bad", f"bad:{one['Note']}") for one in bad]
        folder = self.staging.new_folder(str(LANE), "mapped")
        schema = pa.schema([*self.declared.schema(), pa.field(KEY_HASH, pa.binary(16))])
        parts = [
            self.staging.write_part(folder, f"mapped-{at:05d}.parquet", pa.Table.from_pylist(good[at : at + 3], schema))
            for at in range(0, len(good), 3)
        ]
        kept, lost = (
            totals.to_json(totals.of_rows(pa.Table.from_pylist(some, schema), self.declared.totals))
            for some in (good, bad)
        )
        laid = Documents(folder, parts)
        output = Output(batch.manifest_sha256, folder, [], refused, len(good), kept, lost, documents=laid)
        self.xcom[run, "format"] = {"batch": batch.id, "folder": folder, "sha256": output.write(self.staging)}
        return self.xcom[run, "format"]

    def run(self, run: str, backfill: Any = None) -> Any:
        """A whole run."""
        self.poll(run, backfill)
        self.format(run)
        self.post(run)
        return self.commit(run)
