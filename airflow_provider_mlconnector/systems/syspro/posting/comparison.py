"""Records that are compared with SYSPRO's and change nothing: no public object creates GL accounts (sheet 2.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_mlconnector.streams.source import Key
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Problem
from airflow_provider_mlconnector.systems.syspro.posting import values
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem, Rows, only
from airflow_provider_mlconnector.systems.syspro.posting.kind import Parcel, key_of
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings

_KEY = ("Entity", "Code")


class Comparisons:
    """Records with the field `Difference`: one that has any is set aside, and one without it is done.

    Args:
        settings: the site's decisions.
    """

    def __init__(self, settings: PostingSettings) -> None:
        self._key = settings.key or _KEY

    def identity(self, rows: Rows) -> tuple[str, Key]:
        """By what is compared and its code; see `DocumentKind`."""
        return "comparison", key_of(rows, self._key)

    def shown(self, rows: Rows) -> str:
        """Such as `gl_accounts 10-5100`."""
        return " ".join(key_of(rows, self._key))

    def unique(self, kind: str) -> bool:  # noqa: ARG002 - see the port
        """Always: a code is there once."""
        return True

    @property
    def replaces(self) -> bool:
        """It is compared again and again; see `DocumentKind`."""
        return True

    def local(self, rows: Rows) -> None:
        """Refuse what differs; see `DocumentKind`."""
        difference = only(rows, "Difference")
        if not values.blank(difference):
            raise FieldProblem("Difference", str(difference))

    def referred(self, documents: Sequence[Document]) -> Sequence[Problem | None]:
        """Nothing is referred to; see `DocumentKind`."""
        return [None] * len(documents)

    def gone(self, cause: str) -> bool:  # noqa: ARG002 - see the port
        """Never: the next comparison is a new version; see `DocumentKind`."""
        return False

    def parcels(self, attempts: Sequence[Attempt]) -> Sequence[Parcel]:
        """Nothing to send; see `DocumentKind`."""
        return [Parcel("", "")] * len(attempts)

    def call(self, bucket: str, items: Sequence[str], *, validate_only: bool = False) -> None:
        """None; see `DocumentKind`."""

    def target_key(self, answered: Mapping[str, str], attempt: Attempt) -> str:  # noqa: ARG002 - see the port
        """The code; see `DocumentKind`."""
        return self.shown(attempt.document.rows)

    def look_up(self, attempts: Sequence[Attempt]) -> Sequence[Found | None]:
        """Done as soon as it was begun: nothing had to reach SYSPRO."""
        return [Found(self.shown(each.document.rows), ours=False, equal=True, detail="compared") for each in attempts]
