"""What the target asks of each kind of document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Problem
from airflow_provider_mlconnector.systems.syspro.fields import KeyRule
from airflow_provider_mlconnector.systems.syspro.posting import values
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem, Rows
from airflow_provider_mlconnector.systems.syspro.posting.references import CauseProblem

TRANSACTION = "Transaction/Post"


@dataclass(frozen=True)
class Parcel:
    """One attempt's part of a call.

    Attributes:
        bucket: attempts of different buckets can't share a call, such as those of different periods.
        item: its XML, in ASCII; empty where there is nothing to send.
    """

    bucket: str
    item: str


@dataclass(frozen=True)
class Call:
    """One call of e.net.

    Attributes:
        path: such as `Transaction/Post`.
        business_object: its code.
        parameters: the XmlParameters.
        document: the XmlIn.
    """

    path: str
    business_object: str
    parameters: str
    document: str


class DocumentKind(Protocol):
    """One kind of document: what it is known by, how it is written, checked and found again."""

    def identity(self, rows: Rows) -> tuple[str, Key]:
        """What the posting's kind is called, and the business key.

        Raises:
            ConfigurationError: the mapping lacks a field of the key.
        """

    def shown(self, rows: Rows) -> str:
        """How people know the record."""

    def unique(self, kind: str) -> bool:
        """Whether SYSPRO lets only one document of this kind and key be there."""

    @property
    def replaces(self) -> bool:
        """Whether a new version takes the place of the one that is there."""

    def local(self, rows: Rows) -> None:
        """Refuse what is wrong in the document itself.

        Raises:
            FieldProblem: what is wrong.
            ConfigurationError: the mapping as such can't be sent.
        """

    def referred(self, documents: Sequence[Document]) -> Sequence[Problem | None]:
        """Whether all that the documents refer to is there and open, asked for together."""

    def gone(self, cause: str) -> bool:
        """Whether the cause of a problem is gone."""

    def parcels(self, attempts: Sequence[Attempt]) -> Sequence[Parcel]:
        """The attempts' parts of calls, in their order.

        Raises:
            FieldProblem: a document can't be written.
        """

    def call(self, bucket: str, items: Sequence[str], *, validate_only: bool = False) -> Call | None:
        """The call that posts these items; None where the rehearsal can't be asked of SYSPRO.

        Raises:
            FieldProblem: the bucket can't be posted any more, such as a period that has been closed.
        """

    def target_key(self, answered: Mapping[str, str], attempt: Attempt) -> str:
        """What SYSPRO calls a posted document.

        Args:
            answered: texts of its part of the answer, by lower-cased element.
            attempt: what was posted.

        Returns:
            Empty where the answer does not say it, so that it has to be looked up.
        """

    def look_up(self, attempts: Sequence[Attempt]) -> Sequence[Found | None]:
        """What SYSPRO holds of these attempts."""


def verdict(check: Callable[..., None], *args: Any) -> Problem | None:
    """A check's refusal as the port knows it; None where it lets pass."""
    try:
        check(*args)
    except FieldProblem as refused:
        return Problem(refused.field, refused.reason, refused.cause if isinstance(refused, CauseProblem) else "")
    return None


def key_of(rows: Rows, fields: Sequence[str]) -> Key:
    """The values that a record is known by.

    Raises:
        ConfigurationError: the mapping lacks one of the fields.
    """
    for field in fields:
        if not rows or field not in rows[0]:
            raise ConfigurationError(
                f"The mapping has no field {field}, which a posting is known by.", "Map it, or correct the setting key."
            )
    return tuple("" if values.blank(rows[0][field]) else str(rows[0][field]).strip() for field in fields)


def padded(rows: Rows, rules: Mapping[str, KeyRule]) -> list[dict[str, Any]]:
    """The rows with their keys as the site's database holds them (sheet 3.2).

    Args:
        rows: mapped rows.
        rules: padding by column; a field is ruled by the column of its name, behind `Group.Grn`.
    """
    ruled = {}
    for field in rows[0] if rows else ():
        column = field.rpartition(".")[2]
        rule = rules.get(column) or rules.get(column.removeprefix("Grn"))
        if rule is not None:
            ruled[field] = rule
    return [
        {field: ruled[field].padded(str(value)) if field in ruled and not values.blank(value) else value
         for field, value in row.items()}
        for row in rows
    ]  # fmt: skip


def keyed(number: str, *others: str) -> str:
    """A journal with its year and period, without padding: `123/2026/3`; empty where it has no number."""
    if not number.strip().strip("0"):
        return ""
    return "/".join(part.strip().lstrip("0") for part in (number, *others))
