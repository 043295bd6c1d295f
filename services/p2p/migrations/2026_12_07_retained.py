"""A partner's money whose repayment was taken back is held again; one registry does not join licences whose days have nothing in common."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_07_retained"
down_revision = "2026_12_07_plans"
branch_labels = None
depends_on = None

# What 2026_12_06_borrowers linked at first: a surety took the days of a licence that it had not had. It has its own again. Whoever was
# registered with an originator has days of one of its versions.
APART = """
    UPDATE sureties SET originator_id = NULL WHERE originator_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM originator_terms WHERE originator_terms.originator_id = sureties.originator_id
            AND greatest(licensed_from_on, licensed_from) <= least(licensed_until_on, licensed_until))
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.add_column("partner_receipts", sa.Column("taken_back_id", sa.Uuid(), nullable=True))
    op.add_column("partner_receipts", sa.Column("hold_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_partner_receipts_taken_back_id"), "partner_receipts", "repayments", ["taken_back_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_partner_receipts_taken_back_id"), "partner_receipts", ["taken_back_id"])
    op.create_check_constraint(
        op.f("ck_partner_receipts_held_since_it_was_taken_back"),
        "partner_receipts",
        "hold_id IS NULL OR taken_back_id IS NOT NULL",
    )
    op.execute(APART)
