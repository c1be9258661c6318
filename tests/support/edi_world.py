"""A world whose batches go out as X12, one set for each record, and whose partner answers in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import text

from airflow_provider_mlconnector.engine import failure_points
from airflow_provider_mlconnector.engine.acknowledging import Acknowledged, Post, acknowledge, scope
from airflow_provider_mlconnector.engine.alerting import tell
from airflow_provider_mlconnector.engine.applying import Desk
from airflow_provider_mlconnector.engine.outputs import Output, Refused
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.ledger import audit, interchanges, numbers
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.interchanges import Interchange
from airflow_provider_mlconnector.pipeline.acknowledged import reader
from airflow_provider_mlconnector.staging.store import as_json
from airflow_provider_mlconnector.streams.fingerprint import KEY, KEY_HASH
from airflow_provider_mlconnector.streams.totals import ControlTotals
from tests.support.engine_world import World
from tests.support.tries import KilledError

ISA = "ISA*00*          *00*          *ZZ*{them:<15}*ZZ*{us:<15}*260401*1200*U*00401*{number:09d}*0*T*>~"
DAY_SECONDS = 86_400


def profile(**changes: Any) -> PartnerProfile:
    """What is agreed with the partner."""
    declared = {
        "partner": "acme",
        "standard": "x12",
        "us": {"id": "US", "qualifier": "ZZ"},
        "them": {"id": "ACME", "qualifier": "ZZ"},
    }
    return PartnerProfile.model_validate(declared | changes)


def answer(*segments: str, number: int = 1, them: str = "ACME", us: str = "US") -> bytes:
    """A 997 of the partner, with these segments."""
    body = "".join(f"{segment}~" for segment in segments)
    isa = ISA.format(them=them, us=us, number=number)
    return (
        f"{isa}GS*FA*{them}*{us}*20260401*1200*{number}*X*004010~ST*997*0001~{body}SE*9*0001~GE*1*{number}~"
        f"IEA*1*{number:09d}~"
    ).encode()


ACCEPTED = answer("AK1*IN*1", "AK9*A*3*3*3")
SECOND_REJECTED = answer("AK1*IN*1", "AK2*810*0002", "AK3*IT1*9**8", "AK4*4*212*1", "AK5*R*5", "AK9*P*3*3*2", number=2)


@dataclass(frozen=True)
class Dropped:
    """A file in the folder of acknowledgments."""

    name: str
    size: int
    modified: datetime


@dataclass
class MemoryInbox:
    """The folder of acknowledgments."""

    files: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    now: datetime = datetime(2026, 4, 1, tzinfo=UTC)
    reads: list[str] = field(default_factory=list)

    def drop(self, name: str, data: bytes) -> None:
        """The partner puts a file there."""
        self.now += timedelta(seconds=1)
        self.files[name] = (data, self.now)

    def list(self) -> list[Dropped]:
        """See `Inbox`."""
        return [self._shown(name) for name in sorted(self.files) if "/" not in name]

    def stat(self, name: str) -> Dropped | None:
        """See `Inbox`."""
        return self._shown(name) if name in self.files else None

    def read(self, name: str) -> Iterator[bytes]:
        """See `Inbox`."""
        self.reads.append(name)
        data = self.files[name][0]
        for at in range(0, len(data), 64):
            yield data[at : at + 64]

    def rename_new(self, old: str, new: str) -> None:
        """See `Inbox`."""
        if new in self.files or new.partition("/")[0] not in self.folders:
            raise FileExistsError(new)
        self.files[new] = self.files.pop(old)

    def make_folder(self, name: str) -> None:
        """See `Inbox`."""
        self.folders.add(name)

    def _shown(self, name: str) -> Dropped:
        data, modified = self.files[name]
        return Dropped(name, len(data), modified)


@dataclass
class EdiWorld(World):
    """See the module."""

    agreed: dict[str, Any] | None = field(
        default_factory=lambda: {
            "kinds": ["997"],
            "within_seconds": DAY_SECONDS,
            "lists_accepted": False,
            "receipt_accepts": False,
        }
    )
    profiles: list[PartnerProfile] = field(default_factory=lambda: [profile()])
    move_to: str = ""
    standard: str = "x12"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.inbox = MemoryInbox()

    def _write_output(
        self, batch: Batch, rows: list[dict[str, Any]], refused: list[Refused], refused_totals: ControlTotals
    ) -> Output:
        output = super()._write_output(batch, rows, refused, refused_totals)
        if not output.files:
            return output
        firsts = {}
        with self.ledger.write() as connection:
            for kind in ("interchange", "group", "set") if self.standard == "x12" else ("interchange", "set"):
                name, count = f"edi:acme:out:{kind}", len(rows) if kind == "set" else 1
                firsts[kind] = numbers.allot_block(connection, name, batch.id, kind, count)
        part = pa.table(
            {
                "control": [f"{firsts['set'] + place:04d}" for place in range(len(rows))],
                "position": pa.array(range(1, len(rows) + 1), pa.int64()),
                KEY_HASH: pa.array([one[KEY_HASH] for one in rows], pa.binary(16)),
                KEY: [one[KEY] for one in rows],
            }
        )
        x12 = self.standard == "x12"
        noted = {
            "partner": "acme", "standard": self.standard, "set": "810" if x12 else "INVOIC",
            "group_code": "IN" if x12 else "", "interchange": f"{firsts['interchange']:09d}",
            "group": str(firsts["group"]) if x12 else "", "test": False,
            "sets": len(rows), "acknowledgment": self.agreed,
            "sets_part": as_json(self.staging.write_part(output.folder, "sets.parquet", part)),
        }  # fmt: skip
        return replace(output, files=[replace(output.files[0], interchange=noted)])

    def desk(self, run: str = "ack") -> Desk:
        """Who reads acknowledgments."""
        return Desk(self.ledger, self.staging, Actor(run, "acknowledge", 1, "acks"), "partner")

    def post(self) -> Post:
        """How they come in."""
        return Post(
            folder="acks",
            partners=tuple(each.partner for each in self.profiles),
            read=reader(self.profiles),
            move_to=self.move_to,
            largest=100_000,
            sleep=lambda _seconds: None,
        )

    def acknowledge(self, run: str = "ack") -> Acknowledged:
        """The task that reads acknowledgments."""
        return acknowledge(self.desk(run), self.post(), self.inbox)

    def killed_acknowledging(self, point: str) -> None:
        """The same, killed at a point; it must come there."""

        def reached(name: str) -> None:
            if name == point:
                raise KilledError

        failure_points.arm(reached)
        try:
            self.acknowledge()
        except KilledError:
            return
        finally:
            failure_points.arm(None)
        raise AssertionError(f"it never came to '{point}'")

    def heard(self) -> list[str]:
        """What the notifiers of acknowledgments are told now, and never again."""
        found: list[str] = []
        tell(scope(self.desk(), self.post()), found.append)
        return found

    def sent_as(self, number: int = -1) -> Interchange:
        """One of the interchanges; the newest."""
        with self.ledger.read() as connection:
            found = interchanges.listed(connection, [1], [], 100)[::-1]
        return found[number]

    def states(self, number: int = -1) -> list[str]:
        """The states of its sets."""
        with self.ledger.read() as connection:
            return [one.state for one in interchanges.sets_of(connection, self.sent_as(number).id)]

    def outcomes(self) -> list[str]:
        """The outcomes of what was audited of acknowledgments, oldest first."""
        with self.ledger.read() as connection:
            found = audit.search(connection, {"event": "acknowledged"}, None, None, 1000)
        return [event.outcome for event in found][::-1]

    def gaps(self) -> list[str]:
        """The gaps that were audited, oldest first."""
        with self.ledger.read() as connection:
            found = audit.search(connection, {"event": numbers.GAP}, None, None, 1000)
        return [event.object.removeprefix("edi:acme:out:") for event in found][::-1]


def answered(world: EdiWorld, data: bytes, name: str = "") -> dict[str, int]:
    """What the task counts that reads this file."""
    world.inbox.drop(name or f"file-{len(world.inbox.files)}.997", data)
    return dict(world.acknowledge().counts)


def make_overdue(world: EdiWorld) -> None:
    """Let the time pass in which the partner has to answer."""
    with world.ledger.write() as connection:
        late = {"now": utc_now() - timedelta(hours=1)}
        connection.execute(text("UPDATE interchange SET due_at = :now WHERE due_at IS NOT NULL"), late)
