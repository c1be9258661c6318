"""The streams that come with the provider, and those that a site declares itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import field_validator

from airflow_provider_mlconnector.declared import Declared, load
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration

_FOLDER = "declarations"


class SiteStreams(Declared):
    """A site's own file of streams.

    Attributes:
        streams: new streams in full; for a shipped one, only what differs: other fields take the place of the shipped
            ones, columns are added, and a column that is null is left out.
    """

    streams: tuple[StreamDeclaration, ...]

    @field_validator("streams", mode="before")
    @classmethod
    def _on_top_of_the_shipped(cls, given: Any) -> Any:
        if not isinstance(given, list | tuple):
            return given
        return [_merged(each) if isinstance(each, Mapping) else each for each in given]


@cache
def shipped() -> Mapping[str, StreamDeclaration]:
    """The streams that come with the provider, by name."""
    folder = resources.files(__package__) / _FOLDER
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            declaration = load(entry.read_text(encoding="utf-8"), StreamDeclaration, entry.name)
            found[declaration.stream] = declaration
    return MappingProxyType(found)


def load_streams(source: Path | str) -> Mapping[str, StreamDeclaration]:
    """The shipped streams with a site's own ones on top.

    Args:
        source: the site's YAML file, or its text.

    Raises:
        ConfigurationError: the file is wrong; the message names file, line and field.
    """
    own = load(source, SiteStreams, "streams").streams
    names = [declaration.stream for declaration in own]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigurationError(f"Streams declared twice: {', '.join(twice)}.", "Keep one of each.")
    return MappingProxyType({**shipped(), **{declaration.stream: declaration for declaration in own}})


def _merged(given: Mapping[str, Any]) -> dict[str, Any]:
    base = shipped().get(str(given.get("stream")))
    if base is None:
        return dict(given)
    merged = base.model_dump(exclude_unset=True) | dict(given)
    merged["columns"] = _columns(base.columns, given.get("columns"))
    own = given.get("lines")
    if base.lines is not None and isinstance(own, Mapping):
        whole = base.lines.model_dump(exclude_unset=True) | dict(own)
        merged["lines"] = whole | {"columns": _columns(base.lines.columns, own.get("columns"))}
    return merged


def _columns(base: Mapping[str, str], given: Any) -> Any:
    if given is None:
        return dict(base)
    if not isinstance(given, Mapping):
        return given
    return {name: kind for name, kind in {**base, **given}.items() if kind is not None}
