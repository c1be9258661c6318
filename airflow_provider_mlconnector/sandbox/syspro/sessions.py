"""e.net sessions: one per operator, by the sandbox's clock (SYSPRO sheet 1.3, 4.1 to 4.3)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings

# Recorded.
SIGN_IN_REFUSED = "ERROR: Invalid operator password"
UNREADABLE_ID = "ERROR: Unable to read the SYSPRO base directory registry string BaseDir8"
_ID_LENGTH = 36
# Invented.
BAD_OPERATOR = "ERROR: Invalid operator code"
BAD_COMPANY = "ERROR: Invalid company id"
COMPANY_REFUSED = "ERROR: Invalid company password"
NO_LICENCE = "ERROR: Maximum number of e.net users reached"
EXPIRED = "ERROR: The session has expired, please log on again"
LOGGED_OFF = "ERROR: The user id is invalid or has been logged off"


@dataclass
class Session:
    """One signed-in operator."""

    user_id: str
    operator: str
    used: datetime


class Sessions:
    """Who is signed in.

    Args:
        company: whose clock counts.
        settings: operators, licences and time limits.
    """

    def __init__(self, company: Company, settings: Settings) -> None:
        self._company, self._settings = company, settings
        self._by_operator: dict[str, Session] = {}
        self._gone: dict[str, str] = {}

    def logon(self, operator: str, password: str, company: str, company_password: str) -> str:
        """Sign in; returns the session's id, or a text that starts with ERROR."""
        known = {name.upper(): secret for name, secret in self._settings.operators.items()}
        if operator.upper() not in known:
            return BAD_OPERATOR
        if known[operator.upper()] != password:
            return SIGN_IN_REFUSED
        if company != self._company.code:
            return BAD_COMPANY
        if company_password != self._settings.company_password:
            return COMPANY_REFUSED
        self.end(operator.upper(), LOGGED_OFF)
        if not self._seat():
            return NO_LICENCE
        user_id = f"{secrets.token_hex(16).upper()}00  "
        self._by_operator[operator.upper()] = Session(user_id, operator.upper(), self._company.now)
        return user_id

    def _seat(self) -> bool:
        """Whether there is a licence left; the longest idle session gives its own up when it is idle for too long."""
        licences = self._settings.licences
        if licences is None or len(self._by_operator) < licences:
            return True
        oldest = min(self._by_operator.values(), key=lambda session: session.used, default=None)
        if oldest is None or not self._idle(oldest):
            return False
        self.end(oldest.operator, EXPIRED)
        return True

    def _idle(self, session: Session) -> bool:
        return self._company.now - session.used > timedelta(minutes=self._settings.idle_minutes)

    def error(self, user_id: str) -> str:
        """What is wrong with a session's id; empty where it is good, which counts as use."""
        session = self.find(user_id)
        if session is None:
            gone = self._gone.get(user_id.rstrip(" "))
            return gone if gone and len(user_id) == _ID_LENGTH else UNREADABLE_ID
        if self._settings.idle_ends_sessions and self._idle(session):
            self.end(session.operator, EXPIRED)
            return EXPIRED
        session.used = self._company.now
        return ""

    def find(self, user_id: str) -> Session | None:
        """The session with this id."""
        strict = self._settings.strict_user_id
        for session in self._by_operator.values():
            if session.user_id == user_id or (not strict and session.user_id.rstrip() == user_id.rstrip()):
                return session
        return None

    def end(self, operator: str, reason: str) -> None:
        """End an operator's session; its id is answered with the reason from then on."""
        session = self._by_operator.pop(operator, None)
        if session is not None:
            self._gone[session.user_id.rstrip()] = reason

    def end_all(self, reason: str) -> None:
        """End every session."""
        for operator in list(self._by_operator):
            self.end(operator, reason)

    def operators(self) -> list[str]:
        """Who is signed in now."""
        return sorted(self._by_operator)
