"""The body of an OData page, and what can be wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.syspro.rendering import Renderer
from airflow_provider_mlconnector.sandbox.syspro.table import Hit

_MEGABYTE = 1 << 20
Cells = dict[str, str]
Options = Mapping[str, Any]


def _column(renderer: Renderer, options: Options, kind: str) -> str:
    """The column that a fault names, or the first one of its kind that is no key."""
    schema = renderer.table.schema
    fitting = (name for name in renderer.columns if schema.by_name[name].kind == kind and name not in schema.key)
    return str(options.get("column") or next(fitting, renderer.columns[-1]))


def _replace(kind: str, token: str, quoted_token: str = "") -> Callable[[Renderer, Cells, Options], None]:
    def spoil(renderer: Renderer, cells: Cells, options: Options) -> None:
        cells[_column(renderer, options, kind)] = quoted_token if quoted_token and renderer.style.quoted else token

    return spoil


def _without_key(renderer: Renderer, cells: Cells, _options: Options) -> None:
    for name in renderer.table.schema.key:
        cells.pop(name, None)


def _without_column(renderer: Renderer, cells: Cells, options: Options) -> None:
    cells.pop(_column(renderer, options, "text"), None)


_SPOILED: dict[str, Callable[[Renderer, Cells, Options], None]] = {
    "nan": _replace("number", "NaN", '"NaN"'),
    "long_number": _replace("number", "1" * 30, '"' + "1" * 30 + '"'),
    "bad_number": _replace("number", '"twelve"'),
    "null_cursor": _replace("date", "null"),
    "year_one_cursor": _replace("date", '"0001-01-01T00:00:00"'),
    "row_without_key": _without_key,
    "column_missing": _without_column,
}


def row_texts(renderer: Renderer, hits: list[Hit], active: Active) -> list[str]:
    """The rows of a page, spoiled as the faults say; a fault without `row` spoils the first one."""
    texts = renderer.texts(hits)
    spoiled: dict[int, Cells] = {}
    for name in _SPOILED.keys() & active.keys():
        place = int(active[name].get("row", 0))
        if place < len(hits):
            cells = spoiled.setdefault(place, renderer.cells(hits[place]))
            _SPOILED[name](renderer, cells, active[name])
    for place, cells in spoiled.items():
        texts[place] = renderer.joined(cells)
    if "new_column" in active:
        extra = json.dumps(str(active["new_column"].get("column", "NewColumn")))
        texts = [f'{text[:-1]},{extra}:"new"}}' for text in texts]
    return texts


def page_body(rows: list[str], context: str, total: int | None, link: str, active: Active) -> bytes:
    """A page as bytes.

    Args:
        rows: its rows.
        context: `@odata.context`; empty leaves it out.
        total: `@odata.count`; None leaves it out.
        link: `@odata.nextLink`; empty leaves it out.
        active: the faults.
    """
    head = [f'"@odata.context":{json.dumps(context)}'] if context else []
    head += [f'"@odata.count":{total}'] if total is not None else []
    tail = f',"@odata.nextLink":{json.dumps(link)}' if link else ""
    start = "{" + "".join(f"{part}," for part in head) + '"value":['
    body = f"{start}{','.join(rows)}]{tail}}}".encode()
    if "big_page" in active:
        size = int(active["big_page"].get("value", 50 * _MEGABYTE))
        body = body[:-1] + b" " * max(0, size - len(body)) + b"}"
    return body
