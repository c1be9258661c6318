"""What people declare in YAML (streams, mappings, layouts, calendars), loaded and checked.

A mistake is reported with the file, the line and the field, as an editor would show it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from airflow_provider_mlconnector.errors import ConfigurationError


class Declared(BaseModel):
    """Base of everything that people declare: unknown fields are mistakes, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]


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
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{shown}: not valid YAML: {error}") from None
    try:
        return model.model_validate(raw if raw is not None else {})
    except ValidationError as error:
        lines = _lines(root)
        problems = [_problem(shown, lines, problem) for problem in error.errors()]
        raise ConfigurationError("\n".join(problems)) from None


def _read(source: Path | str, name: str) -> tuple[str, str]:
    if isinstance(source, str):
        return source, name or "declaration"
    try:
        return source.read_text(encoding="utf-8"), str(source)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{source}: can't be read: {error}") from None


def _lines(node: yaml.Node | None, at: Location = ()) -> dict[Location, int]:
    if node is None:
        return {}
    found = {at: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, str(key.value))
            found |= _lines(value, here)
            found[here] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found |= _lines(value, (*at, index))
    return found


def _problem(shown: str, lines: dict[Location, int], problem: Any) -> str:
    location: Location = tuple(problem["loc"])
    known = location
    # A union's tag or a missing field has no line of its own: the nearest enclosing one is shown.
    while known and known not in lines:
        known = known[:-1]
    field = ".".join(str(part) for part in location) or "document"
    return f"{shown}, line {lines.get(known, 1)}, {field}: {problem['msg']}"
