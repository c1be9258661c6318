"""What the receiver of a record calls its document, beside each claim."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_THERE = sa.text("document_hash IS NOT NULL")


def upgrade() -> None:
    """Add the column and its index; claims that were made before have none."""
    op.add_column(
        "claim",
        sa.Column(
            "document_hash",
            sa.LargeBinary(length=16),
            nullable=True,
            comment="What its receiver calls it, where the stream says that no two may share it",
        ),
    )
    op.create_index(
        "ix_claim_document",
        "claim",
        ["lane_id", "document_hash"],
        unique=False,
        sqlite_where=_THERE,
        postgresql_where=_THERE,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(
            "exception_item",
            "kind",
            existing_type=sa.String(length=12),
            existing_nullable=False,
            existing_comment="waiting, mapping, retry, changed, unreadable, vanished, doubt or rejected",
            comment="waiting, mapping, retry, changed, unreadable, vanished, doubt, rejected or twin",
        )
