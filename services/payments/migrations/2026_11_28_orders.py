"""Orders paid in parts, refunded and settled."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_orders"
down_revision = "2026_11_28_limits"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("merchants", sa.Column("proceeds_account_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_merchants_proceeds_account_id"), "merchants", ["proceeds_account_id"])
    _orders()
    _payments()
    _refunds()


def _orders() -> None:
    for column in (
        sa.Column("paid_at", INSTANT, nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("refund_until", INSTANT, nullable=True),
        sa.Column("payee_account_id", sa.Uuid(), nullable=True),
        sa.Column("refunded", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("settlement_id", sa.Uuid(), nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("fee_returned", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("parts", sa.SmallInteger(), nullable=False, server_default="0"),
    ):
        op.add_column("orders", column)
    for name in ("paid_with_transfer", "ended_when_final", "state"):
        op.drop_constraint(op.f(f"ck_orders_{name}"), "orders", type_="check")
    # Whoever was paid before was credited at once, in full, and keeps a year for refunds.
    op.execute("""UPDATE orders SET paid_at = ended_at, paid_on = (ended_at AT TIME ZONE 'Asia/Shanghai')::date,
        refund_until = ended_at + interval '365 days', payee_account_id = merchants.account_id, parts = 1,
        ended_at = NULL
        FROM merchants WHERE merchants.id = orders.merchant_id AND orders.state = 'TRADE_SUCCESS'""")
    for name, condition in {
        "state": "state IN ('WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED')",
        "success_is_paid": "state NOT IN ('TRADE_SUCCESS', 'TRADE_FINISHED') OR paid_at IS NOT NULL",
        "waiting_is_unpaid": "state <> 'WAIT_BUYER_PAY' OR paid_at IS NULL",
        "paid_wholly_told": "num_nonnulls(paid_at, paid_on, refund_until) IN (0, 3)",
        "paid_to_somebody": "paid_at IS NULL OR payee_account_id IS NOT NULL",
        "ended_when_final": "(state IN ('WAIT_BUYER_PAY', 'TRADE_SUCCESS')) = (ended_at IS NULL)",
        "refunded_within": "refunded BETWEEN 0 AND amount",
        "closed_when_given_back": "state <> 'TRADE_CLOSED' OR paid_at IS NULL OR refunded = amount",
        "settled_with_fee": "(settlement_id IS NULL) = (fee_minor IS NULL)",
        "fee_returned_within": "fee_returned BETWEEN 0 AND coalesce(fee_minor, 0)",
    }.items():
        op.create_check_constraint(op.f(f"ck_orders_{name}"), "orders", condition)
    op.create_index(
        op.f("ix_orders_refund_until"),
        "orders",
        ["refund_until"],
        postgresql_where=sa.text("state = 'TRADE_SUCCESS'"),
    )


def _payments() -> None:
    op.create_table(
        "order_payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("instruction_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("refunded", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "method IN ('wallet', 'card', 'consumer_credit', 'fund_balance', 'voucher')",
            name=op.f("ck_order_payments_method"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'held', 'paid', 'failed', 'voided', 'returned')",
            name=op.f("ck_order_payments_state"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_order_payments_amount_positive")),
        sa.CheckConstraint(
            "(method = 'card') = (account_id IS NULL)", name=op.f("ck_order_payments_account_unless_card")
        ),
        sa.CheckConstraint("(method = 'card') = (card_id IS NOT NULL)", name=op.f("ck_order_payments_card_of_cards")),
        sa.CheckConstraint("state <> 'held' OR hold_id IS NOT NULL", name=op.f("ck_order_payments_held_by_a_hold")),
        sa.CheckConstraint(
            "state <> 'paid' OR transfer_id IS NOT NULL", name=op.f("ck_order_payments_paid_by_a_transfer")
        ),
        sa.CheckConstraint(
            "(state IN ('pending', 'held')) = (ended_at IS NULL)",
            name=op.f("ck_order_payments_ended_when_final"),
        ),
        sa.CheckConstraint("refunded BETWEEN 0 AND amount", name=op.f("ck_order_payments_refunded_within")),
        sa.CheckConstraint("refunded = 0 OR state = 'paid'", name=op.f("ck_order_payments_refunded_once_paid")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_payments_order_id")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_order_payments_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_payments")),
        sa.UniqueConstraint("instruction_id", name=op.f("uq_order_payments_instruction_id")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_payments_order_id_position")),
    )
    # Payments made before this had one part, the wallet's.
    op.execute("""INSERT INTO order_payments (id, order_id, position, method, payer, customer_id, amount, state, created_at,
            account_id, transfer_id, ended_at)
        SELECT orders.transfer_id, orders.id, 0, 'wallet', account.owner, orders.buyer_id, orders.amount, 'paid', orders.paid_at,
            account.id, orders.transfer_id, orders.paid_at
        FROM orders JOIN ledger_transfers AS transfer ON transfer.id = orders.transfer_id
        JOIN ledger_accounts AS account ON account.id = transfer.debit_account_id WHERE orders.state = 'TRADE_SUCCESS'""")


def _refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_refund_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("fee_returned", sa.BigInteger(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('refund_pending_funds', 'succeeded', 'failed')", name=op.f("ck_refunds_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount_positive")),
        sa.CheckConstraint("fee_returned BETWEEN 0 AND amount", name=op.f("ck_refunds_fee_returned_within")),
        sa.CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name=op.f("ck_refunds_failed_with_code")),
        sa.CheckConstraint(
            "(state = 'refund_pending_funds') = (ended_at IS NULL)", name=op.f("ck_refunds_ended_when_final")
        ),
        sa.CheckConstraint(
            "(state = 'refund_pending_funds') = (due_at IS NOT NULL AND expires_at IS NOT NULL)",
            name=op.f("ck_refunds_pending_is_due"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_refunds_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint(
            "merchant_id", "merchant_refund_number", name=op.f("uq_refunds_merchant_id_merchant_refund_number")
        ),
    )
    op.create_index(op.f("ix_refunds_order_id_id"), "refunds", ["order_id", "id"])
    op.create_index(op.f("ix_refunds_merchant_id_id"), "refunds", ["merchant_id", "id"])
    op.create_index(op.f("ix_refunds_due_at"), "refunds", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_table(
        "refund_legs",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_legs_amount_positive")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_refund_legs_refund_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["order_payments.id"], name=op.f("fk_refund_legs_payment_id")),
        sa.PrimaryKeyConstraint("refund_id", "payment_id", name=op.f("pk_refund_legs")),
    )
    op.create_index(op.f("ix_refund_legs_payment_id"), "refund_legs", ["payment_id"])
    op.create_table(
        "refund_transfers",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_refund_transfers_refund_id")),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_refund_transfers")),
    )
    op.create_index(op.f("ix_refund_transfers_refund_id"), "refund_transfers", ["refund_id"])
