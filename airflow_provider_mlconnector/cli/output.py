"""Results as people read them, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]


def show(rows: Sequence[Row], output: str) -> None:
    """Print rows as an aligned table, or as a JSON list.

    Args:
        rows: all with the same columns.
        output: `table` or `json`.
    """
    if output == "json":
        print(json.dumps([{name: _plain(value) for name, value in row.items()} for row in rows], indent=2))
    elif not rows:
        print("none")
    else:
        _table([list(rows[0]), *([_text(value) for value in row.values()] for row in rows)])


def show_one(row: Row, output: str) -> None:
    """Print one thing, a line for each of its fields, or as a JSON object."""
    if output == "json":
        print(json.dumps({name: _plain(value) for name, value in row.items()}, indent=2))
    else:
        width = max(map(len, row))
        for name, value in row.items():
            print(f"{name:<{width}}  {_text(value)}".rstrip())


def _table(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


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
