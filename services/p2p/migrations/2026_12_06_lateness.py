"""Lateness: what the platform keeps of money that came late."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_06_lateness"
down_revision = "2026_12_06_custody"
branch_labels = None
depends_on = None


# How often a questionnaire may be answered is data of its version, as its points are.
TRIES = """UPDATE questionnaires SET document = jsonb_build_object('most_a_day', 3, 'most_a_year', 8,
    'limits_source', 'the house''s own, after the suitability rules of 2025 for products of financial institutions') || document"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TRIES)
    for name, default in (("requests_in_window", "4"), ("request_window_days", "90")):
        op.add_column(
            "collection_rules", sa.Column(name, sa.Integer(), server_default=sa.text(default), nullable=False)
        )
    op.drop_index("ix_loan_rows_unpaid", table_name="loan_rows")
    op.create_index(
        "ix_loan_rows_unpaid",
        "loan_rows",
        ["due_on", "loan_id"],
        unique=False,
        postgresql_where=sa.text("paid_at IS NULL"),
    )
    op.create_index(
        "ix_loans_contributions",
        "loans",
        ["currency"],
        unique=False,
        postgresql_include=["reserve_contribution_minor"],
        postgresql_where=sa.text("disbursed_at IS NOT NULL AND reserve_contribution_minor > 0"),
    )
    op.create_index(
        "ix_compensations_paid",
        "compensations",
        ["payer", "currency"],
        unique=False,
        postgresql_include=["principal_minor", "interest_minor"],
        postgresql_where=sa.text("state = 'paid'"),
    )
    op.create_index(
        "ix_collection_requests_in_review",
        "collection_requests",
        ["borrower"],
        unique=False,
        postgresql_where=sa.text("state = 'in_review'"),
    )
    # Null of what was shared out before, or is by the previous version: changed_at is that instant until it is taken back.
    op.add_column("repayments", sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("""UPDATE repayments SET shared_at = (
            SELECT min(claim_versions.changed_at) FROM repayment_shares
            JOIN claim_versions ON claim_versions.claim_id = repayment_shares.claim_id AND cause = 'repayment'
            WHERE repayment_id = repayments.id AND claim_versions.changed_at >= requested_at
        ) WHERE state IN ('reversing', 'reversed')""")
    # The previous version of the code names the columns it writes, and keeps nothing back.
    op.add_column(
        "repayment_shares",
        sa.Column("collection_fee_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    # The rows that were there before have no fee: they are not read again for it.
    op.create_check_constraint(
        op.f("ck_repayment_shares_fees_within_the_share"),
        "repayment_shares",
        "collection_fee_minor >= 0 AND interest_fee_minor BETWEEN 0 AND CASE kind WHEN 'interest' THEN amount_minor ELSE 0 END"
        " AND collection_fee_minor + interest_fee_minor <= amount_minor",
        postgresql_not_valid=True,
    )
