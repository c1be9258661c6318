"""The peer, run by `.venv-bench`: dlt's rest_api source with an incremental cursor, to CSV files."""

import base64
import json
import os
import sys

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
from dlt.sources.rest_api import rest_api_source

at, folder = json.loads(sys.argv[1]), sys.argv[2]
os.environ["DLT_DATA_DIR"] = f"{folder}/dlt"
token = base64.b64encode(f"{at['odata_user']}:{at['odata_password']}".encode()).decode()
source = rest_api_source(
    {
        "client": {
            "base_url": f"{at['odata_base_url']}/{at['company']}/",
            "headers": {"Authorization": f"Basic {token}"},
            "paginator": {
                "type": "offset",
                "limit": 5000,
                "limit_param": "$top",
                "offset_param": "$skip",
                "total_path": None,
                "stop_after_empty_page": True,
            },
        },
        "resources": [
            {
                "name": "ap_invoices",
                "primary_key": ["Supplier", "Invoice"],
                "write_disposition": "append",
                "endpoint": {
                    "path": "ApInvoice",
                    "data_selector": "value",
                    "params": {"$select": ",".join(at["columns"]), "$orderby": "Supplier,Invoice"},
                    "incremental": {
                        "cursor_path": "JournalDate",
                        "initial_value": "1900-01-01T00:00:00",
                        "on_cursor_value_missing": "include",
                    },
                },
            }
        ],
    }
)
pipeline = dlt.pipeline(
    pipeline_name="bench",
    pipelines_dir=f"{folder}/pipelines",
    destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/files"),
    dataset_name="bench",
)
pipeline.run(source, loader_file_format="csv")
