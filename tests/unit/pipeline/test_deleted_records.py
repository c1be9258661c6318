"""Deleted records in the files of the example flow: a key and a status, or an exception that says why not."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest

from airflow_provider_mlconnector.mapping.apply import MappedChunk
from airflow_provider_mlconnector.operators.declared_files import mapper_of
from airflow_provider_mlconnector.streams.fingerprint import with_fingerprints
from airflow_provider_mlconnector.systems.intacct.deletions import Deletion, as_page
from airflow_provider_mlconnector.systems.intacct.streams import shipped
from tests.support.pages import ROOT

KEYS = {"vendors": "Vendor", "classes": "Class", "departments": "Department", "gl_accounts": "Account",
        "locations": "Location"}  # fmt: skip


def mapped(stream: str, form: str) -> MappedChunk:
    """A deleted record and one that is still there, through the example flow's mapping."""
    declared = shipped()[stream]
    (key,) = declared.key
    gone = as_page([Deletion(("100",), datetime.fromisoformat("2026-03-31T12:00:00"), "somebody")], declared).rows
    there = {key: "200", "NAME": "Acme", "TITLE": "Acme", "STATUS": "active", "DELETED": False}
    rows = [{name: value for name, value in there.items() if name in declared.columns}]
    both = pa.concat_tables([gone, pa.Table.from_pylist(rows, schema=declared.schema())])
    mapper, _ = mapper_of(str(ROOT / "dags" / "intacct_to_sftp" / f"{stream}.{form}.mapping.yaml"), {})
    return mapper.apply(with_fingerprints(both, declared))


@pytest.mark.parametrize("stream", KEYS)
def test_a_deleted_record_is_its_key_and_a_status(stream: str) -> None:
    gone, there = mapped(stream, "rows").rows.drop_columns(["_key", "_key_hash"]).to_pylist()
    assert {name: value for name, value in gone.items() if value is not None} == {
        KEYS[stream]: "100",
        "Status": "deleted",
    }
    assert (there[KEYS[stream]], there["Status"]) == ("200", "active")


def test_an_838_can_not_say_that_a_vendor_is_deleted() -> None:
    chunk = mapped("vendors", "838")
    assert chunk.rows["status"].to_pylist() == ["A"]
    (refused,) = chunk.rejected
    assert refused.key == "100"
    assert refused.reason.startswith("status: 'deleted' is none of active, inactive")
