"""How a document of items is taken: checked, posted as a whole or item by item, and answered (SYSPRO sheet 2.1)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from lxml import etree

from airflow_provider_mlconnector.sandbox.syspro import enet_xml as xml
from airflow_provider_mlconnector.sandbox.syspro.posting.call import Call, ExceptionAnswer, Shape, unknown_element
from airflow_provider_mlconnector.sandbox.syspro.posting.findings import Fields, Findings
from airflow_provider_mlconnector.sandbox.syspro.posting.record import Record
from airflow_provider_mlconnector.sandbox.syspro.sessions import LOGGED_OFF, Sessions
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings

_YES_NO = ("Y", "N")


class Batch:
    """One call's options, and what its items have claimed so far.

    Attributes:
        call: the call.
        settings: the server's.
        warnings: N, Y or W: whether they refuse an item, pass in silence, or are shown.
        whole: whether nothing is posted unless all items are sound.
        at_once: whether items are posted after all have been checked, rather than one by one.
        validate_only: whether nothing is posted at all.
        taken: by key, what was taken, and is not posted yet, of something that there is only so much of.
    """

    def __init__(self, call: Call, settings: Settings) -> None:
        self.call, self.settings = call, settings
        self.warnings = self.choice("IgnoreWarnings", ("N", "Y", "W"), "N")
        self.whole = self.choice("ApplyIfEntireDocumentValid", _YES_NO, "Y") == "Y"
        self.validate_only = self.choice("ValidateOnly", _YES_NO, "N") == "Y"
        self.at_once = self.validate_only or (self.whole and not call.active.get("refuse_half", {}).get("partly"))
        self.taken: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)

    def keyed(self, names: Mapping[str, object], posted: Mapping[str, object]) -> str:
        """The Key of an answer's item in the form that the server is set to.

        Args:
            names: what the caller called it; only in a Key.
            posted: what it was called when it was posted, beside a Key where there is none.
        """
        if self.settings.answer_form in ("no_key", "bare") and posted:
            return xml.elements(posted)
        return f"<Key>\n{xml.elements({**names, **posted})}\n</Key>"

    def amount(self, name: str) -> Decimal:
        """A parameter that is an amount. Raises ExceptionAnswer where it is none."""
        try:
            return Decimal(self.call.option(name, "0"))
        except InvalidOperation:
            raise ExceptionAnswer(f"Parameter '{name}' must be numeric") from None

    def day(self, name: str) -> date | None:
        """A parameter that is a date. Raises ExceptionAnswer where it is none."""
        given = self.call.option(name, "")
        try:
            return date.fromisoformat(given) if given else None
        except ValueError:
            raise ExceptionAnswer(f"Parameter '{name}' must be a date") from None

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """A parameter that is one of these letters. Raises ExceptionAnswer where it is another."""
        value = self.call.option(name, default)
        if value not in allowed:
            raise ExceptionAnswer(f"Parameter '{name}' must be one of {', '.join(allowed)}")
        return value


@dataclass
class Entry:
    """One item of a document.

    Attributes:
        fields: its elements.
        findings: what is wrong with it.
        draft: what would be posted; None where it is refused.
        refused_for_warnings: whether it is refused because of warnings.
        answer: what it is answered with; empty until it is posted.
    """

    fields: Fields
    findings: Findings = field(default_factory=Findings)
    draft: Any = None
    refused_for_warnings: bool = False
    answer: str = ""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.findings.errors


class WritingObject(ABC):
    """A business object that writes.

    Attributes:
        code: its code.
        root: the root of XmlParameters and XmlIn.
        version: of the object, as its answers show it.
        parameters: names of its parameters.
        shape: elements of an item.
    """

    code: ClassVar[str]
    root: ClassVar[str]
    version: ClassVar[str]
    parameters: ClassVar[str]
    shape: ClassVar[Shape]

    @abstractmethod
    def check(self, fields: Fields, batch: Batch) -> Any:
        """What would be posted for an item; what is wrong is noted in the fields' findings."""

    @abstractmethod
    def reference(self, fields: Fields) -> str:
        """The caller's own reference in an item."""

    @abstractmethod
    def post(self, draft: Any, batch: Batch) -> tuple[str, dict[str, Any]]:
        """Post a draft; returns what its item is answered with, and what goes on record."""

    @abstractmethod
    def validated(self, draft: Any, batch: Batch) -> str:
        """What an item that is sound, and not posted, is answered with."""

    @abstractmethod
    def status(self, entries: Sequence[Entry], done: int) -> dict[str, object]:
        """The counters of StatusOfItems: `done` items were posted, or found sound by ValidateOnly."""

    def item(self, entry: Entry, batch: Batch) -> str:
        """An item of the answer."""
        sound = entry.answer or (self.validated(entry.draft, batch) if entry.sound else "")
        inner = sound if entry.sound else entry.findings.shown()
        warned = entry.findings.warned() if batch.warnings == "W" else ""
        return "<Item>\n" + "\n".join(part for part in (inner, warned) if part) + "\n</Item>"


