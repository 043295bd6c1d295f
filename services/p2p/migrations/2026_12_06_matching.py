"""A bid takes its hold and its contract in place: no index of what changes, room in each page for a second version; that its standing
order is there is compared by the audit."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_06_matching"
down_revision = "2026_12_06_mandates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.drop_index(op.f("ix_bids_id"), table_name="bids", postgresql_where=sa.text("state IN ('pending', 'releasing')"))
    op.drop_index(op.f("ix_bids_loan_id"), table_name="bids")
    op.drop_constraint(op.f("fk_bids_standing_order_id"), "bids", type_="foreignkey")
    op.execute("ALTER TABLE bids SET (fillfactor = 50)")
