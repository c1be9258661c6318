"""What is found wrong with an item of a document, and how e.net shows it (SYSPRO sheet 1.5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby

from lxml import etree

from airflow_provider_mlconnector.sandbox.syspro import enet_xml as xml

INVENTED = "999999"
NOT_NUMERIC = "100031"
# Thousands separators, exponents and the noise of binary fractions are refused (sheet 4.11).
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,2})?")
_QUANTITY = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class _Found:
    parent: str
    place: int
    element: str
    value: str
    number: str
    description: str

    @property
    def triple(self) -> str:
        return xml.error(self.element, self.value, self.number, self.description)


@dataclass
class Findings:
    """Errors and warnings of one item, in the order in which they were found."""

    errors: list[_Found] = field(default_factory=list)
    warnings: list[_Found] = field(default_factory=list)

    def refuse_warnings(self) -> bool:
        """Make errors of the warnings, as IgnoreWarnings=N does; returns whether there were any."""
        self.errors += self.warnings
        refused, self.warnings = bool(self.warnings), []
        return refused

    def shown(self) -> str:
        """The errors as XML: those of a line stand in an element of the line's name."""
        parts = []
        for (parent, _), found in groupby(self.errors, key=lambda each: (each.parent, each.place)):
            triples = "\n".join(each.triple for each in found)
            parts.append(f"<{parent}>\n{triples}\n</{parent}>" if parent else triples)
        return "\n".join(parts)

    def warned(self) -> str:
        """The warnings as XML."""
        return "\n".join(
            "<WarningMessages>\n"
            + xml.elements({"WarningNumber": each.number, "WarningDescription": each.description})
            + "\n</WarningMessages>"
            for each in self.warnings
        )


class Fields:
    """Reads an element's values, and notes what is wrong with them.

    Args:
        element: whose children are read.
        findings: where mistakes are noted.
        parent: the name of the line that the element is; empty for the item itself.
        place: which of its lines it is.
        truncates: whether texts that are too long are cut off rather than refused.
    """

    def __init__(
        self, element: etree._Element, findings: Findings, parent: str = "", place: int = 0, *, truncates: bool = False
    ) -> None:
        self._element, self._findings, self._parent, self._place = element, findings, parent, place
        self._truncates = truncates

    def lines(self, name: str) -> Sequence[Fields]:
        """The children of that name, each to be read by itself."""
        found = self._element.findall(name)
        return [Fields(each, self._findings, name, at, truncates=self._truncates) for at, each in enumerate(found)]

    def within(self, name: str) -> Fields:
        """The child of that name, whose mistakes are shown as the item's own."""
        found = self._element.find(name)
        inner = etree.Element(name) if found is None else found
        return Fields(inner, self._findings, self._parent, self._place, truncates=self._truncates)

    def given(self, name: str) -> bool:
        """Whether there is such an element, blank or not."""
        return self._element.find(name) is not None

    def error(self, element: str, description: str, number: str = INVENTED) -> None:
        """Note an error of an element; the first one stays."""
        at = (self._parent, self._place, element)
        if at not in {(each.parent, each.place, each.element) for each in self._findings.errors}:
            self._findings.errors.append(self._found(element, description, number))

    def warn(self, element: str, description: str) -> None:
        """Note a warning about an element."""
        self._findings.warnings.append(self._found(element, description, INVENTED))

    def _found(self, element: str, description: str, number: str) -> _Found:
        return _Found(self._parent, self._place, element, xml.field(self._element, element), number, description)

    def text(self, name: str, size: int = 0) -> str:
        """A text; with a size, one that is longer is refused or cut off."""
        value = xml.field(self._element, name)
        if size and len(value) > size:
            if self._truncates:
                return value[:size].rstrip()
            self.error(name, f"'{name}' is longer than {size} characters")
        return value

    def needed(self, name: str, size: int = 0) -> str:
        """A text that must not be blank."""
        value = self.text(name, size)
        if not value:
            self.error(name, f"'{name}' must be entered")
        return value

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """One of the allowed letters; the default where it is blank."""
        value = self.text(name) or default
        if value not in allowed:
            self.error(name, f"'{name}' must be one of {', '.join(each for each in allowed if each)}")
        return value

    def number(self, name: str, *, quantity: bool = False) -> Decimal | None:
        """A number with two decimals at most (six for a quantity); None where it is blank or none."""
        value = self.text(name)
        if not value:
            return None
        if not (_QUANTITY if quantity else _NUMBER).fullmatch(value):
            self.error(name, f"XML element '{name.lower()}' must be numeric", NOT_NUMERIC)
            return None
        return Decimal(value)

    def day(self, name: str) -> date | None:
        """A date as yyyy-MM-dd; None where it is blank or none."""
        value = self.text(name)
        if not value:
            return None
        try:
            if not _DATE.fullmatch(value):
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError:
            self.error(name, f"'{value}' is not a valid date")
            return None