def counted(entries: Sequence[Entry], done: int) -> dict[str, object]:
    """The counters of SORTOI, six digits each, which APSTIN is taken to have too (by inference)."""
    return {
        "ItemsProcessed": f"{done:06d}",
        "ItemsInvalid": f"{len(entries) - done:06d}",
        "ItemsRejectedWithWarnings": f"{sum(entry.refused_for_warnings for entry in entries):06d}",
        "ItemsProcessedWithWarnings": f"{sum(bool(entry.findings.warnings) for entry in entries):06d}",
    }


class Desk:
    """Takes the documents of all objects that write.

    Args:
        settings: how strict it is, and which form of answers it gives.
        sessions: who is signed in.
        record: where it is noted what was posted.
    """

    def __init__(self, settings: Settings, sessions: Sessions, record: Record) -> None:
        self._settings, self._sessions, self._record = settings, sessions, record

    def take(self, of: WritingObject, call: Call) -> tuple[str, int]:
        """Check and post a document; returns the answer and how many items were posted."""
        try:
            self._known(of, call)
            return self._taken(of, call)
        except ExceptionAnswer as refused:
            return f"ERROR: {refused}", 0

    def _known(self, of: WritingObject, call: Call) -> None:
        for given in (call.parameters, call.document):
            if given is not None and given.tag != of.root:
                raise ExceptionAnswer(f"The XML document must begin with '{of.root}'")
        if call.document.find("Item") is None:
            raise ExceptionAnswer("The XML document holds no item")
        if self._settings.unknown_elements == "ignored":
            return
        unknown = unknown_element(call.document, {"Item": of.shape})
        if call.parameters is not None:
            names: Shape = {"Parameters": dict.fromkeys(of.parameters.split())}
            unknown = unknown or unknown_element(call.parameters, names)
        if unknown:
            raise ExceptionAnswer(f"XML element '{unknown}' is not known to {of.code}")

    def _taken(self, of: WritingObject, call: Call) -> tuple[str, int]:
        batch = Batch(call, self._settings)
        entries: list[Entry] = []
        items = call.document.findall("Item")
        left = self._until_evicted(call, len(items))
        for place, item in enumerate(items, 1):
            if not batch.at_once:
                batch.taken.clear()
            entry = self._checked(of, item, batch, refused="refuse_half" in call.active and place % 2 == 0)
            entries.append(entry)
            if entry.sound and not batch.at_once:
                left = self._posted(of, entry, batch, left)
        sound = sum(entry.sound for entry in entries)
        if batch.at_once and sound == len(entries) and not batch.validate_only:
            for entry in entries:
                left = self._posted(of, entry, batch, left)
        if left == 0:
            self._evict(call)
        done = sound if batch.validate_only else sum(bool(entry.answer) for entry in entries)
        self._note(of, entries, batch)
        return self._answer(of, entries, batch, done), done

    def _checked(self, of: WritingObject, item: etree._Element, batch: Batch, *, refused: bool) -> Entry:
        findings = Findings()
        fields = Fields(item, findings, truncates=self._settings.long_fields == "truncated")
        entry = Entry(fields, findings)
        entry.draft = of.check(fields, batch)
        if refused:
            fields.error(item[0].tag if len(item) else "item", "Refused by a fault of the sandbox")
        if batch.warnings == "N":
            entry.refused_for_warnings = findings.refuse_warnings()
        return entry

    @staticmethod
    def _until_evicted(call: Call, items: int) -> int:
        fault = call.active.get("evict_mid_post")
        return -1 if fault is None else int(fault.get("value", items // 2))

    def _posted(self, of: WritingObject, entry: Entry, batch: Batch, left: int) -> int:
        if left == 0:
            self._evict(batch.call)
        entry.answer, facts = of.post(entry.draft, batch)
        shown = {"reference": of.reference(entry.fields), "operator": batch.call.operator}
        self._record.post(of.code, shown | facts)
        return left - 1

    def _evict(self, call: Call) -> None:
        self._sessions.end(call.operator, LOGGED_OFF)
        raise ExceptionAnswer(LOGGED_OFF.removeprefix("ERROR: "))

    def _note(self, of: WritingObject, entries: Sequence[Entry], batch: Batch) -> None:
        if batch.validate_only:
            return
        for entry in entries:
            if not entry.answer:
                errors = [f"{each.element}: {each.description}" for each in entry.findings.errors]
                self._record.refuse(of.code, of.reference(entry.fields), errors)

    def _answer(self, of: WritingObject, entries: Sequence[Entry], batch: Batch, done: int) -> str:
        parts = [of.item(entry, batch) for entry in entries]
        if self._settings.answer_form not in ("no_status", "bare"):
            parts.append(f"<StatusOfItems>\n{xml.elements(of.status(entries, done))}\n</StatusOfItems>")
        return xml.document(of.root.lower(), "\n".join(parts), of.version)
