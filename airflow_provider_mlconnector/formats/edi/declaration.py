"""A transaction set, or message, as data: which segments it has, and what fills their elements.

A segment is written as `BIG: [invoice_date, invoice_number, ~, "=00"]`: one entry an element, a list for a composite.

- a name is a field of the mapped rows;
- `=text` is always this text;
- `#lines`, `#line`, `#sum(field)` are counted, `#hl` and `#parent` number 856's levels; `#date`, `#time` and `#number`
  are those of the file;
- `~` (null) is left out;
- `{field: description, cut: true}` is cut where it is too long, `{field: kind, codes: [DI, CR]}` takes these codes,
  `{field: unit, units: true}` is translated by the partner's units, `{field: price, decimals: 4}` is rounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from airflow_provider_mlconnector.declared import Declared, load
from airflow_provider_mlconnector.formats.edi.dictionary import SegmentRule, dictionary

Standard = Literal["x12", "edifact"]
COMPUTED = ("lines", "line", "hl", "parent", "date", "time", "number")
_SUM = re.compile(r"sum\((\w+)\)")
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_HERE = Path(__file__).parent.parent


class Value(Declared):
    """What fills one element or component: exactly one of `field`, `text` and `computed`.

    Attributes:
        field: a field of the mapped rows.
        text: always the same.
        computed: see the module's text, without the `#`.
        cut: whether a text that is too long is cut instead of refused.
        codes: the codes that it may hold, instead of those of the standard's list.
        units: whether it is a unit, translated by the partner's profile.
        decimals: a number is rounded half up to so many decimals; not declared: its own.
    """

    field: str = ""
    text: str | None = None
    computed: str = ""
    cut: bool = False
    codes: tuple[str, ...] = ()
    units: bool = False
    decimals: int | None = Field(default=None, ge=0, le=9)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        kinds = {"=": "text", "#": "computed"}
        return {kinds[given[0]]: given[1:]} if given[:1] in kinds else {"field": given}

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if bool(self.field) + (self.text is not None) + bool(self.computed) != 1:
            raise ValueError("an element is a field, a text or computed")
        if self.computed and self.computed not in COMPUTED and not self.summed:
            raise ValueError(f"'#{self.computed}' is not known; there are #{', #'.join(COMPUTED)} and #sum(field)")
        if self.text == "":
            raise ValueError("an element that is always empty is left out: ~")
        return self

    @property
    def summed(self) -> str:
        """The field whose sum over a set's lines this is; empty where it is none."""
        found = _SUM.fullmatch(self.computed)
        return found[1] if found else ""


class Use(Declared):
    """One place of a set at which a segment may be written.

    Attributes:
        tag: the segment.
        elements: what fills its elements: values, lists of values for composites, None for what is left out.
        name: what changes and messages call it; empty: the tag.
        needed: whether it is always written; otherwise where one of its fields holds something.
        when: a field that must hold something for it to be written.
    """

    tag: str = Field(pattern=f"^{_TAG.pattern}$")
    elements: tuple[Value | tuple[Value | None, ...] | None, ...]
    name: str = ""
    needed: bool = False
    when: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        tags = [key for key in given if _TAG.fullmatch(str(key))] if isinstance(given, dict) else []
        if len(tags) != 1 or "tag" in given:
            return given
        rest = {key: value for key, value in given.items() if key != tags[0]}
        return {"tag": tags[0], "elements": given[tags[0]], **rest}

    @property
    def called(self) -> str:
        """How changes and messages call it."""
        return self.name or self.tag

    def placed(self) -> Iterator[tuple[int, int, Value]]:
        """Its values with their positions, both from 1; the second is the component."""
        for position, element in enumerate(self.elements, 1):
            parts = element if isinstance(element, tuple) else (element,)
            for component, value in enumerate(parts, 1):
                if value is not None:
                    yield position, component, value


class Sign(Declared):
    """What a charge does to a total, by the field that says what it is.

    Attributes:
        kind: that field.
        minus: its values that mean it is taken off.
        nothing: its values that mean it doesn't count.
    """

    kind: str
    minus: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()


class Sum(Declared):
    """A total that has to be what its parts say.

    Attributes:
        total: the document's field with the total.
        lines: fields that are summed over the document's lines.
        plus: fields of the document that are added.
        minus: fields of the document that are taken off.
        signs: of the fields that are added, those whose sign another field tells.
        tolerance: how far they may lie apart, in units of the total's last decimal.
    """

    total: str
    lines: tuple[str, ...] = ()
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    signs: dict[str, Sign] = Field(default_factory=dict)
    tolerance: int = Field(default=0, ge=0, le=100)


