"""The e.net REST service: GET only, always HTTP 200, errors as text (SYSPRO sheet 1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.syspro import enet_xml as xml
from airflow_provider_mlconnector.sandbox.syspro import soap
from airflow_provider_mlconnector.sandbox.syspro.comfnd import GenericReads
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.enquiries import Enquiries
from airflow_provider_mlconnector.sandbox.syspro.posting.call import BusinessObject, Call
from airflow_provider_mlconnector.sandbox.syspro.sessions import EXPIRED, LOGGED_OFF, Sessions
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings
from airflow_provider_mlconnector.sandbox.web import Request, Response, form_values

_LOGON = ("operator", "operatorpassword", "companyid", "companypassword")
_NOT_LICENSED = "100000"
_WRAPPER = "http://schemas.microsoft.com/2003/10/Serialization/"
_OPERATIONS = ("getversion", "logon", "logoff", "getlogonprofile")
_SOAP = {"Content-Type": "text/xml; charset=utf-8"}
_WRITES = ("setup/", "transaction/")
# Does what was asked and gives the answer with its rows.
Work = Callable[[], tuple[Response, int]]


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
            ("query/query", "APSQRY"): lambda call: enquiries.supplier(call.document),
            ("query/query", "GENQRY"): lambda call: enquiries.ledger_code(call.document),
            ("query/query", "GENQGL"): lambda call: enquiries.ledger_code_check(call.document),
        }

    def serves(self, path: str) -> bool:
        """Whether a path is one of e.net's."""
        return path.lower().startswith(self._settings.rest_path.lower() + "/") or self._is_soap(path)

    def _is_soap(self, path: str) -> bool:
        return bool(self._settings.soap_path) and path.lower() == self._settings.soap_path.lower()

    def asked(self, request: Request) -> tuple[str, dict[str, str]]:
        """What is asked for, in lower case, and its parameters by their lower-cased names."""
        if self._is_soap(request.path):
            return soap.asked(request.body)
        given = request.params
        if request.method == "POST":
            given |= form_values(request.body.decode("latin-1"))
        operation = request.path[len(self._settings.rest_path) :].strip("/").lower()
        return operation, {name.lower(): value for name, value in given.items()}

    def answer(self, request: Request, active: Active) -> tuple[Response, int]:
        """The answer, and how many rows it holds."""
        return self.work(request, active)()

    def work(self, request: Request, active: Active) -> Work:
        """What gives the answer: the session is looked at now, the work is done when this is called."""
        operation, params = self.asked(request)
        refused = self._refused(request, operation)
        if refused is not None:
            return lambda: (refused, 0)
        if "evict_session" in active:
            self._sessions.end_all(LOGGED_OFF)
        if "session_timeout" in active:
            self._sessions.end_all(EXPIRED)
        text = self._text(operation, params, active)
        if self._is_soap(request.path):
            return lambda: _enveloped(operation, text())
        return lambda: _sent(text(), active)

    def _text(self, operation: str, params: Mapping[str, str], active: Active) -> Callable[[], tuple[str, int]]:
        if operation in ("getversion", "logon"):
            return lambda: (self._logon(params) if operation == "logon" else self._settings.version, 0)
        user_id = params.get("userid")
        wrong = "ERROR: Parameter 'UserId' is missing" if user_id is None else self._sessions.error(user_id)
        if wrong:
            return lambda: (wrong, 0)
        session = self._sessions.find(params["userid"])
        operator = session.operator if session else ""
        return lambda: self._in_session(operation, params, operator, active)

    def writes(self, operation: str) -> bool:
        """Whether an operation posts or sets up."""
        return operation.startswith(_WRITES)

    def _refused(self, request: Request, operation: str) -> Response | None:
        known = operation in _OPERATIONS or operation.startswith(("query/", *_WRITES))
        if self._is_soap(request.path):
            return None if known else Response(500, soap.fault(), dict(_SOAP))
        allowed = ("GET", "POST") if self._settings.allow_post else ("GET",)
        if request.method not in allowed:
            headers = {"Content-Type": "text/html", "Allow": ", ".join(allowed)}
            return Response(405, b"<p>Method not allowed.</p>", headers)
        if request.line_length > self._settings.request_line_limit:
            return self._too_long()
        return None if known else Response(404, b"<p>Endpoint not found.</p>", {"Content-Type": "text/html"})

    def _too_long(self) -> Response:
        reason = "<h2>Bad Request - Request Too Long</h2><p>HTTP Error 400. The size of the request is too long.</p>"
        headers = {"Content-Type": "text/html; charset=us-ascii", "Connection": "close"}
        return Response(self._settings.too_long_status, reason.encode(), headers)

    def _in_session(self, operation: str, params: Mapping[str, str], operator: str, active: Active) -> tuple[str, int]:
        if operation == "logoff":
            self._sessions.end(operator, LOGGED_OFF)
            return "0", 0
        if operation == "getlogonprofile":
            return self._profile(operator), 0
        return self._object(operation, params, operator, active)

    def _logon(self, params: Mapping[str, str]) -> str:
        missing = [name for name in _LOGON if name not in params]
        if missing:
            return f"ERROR: Parameter '{missing[0]}' is missing"
        return self._sessions.logon(*(params[name] for name in _LOGON))

    def _object(self, operation: str, params: Mapping[str, str], operator: str, active: Active) -> tuple[str, int]:
        code = {"query/browse": "COMBRW", "query/fetch": "COMFCH"}.get(
            operation, params.get("businessobject", "").strip().upper()
        )
        if "exception" in active:
            return f"ERROR: e.net exception raised: {active['exception'].get('value', _NOT_LICENSED)}", 0
        handler = self._handler(operation, code, active)
        if handler is None or code in self._settings.unlicensed:
            return f"ERROR: e.net exception raised: {_NOT_LICENSED}", 0
        for name in ("XmlIn", "XmlParameters") if self.writes(operation) else ("XmlIn",):
            if name.lower() not in params:
                return f"ERROR: Parameter '{name}' is missing", 0
        try:
            parameters = xml.read(params["xmlparameters"]) if params.get("xmlparameters", "").strip() else None
            document = xml.read(params["xmlin"])
            call = Call(operator, parameters, document, active)
            if not self.writes(operation):
                return handler(call)
        except ValueError:
            return "ERROR: The XML document could not be read", 0
        return handler(call)

    def _handler(self, operation: str, code: str, active: Active) -> BusinessObject | None:
        padding = str(active.get("key_padding", {}).get("value", "zero"))
        generic: dict[tuple[str, str], BusinessObject] = {
            ("query/query", "COMFND"): lambda call: self._reads.find(call.document, padding),
            ("query/fetch", "COMFCH"): lambda call: self._reads.fetch(call.document, padding),
            ("query/browse", "COMBRW"): lambda call: self._reads.browse(call.document),
        }
        return generic.get((operation, code)) or self.objects.get((operation, code))

    def _profile(self, operator: str) -> str:
        today = self._company.today.date().isoformat()
        fields: dict[str, object] = {
            "CompanyName": "ML Connector Manufacturing & Söhne",
            "OperatorCode": operator,
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


def _enveloped(operation: str, answer: tuple[str, int]) -> tuple[Response, int]:
    return Response(body=soap.answered(operation, answer[0]), headers=dict(_SOAP)), answer[1]


def _sent(answer: tuple[str, int], active: Active) -> tuple[Response, int]:
    body, rows = answer
    return Response(body=wrapped(body, active), headers={"Content-Type": "application/octet-stream"}), rows


def wrapped(body: str, active: Active) -> bytes:
    """A body in the variant that is switched on: plain Windows-1252, a JSON string or a `<string>` element."""
    variant = active.get("body", {}).get("value", "plain")
    if variant == "json_quoted":
        return json.dumps(body).encode()
    if variant == "string_wrapped":
        return f'<string xmlns="{_WRAPPER}">{escape(body)}</string>'.encode()
    return body.encode("cp1252", "xmlcharrefreplace")
