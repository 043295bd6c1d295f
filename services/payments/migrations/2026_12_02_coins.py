"""Tokens in customers' hands, and coins on their chain."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_02_coins"
down_revision = "2026_12_02_clearing"
branch_labels = None
depends_on = None

REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""
# What was stated, dealt and reported stays; what came and went is never deleted.
REVOKED = {
    "token_terms": "UPDATE, DELETE, TRUNCATE",
    "token_holdings": "DELETE, TRUNCATE",
    "token_deals": "UPDATE, DELETE, TRUNCATE",
    "coin_terms": "UPDATE, DELETE, TRUNCATE",
    "coin_prices": "UPDATE, DELETE, TRUNCATE",
    "coin_regulations": "UPDATE, DELETE, TRUNCATE",
    "coin_days": "UPDATE, DELETE, TRUNCATE",
    "coin_accounts": "UPDATE, DELETE, TRUNCATE",
    "coin_rails": "DELETE, TRUNCATE",
    "coin_deposits": "DELETE, TRUNCATE",
    "coin_withdrawals": "DELETE, TRUNCATE",
}
METHODS = {
    "order_payments": "method IN ('wallet', 'card', 'consumer_credit', 'fund_balance', 'voucher', 'token')",
    "trades": "method IN ('wallet', 'card', 'consumer_credit', 'fund_balance', 'voucher', 'token', 'split')",
}


def upgrade() -> None:
    for table, condition in METHODS.items():
        op.drop_constraint(op.f(f"ck_{table}_method"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_method"), table, condition)
    _tokens()
    _coins()
    _statements()
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(privileges=privileges, table=table))


def _tokens() -> None:

    op.create_table(
        "token_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("redeemable", sa.Boolean(), nullable=False),
        sa.Column("transferable", sa.Boolean(), nullable=False),
        sa.Column("holding_cap", sa.BigInteger(), nullable=False),
        sa.Column("daily_cap", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("holding_cap > 0 AND daily_cap > 0", name=op.f("ck_token_terms_caps_positive")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_token_terms_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_terms")),
    )
    op.create_index(
        op.f("ix_token_terms_unit_valid_from_id"), "token_terms", ["unit", "valid_from", "id"], unique=False
    )
    op.create_table(
        "token_holdings",
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_token_holdings_unit")),
        sa.PrimaryKeyConstraint("unit", "customer_id", name=op.f("pk_token_holdings")),
        sa.UniqueConstraint("account_id", name=op.f("uq_token_holdings_account_id")),
    )
    op.create_table(
        "token_deals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("movement_id", sa.Uuid(), nullable=True),
        sa.Column("counterparty_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("order_payment_id", sa.Uuid(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'gift') = (counterparty_id IS NOT NULL)", name=op.f("ck_token_deals_gift_to_somebody")
        ),
        sa.CheckConstraint("(kind = 'gift') = (movement_id IS NULL)", name=op.f("ck_token_deals_gift_moves_no_money")),
        sa.CheckConstraint("kind IN ('purchase', 'payment', 'redemption', 'gift')", name=op.f("ck_token_deals_kind")),
        sa.CheckConstraint(
            "num_nonnulls(order_id, order_payment_id) = CASE kind WHEN 'payment' THEN 2 ELSE 0 END",
            name=op.f("ck_token_deals_payment_of_an_order"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_token_deals_amount_positive")),
        sa.CheckConstraint("counterparty_id <> customer_id", name=op.f("ck_token_deals_gift_to_another")),
        sa.ForeignKeyConstraint(["movement_id"], ["unit_movements.id"], name=op.f("fk_token_deals_movement_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_token_deals_order_id")),
        sa.ForeignKeyConstraint(
            ["order_payment_id"], ["order_payments.id"], name=op.f("fk_token_deals_order_payment_id")
        ),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_token_deals_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_deals")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_token_deals_movement_id")),
        sa.UniqueConstraint("order_payment_id", name=op.f("uq_token_deals_order_payment_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_token_deals_transfer_id")),
    )
    op.create_index(op.f("ix_token_deals_counterparty_id_id"), "token_deals", ["counterparty_id", "id"], unique=False)
    op.create_index(op.f("ix_token_deals_customer_id_id"), "token_deals", ["customer_id", "id"], unique=False)


def _coins() -> None:

    op.create_table(
        "coin_rails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("issuance_account_id", sa.Uuid(), nullable=False),
        sa.Column("fees_account_id", sa.Uuid(), nullable=False),
        sa.Column("loss_account_id", sa.Uuid(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("best_block", sa.Text(), nullable=False),
        sa.Column("outputs", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("difference", sa.BigInteger(), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("height >= -1", name=op.f("ck_coin_rails_height")),
        sa.CheckConstraint("outputs >= 0", name=op.f("ck_coin_rails_outputs")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_coin_rails_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coin_rails")),
        sa.UniqueConstraint("fees_account_id", name=op.f("uq_coin_rails_fees_account_id")),
        sa.UniqueConstraint("issuance_account_id", name=op.f("uq_coin_rails_issuance_account_id")),
        sa.UniqueConstraint("loss_account_id", name=op.f("uq_coin_rails_loss_account_id")),
        sa.UniqueConstraint("unit", name=op.f("uq_coin_rails_unit")),
    )
    op.create_table(
        "coin_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(customer_id IS NULL) = (taken_at IS NULL)", name=op.f("ck_coin_addresses_taken_by_somebody")
        ),
        sa.ForeignKeyConstraint(["unit"], ["coin_rails.unit"], name=op.f("fk_coin_addresses_unit")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_coin_addresses")),
        sa.UniqueConstraint("unit", "number", name=op.f("uq_coin_addresses_unit_number")),
    )
    op.create_index(
        op.f("ix_coin_addresses_customer_id_unit_number"),
        "coin_addresses",
        ["customer_id", "unit", "number"],
        unique=False,
    )
    op.create_index(
        "ix_coin_addresses_free",
        "coin_addresses",
        ["unit", "number"],
        unique=False,
        postgresql_where=sa.text("customer_id IS NULL"),
    )
    op.create_table(
        "coin_accounts",
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["coin_rails.unit"], name=op.f("fk_coin_accounts_unit")),
        sa.PrimaryKeyConstraint("unit", "customer_id", name=op.f("pk_coin_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_coin_accounts_account_id")),
    )
    op.create_table(
        "coin_deposits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("txid", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("confirmations", sa.Integer(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'held') = (due_at IS NOT NULL)", name=op.f("ck_coin_deposits_held_is_due")),
        sa.CheckConstraint(
            "(state IN ('credited', 'reversed')) = (ended_at IS NOT NULL)",
            name=op.f("ck_coin_deposits_ended_when_credited"),
        ),
        sa.CheckConstraint(
            "lost BETWEEN 0 AND amount AND (state = 'reversed' OR lost = 0)",
            name=op.f("ck_coin_deposits_lost_when_reversed"),
        ),
        sa.CheckConstraint(
            "state IN ('confirming', 'dropped', 'held', 'credited', 'reversed')", name=op.f("ck_coin_deposits_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_coin_deposits_amount_positive")),
        sa.ForeignKeyConstraint(["unit"], ["coin_rails.unit"], name=op.f("fk_coin_deposits_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coin_deposits")),
        sa.UniqueConstraint("unit", "txid", "position", name=op.f("uq_coin_deposits_unit_txid_position")),
    )
    op.create_index(op.f("ix_coin_deposits_customer_id_id"), "coin_deposits", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_coin_deposits_due",
        "coin_deposits",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_coin_deposits_watched",
        "coin_deposits",
        ["unit", "id"],
        unique=False,
        postgresql_where=sa.text("confirmations < 6 AND state != 'dropped'"),
    )
    op.create_table(
        "coin_withdrawals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("network_fee", sa.BigInteger(), nullable=True),
        sa.Column("txid", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("fee_hold_id", sa.Uuid(), nullable=False),
        sa.Column("posted", sa.Boolean(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (failure_code IS NOT NULL)", name=op.f("ck_coin_withdrawals_failed_with_code")
        ),
        sa.CheckConstraint(
            "(state IN ('held', 'sent')) = (due_at IS NOT NULL)", name=op.f("ck_coin_withdrawals_waiting_is_due")
        ),
        sa.CheckConstraint(
            "(state IN ('held', 'sent')) = (ended_at IS NULL)", name=op.f("ck_coin_withdrawals_ended_when_final")
        ),
        sa.CheckConstraint(
            "state = 'sent' OR posted = (state IN ('confirmed', 'returned'))",
            name=op.f("ck_coin_withdrawals_posted_when_confirmed"),
        ),
        sa.CheckConstraint(
            "state IN ('held', 'sent', 'confirmed', 'failed', 'returned')", name=op.f("ck_coin_withdrawals_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'confirmed', 'returned') OR txid IS NOT NULL",
            name=op.f("ck_coin_withdrawals_sent_with_a_transaction"),
        ),
        sa.CheckConstraint(
            "amount > 0 AND fee > 0 AND network_fee >= 0 AND lost >= 0", name=op.f("ck_coin_withdrawals_amounts")
        ),
        sa.CheckConstraint(
            "num_nonnulls(txid, network_fee, sent_at) IN (0, 3)", name=op.f("ck_coin_withdrawals_sent_as_a_whole")
        ),
        sa.ForeignKeyConstraint(["unit"], ["coin_rails.unit"], name=op.f("fk_coin_withdrawals_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coin_withdrawals")),
        sa.UniqueConstraint("fee_hold_id", name=op.f("uq_coin_withdrawals_fee_hold_id")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_coin_withdrawals_hold_id")),
    )
    op.create_index(op.f("ix_coin_withdrawals_customer_id_id"), "coin_withdrawals", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_coin_withdrawals_due",
        "coin_withdrawals",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_coin_withdrawals_txid"), "coin_withdrawals", ["txid"], unique=False)


def _statements() -> None:

    op.create_table(
        "coin_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("share_ppm", sa.Integer(), nullable=False),
        sa.Column("daily_withdrawal", sa.BigInteger(), nullable=False),
        sa.Column("held_days", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "share_ppm BETWEEN 0 AND 1000000 AND daily_withdrawal > 0 AND held_days > 0",
            name=op.f("ck_coin_terms_figures"),
        ),
        sa.ForeignKeyConstraint(["unit"], ["coin_rails.unit"], name=op.f("fk_coin_terms_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coin_terms")),
    )
    op.create_index(op.f("ix_coin_terms_unit_valid_from_id"), "coin_terms", ["unit", "valid_from", "id"], unique=False)
    op.create_table(
        "coin_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price_on", sa.Date(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("ck_coin_prices_price_positive")),
        sa.ForeignKeyConstraint(["unit"], ["coin_rails.unit"], name=op.f("fk_coin_prices_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coin_prices")),
    )
    op.create_index(op.f("ix_coin_prices_unit_price_on_id"), "coin_prices", ["unit", "price_on", "id"], unique=False)
    op.create_table(
        "coin_regulations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("regulated", sa.Boolean(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("share_ppm", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["coin_rails.unit"], name=op.f("fk_coin_regulations_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coin_regulations")),
    )
    op.create_index(
        op.f("ix_coin_regulations_unit_from_on_id"), "coin_regulations", ["unit", "from_on", "id"], unique=False
    )
    op.create_table(
        "coin_days",
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("outputs", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("money", sa.BigInteger(), nullable=False),
        sa.Column("share_ppm", sa.Integer(), nullable=True),
        sa.Column("regulated", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(price, value, share_ppm) IN (0, 3)", name=op.f("ck_coin_days_valued_by_a_price")
        ),
        sa.ForeignKeyConstraint(["unit"], ["coin_rails.unit"], name=op.f("fk_coin_days_unit")),
        sa.PrimaryKeyConstraint("unit", "day", name=op.f("pk_coin_days")),
    )
