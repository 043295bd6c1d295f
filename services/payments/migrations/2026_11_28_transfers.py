"""Campaigns and vouchers, pre-authorisations, transfers between persons, payee codes."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_transfers"
down_revision = "2026_11_28_trades"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was captured, returned and paid stays as it was.
REVOKED = {
    "voucher_returns": "UPDATE, DELETE, TRUNCATE",
    "preauthorisation_captures": "UPDATE, DELETE, TRUNCATE",
    "payee_code_caps": "UPDATE, DELETE, TRUNCATE",
    "payee_code_payments": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


# What static codes may take. From general knowledge, to be confirmed by whoever runs the suite; others are said from a day on.
CAPS = """INSERT INTO payee_code_caps (currency, from_on, per_payment, payer_per_day, code_per_day, source) VALUES
    ('CNY', '2018-04-01', 50000, 50000, 10000000,
     '银发〔2017〕296号 (static codes: 500 yuan a payer and day); a code''s own day: house rule')"""


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("funding_account_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'ended') = (due_at IS NULL)", name=op.f("ck_campaigns_due_until_final")),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_campaigns_ended_when_final")),
        sa.CheckConstraint(
            "reserved >= 0 AND (reserved = 0 OR state <> 'ended')", name=op.f("ck_campaigns_reserved_while_honoured")
        ),
        sa.CheckConstraint("state IN ('open', 'settling', 'ended')", name=op.f("ck_campaigns_state")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_campaigns_begins_before_it_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("account_id", name=op.f("uq_campaigns_account_id")),
    )
    op.create_index(
        op.f("ix_campaigns_due_at"), "campaigns", ["due_at"], unique=False, postgresql_where=sa.text("state <> 'ended'")
    )
    op.create_index(op.f("ix_campaigns_owner_id"), "campaigns", ["owner", "id"], unique=False)
    op.create_table(
        "payee_code_caps",
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("per_payment", sa.BigInteger(), nullable=False),
        sa.Column("payer_per_day", sa.BigInteger(), nullable=False),
        sa.Column("code_per_day", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "per_payment > 0 AND per_payment <= least(payer_per_day, code_per_day)",
            name=op.f("ck_payee_code_caps_payment_within_day"),
        ),
        sa.PrimaryKeyConstraint("currency", "from_on", name=op.f("pk_payee_code_caps")),
    )
    op.create_table(
        "payee_code_totals",
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payee_code_totals_amount_positive")),
        sa.PrimaryKeyConstraint("counted", "currency", "counted_on", name=op.f("pk_payee_code_totals")),
    )
    op.create_table(
        "payee_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("wallet_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'revoked') = (revoked_at IS NOT NULL)", name=op.f("ck_payee_codes_revoked_when_final")
        ),
        sa.CheckConstraint("state IN ('open', 'revoked')", name=op.f("ck_payee_codes_state")),
        sa.CheckConstraint("num_nulls(merchant_id, wallet_id) = 1", name=op.f("ck_payee_codes_one_payee")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_payee_codes_merchant_id")),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_payee_codes_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee_codes")),
    )
    op.create_index(op.f("ix_payee_codes_owner_id"), "payee_codes", ["owner", "id"], unique=False)
    op.create_table(
        "person_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("payer_wallet_id", sa.Uuid(), nullable=False),
        sa.Column("payer_account_id", sa.Uuid(), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=False),
        sa.Column("payee_wallet_id", sa.Uuid(), nullable=False),
        sa.Column("payee_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("arrival", sa.Text(), nullable=False),
        sa.Column("name_checked", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(arrival = 'at_once') = (due_at IS NULL)", name=op.f("ck_person_transfers_due_when_delayed")
        ),
        sa.CheckConstraint(
            "(arrival = 'at_once') = (hold_id IS NULL)", name=op.f("ck_person_transfers_held_when_delayed")
        ),
        sa.CheckConstraint(
            "(state = 'arrived') = (transfer_id IS NOT NULL)", name=op.f("ck_person_transfers_arrived_with_transfer")
        ),
        sa.CheckConstraint(
            "(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_person_transfers_ended_when_final")
        ),
        sa.CheckConstraint(
            "(state = 'returned') = (failure_code IS NOT NULL)", name=op.f("ck_person_transfers_returned_with_reason")
        ),
        sa.CheckConstraint(
            "arrival <> 'at_once' OR state = 'arrived'", name=op.f("ck_person_transfers_at_once_has_arrived")
        ),
        sa.CheckConstraint(
            "arrival IN ('at_once', 'after_2_hours', 'after_24_hours')", name=op.f("ck_person_transfers_arrival")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'arrived', 'revoked', 'returned')", name=op.f("ck_person_transfers_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_person_transfers_amount_positive")),
        sa.CheckConstraint("payer_id <> payee_id", name=op.f("ck_person_transfers_two_persons")),
        sa.ForeignKeyConstraint(["payee_wallet_id"], ["wallets.id"], name=op.f("fk_person_transfers_payee_wallet_id")),
        sa.ForeignKeyConstraint(["payer_wallet_id"], ["wallets.id"], name=op.f("fk_person_transfers_payer_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_transfers")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_person_transfers_hold_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_person_transfers_transfer_id")),
    )
    op.create_index(
        op.f("ix_person_transfers_due_at"),
        "person_transfers",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(op.f("ix_person_transfers_payee_id_id"), "person_transfers", ["payee_id", "id"], unique=False)
    op.create_index(op.f("ix_person_transfers_payer_id_id"), "person_transfers", ["payer_id", "id"], unique=False)
    op.create_table(
        "preauthorisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_number", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=True),
        sa.Column("wallet_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("release_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_seconds", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('ended', 'closed')) = (ended_at IS NOT NULL) AND num_nulls(ended_at, end_reason) IN (0, 2)",
            name=op.f("ck_preauthorisations_ended_when_final"),
        ),
        sa.CheckConstraint(
            "(state IN ('frozen', 'ended')) = (agreed_at IS NOT NULL) AND num_nulls(agreed_at, wallet_id, account_id, hold_id) IN (0, 4)",
            name=op.f("ck_preauthorisations_agreed_with_hold"),
        ),
        sa.CheckConstraint(
            "captured < amount OR state = 'ended'", name=op.f("ck_preauthorisations_frozen_while_something_is_left")
        ),
        sa.CheckConstraint(
            "captured = 0 OR state IN ('frozen', 'ended')", name=op.f("ck_preauthorisations_captured_after_agreement")
        ),
        sa.CheckConstraint(
            "end_reason IN ('captured', 'merchant', 'consented', 'deadline')",
            name=op.f("ck_preauthorisations_end_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'frozen', 'ended', 'closed')", name=op.f("ck_preauthorisations_state")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (due_at IS NOT NULL)", name=op.f("ck_preauthorisations_due_until_final")
        ),
        sa.CheckConstraint(
            "agreed_at IS NULL OR buyer_id IS NOT NULL", name=op.f("ck_preauthorisations_agreed_by_somebody")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_preauthorisations_amount_positive")),
        sa.CheckConstraint(
            "captured >= 0 AND captured <= amount", name=op.f("ck_preauthorisations_captured_within_frozen")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_preauthorisations_merchant_id")),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_preauthorisations_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preauthorisations")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_preauthorisations_hold_id")),
        sa.UniqueConstraint(
            "merchant_id", "merchant_number", name=op.f("uq_preauthorisations_merchant_id_merchant_number")
        ),
    )
    op.create_index(op.f("ix_preauthorisations_buyer_id_id"), "preauthorisations", ["buyer_id", "id"], unique=False)
    op.create_index(
        op.f("ix_preauthorisations_due_at"),
        "preauthorisations",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_preauthorisations_merchant_id_id"), "preauthorisations", ["merchant_id", "id"], unique=False
    )
    op.create_table(
        "voucher_kinds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("benefit", sa.Text(), nullable=False),
        sa.Column("amount_off", sa.BigInteger(), nullable=True),
        sa.Column("threshold", sa.BigInteger(), nullable=True),
        sa.Column("principal", sa.BigInteger(), nullable=True),
        sa.Column("rate", sa.Numeric(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("stack_group", sa.Text(), nullable=True),
        sa.Column("most_per_subject", sa.Integer(), nullable=False),
        sa.Column("comes_back", sa.Boolean(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("per_person", sa.Integer(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("reserve", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(benefit <> 'amount_off') = (rate IS NOT NULL) AND num_nulls(principal, rate, days) IN (0, 3)",
            name=op.f("ck_voucher_kinds_rate_with_principal_and_days"),
        ),
        sa.CheckConstraint(
            "(benefit = 'amount_off') = (amount_off IS NOT NULL) AND (amount_off IS NULL) = (threshold IS NULL) AND threshold > amount_off",
            name=op.f("ck_voucher_kinds_amount_off_with_threshold"),
        ),
        sa.CheckConstraint(
            "benefit IN ('amount_off', 'extra_rate', 'trial_principal')", name=op.f("ck_voucher_kinds_benefit")
        ),
        sa.CheckConstraint("claimed >= 0 AND claimed <= stock", name=op.f("ck_voucher_kinds_claimed_within_stock")),
        sa.CheckConstraint(
            "per_person > 0 AND valid_days > 0 AND most_per_subject > 0", name=op.f("ck_voucher_kinds_bounds_positive")
        ),
        sa.CheckConstraint("reserve > 0", name=op.f("ck_voucher_kinds_reserve_positive")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_voucher_kinds_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_kinds")),
    )
    op.create_index(op.f("ix_voucher_kinds_campaign_id_id"), "voucher_kinds", ["campaign_id", "id"], unique=False)
    op.create_table(
        "payee_code_payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("person_transfer_id", sa.Uuid(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payee_code_payments_amount_positive")),
        sa.CheckConstraint(
            "num_nulls(order_id, person_transfer_id) = 1", name=op.f("ck_payee_code_payments_one_payment")
        ),
        sa.ForeignKeyConstraint(["code_id"], ["payee_codes.id"], name=op.f("fk_payee_code_payments_code_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payee_code_payments_order_id")),
        sa.ForeignKeyConstraint(
            ["person_transfer_id"], ["person_transfers.id"], name=op.f("fk_payee_code_payments_person_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee_code_payments")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payee_code_payments_order_id")),
        sa.UniqueConstraint("person_transfer_id", name=op.f("uq_payee_code_payments_person_transfer_id")),
    )
    op.create_index(op.f("ix_payee_code_payments_code_id_id"), "payee_code_payments", ["code_id", "id"], unique=False)
    op.create_index(
        op.f("ix_payee_code_payments_payer_id_paid_on"), "payee_code_payments", ["payer_id", "paid_on"], unique=False
    )
    op.create_table(
        "preauthorisation_captures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("preauthorisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_preauthorisation_captures_amount_positive")),
        sa.ForeignKeyConstraint(
            ["preauthorisation_id"],
            ["preauthorisations.id"],
            name=op.f("fk_preauthorisation_captures_preauthorisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preauthorisation_captures")),
        sa.UniqueConstraint(
            "preauthorisation_id", "number", name=op.f("uq_preauthorisation_captures_preauthorisation_id_number")
        ),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_preauthorisation_captures_transfer_id")),
    )
    op.create_table(
        "vouchers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reserve", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expired_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(state = 'expired') = (expired_on IS NOT NULL)", name=op.f("ck_vouchers_expired_with_day")),
        sa.CheckConstraint("state IN ('claimed', 'used', 'expired')", name=op.f("ck_vouchers_state")),
        sa.CheckConstraint("reserve > 0", name=op.f("ck_vouchers_reserve_positive")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_vouchers_campaign_id")),
        sa.ForeignKeyConstraint(["kind_id"], ["voucher_kinds.id"], name=op.f("fk_vouchers_kind_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
    )
    op.create_index(op.f("ix_vouchers_campaign_id_claimed_on"), "vouchers", ["campaign_id", "claimed_on"], unique=False)
    op.create_index(op.f("ix_vouchers_customer_id_id"), "vouchers", ["customer_id", "id"], unique=False)
    op.create_index(
        op.f("ix_vouchers_expires_at"),
        "vouchers",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index(op.f("ix_vouchers_kind_id_customer_id"), "vouchers", ["kind_id", "customer_id"], unique=False)
    op.create_table(
        "voucher_uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("kind_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_amount", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("payee_account_id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("given_back_on", sa.Date(), nullable=True),
        sa.CheckConstraint("cost > 0", name=op.f("ck_voucher_uses_cost_positive")),
        sa.CheckConstraint(
            "given_back_on IS NULL OR returned = cost", name=op.f("ck_voucher_uses_given_back_when_returned")
        ),
        sa.CheckConstraint("returned >= 0 AND returned <= cost", name=op.f("ck_voucher_uses_returned_within_cost")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_voucher_uses_campaign_id")),
        sa.ForeignKeyConstraint(["kind_id"], ["voucher_kinds.id"], name=op.f("fk_voucher_uses_kind_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_voucher_uses_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_uses")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_voucher_uses_transfer_id")),
    )
    op.create_index(
        op.f("ix_voucher_uses_campaign_id_used_on"), "voucher_uses", ["campaign_id", "used_on"], unique=False
    )
    op.create_index(op.f("ix_voucher_uses_subject"), "voucher_uses", ["subject"], unique=False)
    op.create_index(
        "uq_voucher_uses_voucher_id",
        "voucher_uses",
        ["voucher_id"],
        unique=True,
        postgresql_where=sa.text("given_back_on IS NULL"),
    )
    op.create_table(
        "voucher_returns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("use_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_voucher_returns_amount_positive")),
        sa.ForeignKeyConstraint(["use_id"], ["voucher_uses.id"], name=op.f("fk_voucher_returns_use_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_returns")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_voucher_returns_transfer_id")),
        sa.UniqueConstraint("use_id", "part", name=op.f("uq_voucher_returns_use_id_part")),
    )
    op.execute(CAPS)
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
