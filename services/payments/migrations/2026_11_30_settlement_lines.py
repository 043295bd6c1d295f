"""An order's settlement and its fee are lines of settlements: a run writes rows of its own, and no order again."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_settlement_lines"
down_revision = "2026_11_30_reconcile_mends"
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
    # What had been refunded before the settlement came out of the proceeds, and nothing has since.
    op.execute(
        """INSERT INTO settlement_lines (order_id, settlement_id, refunded_minor, fee_minor)
           SELECT orders.id, orders.settlement_id, coalesce((SELECT sum(transfer.amount) FROM refunds
                   JOIN refund_transfers AS made ON made.refund_id = refunds.id
                   JOIN ledger_transfers AS transfer ON transfer.id = made.transfer_id
                   WHERE refunds.order_id = orders.id AND transfer.debit_account_id = orders.payee_account_id), 0), orders.fee_minor
           FROM orders WHERE orders.settlement_id IS NOT NULL"""
    )
    # A merchant of whom one part was settled and another was not: what was paid later than the first has no line.
    op.execute(
        """UPDATE settlement_positions AS position SET settled_until = greatest(position.settled_until, settled.last_paid_at)
           FROM (SELECT merchant_id, max(paid_at) AS last_paid_at FROM orders WHERE settlement_id IS NOT NULL GROUP BY merchant_id
           ) AS settled WHERE settled.merchant_id = position.merchant_id"""
    )
    for column in ("settlement_id", "fee_minor", "fee_returned"):
        op.drop_column("orders", column)
    op.execute("ALTER TABLE orders RESET (fillfactor)")
