"""What came and what went of one payment may each differ between channels and ledger: a break says which of the two it is about."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_02_break_ways"
down_revision = "2026_12_01_refund_legs"
branch_labels = None
depends_on = None

ONE_OF_A_KIND = "uq_reconciliation_breaks_account_id_type_line_id_record_id_subject"


def upgrade() -> None:
    op.add_column(
        "reconciliation_breaks", sa.Column("way", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    )
    # What was told and not moved goes the way of its amount; what was moved and not told, the other one. Of the rest it is not known.
    op.execute(
        "UPDATE reconciliation_breaks SET way = CASE WHEN (type = 'long') = (amount > 0) THEN 1 ELSE -1 END WHERE side = 'ledger'"
    )
    op.alter_column("reconciliation_breaks", "way", server_default=None)
    op.create_check_constraint(
        op.f("ck_reconciliation_breaks_way"),
        "reconciliation_breaks",
        "way BETWEEN -1 AND 1 AND (side = 'ledger') = (way <> 0)",
    )
    op.drop_constraint(op.f(ONE_OF_A_KIND), "reconciliation_breaks", type_="unique")
    op.create_unique_constraint(
        op.f("uq_reconciliation_breaks_about"),
        "reconciliation_breaks",
        ["account_id", "type", "line_id", "record_id", "subject", "way"],
        postgresql_nulls_not_distinct=True,
    )
