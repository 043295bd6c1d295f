"""Money between books: passes, and the clearing accounts of each pair."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_passes"
down_revision = "2026_11_25_money"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clearing_accounts",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("other_book_id", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("book_id <> other_book_id", name=op.f("ck_clearing_accounts_two_books")),
        sa.PrimaryKeyConstraint("book_id", "other_book_id", "currency", name=op.f("pk_clearing_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_clearing_accounts_account_id")),
    )
    op.create_table(
        "passes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('completed', 'returned')) = (ended_at IS NOT NULL)", name=op.f("ck_passes_ended_when_final")
        ),
        sa.CheckConstraint(
            "(state IN ('refused', 'returned')) = (failure_code IS NOT NULL)", name=op.f("ck_passes_refused_with_code")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'delivered', 'completed', 'refused', 'returned')", name=op.f("ck_passes_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_passes_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passes")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_passes_delivery_id")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_passes_hold_id")),
    )
    op.create_index(op.f("ix_passes_owner_id"), "passes", ["owner", "id"], unique=False)
    op.create_index(
        op.f("ix_passes_requested_at"),
        "passes",
        ["requested_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('held', 'delivered', 'refused')"),
    )
