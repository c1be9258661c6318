"""The target of the flow: a partner's folder behind OpenSSH or the sandbox's SFTP server, and what has arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
from tests.chaos.flow import Arrival
from tests.servers.openssh import OpenSshServer

PASSWORD = "sftp-pass-word"
FASTER = {"connect_attempts": 2, "backoff": 0.05, "auth_retries": 0, "operation_timeout": 20}


class PartnerFolder:
    """One schedule's folder.

    Args:
        home: the schedule's folder.
        openssh: the server that all schedules share; None for a sandbox of this schedule's own.
        read: takes a file's name and bytes apart.
        removes: whether the partner takes every file away.

    Attributes:
        arrivals: the records that have arrived, in their order.
        files: the files that have, by name.
        altered: files that have come again with other bytes.
        replays: how often a file that people have sent again may arrive once more.
    """

    def __init__(
        self,
        home: Path,
        openssh: OpenSshServer | None,
        read: Callable[[str, bytes], Sequence[Arrival]],
        *,
        removes: bool,
    ) -> None:
        self.root, self.taken, self._removes = home / "partner", home / "taken", removes
        self.inbox = self.root / "in"
        self.inbox.mkdir(parents=True)
        self.taken.mkdir()
        self.arrivals: list[Arrival] = []
        self.files: dict[str, bytes] = {}
        self.altered: list[str] = []
        self.replays: Counter[str] = Counter()
        self._read = read
        self._seen: set[tuple[str, int, int]] = set()
        self._openssh = openssh
        self.sandbox = None if openssh else SftpSandbox(self.root, {"partner": PASSWORD})
        if self.sandbox:
            self.sandbox.start()
            self.heal()

    def stop(self) -> None:
        """Take the sandbox down."""
        if self.sandbox:
            self.sandbox.stop()

    @property
    def folder(self) -> str:
        """As the DAG names it."""
        return self.named(self.inbox)

    def named(self, folder: Path) -> str:
        """A folder below the partner's root, as the DAG names it."""
        return folder.name if self.sandbox else str(folder)

    def connection(self) -> dict[str, Any]:
        """The Airflow connection."""
        if self.sandbox:
            extra = {"host_key": self.sandbox.host_key, **FASTER}
            fields = {"host": self.sandbox.host, "port": self.sandbox.port, "login": "partner", "password": PASSWORD}
            return {"conn_type": "sftp", **fields, "extra": extra}
        server = self._openssh
        assert server is not None
        extra = {"host_key": server.host_key(), "private_key": server.client_key, **FASTER}
        return {"conn_type": "sftp", "host": server.host, "port": server.port, "login": server.user, "extra": extra}

    def site(self, folder: str) -> PartnerSite:
        """A folder, as a person's command opens it."""
        given = self.connection()
        fields = (given["host"], given["port"], given["login"], given.get("password"), given["extra"])
        return PartnerSite(PartnerConfig.from_fields(*fields), folder)

    def misbehave(self, **faults: Any) -> bool:
        """Switch faults on; False where the server is one that has none."""
        if self.sandbox:
            self.sandbox.misbehave(**faults)
        return self.sandbox is not None

    def heal(self) -> None:
        """Switch all faults off; a partner who takes files at once goes on doing so."""
        if self.sandbox:
            self.sandbox.behave()
            self.sandbox.misbehave(taken_to=self.taken if self._removes else None)

    def replayed(self, name: str) -> None:
        """A person sends a file again, which does nothing where it still lies there."""
        self.replays[name] += not (self.inbox / name).exists()

    def take(self) -> None:
        """The partner takes away what has arrived."""
        self.look()
        for number, path in enumerate(self._final(self.inbox)):
            path.rename(self.taken / f"{len(self.arrivals)}-{number}-{path.name}")

    def look(self) -> None:
        """Read what has arrived since the last look.

        A file is known by what does not change when it is moved: a second one of the same name has another inode or
        time.
        """
        found = [*self._final(self.taken), *self._final(self.inbox)]
        for path in sorted(found, key=lambda path: path.stat().st_ctime_ns):
            about = path.stat()
            name = path.name if path.parent == self.inbox else path.name.split("-", 2)[-1]
            seen = (name, about.st_ino, about.st_mtime_ns)
            if seen not in self._seen:
                self._seen.add(seen)
                self._arrive(name, path.read_bytes())

    def _arrive(self, name: str, data: bytes) -> None:
        if self.files.setdefault(name, data) != data:
            self.altered.append(name)
        elif self.replays[name]:
            self.replays[name] -= 1
            return
        self.files[name] = data
        self.arrivals += self._read(name, data)

    @staticmethod
    def _final(folder: Path) -> list[Path]:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
