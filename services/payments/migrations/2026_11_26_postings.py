"""Postings with shares, and money bound to a purpose."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_26_postings"
down_revision = "2026_11_26_evidence"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was posted, and under which rule, stays as it was.
REVOKED = {
    "postings": "UPDATE, DELETE, TRUNCATE",
    "posting_legs": "UPDATE, DELETE, TRUNCATE",
    "purposes": "UPDATE, DELETE, TRUNCATE",
    "purses": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "postings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("instruction", postgresql.JSONB(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kept >= 0 AND kept < amount", name=op.f("ck_postings_something_moved")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
    )
    op.create_index(op.f("ix_postings_made_by_id"), "postings", ["made_by", "id"], unique=False)
    op.create_table(
        "posting_legs",
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_posting_legs_amount_positive")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_posting_legs_posting_id")),
        sa.PrimaryKeyConstraint("posting_id", "number", name=op.f("pk_posting_legs")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_posting_legs_transfer_id")),
    )
    op.create_table(
        "purposes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("allowed", postgresql.JSONB(), nullable=False),
        sa.Column("return_account_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purposes")),
    )
    op.create_index(op.f("ix_purposes_owner_id"), "purposes", ["owner", "id"], unique=False)
    op.create_index(
        op.f("ix_purposes_expires_at"),
        "purposes",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_table(
        "purses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["purpose_id"], ["purposes.id"], name=op.f("fk_purses_purpose_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purses")),
        sa.UniqueConstraint("account_id", name=op.f("uq_purses_account_id")),
        sa.UniqueConstraint("owner", "purpose_id", name=op.f("uq_purses_owner_purpose_id")),
    )
    op.create_index(op.f("ix_purses_purpose_id"), "purses", ["purpose_id"], unique=False)
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
