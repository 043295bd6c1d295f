"""Payment codes, what merchants' QR codes show, and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_qr"
down_revision = "2026_11_28_orders"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: an attempt stays logged as long as its delivery, a cap stays.
REVOKED = {
    "webhook_attempts": "UPDATE, DELETE, TRUNCATE",
    "payment_code_caps": "UPDATE, DELETE, TRUNCATE",
    "webhook_progress": "INSERT, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""
# What was told before is no news.
PROGRESS = "INSERT INTO webhook_progress (singleton, position) SELECT true, coalesce(max(position), 0) FROM chassis.event_positions"
CAP = """INSERT INTO payment_code_caps (currency, from_on, amount, source, set_by) VALUES ('CNY', '2018-04-01', 100000,
    'custom of wallets, within the daily limits of PBoC notice 296 of 2017 (银发〔2017〕296号), in force from that day; general knowledge',
    'migration')"""


def upgrade() -> None:
    op.create_table(
        "payment_code_caps",
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_payment_code_caps_amount_not_negative")),
        sa.PrimaryKeyConstraint("currency", "from_on", name=op.f("pk_payment_code_caps")),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_position", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'disabled') = (disabled_reason IS NOT NULL)",
            name=op.f("ck_webhook_endpoints_disabled_with_reason"),
        ),
        sa.CheckConstraint("disabled_reason IN ('owner', 'gone', 'failing')", name=op.f("ck_webhook_endpoints_reason")),
        sa.CheckConstraint(
            "state = 'active' OR failing_since IS NULL", name=op.f("ck_webhook_endpoints_failing_while_active")
        ),
        sa.CheckConstraint("state IN ('active', 'disabled', 'removed')", name=op.f("ck_webhook_endpoints_state")),
        sa.CheckConstraint(
            "(previous_secret IS NULL) = (previous_until IS NULL)", name=op.f("ck_webhook_endpoints_previous_ends")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index(op.f("ix_webhook_endpoints_owner_id"), "webhook_endpoints", ["owner", "id"], unique=False)
    op.create_index(
        "uq_webhook_endpoints_live_url",
        "webhook_endpoints",
        ["owner", "url"],
        unique=True,
        postgresql_where=sa.text("state <> 'removed'"),
    )
    op.create_table(
        "webhook_progress",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("singleton", name=op.f("ck_webhook_progress_one_row")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_webhook_progress")),
    )
    op.create_table(
        "merchant_qr_profiles",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("latin_name", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("category_code ~ '^[0-9]{4}$'", name=op.f("ck_merchant_qr_profiles_category_code")),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_merchant_qr_profiles_country")),
        sa.CheckConstraint(
            "latin_name ~ '^[ -~]{1,25}$' AND city ~ '^[ -~]{1,15}$'", name=op.f("ck_merchant_qr_profiles_latin")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_qr_profiles_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_merchant_qr_profiles")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'pending') = (due_at IS NOT NULL)", name=op.f("ck_webhook_deliveries_pending_is_due")
        ),
        sa.CheckConstraint(
            "(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_webhook_deliveries_ended_when_final")
        ),
        sa.CheckConstraint(
            "state = 'pending' OR leased_until IS NULL", name=op.f("ck_webhook_deliveries_leased_while_pending")
        ),
        sa.CheckConstraint("state IN ('pending', 'acknowledged', 'dead')", name=op.f("ck_webhook_deliveries_state")),
        sa.CheckConstraint("tries >= 0 AND attempts >= tries", name=op.f("ck_webhook_deliveries_tries_counted")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_deliveries_endpoint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_ended_at"),
        "webhook_deliveries",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_endpoint_id_due_at"),
        "webhook_deliveries",
        ["endpoint_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_endpoint_id_id"), "webhook_deliveries", ["endpoint_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_webhook_deliveries_leased_until"),
        "webhook_deliveries",
        ["leased_until"],
        unique=False,
        postgresql_where=sa.text("leased_until IS NOT NULL"),
    )
    op.create_index(
        "uq_webhook_deliveries_event",
        "webhook_deliveries",
        ["endpoint_id", "event_id", "url"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "payment_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'live') = (ended_at IS NULL)", name=op.f("ck_payment_codes_ended_when_final")),
        sa.CheckConstraint("(state = 'live') = (slot IS NOT NULL)", name=op.f("ck_payment_codes_live_has_slot")),
        sa.CheckConstraint("(state = 'used') = (order_id IS NOT NULL)", name=op.f("ck_payment_codes_used_for_order")),
        sa.CheckConstraint("state IN ('live', 'used', 'expired', 'withdrawn')", name=op.f("ck_payment_codes_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_codes_amount_positive")),
        sa.CheckConstraint(
            "num_nonnulls(order_id, reference, amount, currency) IN (0, 4)", name=op.f("ck_payment_codes_charge_whole")
        ),
        sa.CheckConstraint("slot BETWEEN 1 AND 3", name=op.f("ck_payment_codes_slot")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payment_codes_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_codes")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payment_codes_order_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_payment_codes_token_hash")),
    )
    op.create_index(op.f("ix_payment_codes_customer_id_id"), "payment_codes", ["customer_id", "id"], unique=False)
    op.create_index(
        op.f("ix_payment_codes_expires_at"),
        "payment_codes",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_index(
        "uq_payment_codes_live_slot",
        "payment_codes",
        ["customer_id", "slot"],
        unique=True,
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status IS NULL) = (failure IS NOT NULL)", name=op.f("ck_webhook_attempts_answered_or_failed")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_webhook_attempts_number_positive")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_deliveries.id"], name=op.f("fk_webhook_attempts_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_attempts")),
    )
    op.execute(PROGRESS)
    op.execute(CAP)
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
