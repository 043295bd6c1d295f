"""Standing orders, the runs that match them, and reverse auctions: bids with rates, listings with a highest one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_04_matching"
down_revision = "2026_12_04_lenders"
branch_labels = None
depends_on = None

# What happened is added to and never edited: the service's own role may not.
HISTORY = ("standing_order_criteria", "standing_order_versions", "matching_rounds", "matching_decisions")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""
IN_QUEUE = "state = 'active' AND budget_minor - committed_minor >= least_minor"


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("CREATE SEQUENCE book_moments")
    _orders()
    _runs()
    _bids()
    _listings()
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))


def _orders() -> None:
    op.create_table(
        "standing_order_criteria",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lowest_rate", sa.Numeric(), nullable=False),
        sa.Column("programmes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("grades", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("terms_months", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.CheckConstraint(
            "cardinality(programmes) > 0 AND cardinality(grades) > 0 AND cardinality(terms_months) > 0",
            name=op.f("ck_standing_order_criteria_asks_for_some"),
        ),
        sa.CheckConstraint(
            "0 <= lowest_rate AND lowest_rate <= 1", name=op.f("ck_standing_order_criteria_rate_is_a_share")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_order_criteria")),
        sa.UniqueConstraint(
            "currency", "lowest_rate", "programmes", "grades", "terms_months", name="uq_standing_order_criteria_all"
        ),
    )
    op.create_index(
        "ix_standing_order_criteria_arrays",
        "standing_order_criteria",
        ["programmes", "grades", "terms_months"],
        postgresql_using="gin",
    )
    op.create_table(
        "standing_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lender", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("criteria_id", sa.BigInteger(), nullable=False),
        sa.Column("least_minor", sa.BigInteger(), nullable=False),
        sa.Column("most_minor", sa.BigInteger(), nullable=False),
        sa.Column("share_cap", sa.Numeric(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=False),
        sa.Column("reserve_minor", sa.BigInteger(), nullable=False),
        sa.Column("committed_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("refusals", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('opening', 'active', 'paused', 'ended')", name=op.f("ck_standing_orders_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('active', 'paused') OR account_id IS NOT NULL",
            name=op.f("ck_standing_orders_active_with_wallet"),
        ),
        sa.CheckConstraint(
            "state <> 'active' OR place IS NOT NULL", name=op.f("ck_standing_orders_active_in_the_queue")
        ),
        sa.CheckConstraint("(place IS NULL) = (queued_at IS NULL)", name=op.f("ck_standing_orders_queued_at_a_place")),
        sa.CheckConstraint(
            "0 < least_minor AND least_minor <= most_minor AND least_minor <= budget_minor AND 0 < share_cap AND share_cap <= 1"
            " AND reserve_minor >= 0",
            name=op.f("ck_standing_orders_bounds_possible"),
        ),
        sa.CheckConstraint(
            "0 <= committed_minor AND committed_minor <= budget_minor", name=op.f("ck_standing_orders_within_budget")
        ),
        sa.CheckConstraint(
            "0 <= refusals AND refusals <= 3 AND (refusals < 3 OR state <> 'active')",
            name=op.f("ck_standing_orders_refusals_pause"),
        ),
        sa.ForeignKeyConstraint(
            ["criteria_id"], ["standing_order_criteria.id"], name=op.f("fk_standing_orders_criteria_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_orders")),
    )
    op.create_index(op.f("ix_standing_orders_lender_id"), "standing_orders", ["lender", "id"])
    op.create_index(
        op.f("ix_standing_orders_expires_at"),
        "standing_orders",
        ["expires_at"],
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_index(
        "ix_standing_orders_queue", "standing_orders", ["criteria_id", "place"], postgresql_where=sa.text(IN_QUEUE)
    )
    op.create_table(
        "standing_order_versions",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("refusals", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("committed_minor", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["standing_orders.id"], name=op.f("fk_standing_order_versions_order_id")),
        sa.PrimaryKeyConstraint("order_id", "version", name=op.f("pk_standing_order_versions")),
    )


def _runs() -> None:
    op.create_table(
        "matching_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("considered", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=True),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('running', 'finished')", name=op.f("ck_matching_runs_state_known")),
        sa.CheckConstraint("trigger IN ('opened', 'room')", name=op.f("ck_matching_runs_trigger_known")),
        sa.CheckConstraint("outcome IN ('full', 'exhausted', 'closed')", name=op.f("ck_matching_runs_outcome_known")),
        sa.CheckConstraint(
            "(state = 'finished') = (outcome IS NOT NULL)", name=op.f("ck_matching_runs_finished_with_outcome")
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_matching_runs_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_runs")),
        sa.UniqueConstraint("listing_id", "number", name=op.f("uq_matching_runs_listing_id_number")),
    )
    op.create_index(
        "ix_matching_runs_one_running",
        "matching_runs",
        ["listing_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "matching_rounds",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("considered", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["matching_runs.id"], name=op.f("fk_matching_rounds_run_id")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_matching_rounds")),
    )
    op.create_table(
        "matching_decisions",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("bound_by", sa.Text(), nullable=True),
        sa.Column("bid_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place_after", sa.BigInteger(), nullable=True),
        sa.Column("committed_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('chosen', 'lender_chosen', 'below_least', 'level_too_low')",
            name=op.f("ck_matching_decisions_verdict_known"),
        ),
        sa.CheckConstraint(
            "(verdict = 'chosen') = (bid_id IS NOT NULL) AND (verdict = 'chosen') = (place_after IS NOT NULL)"
            " AND (verdict = 'chosen') = (amount_minor > 0)",
            name=op.f("ck_matching_decisions_chosen_with_bid"),
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_matching_decisions")),
    )
    op.create_index(op.f("ix_matching_decisions_order_id_run_id"), "matching_decisions", ["order_id", "run_id"])


def _bids() -> None:
    op.add_column("bids", sa.Column("standing_order_id", sa.Uuid(), nullable=True))
    op.add_column("bids", sa.Column("annual_rate", sa.Numeric(), nullable=True))
    op.add_column("bids", sa.Column("held_minor", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_bids_standing_order_id"), "bids", "standing_orders", ["standing_order_id"], ["id"])
    op.create_check_constraint(op.f("ck_bids_held_for_more"), "bids", "held_minor > amount_minor")
    op.create_check_constraint(
        op.f("ck_bids_orders_bid_no_rate"), "bids", "standing_order_id IS NULL OR annual_rate IS NULL"
    )


def _listings() -> None:
    """In an auction more may be bid than is lent, until it is cleared."""
    op.add_column("listings", sa.Column("highest_rate", sa.Numeric(), nullable=True))
    op.drop_constraint(op.f("ck_listings_never_over_filled"), "listings", type_="check")
    op.create_check_constraint(
        op.f("ck_listings_never_over_filled"),
        "listings",
        "0 <= placed_minor AND placed_minor <= committed_minor"
        " AND (committed_minor <= amount_minor OR highest_rate IS NOT NULL AND state = 'open')",
    )
    op.create_check_constraint(op.f("ck_listings_cleared_within_bounds"), "listings", "annual_rate <= highest_rate")
