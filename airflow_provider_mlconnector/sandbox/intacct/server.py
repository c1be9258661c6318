"""The gateway: finds out what is asked, lets faults strike, signs in, runs the functions, and writes it down."""

from __future__ import annotations

import gzip
import time
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from random import Random
from zoneinfo import ZoneInfo

from lxml import etree

from airflow_provider_mlconnector.sandbox.faults import Active, Fault, Faults, meant_for, named
from airflow_provider_mlconnector.sandbox.intacct import envelope as e
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.errors import (
    SIGN_IN,
    WRONG_SENDER,
    ControlError,
    Error,
    OperationError,
)
from airflow_provider_mlconnector.sandbox.intacct.events import Events
from airflow_provider_mlconnector.sandbox.intacct.faults import FAULTS, WHERE
from airflow_provider_mlconnector.sandbox.intacct.filters import text_of
from airflow_provider_mlconnector.sandbox.intacct.functions import (
    SESSION,
    Endpoint,
    Functions,
    given_error,
    rolled_back,
)
from airflow_provider_mlconnector.sandbox.intacct.opening import hard_records
from airflow_provider_mlconnector.sandbox.intacct.request_log import Asked, Entry
from airflow_provider_mlconnector.sandbox.intacct.sessions import Session, Sessions
from airflow_provider_mlconnector.sandbox.intacct.settings import Settings
from airflow_provider_mlconnector.sandbox.intacct.transmission import XML, broken, page, sent, stopped
from airflow_provider_mlconnector.sandbox.intacct.web import Gate
from airflow_provider_mlconnector.sandbox.request_log import RequestLog, hashed
from airflow_provider_mlconnector.sandbox.web import Request, Response

_TYPES = ("application/xml", "text/xml", "x-intacct-xml-request", "application/x-intacct-xml-request")


