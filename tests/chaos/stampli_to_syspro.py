"""Stampli to SYSPRO as a flow under test: files over SSH, invoices, credit notes and payments over e.net."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any, Self

from sqlalchemy import select

from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.ledger import exceptions as open_exceptions
from airflow_provider_mlconnector.ledger import inbox, lanes, postings
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.ledger.schema import inbox_file
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.streams.fingerprint import key_values
from tests.chaos import exports, judge_posted, ledgers, schedule
from tests.chaos.exports import Exports
from tests.chaos.faked_time import FakedTime
from tests.chaos.flow import Arrival, FlowLane, Held, Traits, lane_key
from tests.chaos.ledgers import Ledgers
from tests.chaos.partner import FASTER, PASSWORD
from tests.chaos.points import POSTED_POINTS
from tests.chaos.runs import KINDS
from tests.chaos.syspro_books import FAULTS, LOGON, Books
from tests.chaos.to_sftp import BROKEN, DAGS, MENDED

HERE = Path(__file__).parent / "stampli_to_syspro"
LOST_ANSWER = "syspro: the answer is lost"
HOURS = "hours pass"
SFTP: dict[str, dict[str, Any]] = {
    "sftp: line lost in the file": {"cut_after_bytes": 40},
    "sftp: nobody listens": {"refuse_connections": True},
}
_KEPT_CODE = "5200,10,10-5200"


class StampliToSyspro:
    """Invoices with their credit notes, and payments beside them or alone."""

    name = "stampli_to_syspro"
    sends = "post"
    points: Mapping[str, tuple[str, ...]] = POSTED_POINTS
    dag = "tests.chaos.stampli_to_syspro_dag:build"
    # Airflow's backfills name dates, and files have numbers.
    kinds: Sequence[str] = tuple(kind for kind in KINDS if kind != "backfill")
    length = (14, 34)
    stress: Mapping[str, int] = {"post": 2}
    acts: Sequence[str] = (*exports.ACTS, BROKEN, MENDED, HOURS)
    replies: Sequence[str] = (*FAULTS, LOGON)
    before_each: Sequence[str] = ("new", LOST_ANSWER)
    people: Sequence[str] = (schedule.RETRY,)
    unreachable = "new"
    faults: Sequence[str] = (*FAULTS, *SFTP)

    def __init__(self) -> None:
        self.lanes: Mapping[str, FlowLane] = _lanes(exports.INVOICES)
        self._shared = ExitStack()
        self._ledgers = Ledgers(self._shared)

    def __enter__(self) -> Self:
        """Nothing that schedules share has to be there from the beginning."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Take down what they share."""
        self._shared.close()

    def traits(self, random: Random) -> Traits:
        """A world that this flow can have."""
        first = random.choice((exports.INVOICES, exports.INVOICES, exports.PAYMENTS))
        has_beside = first == exports.INVOICES and random.random() < 0.5
        return Traits(
            server=first,
            beside=(exports.PAYMENTS,) if has_beside else (),
            retries=random.choice((0, 0, 1)),
            max_active_runs=random.choice((1, 2, 3)),
            answers_moved=random.random() < 0.5,
            keeps_session=random.random() < 0.5,
        )

    def start(self, home: Path, traits: Traits) -> None:
        """Bring up the servers of one schedule."""
        self._home, self._traits = home, traits
        first = traits.server or exports.INVOICES
        self.lanes = _lanes(first)
        self._files = home / "files"
        shutil.copytree(DAGS / self.name, self._files)
        shutil.copytree(HERE, self._files, dirs_exist_ok=True)
        self._codes = self._files / "gl_codes.csv"
        self._whole = self._codes.read_text()
        self._sftp = SftpSandbox(home / "stampli", {"us": PASSWORD})
        self._sftp.start()
        outbound = home / "stampli" / "outbound"
        self._exports = {
            stream: Exports(outbound / stream, stream, lane)
            for lane, stream in (("", first), *((each, each) for each in traits.beside))
        }
        self._first = self._exports[first]
        self._books = Books(self._exports)
        self._books.start()
        self._time = FakedTime(home / "time", lambda: self._books.sandbox.admin.release(later=False))
        self._time.install_for_people()
        self._url = self._ledgers.new(home, traits)
        self._mended: set[str] = set()

    def stop(self) -> None:
        """Take them down."""
        self._time.uninstall()
        self._sftp.stop()
        self._books.stop()

    def ledger_url(self) -> str:
        """The schedule's ledger."""
        return self._url

    def environment(self) -> Mapping[str, str]:
        """Connections and configuration of task processes."""
        own: dict[str, Any] = {"host_key": self._sftp.host_key, "settle_seconds": 0, **FASTER}
        if self._traits.answers_moved:
            own["archive"] = "move"
        server = {"host": self._sftp.host, "port": self._sftp.port, "login": "us", "password": PASSWORD}
        made = {
            **ledgers.environment(self._home, self._url),
            "AIRFLOW_CONN_STAMPLI_DEFAULT": json.dumps({"conn_type": "stampli", **server, "extra": own}),
            "AIRFLOW_CONN_SYSPRO_DEFAULT": json.dumps(self._books.connection()),
        }
        if self._traits.keeps_session:
            key = base64.urlsafe_b64encode(b"chaos" * 6 + b"!!").decode()
            made["AIRFLOW__MLCONNECTOR__ENCRYPTION_KEYS"] = key
        return made

    def dag_arguments(self, lane: str) -> Mapping[str, Any]:
        """For `dag`."""
        return {
            "flow": self.name,
            "stream": self.lanes[lane].stream,
            "files": str(self._files),
            "clock": str(self._home / "time"),
            "admin": self._books.sandbox.admin_url,
        }

    def act(self, name: str, number: int) -> bool:
        """Let something happen."""
        if name in (BROKEN, MENDED):
            self._codes.write_text(self._whole if name == MENDED else self._whole.replace(f"{_KEPT_CODE}\n", ""))
            return True
        if name == HOURS:
            self._time.wait(60.0 * (1 + number * number))
            return True
        if name in self.replies:
            return self._books.fault(name, number)
        if name.startswith(exports.BESIDE):
            return self._exports[exports.PAYMENTS].act(name.removeprefix(exports.BESIDE), number)
        return self._first.act(name, number)

    def fault(self, name: str, number: int) -> bool:
        """Switch something wrong on."""
        if name in SFTP:
            self._sftp.misbehave(**SFTP[name])
            return True
        return self._books.fault(name, number)

    def heal(self) -> None:
        """Everything that is wrong with servers and mappings is put right."""
        self._books.heal()
        self._sftp.behave()
        self.act(MENDED, 0)

    def catch_up(self) -> bool:
        """SYSPRO leaves nothing unanswered."""
        return False

    def holds(self, ledger: Ledger, item: ExceptionItem) -> bool:
        """A person waits until nothing can be at work any more, signs in, and looks for what was sent."""
        with ledger.read() as connection:
            tried = postings.of_record(connection, item.batch_id or 0, item.key_hash)
        self._time.wait(1000)
        self._books.fault(LOGON, 0)
        return self._books.has({one.own_id for one in tried})

    def is_mended(self, item: ExceptionItem) -> bool:
        """What SYSPRO has refused while it was out of order."""
        fresh = item.kind == "rejected" and item.key not in self._mended
        if fresh:
            self._mended.add(item.key)
        return fresh

    def open_site(self, to: Destination) -> Any:
        """There are no files at the target."""
        raise NotImplementedError

    def target_takes(self) -> None:
        """SYSPRO keeps what it has."""

    def look(self) -> None:
        """Note what has arrived."""
        self._books.look()

    def history(self) -> Mapping[str, Sequence[str]]:
        """The versions of each record, as far as they concern SYSPRO."""
        return judge_posted.history(self._versions(), self._books.arrivals)

    def arrivals(self) -> Sequence[Arrival]:
        """What SYSPRO has taken, in its order."""
        return self._books.arrivals

    def files(self) -> Mapping[str, bytes]:
        """None arrive."""
        return {}

    def held(self, data: bytes) -> Held:
        """No file arrives."""
        raise NotImplementedError

    def replayed(self, name: str) -> None:
        """No file is sent again."""

    def refused(self) -> Mapping[tuple[str, str], int]:
        """What SYSPRO refuses has not arrived."""
        return {}

    def may_stay(self, cause: str) -> bool:
        """Whether an alert with this cause may be open at rest."""
        return cause.startswith("connection:")

    def further(self, ledger: Ledger, *, resting: bool) -> Iterator[tuple[str, str]]:
        """What only books can get wrong."""
        versions = self._versions()
        yield from (("doubled", reason) for reason in judge_posted.wrong(versions, self._books))
        if resting:
            items = self._aside(ledger)
            yield from (("lost", reason) for reason in judge_posted.groundless(items, versions, self._books))

    def _versions(self) -> judge_posted.Versions:
        return {key: had for exported in self._exports.values() for key, had in exported.versions.items()}

    def _aside(self, ledger: Ledger) -> Mapping[str, ExceptionItem]:
        found = {}
        with ledger.read() as connection:
            for name in self._traits.lanes:
                lane = lanes.find(connection, LaneName(self.name, self.lanes[name].stream, self.lanes[name].target))
                items = open_exceptions.open_of_lane(connection, lane.id).values() if lane else ()
                found.update({lane_key(name, "/".join(key_values(item.key))): item for item in items})
        return found

    def ceiling(self) -> str:
        """No clock bounds the numbers of files."""
        return "f" * 16

    def resting_watermark(self, lane: str) -> Collection[str]:
        """The greatest number of a file that was kept."""
        ledger = Ledger(self._url, busy_timeout=1)
        try:
            with ledger.read() as connection:
                of_lane = (inbox_file.c.state == inbox.KEPT) & (inbox_file.c.entity == self.lanes[lane].stream)
                numbers = [row.number for row in connection.execute(select(inbox_file.c.number).where(of_lane))]
        finally:
            ledger.engine.dispose()
        return {f"{max(numbers):016x}" if numbers else ""}

    def gone(self) -> Collection[str]:
        """Nothing is deleted from exports."""
        return ()

    def amounts(self) -> Mapping[str, tuple[str, str]]:
        """Amount and currency of each record that is to be in the books."""
        return {key: (versions[-1], "EUR") for key, versions in self.history().items() if versions[-1] != "void"}

    def window(self, number: int) -> tuple[str, str]:
        """A window that a person may ask for."""
        return f"{1 + number % 3:016x}", f"{3 + number % 7:016x}"


def _lanes(first: str) -> Mapping[str, FlowLane]:
    upstream: Mapping[str, tuple[str, ...]] = {
        "poll": (),
        "map": ("poll",),
        "post": ("poll", "map"),
        "commit": ("poll", "post"),
    }
    return {
        "": FlowLane(first, "syspro_default", "records", upstream),
        exports.PAYMENTS: FlowLane(exports.PAYMENTS, "syspro_default", "records", upstream, exports.BESIDE_ACTS),
    }
