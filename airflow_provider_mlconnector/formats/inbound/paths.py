"""Where a value stands in an XML record: a small part of XPath, blind to namespaces."""

from __future__ import annotations

import re
from typing import Annotated

from lxml import etree
from pydantic import AfterValidator

_STEP = re.compile(r"[^\W\d][\w.\-]*|\*|\.\.?")
_NAME = re.compile(r"@[^\W\d][\w.\-]*")


def local_name(node: etree._Element) -> str:
    """An element's name without its namespace."""
    return str(node.tag).rpartition("}")[2]


def elements_at(start: etree._Element, steps: tuple[str, ...]) -> list[etree._Element]:
    """The elements that steps lead to, in the order of the document."""
    found = [start]
    for step in steps:
        if step == "..":
            found = [parent for node in found if (parent := node.getparent()) is not None]
        elif step != ".":
            found = [child for node in found for child in node if step in ("*", local_name(child))]
    return found


def split_path(path: str) -> tuple[bool, tuple[str, ...], str]:
    """Whether a path begins at the root, its element steps, and the attribute that it ends with (empty: none)."""
    absolute = path.startswith("/")
    steps = path.removeprefix("/").split("/")
    attribute = steps.pop()[1:] if steps[-1].startswith("@") else ""
    return absolute, tuple(steps), attribute


def values_at(record: etree._Element, root: etree._Element, path: str) -> list[str]:
    """The texts that a path leads to.

    Args:
        record: the element that a path begins at.
        root: the document's root, for paths that begin with `/`.
        path: one that `check_path` accepts.
    """
    absolute, steps, attribute = split_path(path)
    if absolute:
        found = elements_at(root, steps[1:]) if not steps or steps[0] in ("*", local_name(root)) else []
    else:
        found = elements_at(record, steps)
    if not attribute:
        return ["".join(map(str, node.itertext())) for node in found]
    return [str(value) for node in found for name, value in node.items() if str(name).rpartition("}")[2] == attribute]


def check_path(path: str) -> str:
    """The path, where it is one.

    Raises:
        ValueError: it has a step that is neither a name, `*`, `.`, `..` nor, as the last one, `@name`.
    """
    *steps, last = path.removeprefix("/").split("/")
    if not all(_STEP.fullmatch(step) for step in steps) or not (_STEP.fullmatch(last) or _NAME.fullmatch(last)):
        raise ValueError(f"'{path}' is not a path of steps name, *, . or .., of which the last may be @attribute")
    return path


XmlPath = Annotated[str, AfterValidator(check_path)]
