"""Intacct's XML, parsed safely and read without regard to case: older functions answer in lower case (sheet 1.6)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree


class NotXmlError(ValueError):
    """The bytes are not a well-formed document, or one that is not allowed."""


def parse(body: bytes) -> etree._Element:
    """Parse a document without entities, network and doctype; its size has been capped when it was received.

    Raises:
        NotXmlError: it is not such a document.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    problem = ""
    try:
        root = etree.fromstring(body.strip(), parser)
        if root.getroottree().docinfo.internalDTD is not None:
            problem = "the document has a DOCTYPE"
    except (etree.XMLSyntaxError, ValueError) as error:
        problem = str(error)
    if problem:
        raise NotXmlError(problem)
    return root


def name(node: etree._Element) -> str:
    """An element's name in upper case, without its namespace; empty for comments and the like."""
    tag = node.tag
    return tag.rpartition("}")[2].upper() if isinstance(tag, str) else ""


def children(node: etree._Element, wanted: str = "") -> Iterator[etree._Element]:
    """The child elements, or those of a name, in any case."""
    for child in node:
        found = name(child)
        if found and (not wanted or found == wanted.upper()):
            yield child


def child(node: etree._Element | None, wanted: str) -> etree._Element | None:
    """The first child of that name, in any case; None where there is none."""
    return None if node is None else next(children(node, wanted), None)


def text(node: etree._Element | None, wanted: str) -> str:
    """The text of the first child of that name, without blanks around it; empty where there is none."""
    found = child(node, wanted)
    return "" if found is None else (found.text or "").strip()


def attribute(node: etree._Element, wanted: str) -> str:
    """An attribute in any case; empty where it is absent."""
    for key, value in node.attrib.items():
        if str(key).lower() == wanted.lower():
            return str(value)
    return ""
