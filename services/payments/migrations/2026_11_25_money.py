"""Ledger, wallets, cards and orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_money"
down_revision = None
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: history is added to.
REVOKED = {
    "ledger_transfers": "UPDATE, DELETE, TRUNCATE",
    "ledger_account_steps": "UPDATE, DELETE, TRUNCATE",
    "ledger_accounts": "DELETE, TRUNCATE",
    "ledger_holds": "DELETE, TRUNCATE",
    "ledger_refusals": "UPDATE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "cards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("bank_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusal_code", sa.Text(), nullable=True),
        sa.Column("submitted_code", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'confirming') = (submitted_code IS NOT NULL)", name=op.f("ck_cards_code_while_confirming")
        ),
        sa.CheckConstraint("kind IN ('debit', 'credit', 'prepaid')", name=op.f("ck_cards_kind")),
        sa.CheckConstraint(
            "state IN ('requested', 'code_sent', 'confirming', 'bound', 'refused', 'removed')",
            name=op.f("ck_cards_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('requested', 'code_sent', 'confirming') OR due_at IS NOT NULL",
            name=op.f("ck_cards_open_is_due"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
    )
    op.create_index(op.f("ix_cards_customer_id_id"), "cards", ["customer_id", "id"], unique=False)
    op.create_index(
        op.f("ix_cards_due_at"), "cards", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "uq_cards_live_number",
        "cards",
        ["customer_id", "number_index"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'code_sent', 'confirming', 'bound')"),
    )
    op.create_table(
        "channel_instructions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('charge', 'payout')", name=op.f("ck_channel_instructions_kind")),
        sa.CheckConstraint(
            "state IN ('requested', 'unknown', 'succeeded', 'declined', 'absent')",
            name=op.f("ck_channel_instructions_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('requested', 'unknown') OR due_at IS NOT NULL",
            name=op.f("ck_channel_instructions_open_is_due"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('succeeded', 'declined') OR due_at IS NULL",
            name=op.f("ck_channel_instructions_final_is_not_due"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_channel_instructions_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_instructions")),
    )
    op.create_index(
        op.f("ix_channel_instructions_card_id"),
        "channel_instructions",
        ["card_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('requested', 'unknown')"),
    )
    op.create_index(
        op.f("ix_channel_instructions_kind_due_at"),
        "channel_instructions",
        ["kind", "due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_channel_instructions_subject_id"), "channel_instructions", ["subject_id"], unique=False)
    op.create_table(
        "ledger_account_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('opened', 'frozen', 'released', 'closed')", name=op.f("ck_ledger_account_steps_step")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account_steps")),
    )
    op.create_index(
        op.f("ix_ledger_account_steps_book_id_account_id_taken_at"),
        "ledger_account_steps",
        ["book_id", "account_id", "taken_at"],
        unique=False,
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("debits_posted", sa.BigInteger(), nullable=False),
        sa.Column("debits_pending", sa.BigInteger(), nullable=False),
        sa.Column("credits_posted", sa.BigInteger(), nullable=False),
        sa.Column("credits_pending", sa.BigInteger(), nullable=False),
        sa.Column("last_posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "rule <> 'credits_must_not_exceed_debits' OR credits_posted + credits_pending <= debits_posted",
            name=op.f("ck_ledger_accounts_credits_covered"),
        ),
        sa.CheckConstraint(
            "rule <> 'debits_must_not_exceed_credits' OR debits_posted + debits_pending <= credits_posted",
            name=op.f("ck_ledger_accounts_debits_covered"),
        ),
        sa.CheckConstraint(
            "rule IN ('none', 'debits_must_not_exceed_credits', 'credits_must_not_exceed_debits')",
            name=op.f("ck_ledger_accounts_rule"),
        ),
        sa.CheckConstraint(
            "least(debits_posted, debits_pending, credits_posted, credits_pending) >= 0",
            name=op.f("ck_ledger_accounts_sums_not_negative"),
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_ledger_accounts")),
        postgresql_with={"fillfactor": 60},
    )
    op.create_index(
        op.f("ix_ledger_accounts_owner_kind_currency"), "ledger_accounts", ["owner", "kind", "currency"], unique=False
    )
    op.create_table(
        "ledger_holds",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_holds_amount_positive")),
        sa.CheckConstraint("state BETWEEN 0 AND 3", name=op.f("ck_ledger_holds_state")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_ledger_holds")),
    )
    op.create_index(
        op.f("ix_ledger_holds_expires_at"),
        "ledger_holds",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 0 AND expires_at IS NOT NULL"),
    )
    op.create_table(
        "ledger_refusals",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("command", postgresql.JSONB(), nullable=False),
        sa.Column("seen", postgresql.JSONB(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("book_id", "transfer_id", name=op.f("pk_ledger_refusals")),
    )
    op.create_index(
        op.f("ix_ledger_refusals_recorded_at"),
        "ledger_refusals",
        ["recorded_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "ledger_transfers",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("debited_debits_posted", sa.BigInteger(), nullable=False),
        sa.Column("debited_debits_pending", sa.BigInteger(), nullable=False),
        sa.Column("debited_credits_posted", sa.BigInteger(), nullable=False),
        sa.Column("debited_credits_pending", sa.BigInteger(), nullable=False),
        sa.Column("credited_debits_posted", sa.BigInteger(), nullable=False),
        sa.Column("credited_debits_pending", sa.BigInteger(), nullable=False),
        sa.Column("credited_credits_posted", sa.BigInteger(), nullable=False),
        sa.Column("credited_credits_pending", sa.BigInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("pending_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("timeout_seconds", sa.Integer(), nullable=True),
        sa.CheckConstraint("(kind >= 2) = (pending_id IS NOT NULL)", name=op.f("ck_ledger_transfers_settles_a_hold")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_transfers_amount_positive")),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck_ledger_transfers_two_accounts")),
        sa.CheckConstraint("kind BETWEEN 0 AND 4", name=op.f("ck_ledger_transfers_kind")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_ledger_transfers")),
    )
    op.create_index(
        op.f("ix_ledger_transfers_book_id_credit_account_id_posted_at"),
        "ledger_transfers",
        ["book_id", "credit_account_id", "posted_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ledger_transfers_book_id_debit_account_id_posted_at"),
        "ledger_transfers",
        ["book_id", "debit_account_id", "posted_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ledger_transfers_book_id_pending_id"),
        "ledger_transfers",
        ["book_id", "pending_id"],
        unique=False,
        postgresql_where=sa.text("pending_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_ledger_transfers_reference_posted_at_id"),
        "ledger_transfers",
        ["reference", "posted_at", "id"],
        unique=False,
        postgresql_where=sa.text("reference <> ''"),
    )
    op.create_index("uq_ledger_transfers_batch_id_number", "ledger_transfers", ["batch_id", "number"], unique=True)
    op.create_table(
        "merchants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
        sa.UniqueConstraint("account_id", name=op.f("uq_merchants_account_id")),
    )
    op.create_index(op.f("ix_merchants_owner_id"), "merchants", ["owner", "id"], unique=False)
    op.create_table(
        "reserve_accounts",
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("bank", "currency", name=op.f("pk_reserve_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_reserve_accounts_account_id")),
    )
    op.create_table(
        "wallets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallets")),
        sa.UniqueConstraint("account_id", name=op.f("uq_wallets_account_id")),
        sa.UniqueConstraint("customer_id", "currency", name=op.f("uq_wallets_customer_id_currency")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_order_number", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'TRADE_CLOSED') = (close_reason IS NOT NULL)", name=op.f("ck_orders_closed_with_reason")
        ),
        sa.CheckConstraint(
            "(state = 'TRADE_SUCCESS') = (transfer_id IS NOT NULL)", name=op.f("ck_orders_paid_with_transfer")
        ),
        sa.CheckConstraint("(state = 'WAIT_BUYER_PAY') = (ended_at IS NULL)", name=op.f("ck_orders_ended_when_final")),
        sa.CheckConstraint(
            "state IN ('WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_CLOSED')", name=op.f("ck_orders_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_orders_amount_positive")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_orders_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint(
            "merchant_id", "merchant_order_number", name=op.f("uq_orders_merchant_id_merchant_order_number")
        ),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_orders_transfer_id")),
    )
    op.create_index(op.f("ix_orders_buyer_id_id"), "orders", ["buyer_id", "id"], unique=False)
    op.create_index(
        op.f("ix_orders_due_at"),
        "orders",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'WAIT_BUYER_PAY'"),
    )
    op.create_index(op.f("ix_orders_merchant_id_id"), "orders", ["merchant_id", "id"], unique=False)
    op.create_table(
        "top_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name=op.f("ck_top_ups_failed_with_code")),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_top_ups_ended_when_final")),
        sa.CheckConstraint("state IN ('pending', 'succeeded', 'failed')", name=op.f("ck_top_ups_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_top_ups_amount_positive")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_top_ups_card_id")),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["channel_instructions.id"], name=op.f("fk_top_ups_instruction_id")
        ),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_top_ups_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_top_ups")),
        sa.UniqueConstraint("instruction_id", name=op.f("uq_top_ups_instruction_id")),
    )
    op.create_index(op.f("ix_top_ups_customer_id_id"), "top_ups", ["customer_id", "id"], unique=False)
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (failure_code IS NOT NULL)", name=op.f("ck_withdrawals_failed_with_code")
        ),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_withdrawals_ended_when_final")),
        sa.CheckConstraint("state IN ('pending', 'succeeded', 'failed')", name=op.f("ck_withdrawals_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_withdrawals_amount_positive")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_withdrawals_card_id")),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["channel_instructions.id"], name=op.f("fk_withdrawals_instruction_id")
        ),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_withdrawals_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_withdrawals_hold_id")),
        sa.UniqueConstraint("instruction_id", name=op.f("uq_withdrawals_instruction_id")),
    )
    op.create_index(op.f("ix_withdrawals_customer_id_id"), "withdrawals", ["customer_id", "id"], unique=False)
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
