"""Postings: which record of a lane each is of, when it is settled, and what the target calls it.

Nothing was posted before this version, so the table is made anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table `posting` anew."""
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    hash_ = sa.LargeBinary(length=16)
    op.drop_table("posting")
    op.create_table(
        "posting",
        sa.Column("key_hash", hash_, nullable=False, comment="Of target company, kind and business key; no lane in it"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(length=250), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version_hash", hash_, nullable=False),
        sa.Column("lane_id", id_, nullable=False),
        sa.Column("batch_id", id_, nullable=False),
        sa.Column("record_hash", hash_, nullable=False, comment="Of the record's key in its lane, as in claim"),
        sa.Column(
            "own_id",
            sa.String(length=50),
            nullable=False,
            comment="Ours, of this attempt, kept by the target where it can",
        ),
        sa.Column("state", sa.String(length=10), nullable=False, comment="intent, confirmed, rejected or dead"),
        sa.Column("intent_at", sa.DateTime(), nullable=False),
        sa.Column(
            "settled_at", sa.DateTime(), nullable=False, comment="When no call of it can have an effect any more"
        ),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("target_key", sa.Text(), server_default="", nullable=False, comment="What the target calls it"),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_posting_batch_id")),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_posting_lane_id")),
        sa.PrimaryKeyConstraint("key_hash", "attempt", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_lane_batch", "posting", ["lane_id", "batch_id"], unique=False)
    op.create_index("ix_posting_key", "posting", ["key"], unique=False)
