"""Captures of pre-authorisations are payments of orders."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_trades"
down_revision = "2026_11_29_card_returns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    captures, payments = "preauthorisation_captures", "order_payments"
    # Captures made before have no order: they went to the merchant's account past settlement, and stay there.
    op.add_column(captures, sa.Column("order_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_preauthorisation_captures_order_id"), captures, "orders", ["order_id"], ["id"])
    op.create_unique_constraint(op.f("uq_preauthorisation_captures_order_id"), captures, ["order_id"])
    op.add_column(payments, sa.Column("preauthorisation_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_order_payments_preauthorisation_id"), payments, "preauthorisations", ["preauthorisation_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_order_payments_captured_is_paid"),
        payments,
        "preauthorisation_id IS NULL OR (method = 'wallet' AND state = 'paid' AND hold_id IS NULL)",
    )
    op.create_index(
        op.f("ix_order_payments_preauthorisation_id"),
        payments,
        ["preauthorisation_id"],
        postgresql_where=sa.text("preauthorisation_id IS NOT NULL"),
    )
