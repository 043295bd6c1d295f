"""Shops and their sales, limits, lines, drawings, repayments, capital: every table."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_lines_and_drawings"
down_revision = None
branch_labels = None
depends_on = None

# What happened is added to and never edited: the service's own role may not.
HISTORY = ("imports", "shop_claim_steps", "line_steps", "interest_days", "repayment_parts")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "funding_parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_parties")),
        sa.UniqueConstraint("customer", name=op.f("uq_funding_parties_customer")),
    )
    op.create_table(
        "house_accounts",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "currency", name=op.f("pk_house_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_house_accounts_account_id")),
    )
    op.create_table(
        "marketplaces",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("first_import_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_marketplaces")),
    )
    op.create_table(
        "capital_movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("capital_account_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('contribution', 'withdrawal')", name=op.f("ck_capital_movements_kind_known")),
        sa.CheckConstraint(
            "state <> 'done' OR (account_id IS NOT NULL AND capital_account_id IS NOT NULL)",
            name=op.f("ck_capital_movements_done_between_accounts"),
        ),
        sa.CheckConstraint("state IN ('pending', 'done', 'refused')", name=op.f("ck_capital_movements_state_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_capital_movements_amount_positive")),
        sa.ForeignKeyConstraint(["party_id"], ["funding_parties.id"], name=op.f("fk_capital_movements_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capital_movements")),
    )
    op.create_index(op.f("ix_capital_movements_customer_id"), "capital_movements", ["customer", "id"], unique=False)
    op.create_index(op.f("ix_capital_movements_party_id_id"), "capital_movements", ["party_id", "id"], unique=False)
    op.create_index(
        "ix_capital_movements_pending",
        "capital_movements",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "customers",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("customer_unique_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["marketplace"], ["marketplaces.code"], name=op.f("fk_customers_marketplace")),
        sa.PrimaryKeyConstraint("marketplace", "customer_id", name=op.f("pk_customers")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("changed_fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "accepted + changed + unchanged + jsonb_array_length(refused) = rows",
            name=op.f("ck_imports_every_row_counted"),
        ),
        sa.ForeignKeyConstraint(["marketplace"], ["marketplaces.code"], name=op.f("fk_imports_marketplace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_marketplace_id"), "imports", ["marketplace", "id"], unique=False)
    op.create_table(
        "order_items",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("ship_by_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price_minor >= 0 AND freight_minor >= 0", name=op.f("ck_order_items_nothing_negative")),
        sa.ForeignKeyConstraint(["marketplace"], ["marketplaces.code"], name=op.f("fk_order_items_marketplace")),
        sa.PrimaryKeyConstraint("marketplace", "order_id", "item", name=op.f("pk_order_items")),
    )
    op.create_index(
        op.f("ix_order_items_marketplace_seller_id"), "order_items", ["marketplace", "seller_id"], unique=False
    )
    op.create_table(
        "order_payments",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("sequential", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("instalments", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_order_payments_nothing_negative")),
        sa.ForeignKeyConstraint(["marketplace"], ["marketplaces.code"], name=op.f("fk_order_payments_marketplace")),
        sa.PrimaryKeyConstraint("marketplace", "order_id", "sequential", name=op.f("pk_order_payments")),
    )
    op.create_table(
        "order_reviews",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_order_reviews_score_known")),
        sa.ForeignKeyConstraint(["marketplace"], ["marketplaces.code"], name=op.f("fk_order_reviews_marketplace")),
        sa.PrimaryKeyConstraint("marketplace", "review_id", "order_id", name=op.f("pk_order_reviews")),
    )
    op.create_index(
        op.f("ix_order_reviews_marketplace_order_id"), "order_reviews", ["marketplace", "order_id"], unique=False
    )
    op.create_table(
        "orders",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("purchased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purchased_on", sa.Date(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_on", sa.Date(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["marketplace"], ["marketplaces.code"], name=op.f("fk_orders_marketplace")),
        sa.PrimaryKeyConstraint("marketplace", "order_id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_marketplace_purchased_on"), "orders", ["marketplace", "purchased_on"], unique=False)
    op.create_table(
        "products",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["marketplace"], ["marketplaces.code"], name=op.f("fk_products_marketplace")),
        sa.PrimaryKeyConstraint("marketplace", "product_id", name=op.f("pk_products")),
    )
    op.create_table(
        "sellers",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("zip_prefix", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["marketplace"], ["marketplaces.code"], name=op.f("fk_sellers_marketplace")),
        sa.PrimaryKeyConstraint("marketplace", "seller_id", name=op.f("pk_sellers")),
    )
    op.create_table(
        "shops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["marketplace"], ["marketplaces.code"], name=op.f("fk_shops_marketplace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shops")),
        sa.UniqueConstraint("marketplace", "seller_id", name=op.f("uq_shops_marketplace_seller_id")),
    )
    op.create_index(
        op.f("ix_shops_owner_id"), "shops", ["owner", "id"], unique=False, postgresql_where=sa.text("owner IS NOT NULL")
    )
    op.create_table(
        "limits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scorecard_version", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("daily_rate", sa.Numeric(), nullable=True),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("all_in_rate", sa.Numeric(), nullable=True),
        sa.Column("ceiling_rate", sa.Numeric(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'approved') = (due_at IS NOT NULL)", name=op.f("ck_limits_waiting_states_end")),
        sa.CheckConstraint("(state = 'declined') = (limit_minor = 0)", name=op.f("ck_limits_declined_is_nothing")),
        sa.CheckConstraint(
            "state IN ('approved', 'declined', 'accepted', 'lapsed', 'superseded')", name=op.f("ck_limits_state_known")
        ),
        sa.CheckConstraint("limit_minor = 0 OR daily_rate > 0", name=op.f("ck_limits_an_offer_has_a_rate")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_limits_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limits")),
    )
    op.create_index(
        op.f("ix_limits_due_at"), "limits", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "ix_limits_one_offer", "limits", ["shop_id"], unique=True, postgresql_where=sa.text("state = 'approved'")
    )
    op.create_index(op.f("ix_limits_owner_id"), "limits", ["owner", "id"], unique=False)
    op.create_index(op.f("ix_limits_shop_id_id"), "limits", ["shop_id", "id"], unique=False)
    op.create_table(
        "shop_claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'pending') = (due_at IS NOT NULL)", name=op.f("ck_shop_claims_waiting_states_end")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'declined', 'withdrawn', 'expired', 'ended')",
            name=op.f("ck_shop_claims_state_known"),
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_shop_claims_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_claims")),
    )
    op.create_index(op.f("ix_shop_claims_customer_id"), "shop_claims", ["customer", "id"], unique=False)
    op.create_index(
        op.f("ix_shop_claims_due_at"),
        "shop_claims",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_shop_claims_one_owner",
        "shop_claims",
        ["shop_id"],
        unique=True,
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_index(
        "ix_shop_claims_one_under_way",
        "shop_claims",
        ["shop_id", "customer"],
        unique=True,
        postgresql_where=sa.text("state IN ('pending', 'approved')"),
    )
    op.create_table(
        "lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("limit_id", sa.Uuid(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("daily_rate", sa.Numeric(), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pending_minor", sa.BigInteger(), nullable=False),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_lines_closed_when")),
        sa.CheckConstraint("(state = 'open') = (due_at IS NOT NULL)", name=op.f("ck_lines_open_until")),
        sa.CheckConstraint(
            "state <> 'closed' OR (pending_minor = 0 AND outstanding_minor = 0)",
            name=op.f("ck_lines_closed_owes_nothing"),
        ),
        sa.CheckConstraint("state IN ('open', 'expired', 'closed')", name=op.f("ck_lines_state_known")),
        sa.CheckConstraint(
            "pending_minor >= 0 AND outstanding_minor >= 0 AND limit_minor > 0", name=op.f("ck_lines_nothing_negative")
        ),
        sa.ForeignKeyConstraint(["limit_id"], ["limits.id"], name=op.f("fk_lines_limit_id")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_lines_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lines")),
        sa.UniqueConstraint("limit_id", name=op.f("uq_lines_limit_id")),
    )
    op.create_index(
        op.f("ix_lines_due_at"), "lines", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "ix_lines_one_alive", "lines", ["shop_id"], unique=True, postgresql_where=sa.text("state <> 'closed'")
    )
    op.create_index(op.f("ix_lines_owner_id"), "lines", ["owner", "id"], unique=False)
    op.create_table(
        "shop_claim_steps",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["shop_claims.id"], name=op.f("fk_shop_claim_steps_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", "number", name=op.f("pk_shop_claim_steps")),
    )
    op.create_table(
        "drawings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("daily_rate", sa.Numeric(), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("used_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("capital_account_id", sa.Uuid(), nullable=True),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_accrued", sa.Numeric(), nullable=False),
        sa.Column("interest_repaid_minor", sa.BigInteger(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=True),
        sa.Column("accrued_to_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("repayment_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disbursed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'outstanding') = (outstanding_minor > 0)", name=op.f("ck_drawings_outstanding_owes")
        ),
        sa.CheckConstraint(
            "(state IN ('outstanding', 'repaid')) = (disbursed_at IS NOT NULL AND account_id IS NOT NULL"
            " AND capital_account_id IS NOT NULL AND drawn_on IS NOT NULL AND accrued_to_on IS NOT NULL AND due_on IS NOT NULL)",
            name=op.f("ck_drawings_disbursed_when"),
        ),
        sa.CheckConstraint(
            "repayment_id IS NULL OR state = 'outstanding'", name=op.f("ck_drawings_repaid_while_outstanding")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'outstanding', 'repaid', 'refused')", name=op.f("ck_drawings_state_known")
        ),
        sa.CheckConstraint("accrued_to_on >= drawn_on", name=op.f("ck_drawings_accrued_from_the_first_day")),
        sa.CheckConstraint(
            "amount_minor > 0 AND used_minor BETWEEN amount_minor AND limit_minor",
            name=op.f("ck_drawings_within_the_limit"),
        ),
        sa.CheckConstraint(
            "interest_accrued >= 0 AND interest_repaid_minor >= 0", name=op.f("ck_drawings_nothing_negative")
        ),
        sa.CheckConstraint(
            "interest_repaid_minor <= interest_accrued + 0.5", name=op.f("ck_drawings_interest_within_accrued")
        ),
        sa.CheckConstraint(
            "outstanding_minor BETWEEN 0 AND amount_minor", name=op.f("ck_drawings_outstanding_within_amount")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_drawings_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drawings")),
    )
    op.create_index(
        "ix_drawings_accruing",
        "drawings",
        ["accrued_to_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'outstanding'"),
    )
    op.create_index(op.f("ix_drawings_borrower_id"), "drawings", ["borrower", "id"], unique=False)
    op.create_index(op.f("ix_drawings_line_id_id"), "drawings", ["line_id", "id"], unique=False)
    op.create_index(
        "ix_drawings_pending", "drawings", ["changed_at"], unique=False, postgresql_where=sa.text("state = 'pending'")
    )
    op.create_table(
        "line_steps",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("limit_id", sa.Uuid(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_line_steps_line_id")),
        sa.PrimaryKeyConstraint("line_id", "number", name=op.f("pk_line_steps")),
    )
    op.create_table(
        "repayments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'received', 'refused')", name=op.f("ck_repayments_state_known")),
        sa.CheckConstraint(
            "amount_minor = principal_minor + interest_minor AND amount_minor > 0",
            name=op.f("ck_repayments_amount_adds_up"),
        ),
        sa.CheckConstraint("principal_minor >= 0 AND interest_minor >= 0", name=op.f("ck_repayments_nothing_negative")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_repayments_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayments")),
    )
    op.create_index(op.f("ix_repayments_borrower_id"), "repayments", ["borrower", "id"], unique=False)
    op.create_index(op.f("ix_repayments_line_id_id"), "repayments", ["line_id", "id"], unique=False)
    op.create_index(
        "ix_repayments_pending",
        "repayments",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "interest_days",
        sa.Column("drawing_id", sa.Uuid(), nullable=False),
        sa.Column("accrued_on", sa.Date(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("daily_rate", sa.Numeric(), nullable=False),
        sa.Column("interest", sa.Numeric(), nullable=False),
        sa.CheckConstraint(
            "principal_minor > 0 AND interest = principal_minor * daily_rate",
            name=op.f("ck_interest_days_principal_times_rate"),
        ),
        sa.ForeignKeyConstraint(["drawing_id"], ["drawings.id"], name=op.f("fk_interest_days_drawing_id")),
        sa.PrimaryKeyConstraint("drawing_id", "accrued_on", name=op.f("pk_interest_days")),
    )
    op.create_table(
        "repayment_parts",
        sa.Column("repayment_id", sa.Uuid(), nullable=False),
        sa.Column("drawing_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('principal', 'interest')", name=op.f("ck_repayment_parts_kind_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_repayment_parts_amount_positive")),
        sa.ForeignKeyConstraint(["drawing_id"], ["drawings.id"], name=op.f("fk_repayment_parts_drawing_id")),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_repayment_parts_repayment_id")),
        sa.PrimaryKeyConstraint("repayment_id", "drawing_id", "kind", name=op.f("pk_repayment_parts")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_repayment_parts_transfer_id")),
    )
    op.create_index(op.f("ix_repayment_parts_drawing_id"), "repayment_parts", ["drawing_id"], unique=False)
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))
