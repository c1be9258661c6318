"""XML as e.net writes it, parsed safely and read without regard to case.

Elements in error and the roots of answers come back in lower case (sheet 1.4, recorded).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from airflow_provider_mlconnector.errors import ConfigurationError

PROLOG = '<?xml version="1.0" encoding="Windows-1252"?>'
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")
_NULL_DATES = {"", "0000-00-00"}


class NotXmlError(ValueError):
    """The text is not a well-formed document, or one that is not allowed (entities, too large)."""


@dataclass(frozen=True)
class EnetError:
    """One error in an answer (sheet 1.5).

    Attributes:
        element: the element that carries it, as written.
        number: the error's number, without padding.
        description: its text, in the operator's language.
        value: the refused value.
    """

    element: str
    number: str
    description: str
    value: str


def parse(text: str, max_bytes: int) -> etree._Element:
    """Parse a document without entities, network and doctype.

    Args:
        text: the document; its prolog's encoding is ignored, since it has been decoded already.
        max_bytes: largest document in UTF-8 bytes.

    Raises:
        NotXmlError: it is not such a document.
    """
    data = _PROLOG.sub("", text.strip(), count=1).encode("utf-8")
    if len(data) > max_bytes:
        raise NotXmlError(f"the document is longer than {max_bytes} bytes")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    problem = ""
    try:
        root = etree.fromstring(data, parser)
        if root.getroottree().docinfo.internalDTD is not None:
            problem = "the document has a DOCTYPE"
    except (etree.XMLSyntaxError, ValueError) as error:
        problem = str(error)
    if problem:
        raise NotXmlError(problem)
    return root


def name(element: etree._Element) -> str:
    """An element's name without its namespace; empty for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def find_all(root: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """All descendants of that name, in any case, in document order."""
    lowered = wanted.lower()
    for element in root.iter():
        if name(element).lower() == lowered:
            yield element


def child_text(element: etree._Element, wanted: str) -> str:
    """The text of the first child of that name, in any case, without blanks around it; empty where there is none."""
    lowered = wanted.lower()
    for child in element:
        if name(child).lower() == lowered:
            return (child.text or "").strip()
    return ""


def first_text(root: etree._Element, wanted: str) -> str:
    """The first text that is not blank among the descendants of that name; empty where there is none."""
    for element in find_all(root, wanted):
        if element.text and element.text.strip():
            return element.text.strip()
    return ""


def find_errors(root: etree._Element) -> list[EnetError]:
    """Every error in an answer: each element that has a child `ErrorDescription` which is not blank."""
    found = []
    for mark in find_all(root, "ErrorDescription"):
        holder = mark.getparent()
        description = (mark.text or "").strip()
        if holder is None or not description:
            continue
        number = child_text(holder, "ErrorNumber")
        found.append(EnetError(name(holder), number, description, child_text(holder, "Value")))
    return found


def number(text: str) -> str:
    """A number as e.net shows it, padded or with thousands separators, as a plain one (sheet 1.4, recorded)."""
    return text.strip().replace(",", "")


def date(text: str) -> str | None:
    """A date as e.net shows it; None for the blank ones."""
    shown = text.strip()
    return None if shown in _NULL_DATES or shown.startswith("0000-00-00") else shown


def ascii_document(text: str, max_bytes: int) -> str:
    """A document with every other character as a numeric reference, and no blanks between its elements.

    How e.net decodes a query string's other bytes is not known (sheet 6.16).

    Raises:
        NotXmlError: it is not a well-formed document.
    """
    root = parse(text, max_bytes)
    return PROLOG + _ascii(root)


def split_items(document: str, limit: int, measure: Callable[[str], int], max_bytes: int) -> list[str]:
    """Split a document whose root holds repeated `Item` elements so that each part fits; other children are repeated.

    Args:
        document: the document.
        limit: largest size.
        measure: the size of a document, such as the length of its encoded request line.
        max_bytes: largest document that is parsed.

    Returns:
        Documents in ASCII form, with the items in their order.

    Raises:
        ConfigurationError: one item alone is too large.
        NotXmlError: it is not a well-formed document.
    """
    whole = ascii_document(document, max_bytes)
    if measure(whole) <= limit:
        return [whole]
    root = parse(whole, max_bytes)
    items = [child for child in root if name(child).lower() == "item"]
    for item in items:
        root.remove(item)
    parts: list[str] = []
    begin = 0
    while begin < len(items):
        end = _furthest(begin, len(items), lambda first, end: measure(_with_items(root, items[first:end])), limit)
        parts.append(_with_items(root, items[begin:end]))
        begin = end
    return parts or [whole]


def _with_items(root: etree._Element, items: Sequence[etree._Element]) -> str:
    part = copy.deepcopy(root)
    part.extend(copy.deepcopy(item) for item in items)
    return PROLOG + _ascii(part)


def _furthest(begin: int, count: int, measured: Callable[[int, int], int], limit: int) -> int:
    smallest = measured(begin, begin + 1)
    if smallest > limit:
        raise ConfigurationError(
            f"One item takes {smallest} bytes of the URL, more than the {limit} allowed by max_url_bytes.",
            "Shorten the item, raise max_url_bytes if the server allows it, or set http_method to POST.",
        )
    low, high = begin + 1, count
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measured(begin, middle) <= limit else (low, middle - 1)
    return low


def _ascii(root: etree._Element) -> str:
    for element in root.iter():
        if len(element) and not (element.text or "").strip():
            element.text = None
        if not (element.tail or "").strip():
            element.tail = None
    return etree.tostring(root, encoding="us-ascii", xml_declaration=False).decode("ascii")
