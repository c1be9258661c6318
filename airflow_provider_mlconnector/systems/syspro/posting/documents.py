"""XML documents from mapped rows: items in the order of SYSPRO's schema, and the parameters beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.syspro import xml
from airflow_provider_mlconnector.systems.syspro.posting import values
from airflow_provider_mlconnector.systems.syspro.posting.elements import Element, Layout
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings

Rows = Sequence[Mapping[str, Any]]
_SCHEMA = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance" xsd:noNamespaceSchemaLocation="{}.XSD"'


class FieldProblem(ValueError):  # noqa: N818 - becomes a Problem, and is none of Python's
    """One mapped field of one document is wrong.

    Args:
        field: the mapped field.
        reason: what is wrong, for a person.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class Writer:
    """Writes the documents of one layout.

    Attributes:
        layout: the layout.
        settings: the site's decisions.
        ours: mapped fields that are not sent, such as the key's and `PostingDate`.
        reserved: elements that hold our own id.
    """

    layout: Layout
    settings: PostingSettings
    ours: Collection[str] = ()
    reserved: Collection[str] = ()

    def __post_init__(self) -> None:
        """Refuse settings that name what this document does not have.

        Raises:
            ConfigurationError: an extra element or a parameter is unknown.
        """
        for setting, given, known in (
            ("schema_extras", set(self.settings.schema_extras), self.layout.extras),
            ("parameters", set(self.settings.parameters), set(self.layout.parameters)),
        ):
            if given - known:
                raise ConfigurationError(
                    f"{setting}: {self.layout.schema} does not have {', '.join(sorted(given - known))}.",
                    f"It has: {', '.join(sorted(known)) or 'none'}.",
                )

    def expect(self, fields: Collection[str]) -> None:
        """Refuse a mapping with fields that can't be sent.

        Raises:
            ConfigurationError: a field is unknown, only in newer releases, or ours to fill.
        """
        for name in fields:
            element = self.layout.by_name.get(name)
            if name.startswith("_") or (name in self.ours and element is None):
                continue
            if name in self.reserved:
                raise ConfigurationError(f"{name} holds the posting's own id and can't be mapped.", "Leave it out.")
            if element is None:
                raise ConfigurationError(
                    f"{self.layout.schema} has no element {name}.", "Correct the mapping; see docs/posting.md."
                )
            if element.extra and element.name not in self.settings.schema_extras:
                raise ConfigurationError(
                    f"{name} is known by newer releases of SYSPRO only.", "Name it in schema_extras if yours knows it."
                )

    def item(self, rows: Rows, given: Mapping[str, str]) -> str:
        """One `Item`, in ASCII, without blanks between its elements.

        Args:
            rows: the document's mapped rows.
            given: texts of elements that are ours, by name.

        Raises:
            FieldProblem: a value can't be sent.
        """
        item = etree.Element("Item")
        header = {**self.header(rows), **given}
        holders: dict[str, etree._Element] = {}
        for element in self.layout.header:
            inner = self.layout.inner.get(element.name)
            if inner is not None and inner not in holders:
                holders[inner] = etree.SubElement(item, inner)
            self._append(item if inner is None else holders[inner], element, header.get(element.name, ""))
        for group, elements in self.layout.groups.items():
            for line in self.lines(rows, group):
                holder = etree.SubElement(item, group)
                for element in elements:
                    self._append(holder, element, line.get(element.name, ""))
        return etree.tostring(item, encoding="us-ascii", xml_declaration=False).decode("ascii")

    def header(self, rows: Rows) -> dict[str, str]:
        """The header's texts by element, those that are blank left out.

        Raises:
            FieldProblem: a value can't be sent, or the rows do not agree on it.
        """
        texts = {}
        for element in self.layout.header:
            every = {_text(element.name, element, row) for row in rows}
            if len(every) > 1:
                raise FieldProblem(element.name, f"differs between the document's lines: {', '.join(sorted(every))}")
            found = next(iter(every), "")
            if found:
                texts[element.name] = found
        return texts

    def lines(self, rows: Rows, group: str) -> list[dict[str, str]]:
        """The lines of a group, each as its texts by element; rows in which all of them are blank give none.

        Raises:
            FieldProblem: a value can't be sent.
        """
        lines = []
        for row in rows:
            texts = {each.name: _text(f"{group}.{each.name}", each, row) for each in self.layout.groups[group]}
            if any(texts.values()):
                lines.append({name: text for name, text in texts.items() if text})
        return lines

    def entries(self, rows: Rows, group: str, needed: Sequence[str]) -> list[dict[str, str]]:
        """The lines of a group, none of them without these elements.

        Raises:
            FieldProblem: a value can't be sent, or is missing.
        """
        lines = self.lines(rows, group)
        for number, line in enumerate(lines, 1):
            for name in needed:
                if name not in line:
                    raise FieldProblem(f"{group}.{name}", f"is missing in line {number}")
        return lines

    def document(self, items: Sequence[str]) -> str:
        """The XmlIn of one call."""
        return self._rooted(f"{self.layout.schema}DOC", "".join(items))

    def parameters(self, *, validate_only: bool = False, **ours: str) -> str:
        """The XmlParameters of one call: all or nothing, always.

        Args:
            validate_only: whether SYSPRO only says what it would do.
            **ours: parameters that the documents decide, such as PostingPeriod.
        """
        texts = ours | {
            "IgnoreWarnings": self.settings.ignore_warnings,
            "ApplyIfEntireDocumentValid": "Y",
            "ValidateOnly": "Y" if validate_only else "N",
        }
        texts |= {**self.layout.parameters, **self.settings.parameters}
        inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in texts.items())
        return self._rooted(self.layout.schema, f"<Parameters>{inner}</Parameters>")

    def _append(self, holder: etree._Element, element: Element, text: str) -> None:
        wanted = self.settings.send_empty and (not element.extra or element.name in self.settings.schema_extras)
        if text or wanted:
            etree.SubElement(holder, element.name).text = text or None

    def _rooted(self, schema: str, inner: str) -> str:
        root = self.layout.root
        return f"{xml.PROLOG}<{root} {_SCHEMA.format(schema)}>{inner}</{root}>"


def only(rows: Rows, field: str) -> Any:
    """What all rows of a document hold in a field that is not an element's; None where none has it.

    Raises:
        FieldProblem: the rows do not agree.
    """
    every = {row.get(field) for row in rows}
    if len(every) > 1:
        raise FieldProblem(field, "differs between the document's lines")
    return next(iter(every), None)


def _text(field: str, element: Element, row: Mapping[str, Any]) -> str:
    try:
        return values.text(row.get(field), element)
    except values.ValueProblem as problem:
        raise FieldProblem(field, str(problem)) from None
