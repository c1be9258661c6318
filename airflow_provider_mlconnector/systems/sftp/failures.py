"""What an SFTP server's refusals mean, as the errors of this provider.

SFTP version 3 knows nine status codes, and most refusals arrive as the fourth, "Failure" (draft-ietf-secsh-filexfer-02,
section 7; OpenSSH answers so for a full disk, a quota, a read-only file system and a name that is taken). What the code
leaves open is settled by asking the server a second question.
"""

from __future__ import annotations

from dataclasses import dataclass

import paramiko

from airflow_provider_mlconnector.errors import MlconnectorError, RejectedError, TransientError

NO_SUCH_FILE = 2
PERMISSION_DENIED = 3
FAILURE = 4
OP_UNSUPPORTED = 8

LOST = (paramiko.SSHException, EOFError, OSError, paramiko.SFTPError)
"""What paramiko raises when the line is cut, silent or garbled; `StatusError` is caught before it."""


class StatusError(OSError):
    """The server answered a request with a status other than OK.

    Args:
        code: the status code of SFTP version 3.
        text: the server's own words; shortened, and without control characters.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = "".join(letter if letter.isprintable() else " " for letter in text[:200]).strip()


class NameTakenError(RejectedError):
    """There is something under the name that was to be given; nothing was overwritten."""


class MissingFileError(RejectedError):
    """There is no file of that name in the folder."""


@dataclass(frozen=True)
class Space:
    """What a server says of the file system behind a folder (`statvfs@openssh.com`).

    Args:
        full: no block or no file entry is left for this user.
        read_only: it is mounted read-only.
    """

    full: bool
    read_only: bool


def lost(where: str, doing: str, error: BaseException) -> TransientError:
    """The line was cut, or the server fell silent, while something was being done."""
    if isinstance(error, TimeoutError):
        return TransientError(f"{where} did not answer in time while {doing}.")
    return TransientError(f"The connection to {where} was cut while {doing} ({type(error).__name__}).")


def refused(where: str, doing: str, error: StatusError, space: Space | None) -> MlconnectorError:
    """A refusal that is neither a missing file nor a taken name.

    Args:
        where: user, host, port and folder.
        doing: what was asked, as "writing x.csv".
        error: the server's answer.
        space: the state of its file system; None where it does not tell.
    """
    said = f"(it answered: status {error.code}, {error.text!r})" if error.text else f"(status {error.code})"
    if error.code == PERMISSION_DENIED:
        return RejectedError(f"{where} denied permission for {doing} {said}.", "Ask the partner for that right.")
    if error.code == OP_UNSUPPORTED:
        return RejectedError(f"{where} does not support {doing} {said}.", "Ask the partner's server people.")
    if space is not None and space.read_only:
        return RejectedError(f"{where} is read-only: {doing} was refused {said}.", "Ask the partner to change that.")
    if space is not None and space.full:
        return TransientError(f"{where} has no space left: {doing} failed {said}.", "Ask the partner to make room.")
    return TransientError(
        f"{where} failed at {doing} {said}, without saying why.",
        "If it goes on: a full disk, a quota or a file system error at the partner is the usual cause.",
    )
