"""Texts in declarations: what YAML would read as something else has to stand in quotes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def _quoted(raw: Any) -> Any:
    if isinstance(raw, str):
        return raw
    raise ValueError(f"YAML reads this as {raw!r} ({type(raw).__name__}), not as text; write it in quotes")


def _one_as_several(raw: Any) -> Any:
    return [raw] if isinstance(raw, str) else raw


# GL codes and account numbers: 0100 without quotes is 64 to YAML, No is false, 2026-01-01 is a date.
Text = Annotated[str, BeforeValidator(_quoted)]
# One name, or a list of them.
Names = Annotated[tuple[Text, ...], BeforeValidator(_one_as_several)]
# A table's name is part of the causes that records wait for, where `:` and `#` separate.
TableName = Annotated[Text, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]
