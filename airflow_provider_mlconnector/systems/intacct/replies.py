"""Replies of the gateway: status on three levels, what a failure means, and what is said of the session (sheet 1.8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import unquote

from lxml import etree

from airflow_provider_mlconnector.errors import CredentialsError, MlconnectorError, RejectedError, TransientError
from airflow_provider_mlconnector.systems.intacct import xml
from airflow_provider_mlconnector.systems.intacct.session import SessionLostError

_TRANSIENT = (r"temporarily off-?\s?line", r"please try again later")
_RATE_LIMITED = re.compile(r"\bGW-0010\b|API rate limit exceeded", re.IGNORECASE)
_INVALID_SESSION = re.compile(r"invalid session", re.IGNORECASE)
_CREDENTIALS = re.compile(
    r"\bXL03000006\b|\bXMLGW_JPP0002\b|not authorized|do(?:es)? not have permission|sign-in information is incorrect",
    re.IGNORECASE,
)
_SUPPORT_ID = re.compile(r"\[Support ID: ([^\]]*)\]")
# "There was an error processing the request", which a second try may mend; and the mark of a rolled back transaction,
# which says nothing of the cause.
_UNEXPLAINED, _ROLLED_BACK = "DL02000001", "XL03000009"
_FEWER = "Lower concurrency, or let fewer tasks read at once (an Airflow pool)."


class Level(StrEnum):
    """Where a reply failed."""

    CONTROL = "control"
    OPERATION = "operation"
    FUNCTION = "function"


class RateLimitedError(TransientError):
    """More requests than Intacct takes at once or in a while (GW-0010, HTTP 429)."""


class UnexplainedError(TransientError):
    """Intacct failed without saying why; worth two more tries, not more (sheet 1.8)."""


@dataclass(frozen=True)
class Fault:
    """One `<error>` of a reply."""

    number: str
    description: str
    description2: str
    correction: str

    def said(self) -> str:
        """What it says, for a person; the support id as Intacct's support wants it."""
        told = " ".join(part for part in (self.description, self.description2, self.correction) if part)
        told = _SUPPORT_ID.sub(lambda found: f"[Support ID: {unquote(found[1])}]", told)
        return f"{self.number}: {told}" if told else self.number


@dataclass(frozen=True)
class Reply:
    """A successful reply.

    Attributes:
        data: the function's `<data>`; None where it has none.
        at: Intacct's own clock; None where the reply does not say.
        holds: seconds for which the session holds from now on; None where the reply does not say.
    """

    data: etree._Element | None
    at: datetime | None
    holds: float | None


@dataclass(frozen=True)
class Asked:
    """What a reply belongs to.

    Attributes:
        what: what was asked, for messages.
        control_id: of the request.
        patterns: regular expressions of further errors that may pass.
        with_session: whether the request was signed with a session, which may have ended.
        scrub: takes everything secret out of a text; Intacct repeats an invalid session's id.
    """

    what: str
    control_id: str = ""
    patterns: Sequence[str] = ()
    with_session: bool = False
    scrub: Callable[[str], str] = str


def read(root: etree._Element, asked: Asked) -> Reply:
    """Read a reply.

    Args:
        root: the parsed `<response>`.
        asked: what it belongs to.

    Raises:
        MlconnectorError: the reply is a failure on one of its levels; which error, see `failure`.
        TransientError: it is not a whole reply.
    """
    operation = xml.child(root, "operation")
    _check(root, xml.child(root, "control"), Level.CONTROL, asked)
    authentication = xml.child(operation, "authentication")
    if operation is not None:
        _check(operation, authentication, Level.OPERATION, asked)
        if xml.child(operation, "errormessage") is not None:
            # A failure of the operation as a whole may come behind a sign-in that went well.
            raise failure(faults(operation), Level.OPERATION, asked)
    results = [] if operation is None else list(xml.children(operation, "result"))
    if len(results) != 1 or xml.text(results[0], "controlid") != asked.control_id:
        raise TransientError(f"{asked.what}: the reply holds no result of this request.")
    _check(results[0], results[0], Level.FUNCTION, asked)
    at, ends = (moment(xml.text(authentication, f"session{end}")) for end in ("timestamp", "timeout"))
    return Reply(xml.child(results[0], "data"), at, (ends - at).total_seconds() if at and ends else None)


def _check(holder: etree._Element, stated: etree._Element | None, level: Level, asked: Asked) -> None:
    status = xml.text(stated, "status").lower()
    if not status:
        raise TransientError(f"{asked.what}: the reply is not whole: no status on its {level} level.")
    if status != "success":
        raise failure(faults(holder), level, asked)


def faults(holder: etree._Element) -> list[Fault]:
    """Every error directly below an element."""
    message = xml.child(holder, "errormessage")
    names = ("errorno", "description", "description2", "correction")
    found = () if message is None else xml.children(message, "error")
    return [Fault(*(xml.text(error, name) for name in names)) for error in found]


def failure(given: Sequence[Fault], level: Level, asked: Asked) -> MlconnectorError:
    """The error that a reply's faults stand for.

    Args:
        given: all of them; none: Intacct failed without a word.
        level: where the reply failed.
        asked: what the reply belongs to.
    """
    texts = [asked.scrub(fault.said()) for fault in given]
    said = f"{asked.what}: Intacct refused it ({level}): {'; '.join(texts[:5]) or 'without saying why'}"
    if any(_RATE_LIMITED.search(text) for text in texts):
        return RateLimitedError(said, _FEWER)
    passing = (*_TRANSIENT, *asked.patterns)
    if any(re.search(pattern, text, re.IGNORECASE) for pattern in passing for text in texts):
        return TransientError(said)
    if level is Level.OPERATION and asked.with_session and any(_INVALID_SESSION.search(text) for text in texts):
        return SessionLostError(said)
    if any(_CREDENTIALS.search(text) for text in texts):
        return CredentialsError(said, "Check sender, company, user, their passwords and the user's permissions.")
    numbers = {fault.number for fault in given}
    if _UNEXPLAINED in numbers and numbers <= {_UNEXPLAINED, _ROLLED_BACK}:
        return UnexplainedError(said)
    return RejectedError(said, "Look the message up; the stream's object or columns may not exist in this company.")


def moment(text: str) -> datetime | None:
    """An ISO time with its offset; None where it is absent, unreadable or naive."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
