"""What an answer to a post means for each of its documents (sheet 1.5, 2.1 and 6.6 to 6.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from airflow_provider_mlconnector.systems.syspro import xml
from airflow_provider_mlconnector.systems.syspro.enet import PostAnswer
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings

_LONGEST = 2000
_STATUS = "statusofitems"
# Counters differ between business objects; these say that something was not taken.
_BAD_COUNTER = re.compile(r"(invalid|rejected\w*)$", re.IGNORECASE)


def clean(answer: PostAnswer) -> bool:
    """Whether an answer holds neither an error nor a counter of refused items."""
    return not answer.errors and not any(_refused_counters(answer.root))


def reason(answer: PostAnswer, settings: PostingSettings) -> str:
    """Every error of an answer: its category in brackets, element, refused value, number and text."""
    said = [_said(error, settings) for error in answer.errors] or [*_warnings(answer.root)]
    counted = "" if said else f"SYSPRO counts refused items: {', '.join(_refused_counters(answer.root))}"
    return "; ".join(said) or counted


def is_duplicate(answer: PostAnswer, settings: PostingSettings) -> bool:
    """Whether SYSPRO says that the document is there already."""
    categories = (settings.category(each.element, each.number, each.description) for each in answer.errors)
    return "duplicate" in categories


def summary(answer: PostAnswer, shown: str) -> str:
    """The answer for the record: its warnings first, then as it came, shortened.

    Args:
        answer: the answer.
        shown: its text without secrets.
    """
    return "; ".join([*_warnings(answer.root), " ".join(shown.split())])[:_LONGEST]


def parts(answer: PostAnswer, count: int) -> list[Mapping[str, str]]:
    """What the answer says of each document, as texts by lower-cased element.

    Args:
        answer: a clean answer.
        count: how many documents were posted.

    Returns:
        Empty mappings where the answer does not tell the documents apart.
    """
    items = [child for child in answer.root if xml.name(child).lower() == "item"]
    if len(items) == count:
        return [_texts(item) for item in items]
    return [_texts(answer.root)] if count == 1 else [{} for _ in range(count)]


def _texts(root: etree._Element) -> dict[str, str]:
    texts: dict[str, str] = {}
    for element in root.iter():
        text = (element.text or "").strip()
        if text and not len(element) and xml.name(element):
            texts.setdefault(xml.name(element).lower(), text)
    return texts


def _said(error: xml.EnetError, settings: PostingSettings) -> str:
    category = settings.category(error.element, error.number, error.description)
    told = f"{error.element} '{error.value}': {error.number} {error.description}"
    return f"[{category}] {told}" if category else told


def _warnings(root: etree._Element) -> Iterator[str]:
    for mark in xml.find_all(root, "WarningDescription"):
        holder, text = mark.getparent(), (mark.text or "").strip()
        if holder is not None and text:
            yield f"warning {xml.child_text(holder, 'WarningNumber')} {text}"


def _refused_counters(root: etree._Element) -> Iterator[str]:
    for status in xml.find_all(root, _STATUS):
        for counter in status:
            shown = (counter.text or "").strip()
            if _BAD_COUNTER.search(xml.name(counter)) and shown.isdigit() and int(shown):
                yield f"{xml.name(counter)} {int(shown)}"
