"""Requests as Intacct's XML gateway takes them (sheet 1.3): one function each, signed on or with a session."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.intacct.config import IntacctConfig


def element(name: str, *inside: etree._Element | str, **attributes: str) -> etree._Element:
    """An element with a text or with children.

    Raises:
        ConfigurationError: a text holds a character that XML has no place for.
    """
    made = etree.Element(name, attributes)
    for part in inside:
        if not isinstance(part, str):
            made.append(part)
            continue
        try:
            made.text = part
        except ValueError:
            raise ConfigurationError(
                f"A value for <{name}> holds a control character, which XML can't carry."
            ) from None
    return made


def login(config: IntacctConfig) -> etree._Element:
    """The user's sign-in; `companyid` goes before `password` (sheet 1.3)."""
    parts = [
        element("userid", config.user),
        element("companyid", config.company),
        element("password", config.password),
    ]
    if config.entity:
        parts.append(element("locationid", config.entity))
    return element("login", *parts)


def session(session_id: str) -> etree._Element:
    """A session in place of a sign-in."""
    return element("sessionid", session_id)


def request(config: IntacctConfig, authentication: etree._Element, function: etree._Element, control_id: str) -> bytes:
    """One request with one function; the sender signs every one.

    Args:
        config: the connection.
        authentication: `login` or `session`.
        function: what is asked, `<query>` for example.
        control_id: comes back with the answer, which is how it is known to belong to this request.
    """
    control: Iterable[etree._Element] = (
        element("senderid", config.sender_id),
        element("password", config.sender_password),
        element("controlid", control_id),
        element("uniqueid", "false"),
        element("dtdversion", "3.0"),
        element("includewhitespace", "false"),
    )
    content = element("content", element("function", function, controlid=control_id))
    operation = element("operation", element("authentication", authentication), content, transaction="false")
    whole = element("request", element("control", *control), operation)
    return bytes(etree.tostring(whole, encoding="UTF-8", xml_declaration=True))
