"""The tables of what goes to partners as files, and of what comes in: deliveries, control numbers, received files."""

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
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from airflow_provider_mlconnector.ledger.columns import Hash, Id, metadata

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("lane_id", ForeignKey("lane.id"), nullable=False, index=True),
    Column("batch_id", ForeignKey("batch.id"), nullable=False, index=True),
    Column("position", SmallInteger, nullable=False, comment="Which of the batch's files"),
    Column("partner", String(250), nullable=False, comment="The connection id of the partner's server"),
    Column("folder", Text, nullable=False),
    Column("name", String(250), nullable=False),
    Column("group_name", Text, nullable=False, server_default=""),
    Column("staged_name", String(250), nullable=False, comment="The file in the batch's staging folder"),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False, comment="Of the bytes and of the record keys together"),
    Column("rows", BigInteger, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("state", String(10), nullable=False, comment="prepared, renaming, confirmed, equal, dead or doubt"),
    Column("temporary_name", String(250), nullable=False, server_default=""),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("answer", Text, nullable=False, server_default=""),
    Column("prepared_at", DateTime, nullable=False),
    Column("confirmed_at", DateTime),
    UniqueConstraint("batch_id", "position"),
)

counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next", BigInteger, nullable=False),
)

allotment = Table(
    "allotment",
    metadata,
    Column("counter", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("batch_id", ForeignKey("batch.id"), nullable=False, index=True),
    Column("slot", String(250), nullable=False, comment="What in the batch carries the number"),
    Column("at", DateTime, nullable=False),
    Column("count", BigInteger, nullable=False, comment="How many numbers in a row"),
    Column("used", BigInteger, nullable=False, comment="How many of them were told to be in use; 0 for not told"),
    Column("replaced", Boolean, nullable=False, comment="The slot has other numbers since; these are lost"),
    Index(
        "uq_allotment_slot",
        "counter",
        "batch_id",
        "slot",
        unique=True,
        sqlite_where=text("NOT replaced"),
        postgresql_where=text("NOT replaced"),
    ),
)

interchange = Table(
    "interchange",
    metadata,
    Column("id", Id, primary_key=True),
    Column("lane_id", ForeignKey("lane.id"), nullable=False, index=True),
    Column("batch_id", ForeignKey("batch.id"), nullable=False),
    Column("position", SmallInteger, nullable=False, comment="Which of the batch's files; as in delivery"),
    Column("partner", String(100), nullable=False, comment="As the partner profile names it"),
    Column("standard", String(8), nullable=False, comment="x12 or edifact"),
    Column("set_code", String(6), nullable=False, comment="Such as 810 or INVOIC"),
    Column("group_code", String(6), nullable=False, comment="GS01; empty in EDIFACT"),
    Column("interchange_control", String(14), nullable=False, comment="ISA13 or UNB 0020, as written"),
    Column("group_control", String(14), nullable=False, comment="GS06, as written; empty in EDIFACT"),
    Column("interchange_number", BigInteger, comment="The same as a number"),
    Column("group_number", BigInteger, comment="The same as a number"),
    Column("test", Boolean, nullable=False),
    Column("sets", Integer, nullable=False, comment="How many transaction sets or messages"),
    Column("expected", JSON, comment="Which acknowledgments, and within how many seconds; null for none"),
    Column(
        "state",
        String(20),
        nullable=False,
        comment="prepared, sent, received, accepted, accepted_with_errors, rejected, partly, unknown or unsent",
    ),
    Column("reason", Text, nullable=False, server_default="", comment="What the partner said of the whole"),
    Column("due_at", DateTime, comment="When it has to be acknowledged; set when the file is confirmed"),
    Column("overdue_at", DateTime, comment="When somebody was told that it is overdue"),
    Column("acknowledged_at", DateTime, comment="When the last acknowledgment came that was waited for"),
    UniqueConstraint("batch_id", "position"),
    Index("ix_interchange_group", "partner", "group_number"),
    Index("ix_interchange_number", "partner", "interchange_number"),
    Index("ix_interchange_due", "state", "due_at"),
)

interchange_set = Table(
    "interchange_set",
    metadata,
    Column("interchange_id", ForeignKey("interchange.id"), primary_key=True),
    Column("position", Integer, primary_key=True, comment="Which set of the interchange, from 1"),
    Column("key_hash", Hash, primary_key=True, comment="A row for each record of each set"),
    Column("control", String(14), nullable=False, comment="ST02 or UNH 0062, as written"),
    Column("key", Text, nullable=False, comment="The record's key, values joined by '/'"),
    Column(
        "state",
        String(20),
        nullable=False,
        server_default="sent",
        comment="sent, received, accepted, accepted_with_errors, rejected or unknown",
    ),
    Column("reason", Text, nullable=False, server_default="", comment="What the partner said of it"),
    Index("ix_interchange_set_key", "key_hash"),
    sqlite_with_rowid=False,
)

received_file = Table(
    "received_file",
    metadata,
    Column("id", Id, primary_key=True),
    Column("partner", String(250), nullable=False, comment="The connection id of the partner's server"),
    Column("folder", Text, nullable=False),
    Column("name", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", DateTime, nullable=False),
    Column("sha256", String(64), nullable=False, comment="Empty where it was not read"),
    Column("read_at", DateTime, nullable=False),
    Column(
        "outcome",
        String(12),
        nullable=False,
        comment="applied, orphan, repeated, foreign, unreadable, too large, read again or gone",
    ),
    Column("detail", Text, nullable=False, server_default=""),
    Column("moved_to", Text, nullable=False, server_default="", comment="Its name below the folder since"),
    UniqueConstraint("partner", "folder", "name", "size", "modified"),
    Index("ix_received_file_sha256", "partner", "sha256"),
)

inbox_file = Table(
    "inbox_file",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", BigInteger, comment="Ever growing, given when it is kept; the parts of a pair share one"),
    Column("partner", String(250), nullable=False, comment="The connection id of the partner's server"),
    Column("folder", Text, nullable=False),
    Column("entity", String(50), nullable=False, comment="What its records are, such as invoices"),
    Column("name", String(255), nullable=False),
    Column("pair", Text, nullable=False, server_default="", comment="The same for the two files of a pair"),
    Column("part", String(10), nullable=False, server_default="", comment="header or lines; empty for a file alone"),
    Column("size", BigInteger, nullable=False),
    Column("modified", DateTime, nullable=False),
    Column("sha256", String(64), nullable=False, server_default="", comment="Empty before it was taken in"),
    Column(
        "staged", String(250), nullable=False, server_default="", comment="Our copy's folder below the staging path"
    ),
    Column("seen_at", DateTime, nullable=False, comment="Since when it has looked like this"),
    Column("taken_at", DateTime),
    Column("state", String(10), nullable=False, comment="seen, kept, repeated, refused or gone"),
    Column("detail", Text, nullable=False, server_default=""),
    Column(
        "moved_to", Text, nullable=False, server_default="", comment="Its name below the folder since; - if removed"
    ),
    UniqueConstraint("partner", "folder", "entity", "name", "size", "modified"),
    Index("ix_inbox_file_number", "number", "part", unique=True),
)

inbox_reader = Table(
    "inbox_reader",
    metadata,
    Column("lane_id", ForeignKey("lane.id"), primary_key=True),
    Column("partner", String(250), primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("entity", String(50), primary_key=True),
)
