"""What the ledger knows of records and of documents at a target: posted when and as what, or what holds them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from airflow_provider_mlconnector.ledger import batches, exceptions, lanes, postings
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.ledger.postings import Posting


@dataclass(frozen=True)
class Whereabouts:
    """What is known of one record.

    Attributes:
        posted_at: when the target was known to have it, UTC; None where it is not.
        target_key: what the target calls it, such as a journal.
        own_id: ours of the last attempt.
        run_id: the run of the last attempt.
        held_by: why it can't go on; empty where nothing holds it up.
    """

    posted_at: datetime | None = None
    target_key: str = ""
    own_id: str = ""
    run_id: str = ""
    held_by: str = ""


def of_records(ledger: Ledger, name: LaneName, key_hashes: Sequence[bytes]) -> dict[bytes, Whereabouts]:
    """What a lane knows of records; those that it has never held are left out."""
    with ledger.read() as connection:
        lane = lanes.find(connection, name)
        tried = postings.of_records(connection, lane.id, key_hashes) if lane else {}
        items = exceptions.open_of_lane(connection, lane.id) if lane else {}
        runs = {one.batch_id: batches.get(connection, one.batch_id) for one in tried.values()}
    known = {batch_id: batch.run_id for batch_id, batch in runs.items() if batch}
    wanted = [key for key in key_hashes if key in tried or key in items]
    return {key: _known(tried.get(key), items.get(key), known) for key in wanted}


def of_documents(ledger: Ledger, company: str, keys: Sequence[str]) -> dict[str, Whereabouts]:
    """What any flow knows of documents at a company, by their keys there; those that none posted are left out."""
    with ledger.read() as connection:
        tried = postings.of_keys(connection, company, keys)
        runs = {one.batch_id: batches.get(connection, one.batch_id) for one in tried.values()}
    known = {batch_id: batch.run_id for batch_id, batch in runs.items() if batch}
    return {key: _known(one, None, known) for key, one in tried.items()}


def _known(posting: Posting | None, item: ExceptionItem | None, runs: dict[int, str]) -> Whereabouts:
    held = f"exception {item.id} ({item.kind}): {item.reason}" if item else ""
    if posting is None:
        return Whereabouts(held_by=held)
    if posting.state == postings.INTENT and not held:
        held = "its posting has begun, and no answer is known"
    there = posting.state == postings.CONFIRMED
    return Whereabouts(
        posting.ended_at if there else None,
        posting.target_key,
        posting.own_id,
        runs.get(posting.batch_id, ""),
        held,
    )
