"""Who rechecks the cause of an exception: the mapping, or the system that is posted into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from airflow_provider_mlconnector.operators.poll import PollOperator

MAPPING = """mapping: invoices
fields:
  Currency: {from: Currency, valid: currencies}
valid_targets:
  currencies: [EUR]
"""


def test_each_kind_of_cause_is_rechecked_by_its_own(tmp_path: Path) -> None:
    mapping = tmp_path / "invoices.mapping.yaml"
    mapping.write_text(MAPPING)
    asked: list[str] = []

    def at_target() -> Callable[[str], bool]:
        def gone(cause: str) -> bool:
            asked.append(cause)
            return True

        return gone

    poll = PollOperator(task_id="poll", stream="x", source_conn_id="syspro", target="y", mapping=str(mapping))
    gone = poll.cause_gone(at_target)
    assert gone("posting:syspro:account:10-5500")
    assert gone("target:currencies:CHF#another mapping"), "the mapping has changed since"
    assert asked == ["posting:syspro:account:10-5500"]
