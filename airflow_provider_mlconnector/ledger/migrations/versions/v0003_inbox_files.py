"""Files that come in with records: what was seen, kept and numbered, and which lanes read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "inbox_file",
        sa.Column("id", id_, nullable=False),
        sa.Column(
            "number",
            sa.BigInteger(),
            nullable=True,
            comment="Ever growing, given when it is kept; the parts of a pair share one",
        ),
        sa.Column(
            "partner", sa.String(length=250), nullable=False, comment="The connection id of the partner's server"
        ),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("entity", sa.String(length=50), nullable=False, comment="What its records are, such as invoices"),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("pair", sa.Text(), server_default="", nullable=False, comment="The same for the two files of a pair"),
        sa.Column(
            "part",
            sa.String(length=10),
            server_default="",
            nullable=False,
            comment="header or lines; empty for a file alone",
        ),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.DateTime(), nullable=False),
        sa.Column(
            "sha256", sa.String(length=64), server_default="", nullable=False, comment="Empty before it was taken in"
        ),
        sa.Column(
            "staged",
            sa.String(length=250),
            server_default="",
            nullable=False,
            comment="Our copy's folder below the staging path",
        ),
        sa.Column("seen_at", sa.DateTime(), nullable=False, comment="Since when it has looked like this"),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False, comment="seen, kept, repeated, refused or gone"),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "moved_to",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="Its name below the folder since; - if removed",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_file")),
        sa.UniqueConstraint(
            "partner",
            "folder",
            "entity",
            "name",
            "size",
            "modified",
            name=op.f("uq_inbox_file_partner_folder_entity_name_size_modified"),
        ),
    )
    op.create_index("ix_inbox_file_number", "inbox_file", ["number", "part"], unique=True)
    op.create_table(
        "inbox_reader",
        sa.Column("lane_id", id_, nullable=False),
        sa.Column("partner", sa.String(length=250), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("entity", sa.String(length=50), nullable=False),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_inbox_reader_lane_id")),
        sa.PrimaryKeyConstraint("lane_id", "partner", "folder", "entity", name=op.f("pk_inbox_reader")),
    )
