"""Reads texts by a template written as YAML."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_mlconnector.formats.inbound.read import read
from airflow_provider_mlconnector.formats.inbound.template import Template, load
from airflow_provider_mlconnector.streams.source import RejectedRow

INVOICES = load("""
entity: invoices
format: csv
key: [vendor, number]
line_key: [line]
fields:
  vendor: {required: true}
  number: {aliases: ["Invoice #", Bill Number], required: true, normalise: [upper, spaces]}
  date: {type: date}
  total: {type: "decimal(18,2)", required: true}
  tax: {type: "decimal(18,2)"}
  status: {normalise: [upper]}
line_fields:
  line: {type: integer, required: true}
  account: {}
  amount: {type: "decimal(18,2)", required: true}
  text: {}
sums: {total: total, line: amount, tax: tax}
statuses: {field: status}
""")
TITLES = "vendor,number,date,total,tax,status,line,account,amount,text"


@dataclass
class Read:
    rows: list[dict[str, Any]]
    rejected: list[RejectedRow]

    @property
    def reasons(self) -> list[str]:
        return [row.reason for row in self.rejected]


def changed(template: Template, **fields: Any) -> Template:
    """The template with other settings, checked anew."""
    return Template.model_validate({**template.model_dump(exclude_unset=True), **fields})


def read_bytes(template: Template, files: bytes | Mapping[str, bytes], chunk_rows: int = 10_000) -> Read:
    named = {"": files} if isinstance(files, bytes) else files
    opened = {name: io.BytesIO(content) for name, content in named.items()}
    done = Read([], [])
    for page in read(template, opened, chunk_rows=chunk_rows):
        assert page.rows.schema == template.schema()
        assert page.rows.num_rows <= chunk_rows
        done.rows += page.rows.to_pylist()
        done.rejected += page.rejected
    return done


def read_lines(template: Template, *lines: str, encoding: str = "utf-8") -> Read:
    return read_bytes(template, "\r\n".join([*lines, ""]).encode(encoding))
