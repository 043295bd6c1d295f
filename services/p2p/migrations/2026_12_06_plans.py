"""Plans, who is in them, and offers of claims bought by standing orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_06_plans"
down_revision = "2026_12_06_matching"
branch_labels = None
depends_on = None

HISTORY = ("plan_claims", "sale_looks", "sale_decisions")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""
IN_QUEUE = "state = 'active' AND budget_minor - committed_minor >= least_minor"


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _orders()
    _purchases()
    _plans()
    _enrolments()
    _looks()
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))


def _orders() -> None:
    op.add_column("standing_orders", sa.Column("resale_least_yield", sa.Numeric()))
    op.add_column("standing_orders", sa.Column("resale_least_price", sa.Numeric()))
    op.add_column("standing_orders", sa.Column("resale_largest_price", sa.Numeric()))
    op.add_column("standing_orders", sa.Column("resale_longest_months", sa.Integer()))
    op.add_column(
        "standing_orders", sa.Column("managed", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.drop_constraint(op.f("ck_standing_orders_within_budget"), "standing_orders", type_="check")
    checks = {
        "within_budget": "managed OR (0 <= committed_minor AND committed_minor <= budget_minor)",
        "resale_wish_whole": (
            "num_nulls(resale_least_yield, resale_least_price, resale_largest_price, resale_longest_months) IN (0, 4)"
        ),
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_standing_orders_{name}"), "standing_orders", condition)
    op.create_index(
        "ix_standing_orders_resale",
        "standing_orders",
        ["criteria_id", "place"],
        unique=False,
        postgresql_where=sa.text(f"{IN_QUEUE} AND resale_least_yield IS NOT NULL"),
    )


def _purchases() -> None:
    op.add_column("claim_purchases", sa.Column("standing_order_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_claim_purchases_standing_order_id"),
        "claim_purchases",
        "standing_orders",
        ["standing_order_id"],
        ["id"],
    )
    op.create_index(
        op.f("ix_claim_purchases_standing_order_id"),
        "claim_purchases",
        ["standing_order_id"],
        unique=False,
        postgresql_where=sa.text("standing_order_id IS NOT NULL"),
    )


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_plans_version_positive")),
        sa.CheckConstraint(
            "terms ->> 'code' = code AND (terms -> 'version')::integer = version",
            name=op.f("ck_plans_terms_of_the_version"),
        ),
        sa.CheckConstraint("state IN ('draft', 'published', 'closed')", name=op.f("ck_plans_state_known")),
        sa.CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name=op.f("ck_plans_published_when")),
        sa.CheckConstraint("state <> 'draft' OR published_at IS NULL", name=op.f("ck_plans_draft_not_published")),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_plans")),
    )
    op.create_index(
        "ix_plans_one_published", "plans", ["code"], unique=True, postgresql_where=sa.text("state = 'published'")
    )


def _enrolments() -> None:
    op.create_table(
        "enrolments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lender", sa.Text(), nullable=False),
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reinvest", sa.Text(), nullable=False),
        sa.Column("standing_order_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("early", sa.Boolean(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("waived", sa.Boolean(), nullable=False),
        sa.Column("out_minor", sa.BigInteger(), nullable=False),
        sa.Column("back_minor", sa.BigInteger(), nullable=False),
        sa.Column("lost_minor", sa.BigInteger(), nullable=False),
        sa.Column("peak_minor", sa.BigInteger(), nullable=False),
        sa.Column("capital_days", sa.Numeric(), nullable=False),
        sa.Column("fees_minor", sa.BigInteger(), nullable=False),
        sa.Column("excess_minor", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exiting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sold_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('investing', 'locked', 'free', 'exiting', 'settling', 'ended', 'cancelled')",
            name=op.f("ck_enrolments_state_known"),
        ),
        sa.CheckConstraint(
            "reinvest IN ('principal_and_interest', 'principal', 'nothing')", name=op.f("ck_enrolments_reinvest_known")
        ),
        sa.CheckConstraint("amount_minor > 0 AND attempts >= 0", name=op.f("ck_enrolments_amount_positive")),
        sa.CheckConstraint(
            "(state IN ('investing', 'locked', 'free', 'settling')) = (due_at IS NOT NULL)",
            name=op.f("ck_enrolments_waits_until"),
        ),
        sa.CheckConstraint(
            "(state IN ('ended', 'cancelled')) = (ended_at IS NOT NULL)", name=op.f("ck_enrolments_ended_when")
        ),
        sa.CheckConstraint(
            "state NOT IN ('exiting', 'settling', 'ended') OR exiting_at IS NOT NULL",
            name=op.f("ck_enrolments_left_when"),
        ),
        sa.CheckConstraint(
            "(state IN ('settling', 'ended')) = (sold_out_at IS NOT NULL)", name=op.f("ck_enrolments_sold_out_when")
        ),
        sa.CheckConstraint(
            "out_minor >= 0 AND back_minor >= 0 AND fees_minor >= 0 AND excess_minor >= 0"
            " AND fees_minor + excess_minor <= back_minor",
            name=op.f("ck_enrolments_charged_of_what_came_back"),
        ),
        sa.CheckConstraint("NOT waived OR state = 'ended'", name=op.f("ck_enrolments_waived_at_the_end")),
        sa.ForeignKeyConstraint(
            ["plan_code", "plan_version"],
            ["plans.code", "plans.version"],
            name=op.f("fk_enrolments_plan_code_plan_version"),
        ),
        sa.ForeignKeyConstraint(
            ["standing_order_id"], ["standing_orders.id"], name=op.f("fk_enrolments_standing_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("standing_order_id", name=op.f("uq_enrolments_standing_order_id")),
    )
    op.create_index(op.f("ix_enrolments_lender_id"), "enrolments", ["lender", "id"], unique=False)
    op.create_index(op.f("ix_enrolments_plan_code_state"), "enrolments", ["plan_code", "state"], unique=False)
    op.create_index(
        op.f("ix_enrolments_due_at"),
        "enrolments",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_enrolments_exit_queue",
        "enrolments",
        ["exiting_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'exiting'"),
    )
    op.create_table(
        "plan_claims",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("standing_order_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_plan_claims_claim_id")),
        sa.ForeignKeyConstraint(
            ["standing_order_id"], ["standing_orders.id"], name=op.f("fk_plan_claims_standing_order_id")
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_plan_claims")),
    )
    op.create_index(op.f("ix_plan_claims_standing_order_id"), "plan_claims", ["standing_order_id"], unique=False)


def _looks() -> None:
    op.create_table(
        "sale_looks",
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("yield_rate", sa.Numeric(), nullable=False),
        sa.Column("longest_months", sa.Integer(), nullable=False),
        sa.Column("considered", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1 AND considered >= 1", name=op.f("ck_sale_looks_somebody_was_asked")),
        sa.ForeignKeyConstraint(["sale_id"], ["claim_sales.id"], name=op.f("fk_sale_looks_sale_id")),
        sa.PrimaryKeyConstraint("sale_id", "number", name=op.f("pk_sale_looks")),
    )
    op.create_table(
        "sale_decisions",
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("look", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("bound_by", sa.Text(), nullable=True),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place_after", sa.BigInteger(), nullable=True),
        sa.Column("committed_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("verdict IN ('chosen', 'skipped')", name=op.f("ck_sale_decisions_verdict_known")),
        sa.CheckConstraint(
            "(verdict = 'chosen') = (purchase_id IS NOT NULL) AND (verdict = 'chosen') = (place_after IS NOT NULL)"
            " AND (verdict = 'chosen') = (amount_minor > 0) AND (verdict = 'skipped') = (reason IS NOT NULL)",
            name=op.f("ck_sale_decisions_chosen_with_purchase"),
        ),
        sa.ForeignKeyConstraint(
            ["sale_id", "look"],
            ["sale_looks.sale_id", "sale_looks.number"],
            name=op.f("fk_sale_decisions_sale_id_look"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["standing_orders.id"], name=op.f("fk_sale_decisions_order_id")),
        sa.ForeignKeyConstraint(["purchase_id"], ["claim_purchases.id"], name=op.f("fk_sale_decisions_purchase_id")),
        sa.PrimaryKeyConstraint("sale_id", "look", "position", name=op.f("pk_sale_decisions")),
        sa.UniqueConstraint("purchase_id", name=op.f("uq_sale_decisions_purchase_id")),
    )
    op.create_index(op.f("ix_sale_decisions_order_id_sale_id"), "sale_decisions", ["order_id", "sale_id"], unique=False)
