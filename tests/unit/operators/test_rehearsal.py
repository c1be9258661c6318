"""A dry run: it shows what would be posted and what SYSPRO says of it, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from airflow_provider_mlconnector.ledger import batches, exceptions, lanes, postings
from tests.support.stampli_flow import StampliFlow, line, stampli_flow


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[StampliFlow]:
    with stampli_flow(tmp_path) as made:
        yield made


def rehearsed(flow: StampliFlow, run: str) -> list[str]:
    """What the log shows of a dry run, one text a document."""
    with capture_logs() as logged:
        flow.run(run, rehearse=True)
    return [str(one["event"]) for one in logged if str(one["event"]).startswith("dry run, nothing is posted")]


def states(flow: StampliFlow) -> list[str]:
    with flow.ledger.read() as connection:
        return [each.state for each in batches.listed(connection, None, 10)]


def test_it_shows_the_xml_and_the_answer_and_posts_nothing(flow: StampliFlow) -> None:
    flow.export("invoices_1.csv", line("INV-1"), line("INV-2", "20.00"))
    one, other = rehearsed(flow, "1")
    assert "supplier 0009001, invoice INV-1: Transaction/Post APSTIN" in one
    for element in (
        "<Invoice>INV-1</Invoice>",
        "<LedgerCode>10-5500</LedgerCode>",
        "<LedgerValue>100.00</LedgerValue>",
    ):
        assert element in one
    assert "<ValidateOnly>N</ValidateOnly>" in one, "it shows the parameters that a posting would have"
    assert "SYSPRO: valid" in one
    assert "<TransactionValue>20.00</TransactionValue>" in other
    assert flow.booked() == []
    assert len(flow.posts()) == 2, "SYSPRO was asked about each"


def test_it_says_what_syspro_would_refuse(flow: StampliFlow) -> None:
    flow.export("invoices_1.csv", line("INV-1", supplier="0009999"))
    (shown,) = rehearsed(flow, "1")
    assert "SYSPRO: refused:" in shown
    assert flow.booked() == []


def test_nothing_is_frozen_remembered_or_committed(flow: StampliFlow) -> None:
    flow.export("invoices_1.csv", line("INV-1"), line("INV-2"))
    assert flow.run("1", rehearse=True) == {"rehearsed": 2}
    assert states(flow) == [batches.STAGED]
    with flow.ledger.read() as connection:
        (lane,) = lanes.every(connection)
        assert (lane.watermark, exceptions.open_of_lane(connection, lane.id)) == ("", {})
        assert postings.listed(connection, {}, 10) == []


def test_the_next_run_reads_the_records_again_and_posts_them(flow: StampliFlow) -> None:
    flow.export("invoices_1.csv", line("INV-1"), line("INV-2"))
    flow.run("1", rehearse=True)
    flow.run("2", rehearse=True)
    assert flow.booked() == []
    assert flow.run("3")["counts"]["sent"] == 2
    assert flow.booked() == [("INV-1", "100.00"), ("INV-2", "100.00")]
    assert states(flow) == [batches.COMMITTED, batches.SUPERSEDED, batches.SUPERSEDED]
    assert flow.run("4", rehearse=True) == {"rehearsed": 0}


def test_a_dry_run_that_is_cleared_and_run_for_good_posts_its_own_batch(flow: StampliFlow) -> None:
    flow.export("invoices_1.csv", line("INV-1"))
    flow.run("1", rehearse=True)
    flow.post("1")
    assert flow.commit("1")["counts"]["sent"] == 1
    assert flow.booked() == [("INV-1", "100.00")]
