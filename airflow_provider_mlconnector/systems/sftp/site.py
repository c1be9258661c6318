"""One folder of one partner's SFTP server: the steps that a delivery is made of.

No step overwrites what it finds, except the mode of a file and our own half-written sidecars. A step that was cut short
may or may not have happened: whoever calls again looks first (`stat`, `sha256`), which is the engine's business.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import BinaryIO, Self

from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.systems.sftp import failures
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.connect import Session, Sleep, connect
from airflow_provider_mlconnector.systems.sftp.failures import MissingFileError, StatusError
from airflow_provider_mlconnector.systems.sftp.folder import RemoteFile, RemoteFolder, plain

__all__ = ["PartnerSite", "RemoteFile"]

SMALL = 1024 * 1024
"""Greatest size of a done file or sidecar, in bytes."""


class PartnerSite:
    """One folder of one SFTP server; connects when entered. Not for use by several threads at once.

    Args:
        config: the server.
        folder: absolute, or relative to where the sign-in leads; empty for that place itself.
        subfolders: folders below it that names may begin with, as "archive" in "archive/x.csv"; no other name may
            hold a separator.
        sleep: waits between attempts to connect.
    """

    def __init__(
        self,
        config: PartnerConfig,
        folder: str = "",
        subfolders: Iterable[str] = (),
        *,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.config = config
        self.folder = folder.rstrip("/") or ("/." if folder else ".")
        self._subfolders = tuple(plain(name) for name in subfolders)
        self._sleep = sleep
        self._open: RemoteFolder | None = None

    def __enter__(self) -> Self:
        """Connect, sign in, and see that the folder is there.

        Raises:
            ConfigurationError: the folder does not exist, or as `connect`.
            CredentialsError, TransientError: as `connect`.
        """
        session = connect(self.config, sleep=self._sleep)
        self._open = RemoteFolder(session, self.config.address, self.folder, self._subfolders)
        try:
            self._open.require(self.folder)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the session."""
        self.close()

    def close(self) -> None:
        """End the session; harmless where there is none."""
        remote, self._open = self._open, None
        if remote is not None:
            remote.session.close()

    @property
    def session(self) -> Session:
        """The session below; only between entering and leaving."""
        return self._remote.session

    def stat(self, name: str) -> RemoteFile | None:
        """What stands under a name; None only where the server says that nothing does, and the folder is there.

        Raises:
            RejectedError: permission denied.
            TransientError: no answer.
            ConfigurationError: the folder is gone.
        """
        return self._remote.find(name)

    def upload(self, name: str, source: BinaryIO, size: int) -> None:
        """Write a new file from a stream and see that its size is right; flat memory, progress in the log.

        Args:
            name: must be free.
            source: read from where it stands to its end.
            size: bytes that it will give.

        Raises:
            NameTakenError: there is something under that name.
            IntegrityError: the source, or the file afterwards, has another size.
            MissingFileError: the file was gone right after it was written.
            TransientError: line cut, silence, full disk.
            RejectedError: permission denied, read-only.
        """
        remote = self._remote
        remote.write(name, source, size, exclusive=True)
        found = remote.find(name)
        if found is None:
            raise MissingFileError(
                f"{remote.where}: {name} was gone as soon as it was written.",
                "If the partner takes every file at once, agree on a suffix for files that are still being written.",
            )
        if found.size != size:
            raise IntegrityError(f"{remote.where}: {name} has {found.size} bytes after {size} were written.")

    def sha256(self, name: str) -> str:
        """The SHA-256 of a file, in hexadecimal, from reading it back; what a server says of itself proves nothing.

        Raises:
            MissingFileError: there is no such file.
            TransientError, RejectedError: as `upload`.
        """
        digest = hashlib.sha256()
        for piece in self._remote.read(name):
            digest.update(piece)
        return digest.hexdigest()

    def read(self, name: str) -> Iterator[bytes]:
        """A file's bytes, piece by piece.

        Raises:
            MissingFileError: there is no such file.
            IntegrityError: it gave fewer bytes than its size.
            TransientError, RejectedError: as `upload`.
        """
        return self._remote.read(name)

    def rename_new(self, old: str, new: str) -> None:
        """Rename a file to a name that is free. Never overwrites, also where the server's rename would.

        This is SFTP version 3's own rename, which fails where the target exists (draft-ietf-secsh-filexfer-02, 6.5);
        OpenSSH makes it of link and unlink. The look beforehand is for servers that overwrite all the same.

        Raises:
            NameTakenError: there is something under the new name.
            MissingFileError: there is nothing under the old one.
            TransientError: also where the line was cut after the server may have renamed; look before trying again.
        """
        remote = self._remote
        before, after = remote.locate(old), remote.locate(new)
        if remote.find(new) is not None:
            raise remote.taken(new)
        doing = f"renaming {old} to {new}"
        refused: StatusError | None = None
        with remote.asking(doing):
            try:
                remote.session.client.rename(before, after)
            except StatusError as error:
                refused = error
        if refused is None:
            return
        if remote.find(old) is None:
            raise remote.missing(old)
        if refused.code == failures.FAILURE and remote.find(new) is not None:
            raise remote.taken(new)
        raise remote.refusal(doing, refused)

    def remove(self, name: str) -> bool:
        """Remove a file. Returns whether there was one: an absent one is no error."""
        remote = self._remote
        path = remote.locate(name)
        with remote.asking(f"removing {name}"):
            try:
                remote.session.client.remove(path)
            except StatusError as error:
                if error.code != failures.NO_SUCH_FILE:
                    raise
                return False
        return True

    def list(self) -> list[RemoteFile]:
        """The files (not the folders) of the folder, by name."""
        remote = self._remote
        with remote.asking("listing the folder"):
            try:
                entries = remote.session.client.listdir_attr(remote.path)
            except StatusError as error:
                if error.code == failures.NO_SUCH_FILE:
                    raise remote.no_folder(remote.path) from None
                raise
        files = [remote.described(entry.filename, entry) for entry in entries]
        return sorted((file for file in files if not file.is_folder), key=lambda file: file.name)

    def make_folder(self, name: str) -> None:
        """Make a folder below the site's; one that is there already is left as it is.

        Raises:
            NameTakenError: a file has that name.
        """
        remote = self._remote
        path, doing = f"{remote.path}/{plain(name)}", f"making the folder {name}"
        refused: StatusError | None = None
        with remote.asking(doing):
            try:
                remote.session.client.mkdir(path)
            except StatusError as error:
                refused = error
        if refused is None:
            return
        found = remote.find(name)
        if found is None:
            raise remote.refusal(doing, refused)
        if not found.is_folder:
            raise remote.taken(name)

    def put_small(self, name: str, data: bytes) -> None:
        """Put a done file or a sidecar, whole or not at all; the same bytes under the name already are fine.

        Args:
            name: its name; `.<name>.part` beside it is ours to write in.
            data: at most 1 MiB.

        Raises:
            NameTakenError: something else is under that name.
        """
        if len(data) > SMALL:
            raise ValueError(f"{name}: put_small takes at most {SMALL} bytes")
        remote = self._remote
        found = remote.find(name)
        if found is None:
            parent, slash, last = name.rpartition("/")
            part = f"{parent}{slash}.{last}.part"
            remote.write(part, io.BytesIO(data), len(data), exclusive=False)
            self.rename_new(part, name)
        elif found.is_folder or found.size != len(data) or b"".join(remote.read(name)) != data:
            raise remote.taken(name)

    def set_mode(self, name: str, mode: int) -> None:
        """Set a file's permission bits, as 0o640.

        Raises:
            MissingFileError: there is no such file.
            RejectedError: the server does not allow or support it.
        """
        remote = self._remote
        path = remote.locate(name)
        with remote.asking(f"setting the mode of {name}"):
            try:
                remote.session.client.chmod(path, mode)
            except StatusError as error:
                if error.code == failures.NO_SUCH_FILE:
                    raise remote.missing(name) from None
                raise

    @property
    def _remote(self) -> RemoteFolder:
        if self._open is None:
            raise RuntimeError("a PartnerSite is used as a context manager: with site: ...")
        return self._open
