"""Which of the records that come in as files may be posted."""

from __future__ import annotations

import pytest

from airflow_provider_mlconnector.pipeline.received_stream import stream_of
from airflow_provider_mlconnector.pipeline.stampli_files import shipped_template
from airflow_provider_mlconnector.streams.declaration import Condition, OnChange


@pytest.mark.parametrize(
    ("entity", "statuses", "on_change"),
    [
        ("invoices", ["APPROVED"], OnChange.EXCEPTION),
        ("payments", ["PAID"], OnChange.EXCEPTION),
        ("vendors", [], OnChange.SEND),
    ],
)
def test_documents_are_posted_in_one_status_alone_and_never_again_with_other_content(
    entity: str, statuses: list[str], on_change: OnChange
) -> None:
    template = shipped_template(entity)
    stream = stream_of(template)
    assert list(stream.claim_when) == [Condition(column="status", values=(status,)) for status in statuses]
    assert stream.on_change is on_change
    assert not statuses or template.fields["status"].required, "what says nothing of itself is not posted"
    assert "status" not in stream.version_columns or not statuses
