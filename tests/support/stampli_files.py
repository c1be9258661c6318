"""Stampli's files as the connector reads them, by the templates that come with the package."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from airflow_provider_mlconnector.formats.inbound.read import read
from airflow_provider_mlconnector.formats.inbound.template import Template
from airflow_provider_mlconnector.pipeline.stampli_files import shipped_template


def records_in(files: Mapping[str, bytes], template: str | Template = "invoices") -> tuple[list[Any], list[str]]:
    """The records of files as the connector reads them, and the reasons of those that it can't read."""
    of = shipped_template(template) if isinstance(template, str) else template
    pages = list(read(of, {part: BytesIO(data) for part, data in files.items()}))
    return (
        [row for page in pages for row in page.rows.to_pylist()],
        [rejected.reason for page in pages for rejected in page.rejected],
    )


def in_file(path: Path, template: str = "invoices") -> tuple[list[Any], list[str]]:
    """As `records_in`, of one file on disk."""
    return records_in({"": path.read_bytes()}, template)
