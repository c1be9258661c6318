"""The streams that come with one system, and those that a site declares on top of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import field_validator

from airflow_provider_mlconnector.declared import Declared, load
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.streams.declaration import StreamDeclaration

_FOLDER = "declarations"
# Fields that hold columns: a site adds some, or takes one away by declaring it as null.
_JOINED = ("extension", "lines")

Streams = Mapping[str, StreamDeclaration]


class SiteStreams(Declared):
    """A site's own file of streams.

    Attributes:
        streams: new streams in full; for a shipped one, only what differs: other fields take the place of the shipped
            ones, columns are added, and a column that is null is left out.
    """

    streams: tuple[StreamDeclaration, ...]


class ShippedStreams:
    """The streams of one system; read once, when they are first asked for.

    Args:
        package: the system's package, in whose folder `declarations` they lie.
    """

    def __init__(self, package: str) -> None:
        self._package = package

    def shipped(self) -> Streams:
        """The streams that come with the provider, by name."""
        return self._by_name

    def load_streams(self, source: Path | str) -> Streams:
        """The shipped streams with a site's own ones on top.

        Args:
            source: the site's YAML file, or its text.

        Raises:
            ConfigurationError: the file is wrong; the message names file, line and field.
        """
        own = load(source, self._site_model, "streams").streams
        names = [declaration.stream for declaration in own]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigurationError(f"Streams declared twice: {', '.join(twice)}.", "Keep one of each.")
        return MappingProxyType({**self.shipped(), **{declaration.stream: declaration for declaration in own}})

    @cached_property
    def _by_name(self) -> Streams:
        folder = resources.files(self._package) / _FOLDER
        found = {}
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(".yaml"):
                declaration = load(entry.read_text(encoding="utf-8"), StreamDeclaration, entry.name)
                found[declaration.stream] = declaration
        return MappingProxyType(found)

    @cached_property
    def _site_model(self) -> type[SiteStreams]:
        """The model of a site's file, which knows what its streams lie on top of."""
        shipped = self.shipped()

        class OnTopOfShipped(SiteStreams):
            @field_validator("streams", mode="before")
            @classmethod
            def _merge(cls, given: Any) -> Any:
                if not isinstance(given, list | tuple):
                    return given
                return [_merged(shipped, each) if isinstance(each, Mapping) else each for each in given]

        return OnTopOfShipped


def _merged(shipped: Streams, given: Mapping[str, Any]) -> dict[str, Any]:
    base = shipped.get(str(given.get("stream")))
    if base is None:
        return dict(given)
    merged = base.model_dump(exclude_unset=True) | dict(given)
    merged["columns"] = _columns(base.columns, given.get("columns"))
    for name in _JOINED:
        joined, own = getattr(base, name), given.get(name)
        if joined is not None and isinstance(own, Mapping):
            whole = joined.model_dump(exclude_unset=True) | dict(own)
            merged[name] = whole | {"columns": _columns(joined.columns, own.get("columns"))}
    return merged


def _columns(base: Mapping[str, str], given: Any) -> Any:
    if given is None:
        return dict(base)
    if not isinstance(given, Mapping):
        return given
    return {name: kind for name, kind in {**base, **given}.items() if kind is not None}
