"""Due-day debit by mandate, money that may bounce, and shares that go to accounts in several books."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_06_mandates"
down_revision = "2026_12_06_lateness"
branch_labels = None
depends_on = None

NO_DELETE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""
APPEND_ONLY = NO_DELETE.replace("REVOKE DELETE", "REVOKE UPDATE, DELETE")
# Looks that found nothing are no history of money: they are kept for a time.
MAY_FORGET = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('GRANT DELETE ON collection_attempts TO %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _repayments()
    _attempts()
    _mandates()
    _debits()
    _distributions()
    for table in ("repayment_mandates", "loan_debits"):
        op.execute(NO_DELETE.format(table=table))
    op.execute(APPEND_ONLY.format(table="distribution_accounts"))


def _repayments() -> None:
    no = sa.text("false")
    op.add_column("repayments", sa.Column("by_mandate", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("repayments", sa.Column("advance_account_id", sa.Uuid(), nullable=True))
    op.add_column("repayments", sa.Column("by_book", sa.Boolean(), server_default=no, nullable=False))
    op.create_check_constraint(
        op.f("ck_repayments_advanced_by_mandate"), "repayments", "by_mandate OR advance_account_id IS NULL"
    )
    op.add_column("repayment_reversals", sa.Column("holders_keep", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("repayment_reversals", sa.Column("hold_id", sa.Uuid(), nullable=True))
    nothing = sa.text("0")
    op.add_column(
        "repayment_reversals", sa.Column("held_minor", sa.BigInteger(), server_default=nothing, nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_repayment_reversals_held_by_a_hold"),
        "repayment_reversals",
        "held_minor >= 0 AND (held_minor > 0 OR hold_id IS NULL)",
    )
    op.add_column("reversal_parts", sa.Column("borne", sa.Boolean(), server_default=no, nullable=False))


def _attempts() -> None:
    op.create_index(
        "ix_collection_attempts_tried_at",
        "collection_attempts",
        ["tried_at"],
        unique=False,
        postgresql_where=sa.text("repayment_id IS NULL"),
    )
    op.execute(MAY_FORGET)


def _mandates() -> None:
    op.create_table(
        "repayment_mandates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("most_minor", sa.BigInteger(), nullable=False),
        sa.Column("most_monthly_minor", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("mandate_id", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('requested', 'unsigned', 'active', 'stopped', 'ended')",
            name=op.f("ck_repayment_mandates_state_known"),
        ),
        sa.CheckConstraint(
            "most_minor > 0 AND most_monthly_minor >= most_minor", name=op.f("ck_repayment_mandates_amounts_positive")
        ),
        sa.CheckConstraint(
            "state NOT IN ('requested', 'unsigned') OR due_at IS NOT NULL",
            name=op.f("ck_repayment_mandates_waiting_is_due"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('unsigned', 'active', 'stopped') OR (account_id IS NOT NULL AND mandate_id IS NOT NULL)",
            name=op.f("ck_repayment_mandates_known_at_payments"),
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_repayment_mandates_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayment_mandates")),
        sa.UniqueConstraint("mandate_id", name=op.f("uq_repayment_mandates_mandate_id")),
    )
    op.create_index(op.f("ix_repayment_mandates_loan_id_id"), "repayment_mandates", ["loan_id", "id"], unique=False)
    op.create_index(
        "ix_repayment_mandates_one_live",
        "repayment_mandates",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'unsigned', 'active')"),
    )
    _due_index("repayment_mandates")


def _debits() -> None:
    op.create_table(
        "loan_debits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("repayment_mandate_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("used_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("debit_id", sa.Text(), nullable=True),
        sa.Column("repayment_id", sa.Uuid(), nullable=True),
        sa.Column("advanced", sa.Boolean(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'sent', 'advanced', 'paid', 'settled', 'failed', 'bounced', 'unwound', 'late', 'returned')",
            name=op.f("ck_loan_debits_state_known"),
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND used_minor BETWEEN 0 AND amount_minor", name=op.f("ck_loan_debits_used_is_part")
        ),
        sa.CheckConstraint(
            "(used_minor > 0) = (repayment_id IS NOT NULL)", name=op.f("ck_loan_debits_used_for_a_repayment")
        ),
        sa.CheckConstraint(
            "state NOT IN ('advanced', 'bounced', 'unwound') OR advanced", name=op.f("ck_loan_debits_advanced_when")
        ),
        sa.CheckConstraint(
            "NOT advanced OR repayment_id IS NOT NULL", name=op.f("ck_loan_debits_advanced_for_a_repayment")
        ),
        sa.CheckConstraint(
            "state NOT IN ('asked', 'sent', 'advanced', 'paid', 'bounced', 'late') OR due_at IS NOT NULL",
            name=op.f("ck_loan_debits_open_is_due"),
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_loan_debits_loan_id")),
        sa.ForeignKeyConstraint(
            ["repayment_mandate_id"], ["repayment_mandates.id"], name=op.f("fk_loan_debits_repayment_mandate_id")
        ),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_loan_debits_repayment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_debits")),
        sa.UniqueConstraint("loan_id", "number", name=op.f("uq_loan_debits_loan_id_number")),
        sa.UniqueConstraint("debit_id", name=op.f("uq_loan_debits_debit_id")),
        sa.UniqueConstraint("repayment_id", name=op.f("uq_loan_debits_repayment_id")),
    )
    op.create_index(
        "ix_loan_debits_one_open",
        "loan_debits",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'sent', 'advanced', 'paid', 'bounced')"),
    )
    _due_index("loan_debits")


def _distributions() -> None:
    op.create_table(
        "distribution_accounts",
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_distribution_accounts_loan_id")),
        sa.PrimaryKeyConstraint("loan_id", "book_id", name=op.f("pk_distribution_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_distribution_accounts_account_id")),
    )


def _due_index(table: str) -> None:
    op.create_index(
        op.f(f"ix_{table}_due_at"),
        table,
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
