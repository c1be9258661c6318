"""The ledger's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cause", sa.String(length=500), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(
        "uq_alert_open",
        "alert",
        ["cause"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("flow", sa.String(length=250), nullable=False),
        sa.Column("stream", sa.String(length=250), nullable=False),
        sa.Column("lane_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.String(length=250), nullable=False),
        sa.Column("try_number", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False, comment="The person, where one acted"),
        sa.Column("event", sa.String(length=50), nullable=False),
        sa.Column("system", sa.String(length=250), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("totals", sa.JSON(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index(op.f("ix_audit_event_at"), "audit_event", ["at"], unique=False)
    op.create_index(op.f("ix_audit_event_batch_id"), "audit_event", ["batch_id"], unique=False)
    op.create_index(op.f("ix_audit_event_lane_id"), "audit_event", ["lane_id"], unique=False)
    op.create_index(op.f("ix_audit_event_run_id"), "audit_event", ["run_id"], unique=False)
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "lane",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("flow", sa.String(length=250), nullable=False),
        sa.Column("stream", sa.String(length=250), nullable=False),
        sa.Column("target", sa.String(length=250), nullable=False),
        sa.Column("partition", sa.String(length=250), server_default="", nullable=False),
        sa.Column(
            "seq", sa.BigInteger(), server_default="0", nullable=False, comment="Counts every change of this lane"
        ),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False, comment="A rewind begins a new one"),
        sa.Column(
            "watermark",
            sa.String(length=64),
            server_default="",
            nullable=False,
            comment="Empty before the first commit",
        ),
        sa.Column(
            "accepted",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="Ids of other ledgers in whose place a person has accepted this one, for this lane",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane")),
        sa.UniqueConstraint("flow", "stream", "target", "partition", name=op.f("uq_lane_flow_stream_target_partition")),
    )
    op.create_table(
        "lease",
        sa.Column("resource", sa.Text(), nullable=False, comment="For SYSPRO: server and operator"),
        sa.Column("holder", sa.Text(), nullable=False, comment="Empty where nobody holds it"),
        sa.Column("token", sa.LargeBinary(), nullable=True, comment="The session's token, encrypted"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("acquired_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_lease")),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.String(length=36), nullable=False, comment="Stands in every marker beside the staging"),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("dag_id", sa.String(length=250), nullable=False),
        sa.Column(
            "state", sa.String(length=12), nullable=False, comment="staged, sending, committed, superseded or abandoned"
        ),
        sa.Column("folder", sa.String(length=250), nullable=False, comment="Where it lies, below the staging path"),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("low", sa.String(length=64), nullable=False),
        sa.Column("high", sa.String(length=64), nullable=False),
        sa.Column(
            "safe_to",
            sa.String(length=64),
            nullable=True,
            comment="The greatest cursor read within the window; null moves no watermark",
        ),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("hash_version", sa.Text(), nullable=False, comment="What its version hashes are made of"),
        sa.Column("began_seq", sa.BigInteger(), nullable=False),
        sa.Column("claimed_seq", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("output", sa.JSON(), nullable=True, comment="What the format step made, fixed by the freeze"),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("expired_at", sa.DateTime(), nullable=True, comment="When its staging was removed"),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_batch_lane_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_lane_run", "batch", ["lane_id", "run_id"], unique=False)
    op.create_index("ix_batch_lane_state", "batch", ["lane_id", "state"], unique=False)
    op.create_table(
        "exception_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column(
            "key",
            sa.Text(),
            nullable=False,
            comment="The record's key, values joined by '/'; empty where it could not be read",
        ),
        sa.Column("state", sa.String(length=8), nullable=False, comment="open or closed"),
        sa.Column(
            "kind",
            sa.String(length=12),
            nullable=False,
            comment="waiting, mapping, retry, changed, unreadable, vanished, doubt or rejected",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "cause",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="What has to change, in a form that is rechecked",
        ),
        sa.Column("blocker_batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("opened_seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "batch_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="The batch that it came out of",
        ),
        sa.Column("run_id", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("retry_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_exception_item_lane_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_item")),
    )
    op.create_index(
        "uq_exception_item_open",
        "exception_item",
        ["lane_id", "key_hash"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "run_window",
        sa.Column("lane_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("low", sa.String(length=64), nullable=False),
        sa.Column("high", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("backfill", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_run_window_lane_id")),
        sa.PrimaryKeyConstraint("lane_id", "run_id", name=op.f("pk_run_window")),
    )
    op.create_table(
        "watermark_history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("watermark", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_watermark_history_lane_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watermark_history")),
    )
    op.create_index(op.f("ix_watermark_history_lane_id"), "watermark_history", ["lane_id"], unique=False)
    op.create_table(
        "allotment",
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slot", sa.String(length=250), nullable=False, comment="What in the batch carries the number"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False, comment="How many numbers in a row"),
        sa.Column(
            "used",
            sa.BigInteger(),
            nullable=False,
            comment="How many of them were told to be in use; 0 for not told",
        ),
        sa.Column("replaced", sa.Boolean(), nullable=False, comment="The slot has other numbers since; these are lost"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_allotment_batch_id")),
        sa.PrimaryKeyConstraint("counter", "number", name=op.f("pk_allotment")),
    )
    op.create_index(op.f("ix_allotment_batch_id"), "allotment", ["batch_id"], unique=False)
    op.create_index(
        "uq_allotment_slot",
        "allotment",
        ["counter", "batch_id", "slot"],
        unique=True,
        sqlite_where=sa.text("NOT replaced"),
        postgresql_where=sa.text("NOT replaced"),
    )
    op.create_table(
        "claim",
        sa.Column("lane_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="The record's key, values joined by '/'"),
        sa.Column(
            "mark",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="0 as its batch, 1 set aside, 2 confirmed",
        ),
        sa.Column(
            "is_open",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Still open at the source when read",
        ),
        sa.Column(
            "output",
            sa.SmallInteger(),
            nullable=True,
            comment="Which of the batch's files holds it, where there are several; -1: some",
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_claim_batch_id")),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_claim_lane_id")),
        sa.PrimaryKeyConstraint("lane_id", "key_hash", "batch_id", name=op.f("pk_claim")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_claim_batch", "claim", ["batch_id", "mark"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="Which of the batch's files"),
        sa.Column(
            "partner", sa.String(length=250), nullable=False, comment="The connection id of the partner's server"
        ),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("group_name", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "staged_name", sa.String(length=250), nullable=False, comment="The file in the batch's staging folder"
        ),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "fingerprint", sa.String(length=64), nullable=False, comment="Of the bytes and of the record keys together"
        ),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column(
            "state", sa.String(length=10), nullable=False, comment="prepared, renaming, confirmed, equal, dead or doubt"
        ),
        sa.Column("temporary_name", sa.String(length=250), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("prepared_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_delivery_batch_id")),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_delivery_lane_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_delivery_batch_id_position")),
    )
    op.create_index(op.f("ix_delivery_batch_id"), "delivery", ["batch_id"], unique=False)
    op.create_index(op.f("ix_delivery_lane_id"), "delivery", ["lane_id"], unique=False)
    op.create_table(
        "posting",
        sa.Column(
            "key_hash",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="Of target company, kind and business key; no lane in it",
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(length=250), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("lane_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "own_id",
            sa.String(length=50),
            nullable=False,
            comment="Ours, of this attempt, kept by the target where it can",
        ),
        sa.Column("state", sa.String(length=10), nullable=False, comment="intent, confirmed, rejected or dead"),
        sa.Column("intent_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_posting_batch_id")),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_posting_lane_id")),
        sa.PrimaryKeyConstraint("key_hash", "attempt", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_lane_batch", "posting", ["lane_id", "batch_id"], unique=False)
    _interchanges()


def _interchanges() -> None:
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "interchange",
        sa.Column("id", id_, nullable=False),
        sa.Column("lane_id", id_, nullable=False),
        sa.Column("batch_id", id_, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="Which of the batch's files; as in delivery"),
        sa.Column("partner", sa.String(length=100), nullable=False, comment="As the partner profile names it"),
        sa.Column("standard", sa.String(length=8), nullable=False, comment="x12 or edifact"),
        sa.Column("set_code", sa.String(length=6), nullable=False, comment="Such as 810 or INVOIC"),
        sa.Column("group_code", sa.String(length=6), nullable=False, comment="GS01; empty in EDIFACT"),
        sa.Column("interchange_control", sa.String(length=14), nullable=False, comment="ISA13 or UNB 0020, as written"),
        sa.Column("group_control", sa.String(length=14), nullable=False, comment="GS06, as written; empty in EDIFACT"),
        sa.Column("interchange_number", sa.BigInteger(), nullable=True, comment="The same as a number"),
        sa.Column("group_number", sa.BigInteger(), nullable=True, comment="The same as a number"),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("sets", sa.Integer(), nullable=False, comment="How many transaction sets or messages"),
        sa.Column(
            "expected",
            sa.JSON(),
            nullable=True,
            comment="Which acknowledgments, and within how many seconds; null for none",
        ),
        sa.Column(
            "state",
            sa.String(length=20),
            nullable=False,
            comment="prepared, sent, received, accepted, accepted_with_errors, rejected, partly, unknown or unsent",
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False, comment="What the partner said of the whole"),
        sa.Column(
            "due_at",
            sa.DateTime(),
            nullable=True,
            comment="When it has to be acknowledged; set when the file is confirmed",
        ),
        sa.Column("overdue_at", sa.DateTime(), nullable=True, comment="When somebody was told that it is overdue"),
        sa.Column(
            "acknowledged_at",
            sa.DateTime(),
            nullable=True,
            comment="When the last acknowledgment came that was waited for",
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_interchange_batch_id")),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_interchange_lane_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interchange")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_interchange_batch_id_position")),
    )
    op.create_index("ix_interchange_due", "interchange", ["state", "due_at"], unique=False)
    op.create_index("ix_interchange_group", "interchange", ["partner", "group_number"], unique=False)
    op.create_index(op.f("ix_interchange_lane_id"), "interchange", ["lane_id"], unique=False)
    op.create_index("ix_interchange_number", "interchange", ["partner", "interchange_number"], unique=False)
    op.create_table(
        "interchange_set",
        sa.Column("interchange_id", id_, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="Which set of the interchange, from 1"),
        sa.Column("key_hash", sa.LargeBinary(length=16), nullable=False, comment="A row for each record of each set"),
        sa.Column("control", sa.String(length=14), nullable=False, comment="ST02 or UNH 0062, as written"),
        sa.Column("key", sa.Text(), nullable=False, comment="The record's key, values joined by '/'"),
        sa.Column(
            "state",
            sa.String(length=20),
            server_default="sent",
            nullable=False,
            comment="sent, received, accepted, accepted_with_errors, rejected or unknown",
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False, comment="What the partner said of it"),
        sa.ForeignKeyConstraint(["interchange_id"], ["interchange.id"], name=op.f("fk_interchange_set_interchange_id")),
        sa.PrimaryKeyConstraint("interchange_id", "position", "key_hash", name=op.f("pk_interchange_set")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_interchange_set_key", "interchange_set", ["key_hash"], unique=False)
    op.create_table(
        "received_file",
        sa.Column("id", id_, nullable=False),
        sa.Column(
            "partner", sa.String(length=250), nullable=False, comment="The connection id of the partner's server"
        ),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.DateTime(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="Empty where it was not read"),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.Column(
            "outcome",
            sa.String(length=12),
            nullable=False,
            comment="applied, orphan, repeated, foreign, unreadable, too large, read again or gone",
        ),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("moved_to", sa.Text(), server_default="", nullable=False, comment="Its name below the folder since"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_file")),
        sa.UniqueConstraint(
            "partner",
            "folder",
            "name",
            "size",
            "modified",
            name=op.f("uq_received_file_partner_folder_name_size_modified"),
        ),
    )
    op.create_index("ix_received_file_sha256", "received_file", ["partner", "sha256"], unique=False)
