"""The ledger's tables, readable by SQL: what was read, sent, posted, acknowledged, and what waits for a person.

Times are UTC without an offset. Cursors and watermarks are text in the source's form. Hashes are 16 bytes (BLAKE2b).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from airflow_provider_mlconnector.ledger.columns import Hash, Id, metadata
from airflow_provider_mlconnector.ledger.exchanged import (
    allotment,
    counter,
    delivery,
    inbox_file,
    inbox_reader,
    interchange,
    interchange_set,
    received_file,
)

__all__ = [
    "alert",
    "allotment",
    "audit_event",
    "batch",
    "claim",
    "counter",
    "delivery",
    "exception_item",
    "inbox_file",
    "inbox_reader",
    "interchange",
    "interchange_set",
    "lane",
    "lease",
    "ledger",
    "metadata",
    "posting",
    "received_file",
    "run_window",
    "watermark_history",
]

ledger = Table(
    "ledger",
    metadata,
    Column("id", String(36), primary_key=True, comment="Stands in every marker beside the staging"),
    Column("created_at", DateTime, nullable=False),
)

lane = Table(
    "lane",
    metadata,
    Column("id", Id, primary_key=True),
    Column("flow", String(250), nullable=False),
    Column("stream", String(250), nullable=False),
    Column("target", String(250), nullable=False),
    Column("partition", String(250), nullable=False, server_default=""),
    Column("seq", BigInteger, nullable=False, server_default="0", comment="Counts every change of this lane"),
    Column("generation", Integer, nullable=False, server_default="1", comment="A rewind begins a new one"),
    Column("watermark", String(64), nullable=False, server_default="", comment="Empty before the first commit"),
    Column(
        "accepted",
        Text,
        nullable=False,
        server_default="",
        comment="Ids of other ledgers in whose place a person has accepted this one, for this lane",
    ),
    UniqueConstraint("flow", "stream", "target", "partition"),
)

watermark_history = Table(
    "watermark_history",
    metadata,
    Column("id", Id, primary_key=True),
    Column("lane_id", ForeignKey("lane.id"), nullable=False, index=True),
    Column("seq", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("watermark", String(64), nullable=False),
    Column("batch_id", Id),
    Column("run_id", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    Column("at", DateTime, nullable=False),
)

run_window = Table(
    "run_window",
    metadata,
    Column("lane_id", ForeignKey("lane.id"), primary_key=True),
    Column("run_id", Text, primary_key=True),
    Column("low", String(64), nullable=False),
    Column("high", String(64), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("backfill", Boolean, nullable=False),
    Column("opened_at", DateTime, nullable=False),
)

batch = Table(
    "batch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("lane_id", ForeignKey("lane.id"), nullable=False),
    Column("run_id", Text, nullable=False),
    Column("dag_id", String(250), nullable=False),
    Column("state", String(12), nullable=False, comment="staged, sending, committed, superseded or abandoned"),
    Column("folder", String(250), nullable=False, comment="Where it lies, below the staging path"),
    Column("manifest_sha256", String(64), nullable=False),
    Column("low", String(64), nullable=False),
    Column("high", String(64), nullable=False),
    Column("safe_to", String(64), comment="The greatest cursor read within the window; null moves no watermark"),
    Column("generation", Integer, nullable=False),
    Column("hash_version", Text, nullable=False, comment="What its version hashes are made of"),
    Column("began_seq", BigInteger, nullable=False),
    Column("claimed_seq", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("output", JSON, comment="What the format step made, fixed by the freeze"),
    Column("created_at", DateTime, nullable=False),
    Column("frozen_at", DateTime),
    Column("ended_at", DateTime),
    Column("expired_at", DateTime, comment="When its staging was removed"),
    Index("ix_batch_lane_state", "lane_id", "state"),
    Index("ix_batch_lane_run", "lane_id", "run_id"),
)

claim = Table(
    "claim",
    metadata,
    Column("lane_id", ForeignKey("lane.id"), primary_key=True),
    Column("key_hash", Hash, primary_key=True),
    Column("batch_id", ForeignKey("batch.id"), primary_key=True),
    Column("version_hash", Hash, nullable=False),
    Column("key", Text, nullable=False, comment="The record's key, values joined by '/'"),
    Column(
        "mark", SmallInteger, nullable=False, server_default="0", comment="0 as its batch, 1 set aside, 2 confirmed"
    ),
    Column(
        "is_open", Boolean, nullable=False, server_default=text("false"), comment="Still open at the source when read"
    ),
    Column("output", SmallInteger, comment="Which of the batch's files holds it, where there are several; -1: some"),
    Column("document_hash", Hash, comment="What its receiver calls it, where the stream says that no two may share it"),
    Index("ix_claim_batch", "batch_id", "mark"),
    Index(
        "ix_claim_document",
        "lane_id",
        "document_hash",
        sqlite_where=text("document_hash IS NOT NULL"),
        postgresql_where=text("document_hash IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

exception_item = Table(
    "exception_item",
    metadata,
    Column("id", Id, primary_key=True),
    Column("lane_id", ForeignKey("lane.id"), nullable=False),
    Column("key_hash", Hash, nullable=False),
    Column(
        "key", Text, nullable=False, comment="The record's key, values joined by '/'; empty where it could not be read"
    ),
    Column("state", String(8), nullable=False, comment="open or closed"),
    Column(
        "kind",
        String(12),
        nullable=False,
        comment="waiting, mapping, retry, changed, unreadable, vanished, doubt, rejected or twin",
    ),
    Column("reason", Text, nullable=False),
    Column("cause", Text, nullable=False, server_default="", comment="What has to change, in a form that is rechecked"),
    Column("blocker_batch_id", Id),
    Column("version_hash", Hash),
    Column("opened_seq", BigInteger, nullable=False),
    Column("batch_id", Id, comment="The batch that it came out of"),
    Column("run_id", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime),
    Column("retry_requested", Boolean, nullable=False, server_default=text("false")),
    Column("opened_at", DateTime, nullable=False),
    Column("closed_at", DateTime),
    Column("closed_by", Text, nullable=False, server_default=""),
    Column("comment", Text, nullable=False, server_default=""),
    Index(
        "uq_exception_item_open",
        "lane_id",
        "key_hash",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)

posting = Table(
    "posting",
    metadata,
    Column("key_hash", Hash, primary_key=True, comment="Of target company, kind and business key; no lane in it"),
    Column("attempt", Integer, primary_key=True),
    Column("company", String(250), nullable=False),
    Column("kind", String(50), nullable=False),
    Column("key", Text, nullable=False),
    Column("version_hash", Hash, nullable=False),
    Column("lane_id", ForeignKey("lane.id"), nullable=False),
    Column("batch_id", ForeignKey("batch.id"), nullable=False),
    Column("record_hash", Hash, nullable=False, comment="Of the record's key in its lane, as in claim"),
    Column("own_id", String(50), nullable=False, comment="Ours, of this attempt, kept by the target where it can"),
    Column("state", String(10), nullable=False, comment="intent, confirmed, rejected or dead"),
    Column("intent_at", DateTime, nullable=False),
    Column("settled_at", DateTime, nullable=False, comment="When no call of it can have an effect any more"),
    Column("ended_at", DateTime),
    Column("target_key", Text, nullable=False, server_default="", comment="What the target calls it"),
    Column("answer", Text, nullable=False, server_default=""),
    Index("ix_posting_lane_batch", "lane_id", "batch_id"),
    Index("ix_posting_key", "key"),
)

lease = Table(
    "lease",
    metadata,
    Column("resource", Text, primary_key=True, comment="For SYSPRO: server and operator"),
    Column("holder", Text, nullable=False, comment="Empty where nobody holds it"),
    Column("token", LargeBinary, comment="The session's token, encrypted"),
    Column("version", BigInteger, nullable=False),
    Column("acquired_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cause", String(500), nullable=False),
    Column("message", Text, nullable=False),
    Column("opened_at", DateTime, nullable=False),
    Column("told_at", DateTime),
    Column("resolved_at", DateTime),
    Index(
        "uq_alert_open",
        "cause",
        unique=True,
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
    ),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("flow", String(250), nullable=False),
    Column("stream", String(250), nullable=False),
    Column("lane_id", Id, index=True),
    Column("batch_id", Id, index=True),
    Column("run_id", Text, nullable=False, index=True),
    Column("task_id", String(250), nullable=False),
    Column("try_number", Integer, nullable=False),
    Column("actor", Text, nullable=False, server_default="", comment="The person, where one acted"),
    Column("event", String(50), nullable=False),
    Column("system", String(250), nullable=False),
    Column("object", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("rows", BigInteger),
    Column("totals", JSON),
    Column("detail", Text, nullable=False, server_default=""),
)
