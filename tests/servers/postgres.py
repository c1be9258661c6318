"""A real PostgreSQL server for tests: its own data folder, a free port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.support.migrated import migrate, sqlite_ledger

HOST = "127.0.0.1"
TRIES = 20
# Nothing of this server outlives the tests, so nothing needs to reach the disk.
SETTINGS = {
    "listen_addresses": f"'{HOST}'",
    "unix_socket_directories": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


class PostgresServer:
    """The machine's own PostgreSQL, which refuses to run as root: then it runs as its own user `postgres`."""

    def __init__(self) -> None:
        self.port = 0
        self._migrated = ""
        self._folder = Path()
        self._user = "postgres" if os.geteuid() == 0 else ""

    def __enter__(self) -> Self:
        """Make a cluster and start it."""
        # Where the user who runs the server may look into it, which pytest's folders are not.
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        try:
            self._run([_binary("initdb"), "-D", self._data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"])
            self._start()
        except BaseException:
            self._clean()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it and remove its folder."""
        self._run([_binary("pg_ctl"), "stop", "-w", "-m", "immediate", "-s", "-D", self._data])
        self._clean()

    def database(self) -> str:
        """A new, empty database; returns its URL."""
        return self._create("template0")

    def ledger(self) -> str:
        """A new database with the tables of a ledger that nobody has opened yet; returns its URL."""
        if not self._migrated:
            url = self._create("template0")
            migrate(url)
            self._migrated = url.rpartition("/")[2]
        return self._create(self._migrated)

    def _create(self, template: str) -> str:
        name = f"db_{uuid.uuid4().hex}"
        engine = create_engine(self._url("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
        return self._url(name)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg2://tests@{HOST}:{self.port}/{name}"

    def _start(self) -> None:
        config = Path(self._data) / "postgresql.conf"
        declared = config.read_text()
        log = self._folder / "log"
        for _ in range(TRIES):
            with socket.create_server((HOST, 0)) as probe:
                self.port = probe.getsockname()[1]
            lines = [f"{name} = {value}" for name, value in {**SETTINGS, "port": self.port}.items()]
            config.write_text("\n".join([declared, *lines, ""]))
            try:
                self._run([_binary("pg_ctl"), "start", "-w", "-t", "60", "-s", "-D", self._data, "-l", str(log)])
            except RuntimeError:
                if "could not create any TCP/IP sockets" not in log.read_text():
                    raise RuntimeError("PostgreSQL does not start: " + log.read_text()) from None
            else:
                return
        raise RuntimeError("PostgreSQL found no free port")

    def _run(self, command: list[str]) -> None:
        # The server that pg_ctl starts keeps these streams: a file, because nobody would ever see the end of a pipe.
        said = self._folder / "said"
        with said.open("wb") as output:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, cwd=self._folder,
                user=self._user or None,
            )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {said.read_text(errors='replace')}")

    def _clean(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for all tests of this worker."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a ledger of each kind that has its tables, and that nobody has opened yet."""
    if request.param == "sqlite":
        return sqlite_ledger(tmp_path / "ledger.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.ledger()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of each kind in which a ledger can be made."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()


def _binary(name: str) -> str:
    """The newest server on this machine: Debian keeps its programs off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise RuntimeError("These tests need a real PostgreSQL: install postgresql (apt-get install postgresql).")
    return found
