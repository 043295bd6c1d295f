"""Captures of pre-authorisations are payments of orders, and so are payments of escrow trades."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_trades"
down_revision = "2026_11_30_settlement_lines"
branch_labels = None
depends_on = None

# A trade that nobody has paid yet is paid by an order, as any made from now on. One that was paid has its payer.
ASK = """INSERT INTO orders (id, merchant_id, merchant_order_number, subject, amount, currency, buyer_id, state, created_at, due_at,
        trade_id)
    SELECT uuidv7(), merchant_id, 'trade ' || id, subject, amount, currency, buyer_id, 'WAIT_BUYER_PAY', created_at, due_at, id
    FROM trades WHERE state = 'WAIT_BUYER_PAY'"""


def upgrade() -> None:
    _captures()
    _trades()


def _captures() -> None:
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


def _trades() -> None:
    op.add_column("orders", sa.Column("trade_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_orders_trade_id"), "orders", "trades", ["trade_id"], ["id"])
    # Most orders pay no trade: the index has nothing of them.
    op.create_index(
        op.f("ix_orders_trade_id"),
        "orders",
        ["trade_id"],
        unique=True,
        postgresql_where=sa.text("trade_id IS NOT NULL"),
    )
    for name in ("paid_into_escrow", "method"):
        op.drop_constraint(op.f(f"ck_trades_{name}"), "trades", type_="check")
    op.create_check_constraint(
        op.f("ck_trades_paid_into_escrow"),
        "trades",
        "num_nonnulls(paid_at, escrow_account_id, method) IN (0, 3) AND (paid_at IS NULL OR buyer_id IS NOT NULL)"
        " AND (paid_at IS NOT NULL OR num_nonnulls(payer_account_id, payment_transfer_id) = 0)",
    )
    op.create_check_constraint(
        op.f("ck_trades_method"),
        "trades",
        "method IN ('wallet', 'card', 'consumer_credit', 'fund_balance', 'voucher', 'split')",
    )
    op.execute(ASK)
