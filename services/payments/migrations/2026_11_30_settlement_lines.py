"""An order's settlement and its fee are lines of settlements: a run writes rows of its own, and no order again."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_settlement_lines"
down_revision = "2026_11_30_card_returns_named"
branch_labels = None
depends_on = None

REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON settlement_lines FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "settlement_lines",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("least(refunded_minor, fee_minor) >= 0", name=op.f("ck_settlement_lines_not_negative")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_settlement_lines")),
    )
    op.execute(REVOKE)
    # What had been refunded before the settlement is not told by the order: its refunds tell, by when they ended.
    op.execute(
        """INSERT INTO settlement_lines (order_id, settlement_id, refunded_minor, fee_minor)
           SELECT orders.id, orders.settlement_id, coalesce((SELECT sum(refunds.amount) FROM refunds WHERE refunds.order_id = orders.id
               AND refunds.state = 'succeeded' AND refunds.ended_at <= settlements.settled_at), 0), orders.fee_minor
           FROM orders JOIN settlements ON settlements.id = orders.settlement_id"""
    )
    for column in ("settlement_id", "fee_minor", "fee_returned"):
        op.drop_column("orders", column)
    op.execute("ALTER TABLE orders RESET (fillfactor)")
