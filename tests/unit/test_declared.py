"""Declarations in YAML: mistakes are reported with file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, field_validator

from airflow_provider_mlconnector.declared import Declared, load
from airflow_provider_mlconnector.errors import ConfigurationError


class Inner(Declared):
    """A part of a declaration."""

    size: int = Field(ge=1)

    @field_validator("size")
    @classmethod
    def _is_lucky(cls, size: int) -> int:
        if size == 7:
            raise ValueError("7 brings bad luck")
        return size


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\n  b: [", "line 2: not valid YAML: mapping values are not allowed here"),
        ("name: [a\nparts: b]", "line 2: not valid YAML: while parsing a flow sequence, expected"),
        ("name: a\nparts: \x07", "line 2: not valid YAML: character 0x07: special characters are not allowed"),
    ],
)
def test_what_is_not_yaml_is_one_sentence_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "outer.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file, Outer)
    assert str(caught.value).startswith(f"{file}, {said}")
    assert len(str(caught.value).splitlines()) == 1
    assert "unicode string" not in str(caught.value)


def test_a_check_of_our_own_is_told_in_its_own_words() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load("name: a\nparts:\n  - size: 7\n", Outer, "text")
    assert str(caught.value) == "text, line 3, parts.0.size: 7 brings bad luck"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.yaml"):
        load(tmp_path / "gone.yaml", Outer)
