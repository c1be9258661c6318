"""A real OpenSSH server for tests: its own keys and configuration, a free port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
TRIES = 20


class OpenSshServer:
    """The machine's own sshd, with SFTP only and sign-in by key.

    Args:
        user: who may sign in; the current user where empty. Another one needs root.
        host_key_types: as ssh-keygen calls them; one key of each.
    """

    def __init__(self, user: str = "", host_key_types: tuple[str, ...] = ("ed25519",)) -> None:
        self.host = HOST
        self.port = 0
        self.user = user or pwd.getpwuid(os.geteuid()).pw_name
        self._types = host_key_types
        self._folder = Path()
        self._server: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Make keys and start it."""
        binary = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if binary is None:
            raise RuntimeError("These tests need a real sshd: install openssh-server (apt-get install openssh-server).")
        if os.geteuid() == 0:
            # sshd's privilege separation folder; the service makes it where it runs
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="sshd-"))
        # the user who signs in reads authorized_keys, whoever runs the tests
        self._folder.chmod(0o755)
        for kind in (*self._types, "client"):
            algorithm = "ed25519" if kind == "client" else kind
            command = ["ssh-keygen", "-q", "-t", algorithm, "-N", "", "-C", "test", "-f", str(self._folder / kind)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        shutil.copy(self._folder / "client.pub", self._folder / "authorized_keys")
        try:
            self._start(binary)
        except BaseException:
            self._clean()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it, its sessions included, and remove its folder."""
        server = self._server
        if server is not None:
            for process in [server.pid, *self._below(server.pid)]:
                self._signal(process, signal.SIGKILL)
            server.wait()
            if server.stderr is not None and self._reader is not None:
                self._reader.join()
                server.stderr.close()
        self._clean()

    @property
    def client_key(self) -> str:
        """The private key that opens the door, as PEM text."""
        return (self._folder / "client").read_text()

    def host_key(self, kind: str = "ed25519") -> str:
        """One of the server's public keys, as a line `type base64`."""
        return " ".join((self._folder / f"{kind}.pub").read_text().split()[:2])

    def pause_sessions(self) -> None:
        """Stop the sessions' processes: the lines stay open, and nobody reads or answers them."""
        self._signal_sessions(signal.SIGSTOP)

    def kill_sessions(self) -> None:
        """Kill the sessions' processes; the server goes on."""
        self._signal_sessions(signal.SIGKILL)

    def _signal_sessions(self, kind: signal.Signals) -> None:
        if self._server is not None:
            for process in self._below(self._server.pid):
                self._signal(process, kind)

    @staticmethod
    def _signal(process: int, kind: signal.Signals) -> None:
        try:
            os.kill(process, kind)
        except ProcessLookupError:
            return

    def _below(self, parent: int) -> list[int]:
        children = [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
        return [process for child in children for process in (child, *self._below_or_none(child))]

    def _below_or_none(self, parent: int) -> list[int]:
        try:
            return self._below(parent)
        except OSError:
            return []

    def _start(self, binary: str) -> None:
        for _ in range(TRIES):
            with socket.create_server((HOST, 0)) as probe:
                self.port = probe.getsockname()[1]
            (self._folder / "config").write_text(self._config())
            command = [binary, "-D", "-e", "-f", str(self._folder / "config")]
            server = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
            if self._listens(server):
                self._server = server
                return
            server.wait()
        raise RuntimeError("sshd found no free port")

    def _listens(self, server: subprocess.Popen[str]) -> bool:
        """Read the server's log until it listens or ends; the rest of it is drained, so that it never blocks."""
        assert server.stderr is not None
        said = []
        for line in server.stderr:
            said.append(line)
            if "Server listening on" in line:
                self._reader = threading.Thread(target=server.stderr.read, daemon=True)
                self._reader.start()
                return True
        if "Address already in use" not in "".join(said):
            raise RuntimeError("sshd does not start: " + "".join(said))
        server.stderr.close()
        return False

    def _config(self) -> str:
        lines = [
            f"Port {self.port}",
            f"ListenAddress {HOST}",
            *(f"HostKey {self._folder / kind}" for kind in self._types),
            f"AuthorizedKeysFile {self._folder / 'authorized_keys'}",
            "PidFile none",
            "UsePAM no",
            "StrictModes no",
            "PermitRootLogin yes",
            "PasswordAuthentication yes",
            "KbdInteractiveAuthentication no",
            "PubkeyAuthentication yes",
            "LogLevel INFO",
            "Subsystem sftp internal-sftp",
            "ForceCommand internal-sftp",
            f"AllowUsers {self.user}",
        ]
        return "\n".join(lines) + "\n"

    def _clean(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
