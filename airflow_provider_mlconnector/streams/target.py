"""The port through which records are posted into a system: what every target offers, whatever its protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True)
class Identity:
    """What a posting is known by, whatever flow or DAG it comes from.

    Attributes:
        company: the target and its company, such as `syspro https://erp:30000 EDU1`.
        kind: such as `ap invoice`, `ap credit note`, `gl journal`, `supplier`.
        key: the business key within them, values joined as `fingerprint.key_text` joins them.
    """

    company: str
    kind: str
    key: str


@dataclass(frozen=True)
class Document:
    """One record as it is posted.

    Attributes:
        identity: what it is known by.
        rows: the mapped rows: one for each line, the header's fields repeated in each.
        shown: how people know it, such as `supplier 0000001, invoice INV-4711`.
    """

    identity: Identity
    rows: Sequence[Mapping[str, Any]]
    shown: str


@dataclass(frozen=True)
class Attempt:
    """One attempt to post a document; `own_id` (at most 30 ASCII characters) is ours and of this attempt alone."""

    document: Document
    own_id: str


@dataclass(frozen=True)
class Problem:
    """Why a document can't be posted, found before anything is sent.

    Attributes:
        field: the mapped field.
        reason: what is wrong, for a person.
        cause: what has to change, in the target's own form, for `Target.cause_gone`; empty where only a new version
            or a person helps.
    """

    field: str
    reason: str
    cause: str = ""


class Outcome(StrEnum):
    """What became of an attempt."""

    POSTED = "posted"
    REFUSED = "refused"
    """The target has answered that it did not take it, and holds nothing of it."""
    DOUBT = "doubt"
    """No answer, or one that does not say it of this document alone."""


@dataclass(frozen=True)
class Result:
    """The target's answer to one attempt.

    Attributes:
        outcome: what became of it.
        target_key: what the target calls it, such as a journal.
        reason: of a refusal: element, number and text, of all errors.
        answer: what the target said, shortened, without secrets.
        in_flight: of a doubt: whether the call may still be at work, because no answer came.
        taken: of a doubt: whether the target has answered that it took it, and does not show it yet.
    """

    outcome: Outcome
    target_key: str = ""
    reason: str = ""
    answer: str = ""
    in_flight: bool = False
    taken: bool = False


@dataclass(frozen=True)
class Found:
    """What a look-up has found.

    Attributes:
        target_key: what the target calls it.
        ours: whether it carries the own id of the attempt that was looked for.
        equal: whether it is the document: same amount, same date.
        detail: what is there, for a person.
    """

    target_key: str
    ours: bool
    equal: bool
    detail: str


class Target(Protocol):
    """One company of one system, ready to be posted into.

    Every method raises the errors of `errors`, and none repeats a call that may have had an effect.
    """

    longest_call: timedelta
    """After which no call of ours can still begin to have an effect at the target."""

    def identity(self, rows: Sequence[Mapping[str, Any]]) -> Identity:
        """What a record's mapped rows are known by.

        Raises:
            ConfigurationError: the mapping lacks a field that the identity is made of.
        """

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """How people know the record."""

    def unique(self, identity: Identity) -> bool:
        """Whether the target lets only one document of this identity be there."""

    def replaces(self, identity: Identity) -> bool:
        """Whether a new version takes the place of the one that is there, as with master data."""

    def check(self, documents: Sequence[Document]) -> Sequence[Problem | None]:
        """Whether all that the documents refer to is there and open for posting; asks for what is not known yet."""

    def cause_gone(self, cause: str) -> bool:
        """Whether the cause of a `Problem` is gone."""

    def calls(self, attempts: Sequence[Attempt], most: int) -> Iterator[Sequence[Attempt]]:
        """The attempts in groups of one call each: at most so many, and no more than fit one request."""

    def renew(self) -> None:
        """Before a group: a session that is old is renewed, so that none ends in a call."""

    def fence(self) -> None:
        """Before a look-up after a lost answer: where a new sign-in ends the old session, sign in anew."""

    def post(self, attempts: Sequence[Attempt]) -> Sequence[Result]:
        """Post these attempts in one call, all or none of them; results in their order."""

    def look_up(self, attempts: Sequence[Attempt]) -> Sequence[Found | None]:
        """What the target holds of these attempts: by own id where it keeps one, else by identity where that is unique.

        Where several attempts share an identity, each is looked for by its own id.
        """

    def rehearse(self, documents: Sequence[Document]) -> Iterator[str]:
        """What would be sent, and what the target says of it without posting anything."""
