"""Postings in doubt: what a person's giving up of a batch, or decision, makes of them (rules 2 and 8)."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import aside
from airflow_provider_mlconnector.engine.rules import ItemKind
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.ledger import claims, postings
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.clock import shared_now
from airflow_provider_mlconnector.ledger.exceptions import ExceptionItem, Opened


def give_up(connection: Connection, batch: Batch, seq: int) -> None:
    """Records of a batch that is abandoned: in doubt where an intent stands, else read again by the next poll."""
    begun = {posting.record_hash for posting in postings.intents_of(connection, batch.id)}
    opened = []
    for key, shown in claims.unfinished(connection, batch.id):
        kind, reason = ItemKind.RETRY, f"batch {batch.id} was abandoned before it was posted"
        if key in begun:
            kind = ItemKind.DOUBT
            reason = f"batch {batch.id} was abandoned while this record was being posted; does the target have it?"
        opened.append(Opened(key, shown, kind, reason))
    aside.set_aside(connection, batch, seq, opened)


def decide(connection: Connection, item: ExceptionItem, comment: str, *, arrived: bool) -> None:
    """A person says whether the target has a record that was being posted.

    Raises:
        ConfigurationError: the target has answered otherwise since, or its call may still be at work.
    """
    for posting in postings.of_record(connection, item.batch_id or 0, item.key_hash):
        if posting.state == postings.CONFIRMED and not arrived:
            raise ConfigurationError(
                f"the target has answered that it has {posting.key} ({posting.target_key or posting.answer}).",
                "Say --at-target yes.",
            )
        if posting.state != postings.INTENT:
            continue
        if not arrived and posting.settled_at > shared_now(connection):
            raise ConfigurationError(
                f"the call that posts {posting.key} may still be at work until {posting.settled_at} UTC.",
                "Look at the target again after that, then decide.",
            )
        becomes = postings.CONFIRMED if arrived else postings.DEAD
        postings.end(connection, posting.key_hash, posting.attempt, becomes, answer=comment)
