"""Steps on texts. Numbers and dates are read in their plain form: `12.50`, `2026-03-31`."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field

from airflow_provider_mlconnector.mapping.faults import Fault, Outcome
from airflow_provider_mlconnector.mapping.scope import Scope, Source
from airflow_provider_mlconnector.mapping.step import OnUnknown, StepRule
from airflow_provider_mlconnector.mapping.text import Text
from airflow_provider_mlconnector.mapping.values import Values, as_text, blanks_as_null, trimmed


def _not_zero(index: int) -> int:
    if index == 0:
        raise ValueError("segments are counted from 1, or with a minus from the end")
    return index


SegmentIndex = Annotated[int, AfterValidator(_not_zero)]


class Strip(StepRule):
    """Takes white space off both ends."""

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        return Outcome(pc.utf8_trim_whitespace(as_text(values)))


class Upper(StepRule):
    """Makes letters upper case."""

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        return Outcome(pc.utf8_upper(as_text(values)))


class Lower(StepRule):
    """Makes letters lower case."""

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        return Outcome(pc.utf8_lower(as_text(values)))


class StripLeading(StepRule):
    """Takes a character off the beginning, as often as it stands there, but never the last character.

    Attributes:
        character: the character; a zero where nothing is said. `0000` becomes `0`.
    """

    short: ClassVar[str] = "character"
    character: Text = Field("0", min_length=1, max_length=1)

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        pattern = rf"(?s)^(?:{re.escape(self.character)})+(.)"
        return Outcome(pc.replace_substring_regex(as_text(values), pattern, r"\1", max_replacements=1))


class Pad(StepRule):
    """Fills a text up to a width; a longer one stays as it is.

    Attributes:
        width: in characters.
        character: what fills it up.
        side: where it is filled up.
    """

    width: int = Field(ge=1, le=1000)
    character: Text = Field("0", min_length=1, max_length=1)
    side: Literal["left", "right"] = "left"

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        fill = pc.utf8_lpad if self.side == "left" else pc.utf8_rpad
        return Outcome(fill(as_text(values), width=self.width, padding=self.character))


class Substring(StepRule):
    """Takes a part of a text by position; beyond its end there is nothing.

    Attributes:
        start: the first character taken, counted from 1.
        length: how many are taken; all that follow where nothing is said.
    """

    short: ClassVar[str] = "start"
    start: int = Field(ge=1)
    length: int | None = Field(None, ge=1)

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        stop = None if self.length is None else self.start - 1 + self.length
        return Outcome(pc.utf8_slice_codeunits(as_text(values), start=self.start - 1, stop=stop))


class Segment(StepRule):
    """Takes a part of a code by separator; a code without that part fails.

    Attributes:
        index: which part, counted from 1; from the end with a minus: -1 is the last.
        separator: what stands between the parts.
    """

    short: ClassVar[str] = "index"
    index: SegmentIndex
    separator: Text = Field("-", min_length=1)

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        encoded = pc.dictionary_encode(as_text(values))
        parts = pc.split_pattern(encoded.dictionary, self.separator)
        ends = parts.offsets[1:] if self.index < 0 else parts.offsets[:-1]
        at = pc.add(ends, self.index if self.index < 0 else self.index - 1)
        there = pc.greater_equal(pc.list_value_length(parts), abs(self.index))
        part = parts.values.take(pc.if_else(there, at, pa.scalar(None, pa.int32())))
        taken = part.take(encoded.indices)
        missing = pc.and_(pc.is_valid(values), pc.is_null(taken))
        return Outcome(taken, Fault(missing, (values,), f"has no segment {self.index} between '{self.separator}'"))


class Concat(StepRule):
    """Joins the value with others; blank ones are left out.

    Attributes:
        others: what is joined to it, in this order; in YAML `with`.
        separator: what stands between them.
    """

    short: ClassVar[str] = "with"
    others: tuple[Source, ...] = Field(alias="with", min_length=1)
    separator: Text = " "

    def apply(self, values: Values, scope: Scope) -> Outcome:
        """See `StepRule.apply`."""
        first, *others = (blanks_as_null(as_text(part)) for part in (values, *(o.read(scope) for o in self.others)))
        # Arrow's join leaves out a row of which every part is null, and all rows below would move up.
        first = pc.if_else(pc.is_null(pc.coalesce(first, *others)), "", first)
        return Outcome(pc.binary_join_element_wise(first, *others, self.separator, null_handling="skip"))


class Translate(StepRule, OnUnknown):
    """Replaces values by a small table that stands in the rule itself.

    Attributes:
        values: from value to value; compared as in a cross-reference, without white space around.
    """

    values: dict[Text, Text] = Field(min_length=1)

    def apply(self, values: Values, scope: Scope) -> Outcome:  # noqa: ARG002
        """See `StepRule.apply`."""
        known = pa.array([key.strip() for key in self.values], pa.string())
        asked = pc.is_valid(values)
        rows = pc.index_in(trimmed(values), value_set=known)
        found = pa.array(list(self.values.values()), pa.string()).take(
            pc.if_else(asked, rows, pa.scalar(None, rows.type))
        )
        unknown = pc.and_(asked, pc.is_null(rows))
        named = ", ".join(list(self.values)[:10])
        fault = Fault(unknown, (values,), f"is none of {named}", stop=self.on_unknown == "stop")
        return self.settle(found, fault)
