"""Mappings, layouts and templates as DAG authors name them: a file beside the DAG, or an Airflow Variable."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_mlconnector.formats.any_layout import AnyLayout
    from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
    from airflow_provider_mlconnector.formats.inbound.template import Template
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


def layout_of(named: str, partner: str = "") -> tuple[AnyLayout, PartnerProfile | None, str]:
    """A layout, the trading partner's profile where one is named, and the fingerprint of both texts.

    Args:
        named: the layout, as for `mapper_of`.
        partner: the profile, likewise; empty for none.

    Raises:
        ConfigurationError: one of them can't be read, or is wrong.
    """
    from airflow_provider_mlconnector.formats.any_layout import load_any_layout
    from airflow_provider_mlconnector.formats.edi.profile import load_profile

    source = _source(named)
    layout, text = load_any_layout(source, named), _text(source)
    if not partner:
        return layout, None, sha256(text.encode()).hexdigest()
    agreed = _source(partner)
    return layout, load_profile(agreed, partner), sha256(f"{text}\0{_text(agreed)}".encode()).hexdigest()


def profile_of(named: str) -> PartnerProfile:
    """A partner profile; `named` as for `mapper_of`.

    Raises:
        ConfigurationError: it can't be read, or is wrong.
    """
    from airflow_provider_mlconnector.formats.edi.profile import load_profile

    return load_profile(_source(named), named)


def template_of(named: str) -> Template:
    """The template of files that come in.

    Args:
        named: as for `mapper_of`, or the name of a shipped one.

    Raises:
        ConfigurationError: it can't be read, or is wrong.
    """
    from airflow_provider_mlconnector.formats.inbound.template import load
    from airflow_provider_mlconnector.pipeline.stampli_files import shipped_template

    if named.startswith(VARIABLE) or named.endswith((".yaml", ".yml")):
        return load(_source(named), named)
    return shipped_template(named)


def _text(source: Path | str) -> str:
    return source if isinstance(source, str) else source.read_text(encoding="utf-8")


def _source(named: str) -> Path | str:
    if not named.startswith(VARIABLE):
        return Path(named)
    from airflow.sdk import Variable

    return str(Variable.get(named.removeprefix(VARIABLE)))
