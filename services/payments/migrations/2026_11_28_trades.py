"""Escrow trades, their refunds, evidence, and categories with their deadlines."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_trades"
down_revision = "2026_11_28_returns"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was agreed, sold, asked and said stays so.
REVOKED = {
    "trade_categories": "UPDATE, DELETE, TRUNCATE",
    "trades": "DELETE, TRUNCATE",
    "trade_lines": "DELETE, TRUNCATE",
    "trade_refunds": "DELETE, TRUNCATE",
    "trade_refund_lines": "UPDATE, DELETE, TRUNCATE",
    "trade_evidence": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""
# The usual times of escrow trades. Operators set others, and other categories.
GENERAL = """INSERT INTO trade_categories (id, category, valid_from, pay_seconds, ship_seconds, confirm_seconds, extension_seconds,
        prolongation_seconds, answer_seconds, reconsider_seconds, return_seconds, inspect_seconds, evidence_seconds, ruling_seconds,
        default_buyer_share, source, set_by, set_at)
    VALUES ('00dc6ac0-5800-7000-8000-000000000001', 'general', '2000-01-01T00:00:00Z', 24 * 3600, 7 * 86400, 10 * 86400, 3 * 86400,
        30 * 86400, 5 * 86400, 7 * 86400, 7 * 86400, 10 * 86400, 7 * 86400, 15 * 86400, 5000,
        'custom of the large marketplaces, from general knowledge', 'payments', '2000-01-01T00:00:00Z')"""


def upgrade() -> None:
    op.create_table(
        "trade_categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pay_seconds", sa.Integer(), nullable=False),
        sa.Column("ship_seconds", sa.Integer(), nullable=False),
        sa.Column("confirm_seconds", sa.Integer(), nullable=False),
        sa.Column("extension_seconds", sa.Integer(), nullable=False),
        sa.Column("prolongation_seconds", sa.Integer(), nullable=False),
        sa.Column("answer_seconds", sa.Integer(), nullable=False),
        sa.Column("reconsider_seconds", sa.Integer(), nullable=False),
        sa.Column("return_seconds", sa.Integer(), nullable=False),
        sa.Column("inspect_seconds", sa.Integer(), nullable=False),
        sa.Column("evidence_seconds", sa.Integer(), nullable=False),
        sa.Column("ruling_seconds", sa.Integer(), nullable=False),
        sa.Column("default_buyer_share", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("default_buyer_share BETWEEN 0 AND 10000", name=op.f("ck_trade_categories_share")),
        sa.CheckConstraint(
            "evidence_seconds <= ruling_seconds", name=op.f("ck_trade_categories_evidence_before_ruling")
        ),
        sa.CheckConstraint(
            ""
            "least(pay_seconds, ship_seconds, confirm_seconds, answer_seconds, reconsider_seconds, return_seconds, inspect_seconds,"
            " evidence_seconds,"
            " ruling_seconds) > 0 AND extension_seconds >= 0 AND prolongation_seconds >= 0",
            name=op.f("ck_trade_categories_times_positive"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_categories")),
        sa.UniqueConstraint("category", "valid_from", name=op.f("uq_trade_categories_category_valid_from")),
    )
    op.create_table(
        "trades",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_trade_number", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("payer_account_id", sa.Uuid(), nullable=True),
        sa.Column("escrow_account_id", sa.Uuid(), nullable=True),
        sa.Column("payment_transfer_id", sa.Uuid(), nullable=True),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("prolonged_seconds", sa.Integer(), nullable=False),
        sa.Column("refunds", sa.SmallInteger(), nullable=False),
        sa.Column("rest", sa.Interval(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'TRADE_CLOSED') = (close_reason IS NOT NULL)", name=op.f("ck_trades_closed_with_reason")
        ),
        sa.CheckConstraint(
            "(state IN ('TRADE_FINISHED', 'TRADE_CLOSED')) = (ended_at IS NOT NULL)",
            name=op.f("ck_trades_ended_when_final"),
        ),
        sa.CheckConstraint(
            "CASE state WHEN 'TRADE_FINISHED' THEN released > 0 AND released + refunded = amount "
            "WHEN 'TRADE_CLOSED' THEN released = 0 AND refunded = CASE WHEN paid_at IS NULL THEN 0 "
            "ELSE amount END ELSE released + refunded < amount "
            "AND (paid_at IS NOT NULL OR released + refunded = 0) END",
            name=op.f("ck_trades_ends_with_nothing_held"),
        ),
        sa.CheckConstraint(
            "CASE state WHEN 'WAIT_BUYER_PAY' THEN paid_at IS NULL WHEN 'TRADE_CLOSED' THEN true "
            "ELSE paid_at IS NOT NULL END",
            name=op.f("ck_trades_waits_for_payment"),
        ),
        sa.CheckConstraint(
            "CASE state WHEN 'WAIT_SELLER_SEND_GOODS' THEN shipped_at IS NULL "
            "WHEN 'WAIT_BUYER_CONFIRM_GOODS' THEN shipped_at IS NOT NULL ELSE true END "
            "AND (shipped_at IS NULL OR paid_at IS NOT NULL)",
            name=op.f("ck_trades_shipped_when_paid"),
        ),
        sa.CheckConstraint("method IN ('wallet')", name=op.f("ck_trades_method")),
        sa.CheckConstraint(
            ""
            "state IN ('WAIT_BUYER_PAY', 'WAIT_SELLER_SEND_GOODS', 'WAIT_BUYER_CONFIRM_GOODS', 'TRADE_FINISHED', 'TRADE_CLOSED')",
            name=op.f("ck_trades_state"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (due_at IS NOT NULL)", name=op.f("ck_trades_waits_with_deadline")),
        sa.CheckConstraint(
            "(paid_at IS NULL) = (escrow_account_id IS NULL) AND (paid_at IS NULL) = (payer_account_id IS NULL) "
            "AND (paid_at IS NULL) = (payment_transfer_id IS NULL) AND (paid_at IS NULL) = (method IS NULL) "
            "AND (paid_at IS NULL OR buyer_id IS NOT NULL)",
            name=op.f("ck_trades_paid_into_escrow"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_trades_amount_positive")),
        sa.CheckConstraint(
            "released >= 0 AND refunded >= 0 AND released + refunded <= amount",
            name=op.f("ck_trades_never_more_than_held"),
        ),
        sa.CheckConstraint(
            "rest IS NULL OR (paid_at IS NOT NULL AND ended_at IS NULL)", name=op.f("ck_trades_rests_while_open")
        ),
        sa.ForeignKeyConstraint(["category_id"], ["trade_categories.id"], name=op.f("fk_trades_category_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_trades_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trades")),
        sa.UniqueConstraint("escrow_account_id", name=op.f("uq_trades_escrow_account_id")),
        sa.UniqueConstraint(
            "merchant_id", "merchant_trade_number", name=op.f("uq_trades_merchant_id_merchant_trade_number")
        ),
        sa.UniqueConstraint("payment_transfer_id", name=op.f("uq_trades_payment_transfer_id")),
    )
    op.create_index(op.f("ix_trades_buyer_id_id"), "trades", ["buyer_id", "id"], unique=False)
    op.create_index(
        op.f("ix_trades_due_at_id"),
        "trades",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_trades_merchant_id_id"), "trades", ["merchant_id", "id"], unique=False)
    op.create_table(
        "trade_lines",
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_trade_lines_number")),
        sa.CheckConstraint(
            "quantity > 0 AND unit_price > 0 AND amount = quantity * unit_price",
            name=op.f("ck_trade_lines_amount_of_items"),
        ),
        sa.CheckConstraint(
            "released >= 0 AND refunded >= 0 AND released + refunded <= amount",
            name=op.f("ck_trade_lines_never_more_than_held"),
        ),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_trade_lines_trade_id")),
        sa.PrimaryKeyConstraint("trade_id", "number", name=op.f("pk_trade_lines")),
    )
    op.create_table(
        "trade_refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("return_goods", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refusal_reason", sa.Text(), nullable=True),
        sa.Column("proposed_amount", sa.BigInteger(), nullable=True),
        sa.Column("proposed_return", sa.Boolean(), nullable=True),
        sa.Column("return_carrier", sa.Text(), nullable=True),
        sa.Column("return_tracking_number", sa.Text(), nullable=True),
        sa.Column("evidence_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("buyer_amount", sa.BigInteger(), nullable=True),
        sa.Column("seller_amount", sa.BigInteger(), nullable=True),
        sa.Column("ruled_by", sa.Text(), nullable=True),
        sa.Column("ruling_reason", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NOT DISTINCT FROM 'ruled') = (ruled_by IS NOT NULL) "
            "AND (ruled_by IS NULL) = (ruling_reason IS NULL)",
            name=op.f("ck_trade_refunds_ruled_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'REFUND_SUCCESS') = (coalesce(buyer_amount, 0) > 0)",
            name=op.f("ck_trade_refunds_success_pays_the_buyer"),
        ),
        sa.CheckConstraint(
            "(state IN ('REFUND_SUCCESS', 'REFUND_CLOSED')) = (ended_at IS NOT NULL) "
            "AND (ended_at IS NULL) = (outcome IS NULL)",
            name=op.f("ck_trade_refunds_ended_when_final"),
        ),
        sa.CheckConstraint(
            "state <> 'IN_ARBITRATION' OR evidence_due_at IS NOT NULL",
            name=op.f("ck_trade_refunds_arbitration_takes_evidence"),
        ),
        sa.CheckConstraint(
            "state IN ('WAIT_SELLER_AGREE', 'SELLER_REFUSED', 'WAIT_BUYER_RETURN_GOODS', "
            "'WAIT_SELLER_CONFIRM_RETURN', 'IN_ARBITRATION', 'REFUND_SUCCESS', 'REFUND_CLOSED')",
            name=op.f("ck_trade_refunds_state"),
        ),
        sa.CheckConstraint(
            "(buyer_amount IS NULL) = (seller_amount IS NULL) AND (buyer_amount IS NULL OR ended_at IS NOT NULL) "
            "AND buyer_amount >= 0 AND seller_amount >= 0 AND buyer_amount + seller_amount = amount",
            name=op.f("ck_trade_refunds_split_adds_up"),
        ),
        sa.CheckConstraint(
            "(proposed_amount IS NULL) = (proposed_return IS NULL)", name=op.f("ck_trade_refunds_proposal_whole")
        ),
        sa.CheckConstraint("amount > 0 AND amount <= asked", name=op.f("ck_trade_refunds_amount_of_what_was_asked")),
        sa.CheckConstraint(
            "proposed_amount > 0 AND proposed_amount < asked", name=op.f("ck_trade_refunds_proposal_less")
        ),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_trade_refunds_trade_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_refunds")),
        sa.UniqueConstraint("trade_id", "number", name=op.f("uq_trade_refunds_trade_id_number")),
    )
    op.create_index(
        op.f("ix_trade_refunds_state_id"),
        "trade_refunds",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_trade_refunds_open",
        "trade_refunds",
        ["trade_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "trade_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("file_size", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("party IN ('buyer', 'seller')", name=op.f("ck_trade_evidence_party")),
        sa.CheckConstraint(
            "(file_hash IS NULL) = (media_type IS NULL) AND (file_hash IS NULL) = (file_size IS NULL)",
            name=op.f("ck_trade_evidence_file_whole"),
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["trade_refunds.id"], name=op.f("fk_trade_evidence_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_evidence")),
    )
    op.create_index(op.f("ix_trade_evidence_refund_id_id"), "trade_evidence", ["refund_id", "id"], unique=False)
    op.create_table(
        "trade_refund_lines",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("trade_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_trade_refund_lines_amount_positive")),
        sa.ForeignKeyConstraint(["refund_id"], ["trade_refunds.id"], name=op.f("fk_trade_refund_lines_refund_id")),
        sa.ForeignKeyConstraint(
            ["trade_id", "number"],
            ["trade_lines.trade_id", "trade_lines.number"],
            name=op.f("fk_trade_refund_lines_trade_id_number"),
        ),
        sa.PrimaryKeyConstraint("refund_id", "number", name=op.f("pk_trade_refund_lines")),
    )
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
    op.execute(GENERAL)
