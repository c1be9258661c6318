"""The rows of tables that don't stand in the mapping itself: from CSV files beside it, or handed in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from airflow_provider_mlconnector.declared import Places
from airflow_provider_mlconnector.declared_faults import Location
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.mapping.cross_reference import (
    CodeListDeclaration,
    CrossReferenceDeclaration,
    Listed,
    Row,
    check_rows,
)
from airflow_provider_mlconnector.mapping.values import as_text

HandedIn: TypeAlias = Mapping[str, pa.Table | Sequence[Row]]


@dataclass(frozen=True)
class Tables:
    """Fills in the rows of a mapping's tables.

    Attributes:
        folder: where relative CSV files start; None for a mapping that is not in a file.
        handed_in: rows that the task read elsewhere, by the table's name.
        places: where the mapping's parts stand in its text.
        max_bytes: the largest CSV file that is read.
    """

    folder: Path | None
    handed_in: HandedIn
    places: Places
    max_bytes: int

    def cross_reference(self, name: str, declared: CrossReferenceDeclaration) -> CrossReferenceDeclaration:
        """A cross-reference with its rows, checked.

        Raises:
            ConfigurationError: the rows can't be read, lack a column, or hold a key twice.
        """
        at: Location = ("cross_references", name)
        if declared.csv:
            rows, lines = self._csv_rows(at, declared)
            check_rows(declared.key, rows, lambda row: f"line {lines[row]}", f"{self._file(declared.csv, at)}")
        elif declared.handed_in:
            rows = self._handed_in_rows(at, name)
            check_rows(declared.key, rows, lambda row: f"row {row + 1}", f"cross-reference {name}, rows handed in")
        else:
            shown = f"{self.places.shown or 'mapping'}, cross-reference {name}"
            check_rows(declared.key, declared.rows, lambda row: self._row_place(at, row), shown)
            return declared
        return declared.model_copy(update={"rows": tuple(rows)})

    def code_list(self, name: str, declared: CodeListDeclaration) -> CodeListDeclaration:
        """A list of valid targets with its codes.

        Raises:
            ConfigurationError: the codes can't be read, or their column is not there.
        """
        at: Location = ("valid_targets", name)
        if declared.csv:
            rows, _ = self._csv_rows(at, declared)
        elif declared.handed_in:
            rows = self._handed_in_rows(at, name)
        else:
            return declared
        if rows and declared.column not in rows[0]:
            known = ", ".join(rows[0])
            raise ConfigurationError(self.places.say(at, f"there is no column '{declared.column}' among {known}"))
        codes = (row[declared.column].strip() for row in rows)
        return declared.model_copy(update={"codes": tuple(code for code in codes if code)})

    def _row_place(self, at: Location, row: int) -> str:
        return f"line {self.places.line((*at, 'rows', row))}" if self.places.shown else f"row {row + 1}"

    def _file(self, named: str, at: Location) -> Path:
        path = Path(named)
        if self.folder is None and not path.is_absolute():
            raise ConfigurationError(
                self.places.say(at, f"a mapping that is not in a file has no folder in which {named} could lie;"),
                "Write the rows into the mapping itself, as `rows` or `codes`.",
            )
        return (self.folder or Path()) / path

    def _handed_in_rows(self, at: Location, name: str) -> list[dict[str, str]]:
        if name not in self.handed_in:
            raise ConfigurationError(self.places.say(at, "its rows were to be handed in by the task, and were not"))
        rows = self.handed_in[name]
        if isinstance(rows, pa.Table):
            texts = pa.table({column: as_text(rows.column(column).combine_chunks()) for column in rows.column_names})
            rows = texts.to_pylist()
        return [{column: cell or "" for column, cell in row.items()} for row in rows]

    def _csv_rows(self, at: Location, declared: Listed) -> tuple[list[dict[str, str]], list[int]]:
        path = self._file(declared.csv, at)
        text = io.StringIO(self._csv_text(at, path, declared.encoding), newline="")
        reader = csv.reader(text, delimiter=declared.delimiter, strict=True)
        rows: list[dict[str, str]] = []
        lines: list[int] = []
        try:
            header = [cell.strip() for cell in next(reader, [])]
            if len(set(header)) != len(header) or "" in header:
                raise ConfigurationError(f"{path}, line 1: a column without a name, or two with the same")
            for cells in reader:
                if cells and len(cells) != len(header):
                    problem = f"{len(cells)} fields, and the header has {len(header)}"
                    raise ConfigurationError(f"{path}, line {reader.line_num}: {problem}")
                if cells:
                    rows.append(dict(zip(header, cells, strict=True)))
                    lines.append(reader.line_num)
        except csv.Error as error:
            raise ConfigurationError(f"{path}, line {reader.line_num}: {error}") from None
        return rows, lines

    def _csv_text(self, at: Location, path: Path, encoding: str) -> str:
        try:
            if path.stat().st_size > self.max_bytes:
                raise ConfigurationError(self.places.say(at, f"{path} is larger than {self.max_bytes} bytes"))
            return path.read_bytes().decode(encoding)
        except (OSError, UnicodeDecodeError, LookupError) as error:
            raise ConfigurationError(self.places.say(at, f"{path} can't be read: {error}")) from None
