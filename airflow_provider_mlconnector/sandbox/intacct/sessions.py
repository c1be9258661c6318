"""API sessions: bound to a company, an entity and an endpoint, sliding, by the sandbox's clock (sheet 1.4)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.errors import SIGN_IN, SIGN_IN_REFUSED, Error, OperationError
from airflow_provider_mlconnector.sandbox.intacct.masters import ENTITIES
from airflow_provider_mlconnector.sandbox.intacct.settings import Settings


@dataclass
class Session:
    """Somebody who is signed in.

    Attributes:
        id: the session's id; empty for a request with a password, which has none that outlives it.
        user: who it is.
        company: the company id that was given, with the console before it.
        entity: the entity; empty for the top level.
        endpoint: door and path that it counts at.
        used: when it was used last.
        cursors: results of readByQuery that are not read to their end.
    """

    id: str
    user: str
    company: str
    entity: str
    endpoint: tuple[str, str]
    used: datetime
    cursors: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Login:
    """What a `login` element says."""

    user: str
    company: str
    password: str
    entity: str = ""


class Sessions:
    """Who is signed in.

    Args:
        company: whose clock counts.
        settings: users and time limits.
    """

    def __init__(self, company: Company, settings: Settings) -> None:
        self._company, self._settings = company, settings
        self._open: dict[str, Session] = {}

    def sign_in(self, login: Login, endpoint: tuple[str, str]) -> Session:
        """A session for one request with a user and a password.

        Raises:
            OperationError: they aren't right, or the sender may not ask this company.
        """
        company, entity = self._place(login)
        secret = self._settings.users.get(login.user)
        if company != self._settings.company or secret is None or secret != login.password:
            raise OperationError(Error(SIGN_IN, SIGN_IN_REFUSED))
        if not self._settings.sender_authorized:
            sender = self._settings.sender_id
            text = (
                f"The sender ID '{sender}' is not authorized to make Web Services requests to company ID '{company}'."
            )
            advice = "Contact the company administrator to grant Web Services authorization to this sender ID."
            raise OperationError(Error(SIGN_IN, text, "Invalid Web Services Authorization", advice))
        if entity and entity not in ENTITIES:
            raise OperationError(Error(SIGN_IN, f"Invalid location '{entity}'"))
        return Session("", login.user, login.company, entity, endpoint, self._company.now)

    def _place(self, login: Login) -> tuple[str, str]:
        """Company and entity; a console user gives `console|company` or `console|company|entity` (sheet 1.3)."""
        parts = login.company.split("|")
        if len(parts) > 1 and parts[0] == self._settings.console != "":
            return parts[1], parts[2] if len(parts) > 2 else login.entity
        return login.company, login.entity

    def open(self, user: str, company: str, entity: str, endpoint: tuple[str, str]) -> Session:
        """A new session; a user may have several."""
        session = Session(f"{secrets.token_urlsafe(30)}..", user, company, entity, endpoint, self._company.now)
        self._open[session.id] = session
        return session

    def use(self, session_id: str, endpoint: tuple[str, str]) -> Session:
        """The session with this id; its time begins anew.

        Raises:
            OperationError: there is none, it has expired, or it belongs to another endpoint.
        """
        session = self._open.get(session_id)
        if session is not None and self._company.now >= self.ends(session):
            del self._open[session_id]
            session = None
        elsewhere = session is not None and self._settings.bound_to_endpoint and session.endpoint != endpoint
        if session is None or elsewhere:
            raise OperationError(Error(SIGN_IN, f"Invalid session {session_id}"))
        session.used = self._company.now
        return session

    def ends(self, session: Session) -> datetime:
        """When a session ends unless it is used before."""
        return session.used + timedelta(minutes=self._settings.session_minutes)

    def revoke(self, session_id: str = "") -> int:
        """End a session, or all; returns how many."""
        gone = [key for key in self._open if not session_id or key == session_id]
        for key in gone:
            del self._open[key]
        return len(gone)

    def count(self) -> int:
        """How many sessions there are."""
        return sum(1 for session in self._open.values() if self._company.now < self.ends(session))
