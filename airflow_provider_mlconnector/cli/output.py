"""Results as people read them, or as JSON: lines, which `run` prints to stdout."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]
Lines = Iterable[str]


def listing(rows: Sequence[Row], output: str) -> list[str]:
    """Rows as the lines of an aligned table, or of a JSON list.

    Args:
        rows: all with the same columns.
        output: `table` or `json`.
    """
    if output == "json":
        return [json.dumps([{name: _plain(value) for name, value in row.items()} for row in rows], indent=2)]
    if not rows:
        return ["none"]
    return _table([list(rows[0]), *([_text(value) for value in row.values()] for row in rows)])


def single(row: Row, output: str) -> list[str]:
    """One thing, a line for each of its fields, or as a JSON object."""
    if output == "json":
        return [json.dumps({name: _plain(value) for name, value in row.items()}, indent=2)]
    width = max(map(len, row))
    return [f"{name:<{width}}  {_text(value)}".rstrip() for name, value in row.items()]


def _table(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, Mapping):
        return ", ".join(f"{name or 'total'} {_text(each)}" for name, each in value.items())
    if isinstance(value, bytes):
        return value.hex()
    return " ".join(str(value).split()) if isinstance(value, str) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return value.hex() if isinstance(value, bytes) else value
