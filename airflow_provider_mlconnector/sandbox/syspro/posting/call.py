"""One call of a business object, and what came with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from airflow_provider_mlconnector.sandbox.syspro import enet_xml as xml


@dataclass(frozen=True)
class Call:
    """A call in a session that is good.

    Attributes:
        operator: who is signed in.
        parameters: XmlParameters, parsed; None where there are none.
        document: XmlIn, parsed.
        active: the faults that hit it.
    """

    operator: str
    parameters: Any
    document: Any
    active: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def option(self, name: str, default: str) -> str:
        """A parameter's value; the default where it is blank or not there."""
        found = None if self.parameters is None else xml.field(self.parameters, f"Parameters/{name}")
        return found or default


class ExceptionAnswer(Exception):  # noqa: N818 - SYSPRO's word for it
    """What e.net answers as plain text instead of a document.

    Args:
        text: without `ERROR: `.
    """


# Gives the answer and how many rows it holds.
BusinessObject = Callable[[Call], tuple[str, int]]
Shape = Mapping[str, "Shape | None"]


def leaves(names: str) -> dict[str, Shape | None]:
    """A shape of elements without children, from their names."""
    return dict.fromkeys(names.split())


def unknown_element(element: etree._Element, shape: Shape) -> str:
    """The path of the first element that the shape doesn't have; empty where there is none.

    Args:
        element: whose children are looked at.
        shape: names of elements; None for those without children, a shape for the others.
    """
    for child in element:
        if not isinstance(child.tag, str):
            continue
        if child.tag not in shape:
            return child.tag
        inner = shape[child.tag]
        below = unknown_element(child, inner or {})
        if below:
            return f"{child.tag}/{below}"
    return ""
