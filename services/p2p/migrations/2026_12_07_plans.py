"""A plan is published by somebody else than made it; a charge at the end is known to have been begun; what the platform bore by claim."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_07_plans"
down_revision = "2026_12_07_charges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.add_column("plans", sa.Column("published_by", sa.Text()))
    op.create_check_constraint(op.f("ck_plans_four_eyes"), "plans", "published_by <> made_by")
    op.add_column("enrolments", sa.Column("charging", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.create_index(
        op.f("ix_reversal_parts_claim_id"),
        "reversal_parts",
        ["claim_id"],
        unique=False,
        postgresql_where=sa.text("advance_minor > 0"),
    )
