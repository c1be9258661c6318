"""The two services behind one address: finds out what is asked, lets faults strike, answers, and writes it down."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import format_datetime

from airflow_provider_mlconnector.sandbox.faults import Active, Faults, named
from airflow_provider_mlconnector.sandbox.request_log import RequestLog
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.enet import EnetService, Work
from airflow_provider_mlconnector.sandbox.syspro.events import Events
from airflow_provider_mlconnector.sandbox.syspro.faults import FAULTS, WHERE
from airflow_provider_mlconnector.sandbox.syspro.late_work import LateWork
from airflow_provider_mlconnector.sandbox.syspro.odata import ODataService
from airflow_provider_mlconnector.sandbox.syspro.opening import hard_records
from airflow_provider_mlconnector.sandbox.syspro.posting.catalogue import writing_objects
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Desk
from airflow_provider_mlconnector.sandbox.syspro.posting.record import Record
from airflow_provider_mlconnector.sandbox.syspro.request_log import Entry, redacted
from airflow_provider_mlconnector.sandbox.syspro.sessions import Sessions
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings
from airflow_provider_mlconnector.sandbox.transmission import transmitted
from airflow_provider_mlconnector.sandbox.web import Request, Response

_TABLE = re.compile(r"<TableName>\s*([^<\s]*)\s*</TableName>")
_PAGE = b"<!DOCTYPE html><html><head><title>Service</title></head><body><h1>Service Unavailable</h1></body></html>"
_IMPLIED = {"query/browse": "COMBRW", "query/fetch": "COMFCH"}


class SysproServer:
    """SYSPRO's two doors over one company.

    Args:
        company: the data set.
        settings: how the server is set up.
        hard: whether the records that are hard to handle are there from the beginning.
    """

    def __init__(self, company: Company, settings: Settings, *, hard: bool = True) -> None:
        self.company, self.settings = company, settings
        self.faults, self.log = Faults(FAULTS, WHERE), RequestLog(Entry)
        self.events = Events(company)
        self.sessions = Sessions(company, settings)
        self.enet = EnetService(company, settings, self.sessions)
        self.odata = ODataService(company, settings, self.sessions)
        self.late, self.record = LateWork(), Record()
        desk = Desk(settings, self.sessions, self.record)
        self.enet.objects |= writing_objects(self.events.payables, desk)
        if hard:
            hard_records(self.events)

    def handle(self, request: Request) -> Response:
        """The answer to a request, with whatever is wrong with it."""
        self.late.passed()
        facts = self._facts(request)
        active = named(self.faults.take(facts))
        if "event" in active:
            self.events.happen(str(active["event"]["kind"]), dict(active["event"].get("params", {})))
        if "late_work" in active and self.enet.writes(facts["operation"]):
            work = self._late(request, active)
            return self.late.hold(lambda: self._answered(request, facts, active, work), active["late_work"])
        return self._answered(request, facts, active, lambda: self._served(request, facts, active))

    def _late(self, request: Request, active: Active) -> Work:
        begun = self.enet.work(request, active)
        return (lambda: self.enet.answer(request, active)) if active["late_work"].get("fenced") else begun

    def _answered(self, request: Request, facts: dict[str, str], active: Active, work: Work) -> Response:
        begun = time.perf_counter()
        response, rows = self._refused(active) or work()
        if "bad_gateway" in active:
            status = int(active["bad_gateway"].get("value", 504))
            response, rows = Response(status, _PAGE, {"Content-Type": "text/html; charset=utf-8"}), 0
        error = response.status >= 400 or (isinstance(response.body, bytes) and response.body[:6].upper() == b"ERROR:")
        self.log.new(
            time=self.company.now.isoformat(),
            **facts,
            method=request.method,
            path=request.path,
            params=redacted(request.params),
            status=response.status,
            rows=rows,
            outcome=f"fault: {', '.join(sorted(active))}" if active else "error" if error else "ok",
            size=len(response.body) if isinstance(response.body, bytes) else 0,
            seconds=round(time.perf_counter() - begun, 6),
        )
        server = "Microsoft-IIS/10.0" if facts["service"] == "odata" else "Microsoft-HTTPAPI/2.0"
        response.headers = {
            "Server": server,
            "Date": format_datetime(self.company.now, usegmt=True),
            **response.headers,
        }
        if "truncated" in active and isinstance(response.body, bytes):
            response.body = response.body[: len(response.body) // 2]
        return transmitted(response, active)

    def _facts(self, request: Request) -> dict[str, str]:
        if self.enet.serves(request.path):
            operation, params = self.enet.asked(request)
            table = _TABLE.search(params.get("xmlin", ""))
            bo = _IMPLIED.get(operation, params.get("businessobject", "").upper())
            return {"service": "enet", "operation": operation, "table": table[1] if table else "", "bo": bo}
        if request.path.lower().startswith(self.settings.odata_path.lower() + "/"):
            return {"service": "odata", "operation": "read", "table": self.odata.table_of(request.path), "bo": ""}
        return {"service": "", "operation": "", "table": "", "bo": ""}

    def _refused(self, active: Active) -> tuple[Response, int] | None:
        html = {"Content-Type": "text/html; charset=utf-8"}
        if "hang" in active:
            return Response(hang=True), 0
        if "throttle" in active:
            wait = str(active["throttle"].get("value", 1))
            return Response(503, _PAGE, html | {"Retry-After": wait}), 0
        if "status" in active:
            return Response(int(active["status"].get("value", 500)), _PAGE, html), 0
        if "html" in active:
            return Response(200, _PAGE, html), 0
        return None

    def _served(self, request: Request, facts: Mapping[str, str], active: Active) -> tuple[Response, int]:
        if facts["service"] == "enet":
            return self.enet.answer(request, active)
        if facts["service"] == "odata":
            return self.odata.answer(request, active)
        return Response(404, b"Not Found", {"Content-Type": "text/html"}), 0
