"""Cross-reference tables (GL account, cost center, supplier) and lists of valid targets, looked up by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Self, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field, model_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.mapping.key_index import KeyIndex
from airflow_provider_mlconnector.mapping.text import Names, Text
from airflow_provider_mlconnector.mapping.values import Values, as_text, trimmed

Row: TypeAlias = Mapping[str, str | None]


def _blank_cell(raw: Any) -> Any:
    return "" if raw is None else raw


Cell = Annotated[Text, BeforeValidator(_blank_cell)]


class Listed(Declared):
    """Where the rows of a table come from: they stand here, in a CSV file, or are handed in by the task.

    Attributes:
        csv: a CSV file with a header line; a relative path starts at the mapping's own folder.
        delimiter: what separates its fields.
        encoding: how its bytes are text.
        handed_in: the task reads the rows elsewhere (a site's own table) and hands them in.
    """

    csv: Text = ""
    delimiter: Text = Field(",", min_length=1, max_length=1)
    encoding: Text = "utf-8-sig"
    handed_in: bool = False

    def _one_origin(self, here: str) -> Self:
        origins = [here in self.model_fields_set, bool(self.csv), self.handed_in]
        if sum(origins) != 1:
            raise ValueError(f"say where the rows come from: exactly one of {here}, csv, or handed_in: true")
        return self


class CrossReferenceDeclaration(Listed):
    """A table from source values to target values.

    Attributes:
        key: the column or columns that a row is found by.
        rows: the rows, each from column to text; all have the same columns.
        wildcard: a key cell with this text stands for any value for which no more specific row is there.
    """

    key: Names = Field(min_length=1)
    rows: tuple[dict[Text, Cell], ...] = ()
    wildcard: Text | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _rows_come_from_somewhere(self) -> Self:
        return self._one_origin("rows")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its rows; the key alone where there is no row."""
        return tuple(self.rows[0]) if self.rows else self.key

    @property
    def value_columns(self) -> tuple[str, ...]:
        """The columns that can be looked up."""
        return tuple(name for name in self.columns if name not in self.key)


class CodeListDeclaration(Listed):
    """The codes that the receiving side knows: its GL accounts, its cost centers.

    Attributes:
        codes: the codes.
        column: the column that holds them in the CSV file or in rows handed in.
    """

    codes: tuple[Text, ...] = ()
    column: Text = "Code"

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, raw: Any) -> Any:
        return {"codes": raw} if isinstance(raw, list) else raw

    @model_validator(mode="after")
    def _codes_come_from_somewhere(self) -> Self:
        return self._one_origin("codes")


def check_rows(key: Sequence[str], rows: Iterable[Row], place: Callable[[int], str], shown: str) -> None:
    """Check that all rows have the same columns, the key among them, and that no key stands twice.

    Args:
        key: the key columns.
        rows: the rows.
        place: how people find a row, by its number from 0: `line 12`.
        shown: how messages call the table.

    Raises:
        ConfigurationError: naming the rows.
    """
    columns: set[str] = set()
    seen: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows):
        columns = columns or {*row, *key}
        if odd := sorted(columns ^ set(row)):
            raise ConfigurationError(f"{shown}, {place(number)}: a column too few or too many: {', '.join(odd)}")
        values = tuple((row[name] or "").strip() for name in key)
        if (first := seen.setdefault(values, number)) != number:
            raise ConfigurationError(
                f"{shown}, {place(first)} and {place(number)}: {' / '.join(key)} '{'/'.join(values)}' stands twice"
            )


class CrossReference:
    """A cross-reference table, ready to be looked up.

    Codes are compared without white space around them, and exactly otherwise: letters in upper and lower case differ.

    Args:
        name: its name in the mapping.
        declaration: its rows, resolved (see `load.load_mapping`).

    Raises:
        ConfigurationError: a key stands twice.
    """

    def __init__(self, name: str, declaration: CrossReferenceDeclaration) -> None:
        check_rows(declaration.key, declaration.rows, lambda number: f"row {number + 1}", f"cross-reference {name}")
        self.name = name
        self.key = declaration.key
        self.value_columns = declaration.value_columns
        self._values = {
            column: pa.array([row[column].strip() or None for row in declaration.rows], pa.string())
            for column in declaration.value_columns
        }
        self._indexes = _indexes(declaration)

    def find(self, keys: Sequence[Values]) -> Values:
        """The row of each key, as its number; null where there is none.

        Args:
            keys: one column of texts for each key column, in the key's order.
        """
        texts = [trimmed(values) for values in keys]
        found = [index.find(texts) for index in self._indexes]
        return pc.coalesce(*found) if found else pa.nulls(len(texts[0]), pa.int32())

    def knows(self, key: Sequence[str]) -> bool:
        """Whether a key has a row."""
        return len(key) == len(self.key) and bool(self.find([pa.array([part]) for part in key])[0].is_valid)

    def values(self, column: str, rows: Values) -> Values:
        """A column's texts by row numbers; blank cells are null."""
        return self._values[column].take(rows) if column in self._values else pa.nulls(len(rows), pa.string())


class CodeList:
    """A list of valid targets, ready to be asked.

    Args:
        declaration: its codes, resolved.
    """

    def __init__(self, declaration: CodeListDeclaration) -> None:
        self._codes = pa.array([code.strip() for code in declaration.codes], pa.string())

    def lacks(self, values: Values) -> Values:
        """A mask of the values that are not on the list; a null is not asked about."""
        return pc.and_(pc.is_valid(values), pc.invert(pc.is_in(as_text(values), value_set=self._codes)))

    def knows(self, code: str) -> bool:
        """Whether a code is on the list."""
        return not self.lacks(pa.array([code]))[0].as_py()


def _indexes(declaration: CrossReferenceDeclaration) -> list[KeyIndex]:
    """One index per set of key columns that rows name; the most specific first, and of two alike the leftmost."""
    keys = [[row[column].strip() for column in declaration.key] for row in declaration.rows]
    kinds: dict[tuple[bool, ...], list[int]] = {}
    for number, key in enumerate(keys):
        kinds.setdefault(tuple(part == declaration.wildcard for part in key), []).append(number)
    indexes = []
    for kind in sorted(kinds, key=lambda open_: (sum(open_), open_)):
        used = [column for column, is_open in enumerate(kind) if not is_open]
        columns = [[keys[number][column] for number in kinds[kind]] for column in range(len(kind))]
        indexes.append(KeyIndex(used, columns, kinds[kind]))
    return indexes
