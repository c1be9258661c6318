"""Asks an Intacct gateway by hand, for tests of the sandbox: envelopes are written out, answers are plain lxml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from xml.sax.saxutils import escape

import httpx
from lxml import etree

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox


@dataclass(frozen=True)
class Failure:
    """One `error` element."""

    errorno: str
    description: str = ""
    description2: str = ""
    correction: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer of the gateway.

    Attributes:
        http: as it came.
        root: its XML.
    """

    http: httpx.Response
    root: Any

    def text(self, path: str) -> str | None:
        """The text of an element; None where there is none."""
        found: str | None = self.root.findtext(path)
        return found

    def failures(self, path: str = ".//errormessage") -> list[Failure]:
        """The errors below an element."""
        return [
            Failure(*(error.findtext(name, "") for name in ("errorno", "description", "description2", "correction")))
            for error in self.root.findall(f"{path}/error")
        ]

    @property
    def data(self) -> Any:
        """The `data` element of the first result that has one."""
        return self.root.find("operation/result/data")

    @property
    def rows(self) -> list[dict[str, str]]:
        """The records of the first result."""
        return [{field.tag: field.text or "" for field in row} for row in self.data]

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many records there are in all, in this page, and after it."""
        total, count, remaining = (int(self.data.get(name)) for name in ("totalcount", "count", "numremaining"))
        return total, count, remaining


class Calls:
    """Asks one gateway.

    Args:
        sandbox: the gateway.
    """

    def __init__(self, sandbox: IntacctSandbox) -> None:
        self.sandbox, self.session = sandbox, ""
        self.endpoint = sandbox.endpoint
        self.http = httpx.Client(timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def login(self, *, company: str = "", password: str = "", entity: str = "") -> str:
        """The `login` element; what isn't given is right."""
        place = f"<locationid>{entity}</locationid>" if entity else ""
        sandbox = self.sandbox
        return (
            f"<login><userid>{sandbox.user}</userid><companyid>{company or sandbox.company}</companyid>"
            f"<password>{password or sandbox.password}</password>{place}</login>"
        )

    def envelope(
        self,
        functions: Sequence[str],
        authentication: str,
        *,
        sender_password: str = "",
        unique: bool = False,
        transaction: bool = False,
    ) -> str:
        """A request's text."""
        content = "".join(f'<function controlid="f{place}">{each}</function>' for place, each in enumerate(functions))
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><request><control><senderid>{self.sandbox.sender_id}</senderid>'
            f"<password>{sender_password or self.sandbox.sender_password}</password><controlid>c-1</controlid>"
            f"<uniqueid>{str(unique).lower()}</uniqueid><dtdversion>3.0</dtdversion></control>"
            f'<operation transaction="{str(transaction).lower()}"><authentication>{authentication}</authentication>'
            f"<content>{content}</content></operation></request>"
        )

    def post(self, text: str | bytes) -> httpx.Response:
        """The answer to any text."""
        content = text.encode() if isinstance(text, str) else text
        return self.http.post(self.endpoint, content=content, headers={"Content-Type": "application/xml"})

    def ask(self, *functions: str, authentication: str = "", **envelope: Any) -> Answer:
        """The answer to functions, with the session where none is given."""
        session = f"<sessionid>{self.session}</sessionid>" if self.session else self.login()
        http = self.post(self.envelope(functions, authentication or session, **envelope))
        return Answer(http, etree.fromstring(http.content))

    def sign_in(self, entity: str | None = None, **login: str) -> Answer:
        """Take a session, and use it and its endpoint from now on."""
        place = "" if entity is None else f"<locationid>{entity}</locationid>"
        answer = self.ask(f"<getAPISession>{place}</getAPISession>", authentication=self.login(**login))
        self.session = answer.text("operation/result/data/api/sessionid") or ""
        self.endpoint = answer.text("operation/result/data/api/endpoint") or self.endpoint
        return answer

    def query(self, object: str, fields: str = "RECORDNO", where: str = "", **parts: Any) -> Answer:  # noqa: A002
        """The answer to `query`; see `query`."""
        return self.ask(query(object, fields, where, **parts))


def query(
    object: str,  # noqa: A002 - the element's name
    fields: str = "RECORDNO",
    where: str = "",
    *,
    order: str = "RECORDNO",
    size: int | None = None,
    offset: int | None = None,
    options: str = "",
    more: str = "",
) -> str:
    """A `query`.

    Args:
        object: what is read.
        fields: with blanks between.
        where: what stands in the filter.
        order: fields with blanks between; one with `-` before it descends.
        size: the page size.
        offset: where the page begins.
        options: what stands in the options.
        more: further elements.
    """
    select = "".join(f"<field>{field}</field>" for field in fields.split())
    parts = f"<object>{object}</object><select>{select}</select>"
    if where:
        parts += f"<filter>{where}</filter>"
    if order:
        orders = ((each.lstrip("-"), "descending" if each[0] == "-" else "ascending") for each in order.split())
        parts += (
            f"<orderby>{''.join(f'<order><field>{name}</field><{way}/></order>' for name, way in orders)}</orderby>"
        )
    if options:
        parts += f"<options>{options}</options>"
    if size is not None:
        parts += f"<pagesize>{size}</pagesize>"
    if offset is not None:
        parts += f"<offset>{offset}</offset>"
    return f"<query>{parts}{more}</query>"


def compare(operator: str, field: str, *values: str) -> str:
    """An expression of a filter."""
    shown = "".join(f"<value>{escape(value)}</value>" for value in values)
    return f"<{operator}><field>{field}</field>{shown}</{operator}>"
