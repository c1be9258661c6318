"""Paths below one remote folder, and the requests on them with every failure turned into an error of this provider."""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

import paramiko

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    IntegrityError,
    MlconnectorError,
    RejectedError,
    TransientError,
)
from airflow_provider_mlconnector.systems.sftp import failures
from airflow_provider_mlconnector.systems.sftp.connect import Session
from airflow_provider_mlconnector.systems.sftp.failures import MissingFileError, NameTakenError, StatusError
from airflow_provider_mlconnector.systems.sftp.progress import Progress

log = logging.getLogger(__name__)

LONGEST_NAME = 255


@dataclass(frozen=True)
class RemoteFile:
    """What stands under a name.

    Args:
        name: as given, relative to the site's folder.
        size: bytes.
        modified: time of the last change, aware, UTC; 1970-01-01 where the server does not tell.
        is_folder: it is a folder, which also takes the name.
    """

    name: str
    size: int
    modified: datetime
    is_folder: bool = False


class RemoteFolder:
    """One folder in a session.

    Args:
        session: signed in.
        address: user, host and port, for messages.
        folder: its path, without a slash at the end.
        subfolders: names below it that paths may lead into.
    """

    def __init__(self, session: Session, address: str, folder: str, subfolders: Iterable[str]) -> None:
        self.session = session
        self.path = folder
        self.where = f"{address}, folder {folder!r}"
        self._subfolders = frozenset(subfolders)

    def locate(self, name: str) -> str:
        """The path of a name; only a name, or a declared subfolder and a name.

        Raises:
            ConfigurationError: it leads elsewhere, or is no name at all.
        """
        head, slash, last = name.partition("/")
        if slash and head in self._subfolders:
            return f"{self.path}/{head}/{plain(last)}"
        return f"{self.path}/{plain(name)}"

    @contextmanager
    def asking(self, doing: str) -> Iterator[None]:
        """Do requests under the time limit; what they raise leaves as an error of this provider."""
        try:
            with self.session.watchdog.guard():
                yield
        except MlconnectorError:
            raise
        except StatusError as error:
            raise self.refusal(doing, error) from None
        except failures.LOST as error:
            silent = TimeoutError() if self.session.watchdog.bitten else error
            raise failures.lost(self.where, doing, silent) from None

    def find(self, name: str) -> RemoteFile | None:
        """What stands under a name, a broken link included; None where nothing does though the folder is there."""
        path = self.locate(name)
        with self.asking(f"looking for {name}"):
            attributes = self._attributes(path)
        if attributes is None:
            self.require(path.rpartition("/")[0] or "/")
            return None
        return self.described(name, attributes)

    def require(self, path: str) -> None:
        """See that a folder is there.

        Raises:
            ConfigurationError: it is missing, or is no folder.
        """
        with self.asking("looking for the folder"):
            attributes = self._attributes(path)
        if attributes is None or not stat.S_ISDIR(attributes.st_mode or stat.S_IFDIR):
            raise self.no_folder(path)

    def described(self, name: str, attributes: paramiko.SFTPAttributes) -> RemoteFile:
        """Attributes as people and the engine look at them."""
        is_folder = stat.S_ISDIR(attributes.st_mode or 0)
        if attributes.st_size is None and not is_folder:
            raise RejectedError(f"{self.where} does not tell the size of {name}, so no file there can be checked.")
        modified = datetime.fromtimestamp(attributes.st_mtime or 0, UTC)
        return RemoteFile(name, attributes.st_size or 0, modified, is_folder)

    def write(self, name: str, source: BinaryIO, size: int, *, exclusive: bool) -> None:
        """Write a file from a stream that gives `size` bytes; see `PartnerSite.upload` for what it raises."""
        path, doing, progress = self.locate(name), f"writing {name}", Progress(log, name, size)

        def alive(done: int) -> None:
            self.session.watchdog.beat()
            progress.at(done)

        handle = self._opened(name, path, doing, exclusive=exclusive)
        refused: StatusError | None = None
        written = 0
        with self.asking(doing):
            try:
                written = self.session.client.write_stream(
                    handle, _Staged(name, source, self.session.watchdog.beat), alive
                )
            except StatusError as error:
                refused = error
        if refused is not None:
            reason = self.refusal(doing, refused)
            self._discard(path)
            raise reason
        progress.end(written)
        if written != size:
            raise IntegrityError(f"{name}: {size} bytes were announced, and the source gave {written}.")

    def read(self, name: str) -> Iterator[bytes]:
        """A file's bytes, piece by piece.

        Raises:
            MissingFileError: there is no such file. IntegrityError: it gave fewer bytes than its size.
        """
        found = self.find(name)
        if found is None:
            raise self.missing(name)
        path, progress, done = self.locate(name), Progress(log, f"{name} read back", found.size), 0
        with self.asking(f"reading {name}"):
            for piece in self.session.client.read_stream(path, found.size):
                self.session.watchdog.beat()
                done += len(piece)
                progress.at(done)
                yield piece
        progress.end(done)
        if done != found.size:
            raise IntegrityError(f"{self.where}: {name} has {found.size} bytes, and gave {done}.")

    def refusal(self, doing: str, error: StatusError) -> MlconnectorError:
        """The error for a status; asks the server about its file system where the status leaves it open."""
        space = None
        if error.code == failures.FAILURE:
            with self.asking(doing):
                space = self.session.client.space(self.path)
        return failures.refused(self.where, doing, error, space)

    def taken(self, name: str) -> NameTakenError:
        """The error for a name that is not free."""
        return NameTakenError(
            f"{self.where}: there is something under the name {name} already; it was not overwritten.",
            "Look at it with the partner; remove it or choose another name.",
        )

    def missing(self, name: str) -> MissingFileError:
        """The error for a name with nothing under it."""
        return MissingFileError(f"{self.where}: there is no {name}.")

    def no_folder(self, path: str) -> ConfigurationError:
        """The error for a folder that is not there."""
        return ConfigurationError(
            f"{self.where}: there is no folder {path!r} on the server.",
            "Correct the folder in the flow's settings, or have the partner make it.",
        )

    def _opened(self, name: str, path: str, doing: str, *, exclusive: bool) -> bytes:
        refused: StatusError
        with self.asking(doing):
            try:
                return self.session.client.open_to_write(path, exclusive=exclusive)
            except StatusError as error:
                refused = error
        # Also asks for the folder, whose absence looks like that of a file.
        if self.find(name) is not None and exclusive:
            raise self.taken(name)
        raise self.refusal(doing, refused)

    def _discard(self, path: str) -> None:
        """Don't leave a half-written file of ours on a full disk; where that fails too, the first error matters."""
        with suppress(MlconnectorError), self.asking("removing a half-written file"):
            self.session.client.remove(path)

    def _attributes(self, path: str) -> paramiko.SFTPAttributes | None:
        client = self.session.client
        try:
            found = client.lstat(path)
        except StatusError as error:
            if error.code == failures.NO_SUCH_FILE:
                return None
            raise
        if not stat.S_ISLNK(found.st_mode or 0):
            return found
        try:
            return client.stat(path)
        except StatusError as error:
            if error.code == failures.NO_SUCH_FILE:
                return found
            raise


class _Staged:
    """The source of an upload: that it fails or is slow is not blamed on the partner's server."""

    def __init__(self, name: str, source: BinaryIO, alive: Callable[[], None]) -> None:
        self._name = name
        self._source = source
        self._alive = alive

    def read(self, size: int, /) -> bytes:
        try:
            data = self._source.read(size)
        except (OSError, EOFError) as error:
            raise TransientError(f"{self._name}: the data to be sent can't be read: {type(error).__name__}.") from error
        self._alive()
        return data


def plain(name: str) -> str:
    """A name that stays in its folder, unchanged.

    Raises:
        ConfigurationError: it is empty, too long, "." or "..", or holds a separator or a control character.
    """
    wrong = name in {"", ".", ".."} or any(letter in "/\\" or not letter.isprintable() for letter in name)
    if wrong or len(name.encode("utf-8")) > LONGEST_NAME:
        raise ConfigurationError(f"{name[:80]!r} can't be the name of a remote file: it would leave its folder.")
    return name
