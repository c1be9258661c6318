"""The e.net client: business objects over REST (SYSPRO sheet 1, recorded traffic)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from lxml import etree

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    CredentialsError,
    InDoubtError,
    MlconnectorError,
    RejectedError,
    TransientError,
)
from airflow_provider_mlconnector.http.line import Call
from airflow_provider_mlconnector.systems.syspro import answers, xml
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.session import Session, SessionLostError
from airflow_provider_mlconnector.systems.syspro.transport import Transport

_SETUP_ACTIONS = ("Add", "Update", "Delete")


@dataclass(frozen=True)
class PostAnswer:
    """What SYSPRO answered to a setup or transaction call.

    Attributes:
        raw: the answer as it came.
        root: the same, parsed.
        errors: every error in it; the call failed if there is one (sheet 1.5).
    """

    raw: str
    root: etree._Element = field(repr=False)
    errors: tuple[xml.EnetError, ...]

    def first(self, element: str) -> str:
        """The first text that is not blank among the elements of that name, such as `Journal`."""
        return xml.first_text(self.root, element)


class EnetClient:
    """Calls business objects of one server.

    Reads are repeated when the server can't answer, and once after a new logon when the session is gone. Setup and
    transaction calls are sent once and never again.

    Args:
        config: the connection.
        transport: how requests are sent.
        session: whose token is used; None for a client that only signs on and off.
    """

    def __init__(self, config: SysproConfig, transport: Transport, session: Session | None = None) -> None:
        self._config = config
        self._transport = transport
        self._session = session

    @property
    def max_bytes(self) -> int:
        """Largest document that is parsed, in bytes."""
        return self._config.max_response_mb * 1_000_000

    def logon(self) -> str:
        """Sign on; ends any other session of the operator.

        Returns:
            The token as it came, trailing blanks included: that is how the server wants it back (sheet 1.3).

        Raises:
            CredentialsError: SYSPRO refused operator, company or a password.
            ConfigurationError: e.net is not licensed.
        """
        config = self._config
        parameters = {
            "Operator": config.operator,
            "OperatorPassword": config.operator_password,
            "CompanyId": config.company,
            "CompanyPassword": config.company_password,
        }
        if config.send_optional_logon_params:
            parameters |= {
                "LanguageCode": config.language_code,
                "LogLevel": config.log_level,
                "EncoreInstance": config.encore_instance,
                "XmlIn": "",
            }
        what = f"e.net logon of operator {config.operator}, company {config.company}"
        token = self._text(self._transport.once(self._call("Logon", parameters, what)))
        failure = answers.problem(self._transport.scrubbed(token), (), what)
        if isinstance(failure, RejectedError):
            raise CredentialsError(failure.message, "Check operator, company and their passwords in the connection.")
        if failure is not None:
            raise failure
        if not token.strip() or len(token) > 200:
            raise TransientError(f"{what}: the answer is not a session token.", "Check host and rest_path.")
        self._transport.guard(token)
        return token

    def logoff(self, token: str) -> None:
        """End a session.

        Raises:
            RejectedError: SYSPRO does not know it.
        """
        what = "e.net logoff"
        answer = self._text(self._transport.once(self._call("Logoff", {"UserId": self._sent(token)}, what)))
        failure = answers.problem(self._transport.scrubbed(answer), (), what)
        if failure is not None:
            raise failure

    def logon_profile(self) -> dict[str, str]:
        """The session's profile: company name, operator, currency and so on, by element name (sheet 1.6)."""
        root = self._parsed(self._read("GetLogonProfile", {}, "e.net logon profile"), "e.net logon profile")
        return {xml.name(leaf): (leaf.text or "").strip() for leaf in root.iter() if not len(leaf) and xml.name(leaf)}

    def version(self) -> str:
        """The server's e.net version; needs no session."""
        body = self._transport.read(self._call("GetVersion", {}, "e.net version"))
        answer = self._text(body).strip()
        failure = answers.problem(self._transport.scrubbed(answer), (), "e.net version")
        if failure is not None:
            raise failure
        return answer

    def query(self, business_object: str, xml_in: str) -> etree._Element:
        """Run a query object such as COMFND, APSQRY or GENQRY.

        Args:
            business_object: its code.
            xml_in: the request document.

        Raises:
            RejectedError: SYSPRO refused the query.
            ConfigurationError: the object is not licensed, or the request is longer than a URL may be.
            TransientError: no usable answer came.
        """
        what = f"e.net query {business_object}"
        return self._query("Query/Query", {"BusinessObject": business_object, "XmlIn": xml_in}, what)

    def fetch(self, xml_in: str) -> etree._Element:
        """Fetch one record by its key (COMFCH); errors as `query`."""
        return self._query("Query/Fetch", {"XmlIn": xml_in}, "e.net fetch")

    def browse(self, xml_in: str) -> etree._Element:
        """Browse a table by a browse that the site has defined (COMBRW); errors as `query`."""
        return self._query("Query/Browse", {"XmlIn": xml_in}, "e.net browse")

    def setup(self, action: str, business_object: str, params_xml: str, doc_xml: str) -> PostAnswer:
        """Add, update or delete master data; sent once, errors as `transaction_post`."""
        if action not in _SETUP_ACTIONS:
            raise ConfigurationError(f"'{action}' is not a setup action; use {', '.join(_SETUP_ACTIONS)}.")
        return self._post(f"Setup/{action}", business_object, params_xml, doc_xml)

    def transaction_post(self, business_object: str, params_xml: str, doc_xml: str) -> PostAnswer:
        """Post a document; sent once.

        Raises:
            InDoubtError: no answer came, or one that can't be read: it may have been posted.
            SessionLostError: the session was gone, so that nothing was posted.
            RejectedError: SYSPRO refused the call as such. Errors of the document lie in the answer.
            ConfigurationError: the object is not licensed, or the request is longer than a URL may be.
        """
        return self._post("Transaction/Post", business_object, params_xml, doc_xml)

    def split(self, path: str, business_object: str, params_xml: str, doc_xml: str) -> list[str]:
        """A document split by its items so that each part fits a URL (see `xml.split_items`)."""

        def measure(document: str) -> int:
            return self.request_bytes(path, self._document(business_object, params_xml, document))

        limit = self.max_bytes if self._config.http_method == "POST" else self._config.max_url_bytes
        return xml.split_items(doc_xml, limit, measure, self.max_bytes)

    def request_bytes(self, path: str, parameters: Mapping[str, str]) -> int:
        """The length of a call's request line, with a token of the recorded length."""
        url = f"{self._config.enet_url(path)}?{_query({'UserId': ' ' * 36, **parameters})}"
        return len(self._config.http_method) + len(_target(url)) + len("  HTTP/1.1")

    def fits(self, path: str, parameters: Mapping[str, str]) -> bool:
        """Whether a call may be sent as it is."""
        return self._config.http_method == "POST" or self.request_bytes(path, parameters) <= self._config.max_url_bytes

    def _document(self, business_object: str, params_xml: str, doc_xml: str) -> dict[str, str]:
        ascii_params = xml.ascii_document(params_xml, self.max_bytes) if params_xml else ""
        return {"BusinessObject": business_object, "XmlParameters": ascii_params, "XmlIn": doc_xml}

    def _post(self, path: str, business_object: str, params_xml: str, doc_xml: str) -> PostAnswer:
        what = f"e.net {path} {business_object}"
        document = self._document(business_object, params_xml, xml.ascii_document(doc_xml, self.max_bytes))
        token = self._held().token()
        call = self._call(path, {"UserId": self._sent(token), **document}, what, effect=True)
        raw = self._text(self._transport.once(call))
        failure = answers.problem(self._transport.scrubbed(raw), self._config.session_error_patterns, what)
        if failure is not None:
            raise failure
        try:
            root = xml.parse(raw, self.max_bytes)
        except xml.NotXmlError:
            root = None
        if root is None:
            shown = self._transport.scrubbed(raw)[:300]
            raise InDoubtError(f"{what}: the answer can't be read: '{shown}'.", "Look in SYSPRO whether it was posted.")
        return PostAnswer(raw, root, tuple(xml.find_errors(root)))

    def _query(self, path: str, parameters: dict[str, str], what: str) -> etree._Element:
        root, suspicious = self._transport.patiently(lambda: self._asked(path, parameters, what))
        refused = answers.refusal(xml.find_errors(root), what) if suspicious else None
        if refused is not None:
            raise refused
        return root

    def _asked(self, path: str, parameters: dict[str, str], what: str) -> tuple[etree._Element, bool]:
        answer = self._renewing(path, parameters, what)
        # A text search spares the walk through all elements of a page.
        return self._parsed(answer, what), "errordescription" in answer.lower()

    def _read(self, path: str, parameters: dict[str, str], what: str) -> str:
        return self._transport.patiently(lambda: self._renewing(path, parameters, what))

    def _renewing(self, path: str, parameters: dict[str, str], what: str) -> str:
        token = self._held().token()
        answer = self._answer(path, parameters, what, token)
        failure = self._failure(answer, what)
        if isinstance(failure, SessionLostError):
            answer = self._answer(path, parameters, what, self._held().renew(token))
            failure = self._failure(answer, what)
        if failure is not None:
            raise failure
        return answer

    def _answer(self, path: str, parameters: dict[str, str], what: str, token: str) -> str:
        return self._text(self._transport.once(self._call(path, {"UserId": self._sent(token), **parameters}, what)))

    def _failure(self, answer: str, what: str) -> MlconnectorError | None:
        return answers.problem(self._transport.scrubbed(answer), self._config.session_error_patterns, what)

    def _parsed(self, answer: str, what: str) -> etree._Element:
        try:
            return xml.parse(answer, self.max_bytes)
        except xml.NotXmlError as error:
            reason = str(error)
        raise TransientError(f"{what}: the answer is not XML ({reason}).", "Check host and rest_path if it stays so.")

    def _text(self, body: bytes) -> str:
        return answers.unwrapped(answers.decoded(body), self.max_bytes)

    def _sent(self, token: str) -> str:
        self._transport.guard(token)
        return token.rstrip() if self._config.strip_guid_padding else token

    def _held(self) -> Session:
        if self._session is None:
            raise ConfigurationError("This e.net client has no session; it only signs on and off.")
        return self._session

    def _call(self, path: str, parameters: Mapping[str, str], what: str, *, effect: bool = False) -> Call:
        if not self.fits(path, parameters):
            raise ConfigurationError(
                f"{what}: the request takes {self.request_bytes(path, parameters)} bytes, more than the "
                f"{self._config.max_url_bytes} allowed by max_url_bytes.",
                "Split the document, raise max_url_bytes if the server allows it, or set http_method to POST.",
            )
        url = self._config.enet_url(path)
        if self._config.http_method == "POST":
            return Call(what, url, method="POST", form=parameters, effect=effect)
        return Call(what, f"{url}?{_query(parameters)}" if parameters else url, effect=effect)


def _query(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
