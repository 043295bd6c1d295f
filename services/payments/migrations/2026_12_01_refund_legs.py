"""What a trade gives back of a charge that its bank took back goes to the merchant; orders' addresses wait apart from endpoints."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_refund_legs"
down_revision = "2026_12_01_payment_passwords"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A constant default: the rows that are there are not written.
    op.add_column("refund_legs", sa.Column("restored", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(
        op.f("ck_refund_legs_restored_or_returned"),
        "refund_legs",
        "restored BETWEEN 0 AND amount AND (restored = 0 OR (return_id IS NULL) = (restored = amount))",
    )
    op.drop_index(op.f("ix_webhook_deliveries_endpoint_id_due_at"), table_name="webhook_deliveries")
    op.create_index(
        "ix_webhook_deliveries_waiting",
        "webhook_deliveries",
        ["endpoint_id", sa.text("(url IS NULL)"), "due_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )
