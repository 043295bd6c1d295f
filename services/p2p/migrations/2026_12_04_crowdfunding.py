"""Crowdfunding: projects with their rewards and milestones, pledges, deliveries, mass refunds."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_04_crowdfunding"
down_revision = "2026_12_04_contracts"
branch_labels = None
depends_on = None

HISTORY = ("project_steps", "gift_receipts")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("shipping_note", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("goal_minor", sa.BigInteger(), nullable=False),
        sa.Column("surplus", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recommended_by", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("creator_account_id", sa.Uuid(), nullable=True),
        sa.Column("pledged_minor", sa.BigInteger(), nullable=False),
        sa.Column("backers", sa.Integer(), nullable=False),
        sa.Column("collected_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("used_minor", sa.BigInteger(), nullable=True),
        sa.Column("use_report", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('draft', 'submitted', 'recommended', 'opening', 'live', 'collecting', 'delivering')) = (due_at"
            " IS NOT NULL)",
            name=op.f("ck_projects_waiting_states_end"),
        ),
        sa.CheckConstraint(
            "state <> 'recommended' OR recommended_by IS NOT NULL", name=op.f("ck_projects_recommended_by_somebody")
        ),
        sa.CheckConstraint(
            "state IN ('collecting', 'funded', 'refunding') OR paid_minor + fee_minor + refunded_minor = collected_minor",
            name=op.f("ck_projects_account_empty_at_rest"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'recommended', 'opening', 'live', 'collecting', 'funded', 'delivering',"
            " 'fulfilled', 'undelivered', 'refunding', 'refunded', 'failed', 'declined', 'cancelled')",
            name=op.f("ck_projects_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('live', 'collecting', 'funded', 'delivering', 'fulfilled', 'undelivered', 'refunding',"
            " 'refunded') OR (account_id IS NOT NULL AND creator_account_id IS NOT NULL AND opened_at IS NOT NULL)",
            name=op.f("ck_projects_live_with_account"),
        ),
        sa.CheckConstraint("surplus IN ('same_purpose', 'return')", name=op.f("ck_projects_surplus_known")),
        sa.CheckConstraint("(used_minor IS NULL) = (use_report IS NULL)", name=op.f("ck_projects_use_told_whole")),
        sa.CheckConstraint("goal_minor > 0", name=op.f("ck_projects_goal_positive")),
        sa.CheckConstraint(
            "pledged_minor >= 0 AND backers >= 0 AND paid_minor >= 0 AND fee_minor >= 0 AND refunded_minor >= 0 AND"
            " collected_minor <= pledged_minor AND paid_minor + fee_minor + refunded_minor <= collected_minor",
            name=op.f("ck_projects_nothing_from_nowhere"),
        ),
        sa.CheckConstraint("used_minor BETWEEN 0 AND paid_minor", name=op.f("ck_projects_used_what_was_paid")),
        sa.ForeignKeyConstraint(
            ["programme_code", "programme_version"],
            ["programmes.code", "programmes.version"],
            name=op.f("fk_projects_programme_code_programme_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("account_id", name=op.f("uq_projects_account_id")),
    )
    op.create_index(op.f("ix_projects_creator_id"), "projects", ["creator", "id"], unique=False)
    op.create_index(
        op.f("ix_projects_due_at"), "projects", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(op.f("ix_projects_state_id"), "projects", ["state", "id"], unique=False)
    op.create_table(
        "project_tiers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("delivers_on", sa.Date(), nullable=False),
        sa.CheckConstraint("price_minor > 0 AND stock > 0", name=op.f("ck_project_tiers_price_and_stock_positive")),
        sa.CheckConstraint(
            "taken >= 0 AND (stock IS NULL OR taken <= stock)", name=op.f("ck_project_tiers_never_over_promised")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_tiers_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_tiers")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_project_tiers_project_id_number")),
    )
    op.create_table(
        "project_steps",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_steps_project_id")),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_project_steps")),
    )
    op.create_table(
        "milestones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("share", sa.Numeric(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("net_minor", sa.BigInteger(), nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("used_minor", sa.BigInteger(), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(due_at IS NOT NULL) = (state IN ('overdue', 'reported', 'checked') OR state = 'planned' AND net_minor IS"
            " NOT NULL)",
            name=op.f("ck_milestones_waiting_states_end"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'closed') OR net_minor IS NOT NULL",
            name=op.f("ck_milestones_amounts_known_once_funded"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'overdue', 'reported', 'checked', 'paying', 'paid', 'closed')",
            name=op.f("ck_milestones_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('checked', 'paying', 'paid') OR checked_by IS NOT NULL",
            name=op.f("ck_milestones_checked_by_somebody"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('paying', 'paid') OR (released_by IS NOT NULL AND (released_by <> checked_by OR released_by"
            " = 'p2p'))",
            name=op.f("ck_milestones_four_eyes"),
        ),
        sa.CheckConstraint("(net_minor IS NULL) = (fee_minor IS NULL)", name=op.f("ck_milestones_amounts_together")),
        sa.CheckConstraint("net_minor >= 0 AND fee_minor >= 0", name=op.f("ck_milestones_nothing_negative")),
        sa.CheckConstraint("share > 0 AND share <= 1", name=op.f("ck_milestones_share_is_a_part")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_milestones_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_milestones_project_id_number")),
    )
    op.create_index(
        op.f("ix_milestones_due_at"),
        "milestones",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_milestones_paying", "milestones", ["id"], unique=False, postgresql_where=sa.text("state = 'paying'")
    )
    op.create_table(
        "pledges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("backer", sa.Text(), nullable=False),
        sa.Column("tier_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("mandate_id", sa.Text(), nullable=True),
        sa.Column("mandate_minor", sa.BigInteger(), nullable=True),
        sa.Column("mandate_ended", sa.Boolean(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("debit_id", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('pending', 'unsigned', 'charging', 'retrying')) = (due_at IS NOT NULL)",
            name=op.f("ck_pledges_waiting_states_end"),
        ),
        sa.CheckConstraint(
            "refunded_minor = 0 OR state IN ('collected', 'refunded')", name=op.f("ck_pledges_refunded_once_paid")
        ),
        sa.CheckConstraint(
            "source = 'mandate' OR state NOT IN ('pending', 'unsigned')",
            name=op.f("ck_pledges_only_mandates_are_signed"),
        ),
        sa.CheckConstraint(
            "source = 'wallet' OR state IN ('pending', 'lapsed', 'withdrawn') OR mandate_id IS NOT NULL",
            name=op.f("ck_pledges_mandate_known"),
        ),
        sa.CheckConstraint("source IN ('wallet', 'mandate')", name=op.f("ck_pledges_source_known")),
        sa.CheckConstraint(
            "state IN ('pending', 'unsigned', 'standing', 'withdrawn', 'lapsed', 'released', 'charging', 'retrying',"
            " 'dropped', 'collected', 'refunded')",
            name=op.f("ck_pledges_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('collected', 'refunded') OR account_id IS NOT NULL",
            name=op.f("ck_pledges_collected_from_somewhere"),
        ),
        sa.CheckConstraint("amount_minor <= mandate_minor", name=op.f("ck_pledges_within_its_mandate")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_pledges_amount_positive")),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name=op.f("ck_pledges_refunded_what_was_paid")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_pledges_project_id")),
        sa.ForeignKeyConstraint(["tier_id"], ["project_tiers.id"], name=op.f("fk_pledges_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledges")),
    )
    op.create_index(op.f("ix_pledges_backer_id"), "pledges", ["backer", "id"], unique=False)
    op.create_index(
        op.f("ix_pledges_due_at"), "pledges", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "ix_pledges_mandate_left",
        "pledges",
        ["id"],
        unique=False,
        postgresql_where=sa.text(
            "mandate_id IS NOT NULL AND NOT mandate_ended AND state IN ('withdrawn', 'lapsed', 'released', 'dropped',"
            " 'collected', 'refunded')"
        ),
    )
    op.create_index(
        "ix_pledges_one_a_backer",
        "pledges",
        ["project_id", "backer"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('withdrawn', 'lapsed')"),
    )
    op.create_index(op.f("ix_pledges_project_id_id"), "pledges", ["project_id", "id"], unique=False)
    op.create_table(
        "gift_receipts",
        sa.Column("pledge_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(content_hash) = 32", name=op.f("ck_gift_receipts_hash_whole")),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledges.id"], name=op.f("fk_gift_receipts_pledge_id")),
        sa.PrimaryKeyConstraint("pledge_id", name=op.f("pk_gift_receipts")),
    )
    op.create_table(
        "deliveries",
        sa.Column("pledge_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("tier_id", sa.Uuid(), nullable=False),
        sa.Column("backer", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'received') = (received_at IS NOT NULL)", name=op.f("ck_deliveries_received_at_some_time")
        ),
        sa.CheckConstraint("(state = 'shipped') = (due_at IS NOT NULL)", name=op.f("ck_deliveries_waiting_states_end")),
        sa.CheckConstraint(
            "state IN ('owed', 'shipped', 'received', 'closed')", name=op.f("ck_deliveries_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('shipped', 'received') OR shipped_at IS NOT NULL",
            name=op.f("ck_deliveries_shipped_at_some_time"),
        ),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledges.id"], name=op.f("fk_deliveries_pledge_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_deliveries_project_id")),
        sa.ForeignKeyConstraint(["tier_id"], ["project_tiers.id"], name=op.f("fk_deliveries_tier_id")),
        sa.PrimaryKeyConstraint("pledge_id", name=op.f("pk_deliveries")),
    )
    op.create_index(
        op.f("ix_deliveries_due_at"),
        "deliveries",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_deliveries_project_id_pledge_id"), "deliveries", ["project_id", "pledge_id"], unique=False)
    op.create_table(
        "project_refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'stopped') = (due_at IS NOT NULL)", name=op.f("ck_project_refunds_waiting_states_end")
        ),
        sa.CheckConstraint(
            "cause IN ('shortfall', 'milestone_missed', 'staff', 'surplus')",
            name=op.f("ck_project_refunds_cause_known"),
        ),
        sa.CheckConstraint("state IN ('running', 'stopped', 'done')", name=op.f("ck_project_refunds_state_known")),
        sa.CheckConstraint(
            "amount_minor > 0 AND shares > 0 AND batches > 0", name=op.f("ck_project_refunds_refunds_something")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_refunds_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_refunds")),
        sa.UniqueConstraint("project_id", name=op.f("uq_project_refunds_project_id")),
    )
    op.create_index(
        op.f("ix_project_refunds_due_at"),
        "project_refunds",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "project_refund_batches",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("shares > 0 AND amount_minor > 0", name=op.f("ck_project_refund_batches_pays_somebody")),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["project_refunds.id"], name=op.f("fk_project_refund_batches_refund_id")
        ),
        sa.PrimaryKeyConstraint("refund_id", "number", name=op.f("pk_project_refund_batches")),
    )
    op.create_table(
        "project_refund_shares",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("pledge_id", sa.Uuid(), nullable=False),
        sa.Column("backer", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_project_refund_shares_amount_positive")),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledges.id"], name=op.f("fk_project_refund_shares_pledge_id")),
        sa.ForeignKeyConstraint(
            ["refund_id", "batch"],
            ["project_refund_batches.refund_id", "project_refund_batches.number"],
            name=op.f("fk_project_refund_shares_refund_id_batch"),
        ),
        sa.PrimaryKeyConstraint("refund_id", "pledge_id", name=op.f("pk_project_refund_shares")),
    )
    op.create_index(
        op.f("ix_project_refund_shares_refund_id_batch_pledge_id"),
        "project_refund_shares",
        ["refund_id", "batch", "pledge_id"],
        unique=False,
    )
    op.create_index(
        "ix_project_refund_shares_unpaid",
        "project_refund_shares",
        ["refund_id", "batch"],
        unique=False,
        postgresql_where=sa.text("paid_at IS NULL"),
    )
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))
