"""The declared shape of an EDI file: which set, how a document is told, and where this partner deviates."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from airflow_provider_mlconnector.declared import Declared, Places
from airflow_provider_mlconnector.declared_faults import told
from airflow_provider_mlconnector.formats.cells import ControlTotal
from airflow_provider_mlconnector.formats.edi.declaration import SetDeclaration, Use, Value, shipped
from airflow_provider_mlconnector.formats.faults import Policy
from airflow_provider_mlconnector.formats.file_names import FileNamePattern, has_group


class Change(Declared):
    """How one segment of a set deviates.

    Attributes:
        segment: what the set calls it.
        omit: whether this partner doesn't take it.
        elements: values by position, from 1; null leaves an element out.
        needed: whether it is always written.
    """

    segment: str
    omit: bool = False
    elements: dict[Annotated[int, Field(ge=1)], Value | tuple[Value | None, ...] | None] = Field(default_factory=dict)
    needed: bool | None = None


class Addition(Declared):
    """A segment that the set doesn't have.

    Attributes:
        after: what the set calls the segment before it.
        use: the segment.
    """

    after: str
    use: Use


class EdiLayout(Declared):
    """An X12 or EDIFACT file: one interchange with one group, or with messages.

    Attributes:
        format: `x12` or `edifact`.
        set: one of the shipped sets, such as `"810"` or `INVOIC`; or `declaration`.
        declaration: a set of the site's own.
        file_name: pattern of the file's name.
        document: the field whose change begins a new document, and so a new set.
        totals: the control total.
        credits: whether credit notes, which say what they are, have amounts without a sign.
        changes: segments in which this partner deviates.
        additions: segments that this partner wants besides.
        most_lines: rows of one set, where they are fewer than the set's own.
        unrenderable: what becomes of a record with a value that doesn't fit.
    """

    format: Literal["x12", "edifact"]
    set: str = ""
    declaration: SetDeclaration | None = None
    file_name: FileNamePattern
    document: str = ""
    totals: ControlTotal | None = None
    credits: Literal["positive", "negative"] = "positive"
    changes: tuple[Change, ...] = ()
    additions: tuple[Addition, ...] = ()
    most_lines: int | None = Field(default=None, ge=1)
    unrenderable: Policy = "exception"
    _places: Places = PrivateAttr(default_factory=Places)
    _declared: SetDeclaration | None = PrivateAttr(default=None)

    @property
    def empty(self) -> Literal["skip"]:
        """With nothing to send no file is written."""
        return "skip"

    def placed(self, places: Places) -> Self:
        """The same layout, with the places of its parts."""
        placed = self.model_copy()
        placed._places = places  # noqa: SLF001 - its own copy
        return placed

    def say(self, path: str, problem: str) -> str:
        """A problem, with file and line where the layout was read from a text."""
        return self._places.say((path,), problem) if self._places.shown else problem

    def declared(self) -> SetDeclaration:
        """The set, with this partner's changes."""
        assert self._declared is not None, "a layout that was checked has its set"
        return self._declared

    @model_validator(mode="after")
    def _has_a_set(self) -> Self:
        if has_group(self.file_name):
            raise ValueError("file_name: one file has one interchange, and no {group}")
        known = shipped(self.format)
        found = self.declaration or known.get(self.set)
        if found is None:
            every = "; ".join(f"{name}: {one.title}" for name, one in sorted(known.items()))
            other = "edifact" if self.format == "x12" else "x12"
            there = f"; {other} has it" if self.set in shipped(other) else ""
            said = f"set: {self.format} has no set '{self.set}' here; there are {every}{there}"
            raise ValueError(f"{said}; csv and fixed_width take any rows")
        if found.standard != self.format:
            raise ValueError(f"declaration: the set {found.set} is one of {found.standard}, not of {self.format}")
        if (found.spans == "document") is not bool(self.document):
            wants = "needs one" if found.spans == "document" else "takes none"
            raise ValueError(f"document: set {found.set} {wants}: the field whose change begins a new one")
        self._declared = _deviating(found, self.changes, self.additions, self.most_lines)
        return self


def _deviating(
    found: SetDeclaration, changes: tuple[Change, ...], additions: tuple[Addition, ...], most: int | None
) -> SetDeclaration:
    names = {use.called for use in found.uses()}
    by_name = {change.segment: change for change in changes}
    if len(by_name) < len(changes):
        raise ValueError("changes: a segment stands twice; put its elements together")
    after: dict[str, list[Use]] = {}
    for addition in additions:
        after.setdefault(addition.after, []).append(addition.use)
    if unknown := (set(by_name) | set(after)) - names:
        where = "changes" if min(unknown) in by_name else "additions"
        raise ValueError(f"{where}: set {found.set} has no segment '{min(unknown)}'; it has {', '.join(sorted(names))}")

    def changed(uses: tuple[Use, ...]) -> list[Any]:
        made: list[Any] = []
        for use in uses:
            change = by_name.get(use.called)
            if not (change and change.omit):
                made.append(_changed(use, change))
            made.extend(added.model_dump() for added in after.get(use.called, ()))
        return made

    whole = found.model_dump()
    for place in ("document", "orders", "lines", "summary"):
        whole[place] = changed(getattr(found, place))
    whole["most_lines"] = min(most or found.most_lines, found.most_lines)
    try:
        return SetDeclaration.model_validate(whole)
    except ValidationError as error:
        said = "; ".join(problem for _, problem in told(error, SetDeclaration))
        raise ValueError(f"{'changes' if changes else 'additions'}: {said}") from None


def _changed(use: Use, change: Change | None) -> dict[str, Any]:
    whole = use.model_dump()
    if change is None:
        return whole
    elements = list(use.elements)
    for position, value in change.elements.items():
        elements += [None] * (position - len(elements))
        elements[position - 1] = value
    dumped = use.model_copy(update={"elements": tuple(elements)}).model_dump()
    return dumped if change.needed is None else {**dumped, "needed": change.needed}
