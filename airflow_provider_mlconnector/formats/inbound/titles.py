"""Which column of a file holds which field, found by the titles."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_mlconnector.formats.inbound.refused import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.template import InboundField, loose

_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class TitleRow:
    """A row of titles.

    Attributes:
        cells: the titles, those without text at the end left out.
        line: the line on which it begins, from 1.
        end: the bytes of the file, in UTF-8, up to the end of the row.
        end_line: the number of the line that follows.
    """

    cells: tuple[str, ...]
    line: int
    end: int
    end_line: int


def first_rows(head: bytes, delimiter: str) -> Iterator[TitleRow]:
    """The rows at the beginning of a file; blank ones are left out.

    Args:
        head: the beginning of the text in UTF-8; its last row may be cut.
        delimiter: between two cells.
    """
    read: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(head.decode("utf-8", "ignore"), newline=""):
            read.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    begun, end = 1, 0
    try:
        for row in reader:
            end += sum(len(line.encode()) for line in read)
            read.clear()
            cells = list(row)
            while cells and not cells[-1].strip():
                cells.pop()
            if cells:
                yield TitleRow(tuple(cells), begun, end, reader.line_num + 1)
            begun = reader.line_num + 1
    except csv.Error:
        return


def sniffed(head: bytes, known: set[str]) -> str:
    """The delimiter by which the first row has most known titles, or else most cells.

    Args:
        head: the beginning of the text in UTF-8.
        known: the spellings of titles, loosely.
    """

    def found(delimiter: str) -> tuple[int, int]:
        cells = next(first_rows(head, delimiter), TitleRow((), 1, 0, 1)).cells
        return sum(loose(cell) in known for cell in cells), len(cells)

    return max(_DELIMITERS, key=found)


def known_titles(*groups: Mapping[str, InboundField]) -> set[str]:
    """The spellings of all fields that stand in a file."""
    return {s for fields in groups for name, field in fields.items() if field.in_file for s in field.titles(name)}


def places(titles: Sequence[str], *groups: Mapping[str, InboundField]) -> list[dict[str, int]]:
    """Where the fields of each group stand.

    Args:
        titles: the titles of a file's columns.
        groups: fields by name.

    Returns:
        For each group the column, from 0, of each field that the file holds.

    Raises:
        FileRefusedError: the column of a required field is missing, or two columns are the same field's.
    """
    read = [loose(title) for title in titles]
    found, missing = [], []
    for fields in groups:
        of_group = {}
        for name, field in fields.items():
            columns = [place for place, title in enumerate(read) if title in field.titles(name)]
            if not field.in_file or not columns:
                continue
            if len(columns) > 1:
                shown = " and ".join(f"'{titles[place]}'" for place in columns)
                raise FileRefusedError(f"The columns {shown} are both {name}.", "Name one of them in the template.")
            of_group[name] = columns[0]
        found.append(of_group)
        missing += [name for name in fields if not _is_there(fields, name, of_group)]
    if missing:
        unknown = [title for title, known in zip(titles, read, strict=True) if known not in known_titles(*groups)]
        raise FileRefusedError(
            f"The file has no column for {', '.join(missing)}; columns that the template does not know: "
            f"{', '.join(unknown) or 'none'}; columns of the file: {', '.join(titles)}.",
            "Add the new titles to the aliases in the template, or ask the sender for the columns.",
        )
    return found


def _is_there(fields: Mapping[str, InboundField], name: str, found: Mapping[str, int]) -> bool:
    field = fields[name]
    if not field.required or field.constant or field.default:
        return True
    return any(source in found or not fields[source].in_file for source in (field.first_of or (name,)))
