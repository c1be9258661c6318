"""The client: one function a request, in a session that is kept alive, counted, and repeated where it may pass."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from lxml import etree

from airflow_provider_mlconnector.errors import CredentialsError, RejectedError
from airflow_provider_mlconnector.systems.intacct import envelope, failures, replies, xml
from airflow_provider_mlconnector.systems.intacct.budget import Budget
from airflow_provider_mlconnector.systems.intacct.config import IntacctConfig
from airflow_provider_mlconnector.systems.intacct.replies import Asked, Reply
from airflow_provider_mlconnector.systems.intacct.session import ApiSession, Freshness, Session, SessionLostError
from airflow_provider_mlconnector.systems.intacct.slots import Slots
from airflow_provider_mlconnector.systems.intacct.transport import Transport

_LOG = logging.getLogger(__name__)


class IntacctClient:
    """Asks functions of one company; usable from several threads.

    Args:
        config: the connection.
        transport: how requests are sent.
        budget: what counts them.
        slots: how many of them may be under way at once.
        clock: our own clock, by which a session's age goes.
    """

    def __init__(
        self,
        config: IntacctConfig,
        transport: Transport,
        budget: Budget,
        slots: Slots,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.config = config
        self.budget = budget
        self._transport = transport
        self._clock = clock
        self._freshness = Freshness(config.session_minutes * 60, clock=clock)
        self._slots = slots
        self._last: datetime | None = None

    def last_clock(self) -> datetime | None:
        """Intacct's own clock at its last reply; None before the first one that says it."""
        return self._last

    def logon(self) -> str:
        """Sign on by getAPISession, in a request of its own.

        Returns:
            The session, as the text of an `ApiSession`.

        Raises:
            CredentialsError: sender, company, user or a password is refused; never tried again, so as not to lock out.
        """
        return self._logon().to_text()

    def ask(
        self,
        session: Session,
        function: Callable[[], etree._Element],
        what: str,
        check: Callable[[Reply], None] = lambda _reply: None,
    ) -> Reply:
        """Ask one function; what may pass is tried again, and an invalid session is replaced once.

        Args:
            session: whose session signs the request.
            function: makes the function's element, anew for each request.
            what: what is asked, for messages.
            check: raises a `TransientError` where the reply is not whole.

        Raises:
            MlconnectorError: see `replies.failure`; the budget is spent (`ConfigurationError`).
        """

        def attempt() -> Reply:
            reply = self._renewing(session, function, what)
            check(reply)
            return reply

        return self._transport.patiently(attempt)

    def _renewing(self, session: Session, function: Callable[[], etree._Element], what: str) -> Reply:
        token = session.token()
        if self._freshness.is_over(ApiSession.from_text(token)):
            token = session.renew(token)
        try:
            return self._once(token, function(), what)
        except SessionLostError:
            _LOG.info("the Intacct session is invalid; signing on anew")
        return self._once(session.renew(token), function(), what)

    def _once(self, token: str, function: etree._Element, what: str) -> Reply:
        held = ApiSession.from_text(token)
        self._transport.guard(held.id)
        endpoint = self.config.checked_endpoint(held.endpoint)
        reply = self._sent(endpoint, envelope.session(held.id), function, what, with_session=True)
        self._freshness.used(held, reply.holds)
        return reply

    def _logon(self) -> ApiSession:
        config = self.config
        what = f"Intacct sign-in of user {config.user}, company {config.company}"
        try:
            reply = self._sent(
                config.endpoint, envelope.login(config), envelope.element("getAPISession"), what, with_session=False
            )
        except RejectedError as error:
            raise CredentialsError(error.message, "Check sender, company, user and their passwords.") from None
        api = xml.child(reply.data, "api")
        session_id = xml.text(api, "sessionid")
        if not session_id:
            raise RejectedError(f"{what}: the reply holds no session.", "Check the endpoint.")
        self._transport.guard(session_id)
        # Checked whenever it is used, since it may come out of a store.
        return ApiSession(session_id, xml.text(api, "endpoint") or config.endpoint, self._clock(), reply.holds)

    def _sent(
        self, endpoint: str, signed: etree._Element, function: etree._Element, what: str, *, with_session: bool
    ) -> Reply:
        control_id = uuid.uuid4().hex
        body = envelope.request(self.config, signed, function, control_id)
        asked = Asked(what, control_id, self.config.transient_patterns, with_session, self._transport.scrubbed)
        with self._slots.one():
            self.budget.charge(what)
            answer = self._transport.post(endpoint, body, what)
        root = _parsed(answer.body)
        if root is None or failures.may_pass(answer.status):
            excerpt = self._transport.scrubbed(answer.body[:600].decode("utf-8", "replace"))[:300].strip()
            raise failures.of_status(answer.status, answer.retry_after, what, excerpt)
        reply = replies.read(root, asked)
        self._last = reply.at or answer.date or self._last
        return reply


def _parsed(body: bytes) -> etree._Element | None:
    """The reply; None for what a proxy or a broken line has left in its place."""
    try:
        root = xml.parse(body)
    except xml.NotXmlError:
        return None
    return root if xml.name(root) == "RESPONSE" else None
