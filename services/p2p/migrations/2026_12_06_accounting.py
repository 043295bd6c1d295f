"""Books of the legal entities, provisions, and lenders' fees by tier."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_06_accounting"
down_revision = "2026_12_05_loss"
branch_labels = None
depends_on = None

HISTORY = ("book_days", "book_movements", "loan_provisions")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _books()
    _provisions()
    _lender_fees()
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))


def _books() -> None:
    op.create_table(
        "book_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("transfers >= 0", name=op.f("ck_book_days_transfers_not_negative")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_book_days")),
    )
    op.create_table(
        "book_movements",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "debit_minor >= 0 AND credit_minor >= 0 AND debit_minor + credit_minor > 0",
            name=op.f("ck_book_movements_something_moved"),
        ),
        sa.ForeignKeyConstraint(["day"], ["book_days.day"], name=op.f("fk_book_movements_day")),
        sa.PrimaryKeyConstraint("day", "currency", "entity", "account", name=op.f("pk_book_movements")),
    )
    op.create_index(
        op.f("ix_book_movements_entity_currency_day"), "book_movements", ["entity", "currency", "day"], unique=False
    )


def _provisions() -> None:
    op.create_table(
        "loan_provisions",
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("exposure_minor", sa.BigInteger(), nullable=False),
        sa.Column("rate_millionths", sa.Integer(), nullable=False),
        sa.Column("provision_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("stage BETWEEN 1 AND 3", name=op.f("ck_loan_provisions_stage_known")),
        sa.CheckConstraint("rate_millionths BETWEEN 0 AND 1000000", name=op.f("ck_loan_provisions_rate_is_a_share")),
        sa.CheckConstraint(
            "provision_minor BETWEEN 0 AND exposure_minor", name=op.f("ck_loan_provisions_no_more_than_may_be_lost")
        ),
        sa.ForeignKeyConstraint(["on_day"], ["book_days.day"], name=op.f("fk_loan_provisions_on_day")),
        sa.PrimaryKeyConstraint("loan_id", "entity", "on_day", name=op.f("pk_loan_provisions")),
    )


def _lender_fees() -> None:
    op.create_table(
        "lender_fee_months",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("charged_minor >= 0", name=op.f("ck_lender_fee_months_charged_not_negative")),
        sa.PrimaryKeyConstraint("holder", "programme", "month", name=op.f("pk_lender_fee_months")),
    )
    op.add_column(
        "repayment_shares",
        sa.Column("interest_fee_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
