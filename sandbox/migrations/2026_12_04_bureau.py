"""The credit bureau."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_04_bureau"
down_revision = "2026_12_02_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.create_table(
        "bureau_borrowings",
        sa.Column("lender", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("past_due", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("owed >= past_due AND past_due >= 0", name=op.f("ck_bureau_borrowings_past_due_is_owed")),
        sa.PrimaryKeyConstraint("lender", "reference", name=op.f("pk_bureau_borrowings")),
    )
    op.create_index(
        op.f("ix_bureau_borrowings_person_currency"), "bureau_borrowings", ["person", "currency"], unique=False
    )
    op.create_table(
        "bureau_reports",
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lenders", sa.Integer(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("past_due", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("asker", "reference", name=op.f("pk_bureau_reports")),
    )
