"""Requests and answers as the gateway's XML has them (sheet 1.3, 1.4, 1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree

from airflow_provider_mlconnector.sandbox.intacct.errors import MALFORMED, ControlError, Error
from airflow_provider_mlconnector.sandbox.intacct.filters import children, text_of
from airflow_provider_mlconnector.sandbox.intacct.rendering import element
from airflow_provider_mlconnector.sandbox.intacct.sessions import Login

PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Control:
    """The `control` element of a request."""

    sender_id: str = ""
    password: str = ""
    control_id: str = ""
    unique: bool = True
    dtd: str = "3.0"


@dataclass(frozen=True)
class Call:
    """A request.

    Attributes:
        control: who sends.
        login: user and password, where they are given.
        session_id: the session, where one is given.
        transaction: whether its functions stand or fall together.
        functions: control ids and elements of its functions.
        error: what is wrong with its XML; None where nothing is.
    """

    control: Control
    login: Login | None = None
    session_id: str = ""
    transaction: bool = False
    functions: tuple[tuple[str, etree._Element], ...] = ()
    error: ControlError | None = None


def read_call(body: bytes) -> Call:
    """The request of a body; one that can't be read has an `error`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        log: Any = error.error_log
        lines = [f"Fatal Error {each.type}: {each.message}. Line: {each.line}, column: {each.column}." for each in log]
        shown = [f"XML Parse schema error: {line}" for line in lines or [str(error)]]
        # Captured answers name sender and control id also where the rest can't be read.
        broken = etree.fromstring(body or b"<request/>", etree.XMLParser(resolve_entities=False, recover=True))
        control = _control(None if broken is None else broken.find("control"))
        return Call(control, error=ControlError(*(Error(MALFORMED, line) for line in shown)))
    control = _control(root.find("control"))
    operation = root.find("operation")
    if root.tag != "request" or operation is None or not control.control_id:
        text = "XML Parse schema error: Error 1871: Element 'request' is not as its schema says. Line: 1, column: 0."
        return Call(control, error=ControlError(Error(MALFORMED, text)))
    return Call(
        control,
        _login(operation.find("authentication/login")),
        text_of(operation.find("authentication/sessionid")),
        operation.get("transaction", "false") == "true",
        tuple(_functions(operation.find("content"))),
    )


def _control(found: etree._Element | None) -> Control:
    if found is None:
        return Control()
    return Control(
        text_of(found.find("senderid")),
        text_of(found.find("password")),
        text_of(found.find("controlid")),
        text_of(found.find("uniqueid")) != "false",
        text_of(found.find("dtdversion")) or "2.1",
    )


def _login(found: etree._Element | None) -> Login | None:
    if found is None:
        return None
    names = ("userid", "companyid", "password", "locationid")
    return Login(*(text_of(found.find(name)) for name in names))


def _functions(content: etree._Element | None) -> list[tuple[str, etree._Element]]:
    found = []
    for function in children(content) if content is not None else []:
        inner = children(function)
        if function.tag == "function" and inner:
            found.append((function.get("controlid", ""), inner[0]))
    return found


@dataclass
class Result:
    """A function's result.

    Attributes:
        function: its name.
        control_id: its control id.
        status: `success`, `failure` or `aborted`.
        data: its `data` element.
        errors: what went wrong.
    """

    function: str
    control_id: str
    status: str = "success"
    data: str = ""
    errors: Sequence[Error] = field(default_factory=tuple)

    def xml(self) -> str:
        """Its element."""
        named = element("status", self.status) + element("function", self.function)
        message = errormessage(self.errors) if self.errors else ""
        return f"<result>{named}{element('controlid', self.control_id)}{self.data}{message}</result>"


@dataclass(frozen=True)
class Authentication:
    """The `authentication` element of an answer; times are None where they aren't said."""

    user: str
    company: str
    entity: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def xml(self, status: str = "success") -> str:
        """Its element."""
        named = element("status", status) + element("userid", self.user) + element("companyid", self.company)
        times = {"sessiontimestamp": self.since, "sessiontimeout": self.until}
        said = "".join(element(name, at.isoformat(timespec="seconds")) for name, at in times.items() if at)
        return f"<authentication>{named}{element('locationid', self.entity)}{said}</authentication>"


def errormessage(errors: Sequence[Error]) -> str:
    """The `errormessage` element."""
    names = ("errorno", "description", "description2", "correction")
    inner = "".join(
        f"<error>{''.join(element(name, getattr(each, name)) for name in names)}</error>" for each in errors
    )
    return f"<errormessage>{inner}</errormessage>"


def control_xml(control: Control, status: str) -> str:
    """The `control` element of an answer; the password is never in it."""
    unique = "true" if control.unique else "false"
    return (
        f"<control>{element('status', status)}{element('senderid', control.sender_id)}"
        f"{element('controlid', control.control_id)}{element('uniqueid', unique)}"
        f"{element('dtdversion', control.dtd)}</control>"
    )


def control_failure(control: Control, errors: Sequence[Error]) -> str:
    """The answer to a request that is refused as a whole."""
    return f"{PROLOG}<response>{control_xml(control, 'failure')}{errormessage(errors)}</response>"


def operation_failure(control: Control, who: Authentication, errors: Sequence[Error]) -> str:
    """The answer to a request whose sign-in is refused."""
    inner = who.xml("failure") + errormessage(errors)
    return f"{PROLOG}<response>{control_xml(control, 'success')}<operation>{inner}</operation></response>"


def answer(control: Control, who: Authentication, results: Sequence[Result]) -> str:
    """The answer to a request whose functions were run."""
    inner = who.xml() + "".join(result.xml() for result in results)
    return f"{PROLOG}<response>{control_xml(control, 'success')}<operation>{inner}</operation></response>"


def gateway_failure(errorno: str, description: str) -> str:
    """The gateway's own form: no sender, no control id, one error of two elements."""
    inner = f"<error>{element('errorno', errorno)}{element('description', description)}</error>"
    control = f"<control>{element('status', 'failure')}</control>"
    return f"{PROLOG}<response>{control}<errormessage>{inner}</errormessage></response>"
