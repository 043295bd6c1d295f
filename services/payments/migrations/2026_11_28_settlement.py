"""Settlement: fee plans, contracts, settlements, shared parts, standing deductions and payouts."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_settlement"
down_revision = "2026_11_28_returns"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# What the service's own role may never do, whatever its code says: terms, prices and settlements stay what they were.
APPEND_ONLY = (
    "fee_plans",
    "fee_plan_tiers",
    "payout_accounts",
    "settlement_contracts",
    "settlements",
    "settlement_accounts",
    "settlement_transfers",
    "deduction_takings",
)
NEVER_DELETED = (
    "settlement_positions",
    "settlement_receivables",
    "reserve_holdings",
    "merchant_volumes",
    "merchant_payouts",
    "payout_batches",
    "payout_batch_lines",
    "share_receivers",
    "order_shares",
    "standing_deductions",
)
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    # A run reads a merchant's paid orders in their order; the columns it writes are in no index, so that it touches none.
    op.create_index(
        op.f("ix_orders_merchant_id_paid_at_id"),
        "orders",
        ["merchant_id", "paid_at", "id"],
        unique=False,
        postgresql_where=sa.text("paid_at IS NOT NULL"),
    )
    # Bills list a day's refunds in their order.
    op.create_index(
        op.f("ix_refunds_merchant_id_ended_at_id"),
        "refunds",
        ["merchant_id", "ended_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'succeeded'"),
    )
    op.execute("ALTER TABLE orders SET (fillfactor = 70)")
    _tables()
    for table in APPEND_ONLY:
        op.execute(REVOKE.format(table=table, privileges="UPDATE, DELETE, TRUNCATE"))
    for table in NEVER_DELETED:
        op.execute(REVOKE.format(table=table, privileges="DELETE, TRUNCATE"))


def _tables() -> None:
    op.create_table(
        "fee_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rounding", sa.Text(), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("cap_minor", sa.BigInteger(), nullable=True),
        sa.Column("free_quota_minor", sa.BigInteger(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.CheckConstraint("rounding IN ('half_up', 'down', 'up')", name=op.f("ck_fee_plans_rounding")),
        sa.CheckConstraint("version > 0", name=op.f("ck_fee_plans_version_positive")),
        sa.CheckConstraint("minimum_minor >= 0 AND free_quota_minor >= 0", name=op.f("ck_fee_plans_not_negative")),
        sa.CheckConstraint("cap_minor >= minimum_minor", name=op.f("ck_fee_plans_cap_not_below_minimum")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_plans")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_fee_plans_code_version")),
    )
    op.create_table(
        "payout_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('closed', 'submitted', 'cancelling', 'completed', 'cancelled')",
            name=op.f("ck_payout_batches_state"),
        ),
        sa.CheckConstraint("lines > 0 AND total_minor > 0", name=op.f("ck_payout_batches_not_empty")),
        sa.CheckConstraint(
            "(state IN ('completed', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_payout_batches_ended_when_final"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (due_at IS NOT NULL)", name=op.f("ck_payout_batches_waiting_until")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batches")),
        sa.UniqueConstraint("message_id", name=op.f("uq_payout_batches_message_id")),
        sa.UniqueConstraint(
            "bank", "currency", "execute_on", "number", name=op.f("uq_payout_batches_bank_currency_execute_on_number")
        ),
    )
    op.create_index(
        op.f("ix_payout_batches_due_at"),
        "payout_batches",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "settlement_accounts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('fee_income', 'refund_advance')", name=op.f("ck_settlement_accounts_kind")),
        sa.PrimaryKeyConstraint("kind", "currency", name=op.f("pk_settlement_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_settlement_accounts_account_id")),
    )
    op.create_table(
        "fee_plan_tiers",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("lower_minor", sa.BigInteger(), nullable=False),
        sa.Column("upper_minor", sa.BigInteger(), nullable=False),
        sa.Column("rate_millionths", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("0 <= lower_minor AND lower_minor < upper_minor", name=op.f("ck_fee_plan_tiers_bounds")),
        sa.CheckConstraint("rate_millionths BETWEEN 0 AND 1000000", name=op.f("ck_fee_plan_tiers_rate")),
        sa.ForeignKeyConstraint(["plan_id"], ["fee_plans.id"], name=op.f("fk_fee_plan_tiers_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "lower_minor", name=op.f("pk_fee_plan_tiers")),
    )
    op.create_table(
        "merchant_volumes",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("volume_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("volume_minor > 0", name=op.f("ck_merchant_volumes_volume_positive")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_merchant_volumes_month_begins")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_volumes_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "month", name=op.f("pk_merchant_volumes")),
    )
    op.create_table(
        "payout_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_payout_accounts_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_accounts")),
    )
    op.create_index(op.f("ix_payout_accounts_merchant_id_id"), "payout_accounts", ["merchant_id", "id"], unique=False)
    op.create_table(
        "settlement_positions",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("reserve_account_id", sa.Uuid(), nullable=False),
        sa.Column("window_on", sa.Date(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("settled_until", INSTANT, nullable=False),
        sa.Column("skipped_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_settlement_positions_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_settlement_positions")),
        sa.UniqueConstraint("reserve_account_id", name=op.f("uq_settlement_positions_reserve_account_id")),
    )
    op.create_index(
        op.f("ix_settlement_positions_due_at_merchant_id"),
        "settlement_positions",
        ["due_at", "merchant_id"],
        unique=False,
    )
    op.create_table(
        "share_receivers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_share_receivers_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_receivers")),
        sa.UniqueConstraint("merchant_id", "account_id", name=op.f("uq_share_receivers_merchant_id_account_id")),
    )
    op.create_table(
        "standing_deductions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("lender", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("share_millionths", sa.BigInteger(), nullable=False),
        sa.Column("cap_minor", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("taken_minor", sa.BigInteger(), nullable=False),
        sa.Column("agreed_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("end_code", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'active', 'completed', 'revoked')", name=op.f("ck_standing_deductions_state")
        ),
        sa.CheckConstraint("share_millionths BETWEEN 1 AND 1000000", name=op.f("ck_standing_deductions_share")),
        sa.CheckConstraint("cap_minor > 0", name=op.f("ck_standing_deductions_cap_positive")),
        sa.CheckConstraint("taken_minor BETWEEN 0 AND cap_minor", name=op.f("ck_standing_deductions_taken_within")),
        sa.CheckConstraint(
            "taken_minor < cap_minor OR state IN ('completed', 'revoked')",
            name=op.f("ck_standing_deductions_ended_at_its_cap"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (due_at IS NOT NULL)", name=op.f("ck_standing_deductions_proposed_until")
        ),
        sa.CheckConstraint(
            "state NOT IN ('active', 'completed') OR agreed_at IS NOT NULL",
            name=op.f("ck_standing_deductions_agreed_to"),
        ),
        sa.CheckConstraint(
            "(state IN ('completed', 'revoked')) = (ended_at IS NOT NULL)",
            name=op.f("ck_standing_deductions_ended_when_final"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (end_code IS NULL)", name=op.f("ck_standing_deductions_ended_with_code")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_standing_deductions_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_deductions")),
    )
    op.create_index(
        op.f("ix_standing_deductions_due_at"),
        "standing_deductions",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index(
        op.f("ix_standing_deductions_ends_on"),
        "standing_deductions",
        ["ends_on"],
        unique=False,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(op.f("ix_standing_deductions_lender_id"), "standing_deductions", ["lender", "id"], unique=False)
    op.create_index(
        op.f("ix_standing_deductions_merchant_id_id"), "standing_deductions", ["merchant_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_standing_deductions_merchant_id_priority_id"),
        "standing_deductions",
        ["merchant_id", "priority", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "settlement_contracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_days", sa.Integer(), nullable=False),
        sa.Column("cut_off_minutes", sa.Integer(), nullable=False),
        sa.Column("reserve_rate_millionths", sa.BigInteger(), nullable=False),
        sa.Column("reserve_days", sa.Integer(), nullable=False),
        sa.Column("refund_policy", sa.Text(), nullable=False),
        sa.Column("share_limit_millionths", sa.BigInteger(), nullable=False),
        sa.Column("payout", sa.Text(), nullable=False),
        sa.Column("payout_account_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("cycle_days BETWEEN 0 AND 30", name=op.f("ck_settlement_contracts_cycle")),
        sa.CheckConstraint("cut_off_minutes BETWEEN 0 AND 1440", name=op.f("ck_settlement_contracts_cut_off")),
        sa.CheckConstraint(
            "reserve_rate_millionths BETWEEN 0 AND 1000000", name=op.f("ck_settlement_contracts_reserve_rate")
        ),
        sa.CheckConstraint("reserve_days BETWEEN 0 AND 365", name=op.f("ck_settlement_contracts_reserve_days")),
        sa.CheckConstraint(
            "share_limit_millionths BETWEEN 0 AND 1000000", name=op.f("ck_settlement_contracts_share_limit")
        ),
        sa.CheckConstraint("refund_policy IN ('wait', 'advance')", name=op.f("ck_settlement_contracts_refund_policy")),
        sa.CheckConstraint("payout IN ('balance', 'bank')", name=op.f("ck_settlement_contracts_payout")),
        sa.CheckConstraint(
            "(payout = 'bank') = (payout_account_id IS NOT NULL)",
            name=op.f("ck_settlement_contracts_bank_with_account"),
        ),
        sa.ForeignKeyConstraint(
            ["payout_account_id"], ["payout_accounts.id"], name=op.f("fk_settlement_contracts_payout_account_id")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_settlement_contracts_merchant_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["fee_plans.id"], name=op.f("fk_settlement_contracts_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_contracts")),
        sa.UniqueConstraint(
            "merchant_id", "effective_on", name=op.f("uq_settlement_contracts_merchant_id_effective_on")
        ),
    )
    op.create_table(
        "settlement_receivables",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("collected", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_settlement_receivables_amount_positive")),
        sa.CheckConstraint("collected BETWEEN 0 AND amount", name=op.f("ck_settlement_receivables_collected_within")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_settlement_receivables_order_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_settlement_receivables_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_receivables")),
    )
    op.create_index(
        op.f("ix_settlement_receivables_merchant_id_id"),
        "settlement_receivables",
        ["merchant_id", "id"],
        unique=False,
        postgresql_where=sa.text("collected < amount"),
    )
    op.create_table(
        "settlements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("window_on", sa.Date(), nullable=False),
        sa.Column("cut_off_at", INSTANT, nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("shares_minor", sa.BigInteger(), nullable=False),
        sa.Column("receivable_minor", sa.BigInteger(), nullable=False),
        sa.Column("deductions_minor", sa.BigInteger(), nullable=False),
        sa.Column("reserve_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("orders > 0", name=op.f("ck_settlements_of_orders")),
        sa.CheckConstraint(
            "least(refunded_minor, fee_minor, shares_minor, receivable_minor, deductions_minor, reserve_minor, net_minor) >= 0",
            name=op.f("ck_settlements_not_negative"),
        ),
        sa.CheckConstraint(
            "gross_minor - refunded_minor = fee_minor + shares_minor + receivable_minor + deductions_minor + reserve_minor + net_minor",
            name=op.f("ck_settlements_divided_wholly"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_settlements_merchant_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["settlement_contracts.id"], name=op.f("fk_settlements_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
    )
    op.create_index(op.f("ix_settlements_merchant_id_id"), "settlements", ["merchant_id", "id"], unique=False)
    op.create_index(op.f("ix_settlements_settled_on_id"), "settlements", ["settled_on", "id"], unique=False)
    op.create_table(
        "deduction_takings",
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("deduction_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deduction_takings_amount_positive")),
        sa.ForeignKeyConstraint(
            ["deduction_id"], ["standing_deductions.id"], name=op.f("fk_deduction_takings_deduction_id")
        ),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlements.id"], name=op.f("fk_deduction_takings_settlement_id")),
        sa.PrimaryKeyConstraint("settlement_id", "deduction_id", name=op.f("pk_deduction_takings")),
    )
    op.create_index(
        op.f("ix_deduction_takings_deduction_id_settlement_id"),
        "deduction_takings",
        ["deduction_id", "settlement_id"],
        unique=False,
    )
    op.create_table(
        "merchant_payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("payout_account_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'batched', 'paid', 'failed')", name=op.f("ck_merchant_payouts_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_merchant_payouts_amount_positive")),
        sa.CheckConstraint(
            "(state = 'waiting') = (due_at IS NOT NULL)", name=op.f("ck_merchant_payouts_waiting_until")
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (failure_code IS NOT NULL)", name=op.f("ck_merchant_payouts_failed_with_code")
        ),
        sa.CheckConstraint(
            "(state IN ('paid', 'failed')) = (ended_at IS NOT NULL)", name=op.f("ck_merchant_payouts_ended_when_final")
        ),
        sa.ForeignKeyConstraint(
            ["payout_account_id"], ["payout_accounts.id"], name=op.f("fk_merchant_payouts_payout_account_id")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_payouts_merchant_id")),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlements.id"], name=op.f("fk_merchant_payouts_settlement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_payouts")),
        sa.UniqueConstraint("settlement_id", name=op.f("uq_merchant_payouts_settlement_id")),
    )
    op.create_index(
        op.f("ix_merchant_payouts_due_at_id"),
        "merchant_payouts",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(op.f("ix_merchant_payouts_merchant_id_id"), "merchant_payouts", ["merchant_id", "id"], unique=False)
    op.create_table(
        "order_shares",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("declared_at", INSTANT, nullable=False),
        sa.Column("called_back", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=True),
        sa.Column("cancel_code", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('declared', 'paid', 'cancelled')", name=op.f("ck_order_shares_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_order_shares_amount_positive")),
        sa.CheckConstraint("called_back BETWEEN 0 AND amount", name=op.f("ck_order_shares_called_back_within")),
        sa.CheckConstraint("returned BETWEEN 0 AND paid_minor", name=op.f("ck_order_shares_returned_within")),
        sa.CheckConstraint("(state = 'paid') = (paid_minor > 0)", name=op.f("ck_order_shares_paid_something")),
        sa.CheckConstraint(
            "state <> 'paid' OR paid_minor = amount - called_back", name=op.f("ck_order_shares_paid_what_was_left")
        ),
        sa.CheckConstraint(
            "(state = 'paid') = (settlement_id IS NOT NULL)", name=op.f("ck_order_shares_paid_by_a_settlement")
        ),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancel_code IS NOT NULL)", name=op.f("ck_order_shares_cancelled_with_code")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["settlements.id"],
            name=op.f("fk_order_shares_settlement_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_shares_order_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_order_shares_merchant_id")),
        sa.ForeignKeyConstraint(["receiver_id"], ["share_receivers.id"], name=op.f("fk_order_shares_receiver_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_shares")),
        sa.UniqueConstraint("order_id", "receiver_id", name=op.f("uq_order_shares_order_id_receiver_id")),
    )
    op.create_index(op.f("ix_order_shares_merchant_id_id"), "order_shares", ["merchant_id", "id"], unique=False)
    op.create_index(
        op.f("ix_order_shares_merchant_id_order_id"),
        "order_shares",
        ["merchant_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("state = 'declared'"),
    )
    op.create_index(
        op.f("ix_order_shares_settlement_id"),
        "order_shares",
        ["settlement_id"],
        unique=False,
        postgresql_where=sa.text("settlement_id IS NOT NULL"),
    )
    op.create_table(
        "reserve_holdings",
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("drawn", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_reserve_holdings_amount_positive")),
        sa.CheckConstraint(
            "drawn >= 0 AND released >= 0 AND drawn + released <= amount", name=op.f("ck_reserve_holdings_spent_within")
        ),
        sa.CheckConstraint(
            "released_at IS NULL OR drawn + released = amount", name=op.f("ck_reserve_holdings_released_wholly")
        ),
        sa.CheckConstraint(
            "released = 0 OR released_at IS NOT NULL", name=op.f("ck_reserve_holdings_released_at_once")
        ),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlements.id"], name=op.f("fk_reserve_holdings_settlement_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_reserve_holdings_merchant_id")),
        sa.PrimaryKeyConstraint("settlement_id", name=op.f("pk_reserve_holdings")),
    )
    op.create_index(
        op.f("ix_reserve_holdings_due_at"),
        "reserve_holdings",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_index(
        op.f("ix_reserve_holdings_merchant_id_settlement_id"),
        "reserve_holdings",
        ["merchant_id", "settlement_id"],
        unique=False,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "settlement_transfers",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlements.id"], name=op.f("fk_settlement_transfers_settlement_id")
        ),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_settlement_transfers")),
    )
    op.create_index(
        op.f("ix_settlement_transfers_settlement_id"), "settlement_transfers", ["settlement_id"], unique=False
    )
    op.create_table(
        "payout_batch_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("payout_account_id", sa.Uuid(), nullable=False),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'paid', 'rejected', 'cancelled')", name=op.f("ck_payout_batch_lines_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payout_batch_lines_amount_positive")),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_payout_batch_lines_batch_id")),
        sa.ForeignKeyConstraint(
            ["payout_account_id"], ["payout_accounts.id"], name=op.f("fk_payout_batch_lines_payout_account_id")
        ),
        sa.ForeignKeyConstraint(["payout_id"], ["merchant_payouts.id"], name=op.f("fk_payout_batch_lines_payout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batch_lines")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_payout_batch_lines_hold_id")),
        sa.UniqueConstraint("end_to_end_id", name=op.f("uq_payout_batch_lines_end_to_end_id")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_payout_batch_lines_batch_id_position")),
    )
    op.create_index(op.f("ix_payout_batch_lines_payout_id"), "payout_batch_lines", ["payout_id"], unique=False)
