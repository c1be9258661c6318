"""The declared shape of a file, whatever its format: one loader for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from airflow_provider_mlconnector.declared import Places, load
from airflow_provider_mlconnector.formats.csv_layout import CsvLayout
from airflow_provider_mlconnector.formats.fixed_layout import FixedWidthLayout

Layout = CsvLayout | FixedWidthLayout
_LAYOUTS: dict[str, type[CsvLayout | FixedWidthLayout]] = {"csv": CsvLayout, "fixed_width": FixedWidthLayout}


class _Format(BaseModel):
    format: Literal["csv", "fixed_width"]


def load_layout(source: Path | str, name: str = "") -> Layout:
    """Read a layout from YAML and check it; its `format` says which fields it may have.

    Args:
        source: a file, or the text itself.
        name: how messages call a text that has no file.

    Raises:
        ConfigurationError: what is wrong, with file, line and field.
    """
    declared = load(source, _Format, name)
    layout = load(source, _LAYOUTS[declared.format], name)
    return layout.placed(Places.of_source(source, name))
