"""The functions of a request: each has a result of its own, and none stops the others (sheet 1.3, 1.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.envelope import Result
from airflow_provider_mlconnector.sandbox.intacct.errors import (
    ABORTED,
    PROCESSING,
    ROLLED_BACK,
    UNPROCESSED,
    Error,
    FunctionError,
    no_permission,
)
from airflow_provider_mlconnector.sandbox.intacct.filters import text_of
from airflow_provider_mlconnector.sandbox.intacct.legacy import Legacy
from airflow_provider_mlconnector.sandbox.intacct.masters import ENTITIES
from airflow_provider_mlconnector.sandbox.intacct.objects import Objects
from airflow_provider_mlconnector.sandbox.intacct.querying import Querying
from airflow_provider_mlconnector.sandbox.intacct.rendering import Style, data, element
from airflow_provider_mlconnector.sandbox.intacct.request_log import Asked
from airflow_provider_mlconnector.sandbox.intacct.search import Search
from airflow_provider_mlconnector.sandbox.intacct.sessions import Session, Sessions
from airflow_provider_mlconnector.sandbox.intacct.settings import Settings

Reader = Callable[[Any, Session, Asked, Style, Active], str]
SESSION = "getAPISession"


@dataclass(frozen=True)
class Endpoint:
    """Where a new session counts: its door and path, and the address that is told."""

    door: str
    path: str
    url: str


class Functions:
    """Runs functions.

    Args:
        company: the data set.
        settings: how the gateway is set up.
        sessions: who is signed in.
    """

    def __init__(self, company: Company, settings: Settings, sessions: Sessions) -> None:
        self._settings, self._sessions = settings, sessions
        self._objects, search = Objects(settings), Search(company)
        querying, legacy = Querying(company, self._objects, search), Legacy(company, self._objects, search)
        self._readers: dict[str, Reader] = {
            "query": querying.answer,
            "readByQuery": legacy.read_by_query,
            "readMore": legacy.read_more,
            "read": legacy.read,
            "readByName": legacy.read,
        }
        self._seen: set[str] = set()

    def run(
        self,
        function: etree._Element,
        session: Session,
        endpoint: Endpoint,
        asked: Asked,
        active: Active,
        *,
        unique: bool,
    ) -> Result:
        """The result of one function, with whatever goes wrong with it.

        Args:
            function: its element.
            session: who asks.
            endpoint: where a session that it makes counts.
            asked: its entry in the log, which is filled in.
            active: the faults that hit it.
            unique: whether a control id counts once only.
        """
        control_id = asked.controlid
        name, repeated = str(function.tag), unique and control_id in self._seen
        self._seen.add(control_id)
        result = Result(name, f"{control_id}-other" if "wrong_control_id" in active else control_id)
        try:
            if repeated:
                raise FunctionError(Error("Duplicate controlid", f"The controlid '{control_id}' was used before"))
            if "error" in active:
                raise FunctionError(given_error(active["error"], Error(PROCESSING, UNPROCESSED)))
            result.data = self._data(function, session, endpoint, asked, active)
            if "partial_data" in active:
                raise FunctionError(given_error(active["partial_data"], Error("BL01001973", "Error while reading")))
        except FunctionError as error:
            result.status, result.errors = "failure", error.errors
        if "bare_failure" in active:
            result.status, result.data, result.errors = "failure", "", ()
        return result

    def _data(
        self, function: etree._Element, session: Session, endpoint: Endpoint, asked: Asked, active: Active
    ) -> str:
        name = str(function.tag)
        if name == SESSION:
            return self._session(function, session, endpoint)
        hidden = self._settings.denied | (set() if self._settings.audit else {"AUDITHISTORY"})
        if asked.object in hidden:
            raise no_permission(name, asked.object)
        if name == "lookup":
            return self._objects.lookup(function)
        if name == "inspect":
            return self._objects.inspect(function)
        if name not in self._readers:
            raise FunctionError(Error("XL03000003", f"'{name}' is not a function that this sandbox knows"))
        return self._readers[name](function, session, asked, self._style(name, active), active)

    def _session(self, function: etree._Element, session: Session, endpoint: Endpoint) -> str:
        entity = session.entity
        place = function.find("locationid")
        if place is not None:
            entity = text_of(place)
            if entity and entity not in ENTITIES:
                raise FunctionError(Error("Get API Session Failed", f"Invalid location '{entity}'"))
        made = self._sessions.open(session.user, session.company, entity, (endpoint.door, endpoint.path))
        inner = element("sessionid", made.id) + element("endpoint", endpoint.url) + element("locationid", entity)
        return data({}, f"<api>{inner}</api>")

    def _style(self, name: str, active: Active) -> Style:
        settings = self._settings
        lower = settings.lower_case if name in settings.lower_case_in else ""
        iso = name in settings.iso_dates_in or "iso_dates" in active
        return Style(name != "query", iso, "all" if "lower_case" in active else lower)


def given_error(options: object, default: Error) -> Error:
    """The error that a fault's options describe."""
    given = {key: str(value) for key, value in dict(options).items()}  # type: ignore[call-overload]
    if not given:
        return default
    names = ("errorno", "description2", "description", "correction")
    return Error(*(given.get(name, "" if name != "errorno" else default.errorno) for name in names))


def rolled_back(results: list[Result]) -> list[Result]:
    """The results of a transaction in which one function failed: the others are aborted (sheet 1.8)."""
    if all(result.status == "success" for result in results):
        return results
    aborted = Error(ABORTED, ROLLED_BACK)
    return [
        each if each.status == "failure" else Result(each.function, each.control_id, "aborted", errors=(aborted,))
        for each in results
    ]
