"""Which fields of an object this company and user have: a query for any other one fails as a whole (sheet 1.7)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.intacct import questions, xml
from airflow_provider_mlconnector.systems.intacct.client import IntacctClient
from airflow_provider_mlconnector.systems.intacct.replies import Reply
from airflow_provider_mlconnector.systems.intacct.session import Session

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Known:
    """What a company has of an object: its fields, and the related objects whose fields are named with a dot."""

    fields: frozenset[str]
    related: frozenset[str]

    def has(self, column: str) -> bool:
        """Whether a column may be asked for."""
        name = column.upper()
        first, dot, _ = name.partition(".")
        return name in self.fields or (bool(dot) and first in self.related)


class Lookup:
    """Looks objects up, each once.

    Args:
        client: asks.
        session: whose session.
    """

    def __init__(self, client: IntacctClient, session: Session) -> None:
        self._client = client
        self._session = session
        self._known: dict[tuple[str, str], Known] = {}

    def of(self, name: str, document_type: str = "") -> Known:
        """What the company has of an object.

        Raises:
            RejectedError: there is no such object, or the user may not see it.
        """
        at = (name, document_type)
        if at not in self._known:
            what = f"Intacct lookup {name}"
            reply = self._client.ask(self._session, lambda: questions.lookup(name, document_type), what)
            self._known[at] = _known(reply)
        return self._known[at]

    def present(
        self, name: str, columns: Mapping[str, str], needed: Iterable[str], document_type: str = ""
    ) -> dict[str, str]:
        """The declared columns that the company has; the others come as null.

        Args:
            name: the object.
            columns: the declared columns and their types.
            needed: columns that can't be done without.
            document_type: `docparid`, where the object has one.

        Raises:
            ConfigurationError: one of the needed columns is missing.
        """
        known = self.of(name, document_type)
        missing = [column for column in columns if not known.has(column)]
        gone = sorted({column for column in needed if not known.has(column)})
        if gone:
            raise ConfigurationError(
                f"{name} has no field {', '.join(gone)} in this company, or this user may not see it.",
                "The stream needs it as key, cursor, condition or total; correct the stream or the user's permissions.",
            )
        if missing:
            _LOG.info("%s: this company has no field %s; it stays empty", name, ", ".join(missing))
        return {column: kind for column, kind in columns.items() if column not in missing}


def _known(reply: Reply) -> Known:
    described = xml.child(reply.data, "Type")
    fields = _texts(described, "Fields", "Field", "ID")
    return Known(fields, _texts(described, "Relationships", "Relationship", "OBJECTPATH"))


def _texts(described: etree._Element | None, group: str, each: str, name: str) -> frozenset[str]:
    holder = xml.child(described, group)
    found = () if holder is None else xml.children(holder, each)
    return frozenset(xml.text(one, name).upper() for one in found) - {""}
