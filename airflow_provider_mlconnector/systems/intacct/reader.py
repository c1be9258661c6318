"""Objects by `query`, by key: each page begins behind the last row of the one before."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator

from lxml import etree

from airflow_provider_mlconnector.errors import IntegrityError, RejectedError, TransientError
from airflow_provider_mlconnector.systems.intacct import codes, questions, xml
from airflow_provider_mlconnector.systems.intacct.client import IntacctClient
from airflow_provider_mlconnector.systems.intacct.decode import decode
from airflow_provider_mlconnector.systems.intacct.filters import Filter
from airflow_provider_mlconnector.systems.intacct.keyset import Progress, behind
from airflow_provider_mlconnector.systems.intacct.replies import Reply
from airflow_provider_mlconnector.systems.intacct.session import Session
from airflow_provider_mlconnector.systems.intacct.table import ObjectRead, Rows

_LOG = logging.getLogger(__name__)
_BEGINNINGS = 3
# The most rows of a page (sheet 1.5, 1.6).
_MOST_ROWS, _MOST_LEGACY_ROWS = 2000, 1000


class QueryReader:
    """Reads objects by `query`.

    Args:
        client: asks.
        session: whose session.
        zone: IANA zone of naive times.
    """

    def __init__(self, client: IntacctClient, session: Session, zone: str) -> None:
        self._client = client
        self._session = session
        self._zone = zone

    def pages(self, read: ObjectRead) -> Iterator[Rows]:
        """The rows in order, until none remain; each page is one request, and none is asked for in vain.

        A page whose rows do not lie behind the ones before is a drifted one: the reading begins again.

        Raises:
            IntegrityError: Intacct does not keep to order or conditions, however often the reading begins.
        """
        progress, beginnings = Progress(), 1
        while True:
            reply = self._page(read, behind(read, progress))
            rows = decode(reply.data, read, self._zone)
            further = progress.beyond(rows.places)
            # Rows that can't be placed only hold the reading up where more are to come behind them.
            if further is None or (further == progress and rows.count and remaining(reply, rows.count)):
                if beginnings == _BEGINNINGS:
                    raise IntegrityError(
                        f"{read.name}: Intacct gives rows that lie before those given last, or none that can be read.",
                        "Nothing was sent. Run the task again; if it stays so, set read_function to readByQuery.",
                    )
                _LOG.warning("%s: a page has drifted; its window is read again from the beginning", read.name)
                progress, beginnings = Progress(), beginnings + 1
                continue
            progress = further
            if rows.count:
                yield rows
            if not remaining(reply, rows.count):
                return

    def _page(self, read: ObjectRead, where: Filter) -> Reply:
        config = self._client.config

        size = _MOST_ROWS if read.largest_pages else config.page_size

        def function() -> etree._Element:
            return questions.query(read, where, size, show_private=config.show_private)

        return self._client.ask(self._session, function, f"Intacct query {read.name}", consistent)


class LegacyReader:
    """Reads objects by `readByQuery` and `readMore`: a result that Intacct keeps with the session, in no order.

    Args:
        client: asks.
        session: whose session; the result is lost with it, and the reading begins again.
        zone: IANA zone of naive times.
    """

    def __init__(self, client: IntacctClient, session: Session, zone: str) -> None:
        self._client = client
        self._session = session
        self._zone = zone

    def pages(self, read: ObjectRead) -> Iterator[Rows]:
        """The rows, until as many came as Intacct had announced; else the reading begins again.

        Raises:
            IntegrityError: another number came than was announced, however often the reading begins.
        """
        for _ in range(_BEGINNINGS):
            if (yield from self._result(read)):
                return
            _LOG.warning("%s: a result came to an end too early; it is read again from the beginning", read.name)
        raise IntegrityError(
            f"{read.name}: Intacct gives another number of rows than it announces.",
            "Run the task again; if it stays so, set read_function to query.",
        )

    def _result(self, read: ObjectRead) -> Generator[Rows, None, bool]:
        """One result to its end; returns whether it was whole."""
        token = self._session.token()
        came = 0
        reply: Reply | None = self._first(read)
        announced = None if reply is None else number(reply, "totalcount")
        while reply is not None:
            rows = codes.in_words(decode(reply.data, read, self._zone), read)
            came += rows.count
            if rows.count:
                yield rows
            result_id = "" if reply.data is None else xml.attribute(reply.data, "resultId")
            if not result_id or not remaining(reply, rows.count):
                return announced in (None, came)
            reply = self._more(read, result_id, token)
        return False

    def _first(self, read: ObjectRead) -> Reply:
        size = _MOST_LEGACY_ROWS if read.largest_pages else min(self._client.config.page_size, _MOST_LEGACY_ROWS)
        where = codes.coded(behind(read, Progress()), read.name)
        what = f"Intacct readByQuery {read.name}"
        return self._client.ask(self._session, lambda: questions.read_by_query(read, where, size), what, whole)

    def _more(self, read: ObjectRead, result_id: str, token: str) -> Reply | None:
        """The next page; None where the result was lost with its session."""
        what = f"Intacct readMore {read.name}"
        if self._session.token() != token:
            return None
        try:
            return self._client.ask(self._session, lambda: questions.read_more(result_id), what, whole)
        except RejectedError:
            if self._session.token() == token:
                raise
        return None


def whole(reply: Reply) -> None:
    """Compare a page with what it says of itself.

    Raises:
        TransientError: it holds another number of rows than it says.
    """
    said = number(reply, "count")
    held = 0 if reply.data is None else len(list(xml.children(reply.data)))
    if said is not None and said != held:
        raise TransientError(f"Intacct: a page holds {held} rows and says that it has {said}.")


def consistent(reply: Reply) -> None:
    """Compare a page that nothing was left out before with what it says of itself: nothing is lost by a wrong end.

    Raises:
        TransientError: its numbers do not fit one another.
    """
    whole(reply)
    total, held, rest = (number(reply, name) for name in ("totalcount", "count", "numremaining"))
    if total is not None and held is not None and rest is not None and total != held + rest:
        raise TransientError(f"Intacct: a page says that it holds {held} rows of {total}, and that {rest} remain.")


def remaining(reply: Reply, count: int) -> bool:
    """Whether rows remain behind this page; where it does not say, until a page comes empty."""
    said = number(reply, "numremaining")
    return count > 0 if said is None else said > 0


def number(reply: Reply, name: str) -> int | None:
    """A whole number among the attributes of a page; None where it is absent."""
    text = "" if reply.data is None else xml.attribute(reply.data, name).strip()
    return int(text) if text.isdigit() else None
