"""What waits for an operator is found without reading what does not: dead letters, and merchants that settlement passed over."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_console"
down_revision = "2026_11_30_card_returns_named"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_webhook_deliveries_id"), "webhook_deliveries", ["id"], postgresql_where=sa.text("state = 'dead'")
    )
    op.create_index(
        op.f("ix_settlement_positions_merchant_id"),
        "settlement_positions",
        ["merchant_id"],
        postgresql_where=sa.text("skipped_code IS NOT NULL"),
    )
