"""What transfers have moved of a break may be more than it for a while: a reversal is reversed after another had resolved the break."""

from alembic import op

revision = "2026_11_30_reconcile_mends"
down_revision = "2026_11_30_reconcile"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_reconciliation_breaks_resolved_within_amount"), "reconciliation_breaks", type_="check")