class Credit(Declared):
    """Documents whose amounts are written with the other sign: credit notes, which say so by their kind.

    Attributes:
        kind: the field that says what a document is.
        codes: its values that mean a credit.
        fields: the fields that are turned.
        quantity: turned, too, so that quantity times price is the line's amount, unless the price has the sign.
        price: turned where it has it.
    """

    kind: str
    codes: tuple[str, ...]
    fields: tuple[str, ...]
    quantity: str
    price: str


class SetDeclaration(Declared):
    """A transaction set of X12, or a message of EDIFACT.

    Attributes:
        standard: `x12` or `edifact`.
        set: `810`, or `INVOIC`.
        title: what it is, for messages.
        group: X12's functional identifier code (GS01).
        release: GS08's default, or UNH's version and agency, such as `D:96A:UN`.
        spans: whether each set holds one `document`, or as many `records` as `most_lines` allows.
        document: segments before the lines.
        lines: segments of each row.
        summary: segments behind the lines.
        orders: 856: segments of each order within a shipment.
        order: 856: the field whose change begins an order.
        most_lines: rows that one set may have.
        sums: totals that are checked.
        credit: how credit notes are written.
    """

    standard: Standard
    set: str
    title: str
    group: str = ""
    release: str
    spans: Literal["document", "records"] = "document"
    document: tuple[Use, ...]
    orders: tuple[Use, ...] = ()
    order: str = ""
    lines: tuple[Use, ...]
    summary: tuple[Use, ...] = ()
    most_lines: int = Field(default=100_000, ge=1)
    sums: tuple[Sum, ...] = ()
    credit: Credit | None = None

    def uses(self) -> Iterator[Use]:
        """Every segment's place, in the order of the set."""
        yield from (*self.document, *self.orders, *self.lines, *self.summary)

    def rules(self) -> dict[str, SegmentRule]:
        """The standard's rules of its segments."""
        known = dictionary(self.standard)
        return {use.tag: known[use.tag] for use in self.uses()}

    def fields(self) -> frozenset[str]:
        """Every field of the mapped rows that the set can take."""
        named = {value.field or value.summed for use in self.uses() for _, _, value in use.placed()}
        named |= {use.when for use in self.uses()} | {self.order}
        for one in self.sums:
            named |= {one.total, *one.lines, *one.plus, *one.minus}
        if self.credit:
            named |= {self.credit.kind, *self.credit.fields, self.credit.quantity, self.credit.price}
        return frozenset(named - {""})

    @model_validator(mode="after")
    def _follows_the_dictionary(self) -> Self:
        known = dictionary(self.standard)
        for use in self.uses():
            if use.tag not in known:
                raise ValueError(f"{self.standard} segment {use.tag} is not known here")
            _check(use, known[use.tag])
        names = [use.called for use in self.uses()]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{min(twice)} stands twice; give each a name of its own")
        if bool(self.orders) != bool(self.order):
            raise ValueError("orders need the field order, whose change begins one")
        return self


def _check(use: Use, rule: SegmentRule) -> None:
    if len(use.elements) > len(rule.elements):
        raise ValueError(f"{use.called}: {use.tag} has {len(rule.elements)} elements, not {len(use.elements)}")
    for position, component, value in use.placed():
        at = f"{use.called}{position:02d}"
        parts = rule.elements[position - 1]
        if component > len(parts):
            raise ValueError(f"{at} has no component {component}")
        allowed = value.codes or parts[component - 1].codes
        if value.text is not None and not value.codes:
            _check_text(at, value.text, parts[component - 1].greatest, allowed)
    for position in range(1, len(rule.elements) + 1):
        filled = use.elements[position - 1] if position <= len(use.elements) else None
        if filled is None and rule.needs(position):
            raise ValueError(f"{use.called}{position:02d} is mandatory in {use.tag}")


def _check_text(at: str, text: str, greatest: int, allowed: tuple[str, ...]) -> None:
    if len(text) > greatest:
        raise ValueError(f"{at}: '{text}' has more than {greatest} characters")
    if allowed and text not in allowed:
        raise ValueError(f"{at}: '{text}' is none of {', '.join(allowed)}; declare it as codes if the partner takes it")


@cache
def shipped(standard: Standard) -> dict[str, SetDeclaration]:
    """The sets that come with the provider, by their name."""
    files = sorted((_HERE / standard / "sets").glob("*.yaml"))
    found = [load(file, SetDeclaration) for file in files]
    return {one.set: one for one in found}
