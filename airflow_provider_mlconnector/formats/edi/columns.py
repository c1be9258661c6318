"""Columns of data as the texts of elements: in the declared type, checked for length, codes and characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.edi.characters import released, written
from airflow_provider_mlconnector.formats.edi.declaration import Value
from airflow_provider_mlconnector.formats.edi.dictionary import MOMENTS, NUMBERS, ElementRule
from airflow_provider_mlconnector.formats.edi.syntax import Syntax
from airflow_provider_mlconnector.formats.moments import moment_texts
from airflow_provider_mlconnector.formats.numbers import is_number, negative, number_texts, rescaled, shortest
from airflow_provider_mlconnector.formats.strings import joined

Fault = Callable[[pa.BooleanArray | None, str, str], None]
_IMPLIED = {"N0": 0, "N2": 2}
_FORMS = {"DT": "%Y%m%d", "TM": "%H%M"}
_MOST_NAMED = 20
_WHOLE = pa.decimal256(76, 0)


@dataclass
class Columns:
    """The columns of some rows as texts of elements; each is made once, however often it is used.

    Args:
        rows: the rows: all of a chunk, or the first of each document or order.
        syntax: the partner's.
        units: the partner's unit codes, by ours.
        fault: notes rows that can't be written: mask, field, reason.
    """

    rows: pa.RecordBatch
    syntax: Syntax
    units: Mapping[str, str]
    fault: Fault
    _texts: dict[tuple[str, bool], tuple[pa.StringArray, pa.BooleanArray | None]] = field(default_factory=dict)
    _made: dict[tuple[object, ...], pa.StringArray | None] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the data have this field at all."""
        return name in self.rows.schema.names and not pa.types.is_null(self.rows.schema.field(name).type)

    def given(self, name: str, *, free: bool = True) -> pa.BooleanArray:
        """Where a field holds something; of free text, where something is left of it."""
        if not self.has(name):
            return pa.repeat(pa.scalar(value=False), self.rows.num_rows)
        return pc.is_valid(self._text(name, free=free)[0] if self._is_text(name) else self.rows.column(name))

    def element(self, value: Value, rule: ElementRule, at: str) -> pa.StringArray | None:
        """A field as an element; None where the data don't have it.

        Args:
            value: what fills the element.
            rule: what it may hold.
            at: the element, such as `IT104`, for messages.
        """
        if not self.has(value.field):
            return None
        made_of = (value.field, value.cut, value.codes, value.units, value.decimals, rule)
        if made_of not in self._made:
            called = f"{value.field} ({at})"
            self._made[made_of] = self._element(value, rule, called)
        return self._made[made_of]

    def _element(self, value: Value, rule: ElementRule, called: str) -> pa.StringArray:
        column = self.rows.column(value.field)
        if rule.kind in NUMBERS and not is_number(column.type):
            raise ConfigurationError(f"{called} has to be a number, and the data have {column.type}.")
        if rule.kind in MOMENTS and not pa.types.is_temporal(column.type):
            raise ConfigurationError(f"{called} has to be a date or time, and the data have {column.type}.")
        if rule.kind in NUMBERS:
            return self._number(column, value, rule, called)
        if pa.types.is_temporal(column.type):
            return moment_texts(column, _FORMS.get(rule.kind, "%Y%m%d"))
        texts, foreign = self._text(value.field, free=value.cut)
        if value.units and self.units:
            texts, foreign = written(_translated(_plain(column), self.units), self.syntax)
        self.fault(foreign, called, "holds a character that the partner's files can't hold")
        texts = self._fitting(texts, value, rule, called)
        return released(texts, self.syntax) if self.syntax.release else texts

    def _number(self, column: pa.Array, value: Value, rule: ElementRule, called: str) -> pa.StringArray:
        implied = _IMPLIED.get(rule.kind)
        decimals = implied if implied is not None else value.decimals
        kept, excess = rescaled(column, decimals, "half_up" if value.decimals is not None else None)
        self.fault(excess, called, f"has more than {decimals} decimals")
        if implied is not None:
            texts = pc.replace_substring(number_texts(kept, implied), ".", "")
            texts = _without_zeros(texts)
        else:
            texts = shortest(number_texts(kept, None), self.syntax.decimal)
        digits = pc.subtract(pc.binary_length(texts), _signs(texts, kept, implied is None))
        if (pc.max(digits).as_py() or 0) > rule.greatest:
            self.fault(pc.greater(digits, rule.greatest), called, f"has more than {rule.greatest} digits")
        if (pc.min(digits).as_py() or rule.least) < rule.least:
            texts = _padded(texts, rule.least)
        return texts

    def _fitting(self, texts: pa.StringArray, value: Value, rule: ElementRule, called: str) -> pa.StringArray:
        lengths = pc.utf8_length(texts)
        bounds = pc.min_max(lengths).as_py()
        if (bounds["max"] or 0) > rule.greatest:
            if value.cut:
                texts = pc.utf8_rtrim(pc.utf8_slice_codeunits(texts, 0, rule.greatest), characters=" ")
                texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
            else:
                said = f"has more than {rule.greatest} characters"
                self.fault(pc.greater(lengths, rule.greatest), called, said)
        if (bounds["min"] or rule.least) < rule.least and rule.kind == "AN":
            # Trailing blanks are left out, unless the least length needs them (sheet edi.md, 2.3, N104).
            texts = pc.utf8_rpad(texts, rule.least, " ")
        elif (bounds["min"] or rule.least) < rule.least:
            self.fault(pc.less(lengths, rule.least), called, f"has fewer than {rule.least} characters")
        codes = value.codes or rule.codes
        if codes:
            known = pc.is_in(texts, value_set=pa.array(codes, pa.string()))
            if not pc.all(known, min_count=0).as_py():
                wrong = pc.and_(pc.is_valid(texts), pc.invert(known))
                self._name_wrong_codes(texts, wrong, called, codes)
        return texts

    def _name_wrong_codes(
        self, texts: pa.StringArray, wrong: pa.BooleanArray, called: str, codes: Sequence[str]
    ) -> None:
        """Each wrong code by its name, so that a mapping can be corrected; of very many only the first."""
        found = pc.unique(texts.filter(wrong)).to_pylist()
        for code in found[:_MOST_NAMED]:
            here = pc.fill_null(pc.equal(texts, code), fill_value=False)
            self.fault(here, called, f"'{code}' is none of {', '.join(codes)}")
        if len(found) > _MOST_NAMED:
            self.fault(wrong, called, f"is none of {', '.join(codes)}")

    def _is_text(self, name: str) -> bool:
        kind = self.rows.schema.field(name).type
        return not (is_number(kind) or pa.types.is_temporal(kind))

    def _text(self, name: str, *, free: bool = False) -> tuple[pa.StringArray, pa.BooleanArray | None]:
        """A column in the partner's characters; only what is free text, and may be cut, may also be replaced."""
        if (name, free) not in self._texts:
            syntax = self.syntax if free else replace(self.syntax, replacements={})
            self._texts[name, free] = written(_plain(self.rows.column(name)), syntax)
        return self._texts[name, free]


