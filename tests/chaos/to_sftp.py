"""What flows to an SFTP partner have in common: a stream's five tasks, the partner, the ledger, a mapping to break."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any, Protocol, Self

from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
from tests.chaos import ledgers
from tests.chaos.flow import Arrival, FlowLane, Traits
from tests.chaos.ledgers import Ledgers
from tests.chaos.partner import PartnerFolder
from tests.chaos.runs import KINDS
from tests.servers.openssh import OpenSshServer

DAGS = Path(__file__).parents[2] / "dags"
SFTP: dict[str, dict[str, Any]] = {
    "sftp: line lost after the rename": {"cut_after_rename": True},
    "sftp: disk full": {"disk_full_after": 40},
    "sftp: line lost in the file": {"cut_after_bytes": 40},
    "sftp: nobody listens": {"refuse_connections": True},
}
BROKEN, MENDED = "mapping broken", "mapping mended"


class Source(Protocol):
    """The system that is read, in a sandbox."""

    sandbox: Any

    @property
    def history(self) -> Mapping[str, Sequence[str]]:
        """The versions of each record."""

    def connection(self) -> dict[str, Any]:
        """The Airflow connection."""

    def act(self, name: str, number: int) -> bool:
        """Let something happen; `number` picks to what."""

    def look(self) -> None:
        """Note new versions."""


class ToSftp:
    """The part of a flow under test that is the same whatever is read.

    Args:
        source_connection: the id of the source's connection.
        breaks: a file of the example's, and the line without which some records can't be mapped.
    """

    name = ""
    lanes: Mapping[str, FlowLane] = {}
    upstream: Mapping[str, tuple[str, ...]] = {
        "poll": (),
        "map": ("poll",),
        "format": ("poll", "map"),
        "deliver": ("poll", "format"),
        "commit": ("poll", "deliver"),
    }
    sends = "deliver"
    before_each: Sequence[str] = ("new",)
    people: Sequence[str] = ()
    replies: Sequence[str] = ()
    kinds: Sequence[str] = KINDS
    length = (14, 34)
    stress: Mapping[str, int] = {}

    def __init__(self, source_connection: str, breaks: tuple[str, str]) -> None:
        self._source_connection, self._breaks = source_connection, breaks
        self._shared = ExitStack()
        self._ledgers = Ledgers(self._shared)

    def __enter__(self) -> Self:
        """Bring up what all schedules share."""
        self._openssh = self._shared.enter_context(OpenSshServer())
        return self

    def __exit__(self, *_error: object) -> None:
        """Take it down."""
        self._shared.close()

    def traits(self, random: Random) -> Traits:
        """A world that this flow can have."""
        return Traits(
            server=random.choice(("openssh", "sandbox")),
            target_removes=random.random() < 0.4,
            on_change="exception" if random.random() < 0.3 else "send",
            retries=random.choice((0, 0, 1)),
            max_active_runs=random.choice((1, 2, 3)),
        )

    def make_source(self) -> Source:
        """The source of one schedule."""
        raise NotImplementedError

    def arrived(self, name: str, data: bytes) -> Sequence[Arrival]:
        """The records in a file."""
        raise NotImplementedError

    def start(self, home: Path, traits: Traits) -> None:
        """Bring up the servers of one schedule."""
        self._home, self._traits = home, traits
        self._files = home / "files"
        shutil.copytree(DAGS / self.name, self._files)
        self._mapping = self._files / self._breaks[0]
        self._whole = self._mapping.read_text()
        self._source = self.make_source()
        self._source.sandbox.__enter__()
        shared = self._openssh if traits.server == "openssh" else None
        self._partner = PartnerFolder(home, shared, self.arrived, removes=traits.target_removes)
        self._url = self._ledgers.new(home, traits)
        self.look()

    def stop(self) -> None:
        """Take them down."""
        self._partner.stop()
        self._source.sandbox.__exit__(None, None, None)

    def ledger_url(self) -> str:
        """The schedule's ledger."""
        return self._url

    def environment(self) -> Mapping[str, str]:
        """Connections and configuration of task processes."""
        return {
            **ledgers.environment(self._home, self._url),
            f"AIRFLOW_CONN_{self._source_connection.upper()}": json.dumps(self._source.connection()),
            "AIRFLOW_CONN_PARTNER_SFTP": json.dumps(self._partner.connection()),
        }

    def dag_arguments(self, lane: str) -> Mapping[str, Any]:
        """For `dag`."""
        return {
            "flow": self.name,
            "folder": self._partner.folder,
            "files": str(self._files),
            "on_change": self._traits.on_change,
            "removes": self._traits.target_removes,
        }

    def act(self, name: str, number: int) -> bool:
        """Let something happen."""
        if name in (BROKEN, MENDED):
            broken = self._whole.replace(f"{self._breaks[1]}\n", "")
            self._mapping.write_text(self._whole if name == MENDED else broken)
            return True
        return self._source.act(name, number)

    def heal(self) -> None:
        """Everything that is wrong with servers and mapping is put right."""
        self._source.sandbox.admin.clear_faults()
        self._partner.heal()
        self.act(MENDED, 0)

    def catch_up(self) -> bool:
        """This partner answers nothing."""
        return False

    def holds(self, ledger: Ledger, item: ExceptionItem) -> None:
        """Files tell it."""

    def is_mended(self, item: ExceptionItem) -> bool:
        """What was rejected, a person has to have corrected at the source."""
        return False

    def open_site(self, to: Destination) -> PartnerSite:
        """The partner's folder."""
        return self._partner.site(to.folder)

    def target_takes(self) -> None:
        """The partner takes away what has arrived."""
        self._partner.take()

    def look(self) -> None:
        """Note what has become of source and target."""
        self._source.look()
        self._partner.look()

    def history(self) -> Mapping[str, Sequence[str]]:
        """The versions of each record."""
        return self._source.history

    def arrivals(self) -> Sequence[Arrival]:
        """What has arrived, in its order."""
        return self._partner.arrivals

    def files(self) -> Mapping[str, bytes]:
        """The files that have arrived."""
        return self._partner.files

    def replayed(self, name: str) -> None:
        """A person sends a file again; it may arrive once more."""
        self._partner.replayed(name)

    def refused(self) -> Mapping[tuple[str, str], int]:
        """This partner refuses nothing."""
        return {}

    def gone(self) -> Collection[str]:
        """Nothing is deleted at this source."""
        return ()

    def may_stay(self, cause: str) -> bool:
        """Whether an alert with this cause may be open at rest."""
        return cause.startswith("connection:")

    def further(self, ledger: Ledger, *, resting: bool) -> Iterator[tuple[str, str]]:
        """No file has come again with other bytes."""
        for name in self._partner.altered:
            yield "doubled", f"{name} came again with other bytes"
