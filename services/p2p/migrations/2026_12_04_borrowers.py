"""Running loans of elsewhere; documents, checks outside and second looks of applications; who proposes loans and who brings them."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_04_borrowers"
down_revision = "2026_12_03_programmes"
branch_labels = None
depends_on = None

HISTORY = ("running_loans",)
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.create_table(
        "running_loans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_row", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("instalment_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_late_fees_minor", sa.BigInteger(), nullable=False),
        sa.Column("explained", sa.Text(), nullable=False),
        sa.Column("instalments_paid", sa.Integer(), nullable=False),
        sa.Column("difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("odd_days", sa.Numeric(), nullable=True),
        sa.Column("extra_minor", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "explained IN ('by_instalments', 'with_extra', 'settled', 'written_off')",
            name=op.f("ck_running_loans_explained_known"),
        ),
        sa.CheckConstraint(
            "(explained IN ('settled', 'written_off')) = (balance_minor = 0)",
            name=op.f("ck_running_loans_ended_owes_nothing"),
        ),
        sa.CheckConstraint(
            "balance_minor BETWEEN 0 AND principal_minor AND principal_minor > 0",
            name=op.f("ck_running_loans_balance_within"),
        ),
        sa.CheckConstraint(
            "instalments_paid BETWEEN 0 AND term_months", name=op.f("ck_running_loans_instalments_within_term")
        ),
        sa.CheckConstraint(
            "extra_minor >= 0 AND (explained <> 'by_instalments' OR extra_minor = 0)",
            name=op.f("ck_running_loans_extra_apart"),
        ),
        sa.CheckConstraint(
            "odd_days IS NULL OR explained = 'by_instalments'", name=op.f("ck_running_loans_odd_days_of_instalments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_running_loans")),
        sa.UniqueConstraint("source", "source_row", name=op.f("uq_running_loans_source_source_row")),
    )
    op.create_index(op.f("ix_running_loans_source_explained_id"), "running_loans", ["source", "explained", "id"], unique=False)
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))
