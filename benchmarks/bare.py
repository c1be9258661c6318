"""The bare limit: the same pages, decoded with exact decimals and written as CSV, and nothing else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.csv
import pyarrow.json

from airflow_provider_mlconnector.streams.declaration import StreamDeclaration


def bare_limit(at: dict[str, Any], declared: StreamDeclaration, file: Path) -> int:
    """Fetch by key, decode, write; returns the number of rows."""
    schema = declared.schema()
    page_schema = pa.schema([("value", pa.list_(pa.struct(list(schema))))])
    parse = pyarrow.json.ParseOptions(
        explicit_schema=page_schema, newlines_in_values=True, unexpected_field_behavior="ignore"
    )
    rows, last = 0, ""
    client = httpx.Client(auth=(at["odata_user"], at["odata_password"]), timeout=60)
    url = f"{at['odata_base_url']}/{at['company']}/{declared.table}"
    with client, pyarrow.csv.CSVWriter(file, schema) as writer:
        while True:
            body = client.get(url, params=_query(schema.names, last)).content
            read = pyarrow.json.ReadOptions(block_size=len(body) + 64, use_threads=False)
            page = pyarrow.json.read_json(io.BytesIO(body), read_options=read, parse_options=parse)
            table = pa.Table.from_struct_array(page["value"].combine_chunks().flatten())
            if table.num_rows == 0:
                return rows
            writer.write_table(table.select(schema.names))
            rows += table.num_rows
            end = table.slice(table.num_rows - 1).to_pylist()[0]
            last = " and Invoice gt ".join((f"(Supplier eq {_quoted(end['Supplier'])}", f"{_quoted(end['Invoice'])})"))
            last = f"Supplier gt {_quoted(end['Supplier'])} or {last}"


def _query(columns: list[str], after: str) -> dict[str, str]:
    query = {"$select": ",".join(columns), "$orderby": "Supplier,Invoice", "$top": "5000"}
    return {**query, "$filter": after} if after else query


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