def _plain(column: pa.Array) -> pa.StringArray:
    return number_texts(column, None) if is_number(column.type) else pc.cast(column, pa.string())


def _translated(texts: pa.StringArray, units: Mapping[str, str]) -> pa.StringArray:
    coded = texts.dictionary_encode()
    shown = [units.get(unit.rstrip(" "), unit) for unit in coded.dictionary.to_pylist()]
    return pa.array(shown, pa.string()).take(coded.indices)


def _without_zeros(texts: pa.StringArray) -> pa.StringArray:
    if not pc.any(pc.match_substring_regex(texts, "^-?0[0-9]")).as_py():
        return texts
    return pc.replace_substring_regex(texts, "^(-?)0+([0-9])", r"\1\2")


def _signs(texts: pa.StringArray, numbers: pa.Array, with_mark: bool) -> pa.Array:  # noqa: FBT001
    count = pc.cast(negative(numbers), pa.int32())
    if with_mark and pa.types.is_decimal(numbers.type) and numbers.type.scale > 0:
        count = pc.add(count, pc.cast(pc.match_substring_regex(texts, "[.,]"), pa.int32()))
    return count


def _padded(texts: pa.StringArray, least: int) -> pa.StringArray:
    """Short numbers with zeros: behind the mark where there is one, else in front."""
    sign = pc.if_else(pc.starts_with(texts, "-"), "-", "")
    bare = pc.utf8_ltrim(texts, "-")
    marked = pc.match_substring_regex(bare, "[.,]")
    return joined(sign, pc.if_else(marked, pc.utf8_rpad(bare, least + 1, "0"), pc.utf8_lpad(bare, least, "0")))
