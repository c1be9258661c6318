"""Declarations in YAML: mistakes are reported with file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from airflow_provider_mlconnector.declared import Declared, load
from airflow_provider_mlconnector.errors import ConfigurationError


class Inner(Declared):
    """A part of a declaration."""

    size: int = Field(ge=1)


class Outer(Declared):
    """A declaration."""

    name: str
    parts: tuple[Inner, ...] = ()


def test_a_declaration_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "outer.yaml"
    file.write_text("name: a\nparts:\n  - size: 1\n  - size: 2\n")
    assert [part.size for part in load(file, Outer).parts] == [1, 2]


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("name: a\nparts:\n  - size: 1\n  - size: 0\n", 4, "parts.1.size"),
        ("name: a\nnmae: b\n", 2, "nmae"),
        ("parts: []\n", 1, "name"),
        ("name: a\nparts:\n  - size: x\n", 3, "parts.0.size"),
        ("", 1, "name"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_field(tmp_path: Path, text: str, line: int, field: str) -> None:
    file = tmp_path / "outer.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file, Outer)
    assert f"{file}, line {line}, {field}:" in str(caught.value)


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match="line 1, name: stands twice, first here and again on line 3"):
        load("name: a\nparts: []\nname: b\n", Outer, "text")


def test_what_is_not_yaml_is_a_mistake_with_its_line() -> None:
    with pytest.raises(ConfigurationError, match="line 2"):
        load("name: a\n  b: [", Outer, "text")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.yaml"):
        load(tmp_path / "gone.yaml", Outer)
