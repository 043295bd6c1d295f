"""The identity service."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_identity"
down_revision = "2026_11_24_banks_and_phones"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_checks",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ready_at >= asked_at", name=op.f("ck_identity_checks_ready_after_asked")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_identity_checks")),
    )
    op.create_table(
        "residents",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_residents")),
    )
