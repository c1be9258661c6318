"""Stampli's files as the engine takes them in: the connection's settings for one kind of record."""

from __future__ import annotations

from pathlib import Path

from airflow_provider_mlconnector.engine.receiving import Intake
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.inbound.template import Template, load
from airflow_provider_mlconnector.ledger.inbox import Place
from airflow_provider_mlconnector.systems import stampli
from airflow_provider_mlconnector.systems.stampli.config import StampliConfig

_TEMPLATES = Path(stampli.__file__).parent / "templates"


def intake_of(conn_id: str, config: StampliConfig, entity: str) -> Intake:
    """How one kind of file comes in.

    Args:
        conn_id: the connection's id, which the files are remembered by.
        config: the connection's settings.
        entity: what their records are, such as `invoices`.
    """
    return Intake(
        place=Place(conn_id, config.outbound(entity), entity),
        named=lambda name: config.named(entity, name),
        settle=config.settle_seconds,
        trigger_endings=config.trigger_endings,
        largest=config.max_file_mb * 1_000_000,
        archive=config.archive,
        archive_folder=config.archive_folder,
    )


def shipped_template(name: str) -> Template:
    """A template of the neutral layout that comes with this package.

    Raises:
        ConfigurationError: there is none of this name; the message names them.
    """
    there = {path.stem: path for path in _TEMPLATES.glob("*.yaml")}
    if name not in there:
        raise ConfigurationError(
            f"there is no template '{name}'; there are {', '.join(sorted(there)) or 'none'}.",
            "Write one as YAML, and name that file as template.",
        )
    return load(there[name])
