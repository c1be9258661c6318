"""XML as e.net speaks it: Windows-1252, single-quoted root attributes, error triples (SYSPRO sheet 1.4 and 1.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from lxml import etree

_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")


class NotXmlError(ValueError):
    """What came as XML is none."""


def read(text: str) -> etree._Element:
    """A document that came as a parameter; raises NotXmlError. Entities and network are off."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return etree.fromstring(_PROLOG.sub("", text).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise NotXmlError(str(error)) from None


def field(element: etree._Element, path: str) -> str:
    """The text of a descendant, without blanks around it; empty where there is none."""
    return (element.findtext(path) or "").strip()


def document(root: str, inner: str, version: str) -> str:
    """A whole answer.

    Args:
        root: the root's name; callers of setup and post lower the case of the input's root.
        inner: what is in it, written.
        version: of the business object, not of the server.
    """
    attributes = (
        "Language='05' Language2='EN' CssStyle='' DecFormat='1' DateFormat='01' Role='01' "
        f"Version='{version}' OperatorPrimaryRole='   '"
    )
    return f'<?xml version="1.0" encoding="Windows-1252"?>\n<{root} {attributes}>\n{inner}\n</{root}>\n '


def elements(values: Mapping[str, object]) -> str:
    """Values as elements, one per line."""
    return "\n".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def error(element: str, value: str, number: str, description: str) -> str:
    """The error triple under the lower-cased name of the element that is wrong."""
    inner = elements({"Value": value, "ErrorNumber": number, "ErrorDescription": description})
    return f"<{element.lower()}>\n{inner}\n</{element.lower()}>"
