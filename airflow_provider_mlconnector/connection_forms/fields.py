"""The kinds of fields that connection forms have, as Airflow's provider info wants them."""

from __future__ import annotations

from typing import Any

Field = dict[str, Any]


def field(label: str, description: str, schema: dict[str, Any]) -> Field:
    """A field of a form."""
    return {"label": label, "description": description, "schema": schema}


def text(label: str, description: str, default: str | None = None, **schema: Any) -> Field:
    """A text, blank allowed."""
    return field(label, description, {"type": ["string", "null"], "default": default, **schema})


def secret(label: str, description: str) -> Field:
    """A text that is shown as dots and kept encrypted."""
    return text(label, description, format="password")


def count(label: str, description: str, default: int | None, minimum: int = 1, **schema: Any) -> Field:
    """A whole number, blank for its default."""
    kind = {"type": ["integer", "null"], "default": default, "minimum": minimum}
    return field(label, description, {**kind, **schema})


def switch(label: str, description: str, *, default: bool) -> Field:
    """A yes or no."""
    return field(label, description, {"type": ["boolean", "null"], "default": default})
