"""The declared shape of a file, whatever its format: rows of its own design, or sets of an EDI standard."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from airflow_provider_mlconnector.declared import Places, load
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.layout import Layout, load_layout

AnyLayout = Layout | EdiLayout


class _Format(BaseModel):
    format: Literal["csv", "fixed_width", "x12", "edifact"]


def load_any_layout(source: Path | str, name: str = "") -> AnyLayout:
    """Read a layout from YAML and check it; its `format` says which fields it may have.

    Args:
        source: a file, or the text itself.
        name: how messages call a text that has no file.

    Raises:
        ConfigurationError: what is wrong, with file, line and field.
    """
    if load(source, _Format, name).format in ("csv", "fixed_width"):
        return load_layout(source, name)
    return load(source, EdiLayout, name).placed(Places.of_source(source, name))