class IntacctServer:
    """The gateway over one company.

    Args:
        company: the data set.
        settings: how the gateway is set up.
        hard: whether the records that are hard to handle are there from the beginning.

    Attributes:
        urls: the address of each door, without a path; told by whoever opens them.
    """

    def __init__(self, company: Company, settings: Settings, *, hard: bool = True) -> None:
        self.company, self.settings = company, settings
        self.faults, self.log = Faults(FAULTS, WHERE, count=1), RequestLog(Entry)
        self.events, self.gate = Events(company), Gate()
        self.sessions = Sessions(company, settings)
        self.functions = Functions(company, settings, self.sessions)
        self.urls: dict[str, str] = {}
        self._failures = 0
        if hard:
            hard_records(self.events)

    def handle(self, request: Request, door: str = "main") -> Response:
        """The answer to a request at a door, with whatever is wrong with it."""
        begun = time.perf_counter()
        call = e.read_call(request.body) if request.method == "POST" else e.Call(e.Control())
        functions = [_asked(control_id, function) for control_id, function in call.functions]
        facts = [_facts(asked, door) for asked in functions] or [{"door": door}]
        faults = self.faults.take(*facts)
        active = named(faults)
        if "event" in active:
            self.events.happen(str(active["event"]["kind"]), dict(active["event"].get("params", {})))
        entry = self.log.new(
            time=self.company.now.isoformat(),
            door=door,
            path=request.path,
            functions=functions,
            user=call.login.user if call.login else "",
            session=hashed(call.session_id),
            at_once=len(self.gate),
            transactions=sum(1 for asked in functions if asked.function != SESSION),
        )
        response = self._refused(request, active) or self._served(request, call, door, entry, faults)
        entry.status, entry.rows = response.status, sum(asked.rows for asked in functions)
        entry.errornos += [errorno for asked in functions for errorno in asked.errornos]
        failed = response.status >= 400 or any(asked.status != "success" for asked in functions) or entry.errornos
        entry.outcome = f"fault: {', '.join(sorted(active))}" if active else "error" if failed else "ok"
        entry.size = len(response.body) if isinstance(response.body, bytes) else 0
        response.headers = {"Date": format_datetime(self.company.now, usegmt=True), **response.headers}
        response.delay = self.settings.work_seconds
        compress = self.settings.gzip and "gzip" in request.headers.get("accept-encoding", "")
        answer = sent(response, active, gzip.compress if compress else None)
        entry.seconds = round(time.perf_counter() - begun, 6)
        return answer

    def _refused(self, request: Request, active: Active) -> Response | None:
        if found := stopped(active):
            return found
        if request.path not in self._paths() or request.method != "POST":
            return page(404 if request.method == "POST" else 405)
        if len(self.gate) > self.settings.concurrency:
            return stopped({"gw_0010": {}})
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        return None if request.body and kind in _TYPES else stopped({"gw_0011": {}})

    def _paths(self) -> set[str]:
        further = self.settings.session_endpoint
        return {self.settings.path} | ({further} if further.startswith("/") else set())

    def _served(self, request: Request, call: e.Call, door: str, entry: Entry, faults: Sequence[Fault]) -> Response:
        active = named(faults)
        try:
            text = self._operation(call, (door, request.path), entry, faults)
        except ControlError as error:
            entry.errornos = [each.errorno for each in error.errors]
            text = e.control_failure(call.control, self._supported(error.errors))
        except OperationError as error:
            entry.errornos = [each.errorno for each in error.errors]
            user, company = (call.login.user, call.login.company) if call.login else ("", "")
            text = e.operation_failure(call.control, e.Authentication(user, company), self._supported(error.errors))
        return Response(body=broken(text, active).encode(), headers=dict(XML))

    def _operation(self, call: e.Call, endpoint: tuple[str, str], entry: Entry, faults: Sequence[Fault]) -> str:
        active = named(faults)
        session = self._signed_in(call, endpoint, active)
        entry.entity = session.entity
        results = []
        told = self._endpoint(endpoint)
        for asked, (_, function) in zip(entry.functions, call.functions, strict=True):
            mine = meant_for(faults, _facts(asked, endpoint[0]))
            result = self.functions.run(function, session, told, asked, mine, unique=call.control.unique)
            asked.status, asked.errornos = result.status, tuple(each.errorno for each in result.errors)
            result.errors = self._supported(result.errors)
            if "lost_result" not in mine:
                results.append(result)
        if call.transaction:
            results = rolled_back(results)
        return e.answer(call.control, self._authentication(session), results)

    def _signed_in(self, call: e.Call, endpoint: tuple[str, str], active: Active) -> Session:
        settings, control = self.settings, call.control
        if call.error is not None:
            raise call.error
        if "control_error" in active:
            raise ControlError(given_error(active["control_error"], Error("XL03000009", "The request failed")))
        if (control.sender_id, control.password) != (settings.sender_id, settings.sender_password):
            raise ControlError(Error(SIGN_IN, WRONG_SENDER))
        if "operation_error" in active:
            raise OperationError(given_error(active["operation_error"], Error(SIGN_IN, "The operation failed")))
        if "invalid_session" in active and call.session_id:
            self.sessions.revoke(call.session_id)
        if call.login is not None:
            return self.sessions.sign_in(call.login, endpoint)
        return self.sessions.use(call.session_id, endpoint)

    def _endpoint(self, here: tuple[str, str]) -> Endpoint:
        """Where sessions that are made here count."""
        chosen, (door, path) = self.settings.session_endpoint, here
        if chosen == "port":
            door, path = "port", self.settings.path
        elif chosen.startswith("/"):
            path = chosen
        elif chosen:
            return Endpoint(door, path, chosen)
        return Endpoint(door, path, f"{self.urls.get(door, '')}{path}")

    def _authentication(self, session: Session) -> e.Authentication:
        zone = ZoneInfo(self.settings.timestamp_zone)

        def shown(moment: datetime) -> datetime:
            return moment.astimezone(zone)

        until = shown(self.sessions.ends(session)) if self.settings.shows_timeout else None
        return e.Authentication(session.user, session.company, session.entity, shown(session.used), until)

    def _supported(self, errors: Sequence[Error]) -> tuple[Error, ...]:
        """Errors with a Support ID at the end, URL-encoded as Intacct has it."""
        if not self.settings.support_ids:
            return tuple(errors)
        found = []
        for error in errors:
            self._failures += 1
            number = f"{Random(self._failures).getrandbits(64):016x}"
            mark = f"[Support ID: {number[:5]}EB0{number[5:9]}%7EY{number[9:]}%40AAAA]"
            text = f"{error.description2} {mark}".strip()
            found.append(Error(error.errorno, text, error.description, error.correction))
        return tuple(found)


def _asked(control_id: str, function: etree._Element) -> Asked:
    name, place = str(function.tag), function.find("object")
    offset = text_of(function.find("offset"))
    return Asked(name, text_of(place).upper(), control_id, int(offset) if offset.isdecimal() else 0)


def _facts(asked: Asked, door: str) -> dict[str, str]:
    return {
        "function": asked.function,
        "object": asked.object,
        "offset": str(asked.offset),
        "controlid": asked.controlid,
        "door": door,
    }
