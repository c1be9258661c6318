"""What people declare in YAML (streams, mappings, layouts, calendars), loaded and checked.

A mistake is reported with the file, the line and the field, as an editor would show it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from airflow_provider_mlconnector.declared_faults import Location, told
from airflow_provider_mlconnector.errors import ConfigurationError


class Declared(BaseModel):
    """Base of everything that people declare: unknown fields are mistakes, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Places:
    """The lines of one YAML text, by the path of what stands there.

    Attributes:
        shown: how messages call the text; empty for a declaration that was not read from a text.
        lines: line numbers, from 1, by path.
    """

    shown: str = ""
    lines: dict[Location, int] = field(default_factory=dict)

    @classmethod
    def of_source(cls, source: Path | str, name: str = "") -> Places:
        """Find the lines of what `load` takes.

        Raises:
            ConfigurationError: the file can't be read, or a key stands twice.
        """
        return cls.of(*_read(source, name))

    @classmethod
    def of(cls, text: str, shown: str) -> Places:
        """Find the lines of a valid YAML text.

        Raises:
            ConfigurationError: a key stands twice; YAML itself would silently keep the last one.
        """
        places = cls(shown)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            places.collect(root, ())
        return places

    def collect(self, node: yaml.Node, at: Location) -> None:
        """Enter a node and all below it.

        Raises:
            ConfigurationError: a key stands twice.
        """
        self.lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            self._collect_keys(node, at)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.collect(item, (*at, index))

    def _collect_keys(self, node: yaml.MappingNode, at: Location) -> None:
        for key, value in node.value:
            here = (*at, str(key.value))
            line = key.start_mark.line + 1
            # "<<" merges an anchor and may stand more than once.
            if here in self.lines and key.value != "<<":
                raise ConfigurationError(self.say(here, f"stands twice, first here and again on line {line}"))
            self.lines[here] = line
            self.collect(value, here)

    def line(self, path: Location) -> int:
        """The line of a path, or of the nearest one that encloses it."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return self.lines.get(known, 1)

    def say(self, path: Location, problem: str) -> str:
        """A problem as people read it: `file, line 3, fields.Account: ...`."""
        named = ".".join(str(part) for part in path) or "document"
        return f"{self.shown}, line {self.line(path)}, {named}: {problem}" if self.shown else f"{named}: {problem}"


def load(source: Path | str, model: type[Model], name: str = "") -> Model:
    """Read one YAML document and check it against a model.

    Args:
        source: a file, or the text itself (an Airflow Variable's value, for example).
        model: the pydantic model that says what is allowed.
        name: how messages call a text that has no file.

    Returns:
        The checked model.

    Raises:
        ConfigurationError: the file can't be read, is not YAML, or does not fit the model.
    """
    text, shown = _read(source, name)
    try:
        places = Places.of(text, shown)
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{shown}, {_not_yaml(error, text)}") from None
    try:
        return model.model_validate(raw if raw is not None else {})
    except ValidationError as error:
        raise ConfigurationError("\n".join(places.say(*found) for found in told(error, model))) from None


def _not_yaml(error: yaml.YAMLError, text: str) -> str:
    """Line and problem; YAML's own text has several lines, and names no file."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        problem = ", ".join(said for said in (error.context, error.problem) if said)
        return f"line {error.problem_mark.line + 1}: not valid YAML: {problem}"
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"line {line}: not valid YAML: character {error.character:#04x}: {error.reason}"
    return f"not valid YAML: {' '.join(str(error).split())}"


def _read(source: Path | str, name: str) -> tuple[str, str]:
    if isinstance(source, str):
        return source, name or "declaration"
    try:
        return source.read_text(encoding="utf-8"), str(source)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{source}: can't be read: {error}") from None
