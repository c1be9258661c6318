"""What is noted of a request to the gateway."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from airflow_provider_mlconnector.sandbox import request_log


@dataclass
class Asked:
    """One function of a request, and its outcome.

    Attributes:
        function: its name, such as `query`.
        object: the object's name, in upper case.
        controlid: its control id.
        offset: `query`'s.
        page_size: as it was asked for, or the default.
        status: `success`, `failure` or `aborted`; empty where it was never run.
        errornos: of its errors.
        rows: records in its answer.
        total: records that its query meets.
    """

    function: str
    object: str = ""
    controlid: str = ""
    offset: int = 0
    page_size: int = 0
    status: str = ""
    errornos: tuple[str, ...] = ()
    rows: int = 0
    total: int = 0


@dataclass
class Entry(request_log.Entry):
    """One request and its outcome; `function`, `object`, `offset`, `page_size` and `total` are its first's.

    Attributes:
        door: `main`, or `port` for the second port.
        path: as it came.
        functions: what was asked.
        user: who signed in with a password; empty for a session.
        session: a short hash that tells sessions apart; of the new one for getAPISession.
        entity: the session's entity.
        at_once: requests that were open, with this one.
        transactions: what Intacct would count: one for each function but getAPISession.
        status: HTTP status.
        outcome: `ok`, `error`, or `fault: ` and the faults that hit it.
        errornos: of all its errors.
        rows: records in the answer.
        size: bytes of the answer's body, before it is compressed.
        seconds: how long the work took.
    """

    door: str
    path: str
    functions: list[Asked] = field(default_factory=list)
    user: str = ""
    session: str = ""
    entity: str = ""
    at_once: int = 0
    transactions: int = 0
    status: int = 0
    outcome: str = ""
    errornos: list[str] = field(default_factory=list)
    rows: int = 0
    size: int = 0
    seconds: float = 0

    def shown(self) -> dict[str, Any]:
        """In JSON form."""
        first = self.functions[0] if self.functions else Asked("")
        names = ("function", "object", "offset", "page_size", "total")
        return super().shown() | {name: getattr(first, name) for name in names}
