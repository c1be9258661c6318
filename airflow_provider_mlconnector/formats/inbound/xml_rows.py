"""Records of an XML file, one element after the other, with entities, doctype and network off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from airflow_provider_mlconnector.formats.inbound.paths import elements_at, local_name, split_path, values_at
from airflow_provider_mlconnector.formats.inbound.refused import FileRefusedError
from airflow_provider_mlconnector.formats.inbound.rows import BAD, DETAIL, GROUP, HEADER, LINE, RUN, Rows, with_groups
from airflow_provider_mlconnector.formats.inbound.template import InboundField, Template
from airflow_provider_mlconnector.formats.inbound.texts import clean

_AT_ONCE = 5_000
_LARGEST_RECORD = 32 * 1024 * 1024
_ASK = "Ask the sender for a whole, well-formed file."


def xml_rows(file: BinaryIO, template: Template) -> Iterator[Rows]:
    """The records of a file.

    Raises:
        FileRefusedError: it is not well-formed, has a doctype, or holds more than 32 MiB without the end of a record.
    """
    metered = _Metered(file, template.record)
    # lxml's own events of one tag only: whatever else there is costs no Python.
    events = etree.iterparse(
        metered,
        events=("end",),
        tag=f"{{*}}{template.record}",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    gathered, root, number = _Gathered(template), None, 0
    try:
        for _, record in events:
            metered.record_seen()
            if root is None:
                root = record.getroottree().getroot()
                if root.getroottree().docinfo.internalDTD is not None:
                    raise FileRefusedError("The file has a DOCTYPE, which is not allowed.", _ASK)
            number += 1
            gathered.add(record, root, number)
            _forget(record)
            if gathered.size >= _AT_ONCE:
                yield gathered.rows()
                gathered = _Gathered(template)
    except etree.XMLSyntaxError as error:
        raise FileRefusedError(f"The file is not well-formed XML: {error}.", _ASK) from None
    if number == 0:
        _refuse_other_documents(events.root, template)
    yield gathered.rows()


def _refuse_other_documents(root: etree._Element | None, template: Template) -> None:
    """A file without a single record: is it one of this kind that holds none, or another kind of file?"""
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise FileRefusedError("The file has a DOCTYPE, which is not allowed.", _ASK)
    others = sorted({local_name(child) for part in root for child in part if isinstance(child.tag, str)})
    if others:
        raise FileRefusedError(
            f"The file has no element {template.record}; it holds {', '.join(others[:10])}.",
            "Name the element of a record in the template.",
        )


def _forget(record: etree._Element) -> None:
    """Free what has been read; lxml would keep the whole document."""
    record.clear()
    parent = record.getparent()
    while parent is not None and record.getprevious() is not None:
        del parent[0]


class _Metered:
    """The file for the parser, which would keep all that is between two records."""

    def __init__(self, file: BinaryIO, record: str) -> None:
        self._file = file
        self._record = record
        self._since = 0

    def record_seen(self) -> None:
        self._since = 0

    def read(self, size: int) -> bytes:
        given = self._file.read(size)
        self._since += len(given)
        if self._since > _LARGEST_RECORD:
            raise FileRefusedError(
                f"More than {_LARGEST_RECORD // 1024**2} MiB of the file hold no end of an element {self._record}.",
                "Name the element of a record in the template.",
            )
        return given


class _Gathered:
    """Records and lines on their way to becoming columns."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._heads = _Columns(template.fields)
        self._lines = _Columns(template.line_fields)
        self.size = 0

    def add(self, record: etree._Element, root: etree._Element, number: int) -> None:
        self._heads.add(record, root, number)
        self.size += 1
        if self._template.line is not None:
            _, steps, _ = split_path(self._template.line)
            for line in elements_at(record, steps):
                self._lines.add(line, root, number)
                self.size += 1

    def rows(self) -> Rows:
        columns = with_groups(self._heads.columns(HEADER), self._template)
        records = pa.table(columns)
        if self._template.line is None:
            return Rows(records)
        lines = self._lines.columns(DETAIL)
        place = pc.index_in(lines[RUN], value_set=columns[RUN])
        return Rows(records, pa.table({**lines, GROUP: columns[GROUP].take(place)}))


class _Columns:
    """The texts of elements of one kind."""

    def __init__(self, fields: Mapping[str, InboundField]) -> None:
        self._paths = {name: field.xpath or name for name, field in fields.items() if field.in_file}
        self._texts: dict[str, list[str | None]] = {name: [] for name in self._paths}
        self._lines: list[int] = []
        self._runs: list[int] = []
        self._bad: list[str | None] = []

    def add(self, element: etree._Element, root: etree._Element, run: int) -> None:
        several = []
        for name, path in self._paths.items():
            values = values_at(element, root, path)
            self._texts[name].append(values[0] if values else None)
            if len(values) > 1:
                several.append(path)
        self._lines.append(int(str(element.sourceline or 0)))
        self._runs.append(run)
        self._bad.append(f"it has more than one {', '.join(several)}" if several else None)

    def columns(self, prefix: str) -> dict[str, pa.Array]:
        made = {prefix + name: clean(pa.array(texts, pa.string())) for name, texts in self._texts.items()}
        runs, at = pa.array(self._runs, pa.int64()), pa.array(self._lines, pa.int64())
        return {**made, LINE: at, RUN: runs, BAD: pa.array(self._bad, pa.string())}
