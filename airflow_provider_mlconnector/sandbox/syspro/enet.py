"""The e.net REST service: GET only, always HTTP 200, errors as text (SYSPRO sheet 1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.syspro import enet_xml as xml
from airflow_provider_mlconnector.sandbox.syspro.comfnd import GenericReads
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.enquiries import Enquiries
from airflow_provider_mlconnector.sandbox.syspro.sessions import EXPIRED, LOGGED_OFF, Sessions
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings
from airflow_provider_mlconnector.sandbox.web import Request, Response, form_values

_LOGON = ("operator", "operatorpassword", "companyid", "companypassword")
_NOT_LICENSED = "100000"
_WRAPPER = "http://schemas.microsoft.com/2003/10/Serialization/"
# Takes UserId, the parsed XmlParameters (None where there are none) and XmlIn; returns the answer and its rows.
BusinessObject = Callable[[str, Any, Any], tuple[str, int]]


class EnetService:
    """Answers e.net requests.

    Business objects that post or set up are added to `objects` under (operation, code), such as
    `("transaction/post", "APSTIN")`; one that is not there is answered as not licensed.

    Args:
        company: whose tables.
        settings: paths and licences.
        sessions: who is signed in.
    """

    def __init__(self, company: Company, settings: Settings, sessions: Sessions) -> None:
        self._company, self._settings, self._sessions = company, settings, sessions
        self._reads = GenericReads(company)
        enquiries = Enquiries(company)
        self.objects: dict[tuple[str, str], BusinessObject] = {
            ("query/query", "APSQRY"): lambda _user, _params, query: enquiries.supplier(query),
            ("query/query", "GENQRY"): lambda _user, _params, query: enquiries.ledger_code(query),
            ("query/query", "GENQGL"): lambda _user, _params, query: enquiries.ledger_code_check(query),
        }

    def operation(self, path: str) -> str:
        """What a path asks for, in lower case."""
        return path[len(self._settings.rest_path) :].strip("/").lower()

    def params(self, request: Request) -> dict[str, str]:
        """Parameters of the query string (and of a form) by their lower-cased names."""
        given = request.params
        if request.method == "POST":
            given |= form_values(request.body.decode("latin-1"))
        return {name.lower(): value for name, value in given.items()}

    def answer(self, request: Request, active: Active) -> tuple[Response, int]:
        """The answer, and how many rows it holds."""
        if request.method != "GET" and not (request.method == "POST" and "allow_post" in active):
            return Response(405, b"<p>Method not allowed.</p>", {"Content-Type": "text/html", "Allow": "GET"}), 0
        if request.line_length > self._settings.request_line_limit:
            return self._too_long(), 0
        if "evict_session" in active:
            self._sessions.end_all(LOGGED_OFF)
        if "session_timeout" in active:
            self._sessions.end_all(EXPIRED)
        body, rows = self._body(self.operation(request.path), self.params(request), active)
        if body is None:
            return Response(404, b"<p>Endpoint not found.</p>", {"Content-Type": "text/html"}), 0
        return Response(body=wrapped(body, active), headers={"Content-Type": "application/octet-stream"}), rows

    def _too_long(self) -> Response:
        reason = "<h2>Bad Request - Request Too Long</h2><p>HTTP Error 400. The size of the request is too long.</p>"
        headers = {"Content-Type": "text/html; charset=us-ascii", "Connection": "close"}
        return Response(self._settings.too_long_status, reason.encode(), headers)

    def _body(self, operation: str, params: Mapping[str, str], active: Active) -> tuple[str | None, int]:
        if operation == "getversion":
            return self._settings.version, 0
        if operation == "logon":
            return self._logon(params), 0
        known = operation in ("logoff", "getlogonprofile") or operation.startswith(("query/", "setup/", "transaction/"))
        if not known:
            return None, 0
        user_id = params.get("userid")
        wrong = "ERROR: Parameter 'UserId' is missing" if user_id is None else self._sessions.error(user_id)
        if wrong:
            return wrong, 0
        return self._in_session(operation, params, active)

    def _in_session(self, operation: str, params: Mapping[str, str], active: Active) -> tuple[str, int]:
        if operation == "logoff":
            session = self._sessions.find(params["userid"])
            self._sessions.end(session.operator if session else "", LOGGED_OFF)
            return "0", 0
        if operation == "getlogonprofile":
            return self._profile(params["userid"]), 0
        return self._object(operation, params, active)

    def _logon(self, params: Mapping[str, str]) -> str:
        missing = [name for name in _LOGON if name not in params]
        if missing:
            return f"ERROR: Parameter '{missing[0]}' is missing"
        return self._sessions.logon(*(params[name] for name in _LOGON))

    def _object(self, operation: str, params: Mapping[str, str], active: Active) -> tuple[str, int]:
        code = {"query/browse": "COMBRW", "query/fetch": "COMFCH"}.get(
            operation, params.get("businessobject", "").strip().upper()
        )
        if "exception" in active:
            return f"ERROR: e.net exception raised: {active['exception'].get('value', _NOT_LICENSED)}", 0
        handler = self._handler(operation, code, active)
        if handler is None or code in self._settings.unlicensed:
            return f"ERROR: e.net exception raised: {_NOT_LICENSED}", 0
        if "xmlin" not in params:
            return "ERROR: Parameter 'XmlIn' is missing", 0
        try:
            parameters = xml.read(params["xmlparameters"]) if params.get("xmlparameters", "").strip() else None
            return handler(params["userid"], parameters, xml.read(params["xmlin"]))
        except ValueError:
            return "ERROR: The XML document could not be read", 0

    def _handler(self, operation: str, code: str, active: Active) -> BusinessObject | None:
        padding = str(active.get("key_padding", {}).get("value", "zero"))
        generic: dict[tuple[str, str], BusinessObject] = {
            ("query/query", "COMFND"): lambda _user, _params, query: self._reads.find(query, padding),
            ("query/fetch", "COMFCH"): lambda _user, _params, query: self._reads.fetch(query, padding),
            ("query/browse", "COMBRW"): lambda _user, _params, query: self._reads.browse(query),
        }
        return generic.get((operation, code)) or self.objects.get((operation, code))

    def _profile(self, user_id: str) -> str:
        session = self._sessions.find(user_id)
        today = self._company.today.date().isoformat()
        fields: dict[str, object] = {
            "CompanyName": "ML Connector Manufacturing & Söhne",
            "OperatorCode": session.operator if session else "",
            "OperatorGroup": "API",
            "OperatorEmailAddress": "",
            "OperatorLocation": "",
            "OperatorLanguageCode": "05",
            "SystemLanguage": "05",
            "AccountingDate": today,
            "CompanyDate": today,
            "DefaultArBranch": "10",
            "DefaultApBranch": "10",
            "DefaultBank": "1",
            "DefaultWarehouse": "E",
            "DefaultCustomer": "",
            "SystemSiteId": "SANDBOX",
            "SystemNationalityCode": "DEU",
            "LocalCurrencyCode": "EUR",
            "CurrencyDescription": "Euro",
            "DefaultRequisitionUser": "",
            "XMLToHTMLTransform": "",
            "CssStyle": "",
            "CssSuffix": "",
            "DecimalFormat": "1",
            "DateFormat": "01",
            "FunctionalRole": "",
            "DatabaseType": "SQL",
            "SysproVersion": self._settings.version,
            "EnetVersion": self._settings.version,
            "SysproServerBitWidth": "64",
        }
        return xml.document("UserProfile", xml.elements(fields), "8.0.001")


def wrapped(body: str, active: Active) -> bytes:
    """A body in the variant that is switched on: plain Windows-1252, a JSON string or a `<string>` element."""
    variant = active.get("body", {}).get("value", "plain")
    if variant == "json_quoted":
        return json.dumps(body).encode()
    if variant == "string_wrapped":
        return f'<string xmlns="{_WRAPPER}">{escape(body)}</string>'.encode()
    return body.encode("cp1252", "xmlcharrefreplace")
