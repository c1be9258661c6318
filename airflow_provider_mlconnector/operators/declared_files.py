"""Mappings and layouts as DAG authors name them: a file beside the DAG, or an Airflow Variable."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_mlconnector.formats.layout import Layout
    from airflow_provider_mlconnector.mapping.apply import Mapper

VARIABLE = "variable:"


def mapper_of(named: str, parameters: Mapping[str, str]) -> tuple[Mapper, str]:
    """A mapping, ready to be applied, and its fingerprint.

    Args:
        named: a file's path, or `variable:NAME` for an Airflow Variable, which Airflow stores encrypted.
        parameters: values that its rules may name.

    Raises:
        ConfigurationError: it can't be read, or is wrong; the message names file, line and field.
    """
    from airflow_provider_mlconnector.mapping.apply import Mapper
    from airflow_provider_mlconnector.mapping.load import load_mapping

    declaration = load_mapping(_source(named), named)
    return Mapper(declaration, parameters), declaration.fingerprint()


def layout_of(named: str) -> tuple[Layout, str]:
    """A layout and the fingerprint of its text; `named` as for `mapper_of`.

    Raises:
        ConfigurationError: it can't be read, or is wrong.
    """
    from airflow_provider_mlconnector.formats.layout import load_layout

    source = _source(named)
    layout = load_layout(source, named)
    text = source if isinstance(source, str) else source.read_text(encoding="utf-8")
    return layout, sha256(text.encode()).hexdigest()


def _source(named: str) -> Path | str:
    if not named.startswith(VARIABLE):
        return Path(named)
    from airflow.sdk import Variable

    return str(Variable.get(named.removeprefix(VARIABLE)))
