"""Risk: versions of rules, lists, windows, decisions, parked payments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "2026_12_02_risk"
down_revision = "2026_12_02_reserve"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says. What is older than 90 days it deletes.
REVOKED = {
    "risk_rulesets": "UPDATE, DELETE, TRUNCATE",
    "risk_ruleset_states": "DELETE, TRUNCATE",
    "risk_ruleset_steps": "UPDATE, DELETE, TRUNCATE",
    "risk_active": "DELETE, TRUNCATE",
    "risk_lists": "DELETE, TRUNCATE",
    "risk_list_entries": "UPDATE, TRUNCATE",
    "risk_list_changes": "UPDATE, DELETE, TRUNCATE",
    "risk_series": "DELETE, TRUNCATE",
    "risk_entries": "UPDATE, TRUNCATE",
    "risk_take_backs": "UPDATE, TRUNCATE",
    "risk_familiar": "UPDATE, DELETE, TRUNCATE",
    "risk_screens": "TRUNCATE",
    "risk_decisions": "UPDATE, TRUNCATE",
    "risk_shadow_decisions": "UPDATE, TRUNCATE",
    "risk_parkings": "DELETE, TRUNCATE",
    "risk_accounts": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "risk_rulesets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_risk_rulesets_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_rulesets")),
        sa.UniqueConstraint("number", name=op.f("uq_risk_rulesets_number")),
    )
    op.create_table(
        "risk_ruleset_states",
        sa.Column("ruleset_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'shadow', 'live', 'retired')", name=op.f("ck_risk_ruleset_states_state")
        ),
        sa.ForeignKeyConstraint(["ruleset_id"], ["risk_rulesets.id"], name=op.f("fk_risk_ruleset_states_ruleset_id")),
        sa.PrimaryKeyConstraint("ruleset_id", name=op.f("pk_risk_ruleset_states")),
    )
    op.create_index(
        "uq_risk_ruleset_states_live",
        "risk_ruleset_states",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_table(
        "risk_ruleset_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ruleset_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("rollback", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("NOT rollback OR after = 'live'", name=op.f("ck_risk_ruleset_steps_back_to_live")),
        sa.CheckConstraint("after IN ('draft', 'shadow', 'live', 'retired')", name=op.f("ck_risk_ruleset_steps_after")),
        sa.ForeignKeyConstraint(["ruleset_id"], ["risk_rulesets.id"], name=op.f("fk_risk_ruleset_steps_ruleset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_ruleset_steps")),
    )
    op.create_index(
        op.f("ix_risk_ruleset_steps_ruleset_id_id"), "risk_ruleset_steps", ["ruleset_id", "id"], unique=False
    )
    op.create_table(
        "risk_active",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("singleton", name=op.f("ck_risk_active_one_row")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_risk_active")),
    )
    op.create_table(
        "risk_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holds", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "holds IN ('person', 'card', 'device', 'payee', 'country')", name=op.f("ck_risk_lists_holds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_lists")),
        sa.UniqueConstraint("name", name=op.f("uq_risk_lists_name")),
    )
    op.create_table(
        "risk_list_entries",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["risk_lists.id"], name=op.f("fk_risk_list_entries_list_id")),
        sa.PrimaryKeyConstraint("list_id", "key", name=op.f("pk_risk_list_entries")),
    )
    op.create_table(
        "risk_list_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("added >= 0 AND removed >= 0", name=op.f("ck_risk_list_changes_counts")),
        sa.ForeignKeyConstraint(["list_id"], ["risk_lists.id"], name=op.f("fk_risk_list_changes_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_list_changes")),
    )
    op.create_index(op.f("ix_risk_list_changes_list_id_id"), "risk_list_changes", ["list_id", "id"], unique=False)
    op.create_table(
        "risk_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payments", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(payments = 0) = (changed_at IS NULL)", name=op.f("ck_risk_series_changed_by_a_payment")),
        sa.CheckConstraint("payments >= 0 AND amount >= 0", name=op.f("ck_risk_series_totals")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_series")),
    )
    op.create_table(
        "risk_entries",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payments", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_risk_entries_amount")),
        sa.CheckConstraint("payments >= 1", name=op.f("ck_risk_entries_payments")),
        sa.PrimaryKeyConstraint("series_id", "at", "payments", name=op.f("pk_risk_entries")),
    )
    op.create_index(op.f("ix_risk_entries_at"), "risk_entries", ["at"], unique=False, postgresql_using="brin")
    op.create_table(
        "risk_take_backs",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("payments", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("payments IN (0, 1)", name=op.f("ck_risk_take_backs_payments")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_risk_take_backs_amount")),
        sa.CheckConstraint("(part = '') = (payments = 1)", name=op.f("ck_risk_take_backs_whole_or_part")),
        sa.PrimaryKeyConstraint("series_id", "at", "decision_id", "part", name=op.f("pk_risk_take_backs")),
    )
    op.create_table(
        "risk_familiar",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_familiar")),
    )
    op.create_table(
        "risk_screens",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("result IN ('clear', 'possible', 'match')", name=op.f("ck_risk_screens_result")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_risk_screens")),
    )
    op.create_table(
        "risk_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ruleset_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("record", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("wish", sa.Uuid(), nullable=False),
        sa.Column("presented", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "expires_at IS NULL OR outcome = 'refuse'", name=op.f("ck_risk_decisions_refusals_remembered")
        ),
        sa.CheckConstraint(
            "outcome IN ('pass', 'step_up', 'review', 'refuse')", name=op.f("ck_risk_decisions_outcome")
        ),
        sa.CheckConstraint("presented IS NULL OR outcome = 'pass'", name=op.f("ck_risk_decisions_presented_to_pass")),
        sa.CheckConstraint("amount > 0 AND counted > 0", name=op.f("ck_risk_decisions_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_decisions")),
    )
    op.create_index(op.f("ix_risk_decisions_person_id"), "risk_decisions", ["person", "id"], unique=False)
    op.create_index(
        "ix_risk_decisions_reference",
        "risk_decisions",
        ["reference"],
        unique=False,
        postgresql_where=sa.text("outcome = 'pass'"),
    )
    op.create_index(
        "ix_risk_decisions_remembered",
        "risk_decisions",
        ["wish", "expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_table(
        "risk_shadow_decisions",
        sa.Column("ruleset_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("shadow_outcome", sa.Text(), nullable=False),
        sa.Column("codes", ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('pass', 'step_up', 'review', 'refuse')", name=op.f("ck_risk_shadow_decisions_outcome")
        ),
        sa.CheckConstraint(
            "shadow_outcome IN ('pass', 'step_up', 'review', 'refuse')",
            name=op.f("ck_risk_shadow_decisions_shadow_outcome"),
        ),
        sa.PrimaryKeyConstraint("ruleset_id", "decision_id", name=op.f("pk_risk_shadow_decisions")),
    )
    op.create_table(
        "risk_parkings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("wish", sa.Uuid(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("released_seconds", sa.Integer(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("challenge_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("used_for", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'carried_out') = (used_for IS NOT NULL)", name=op.f("ck_risk_parkings_used_for_a_payment")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (end_reason IS NOT NULL)", name=op.f("ck_risk_parkings_refused_with_reason")
        ),
        sa.CheckConstraint(
            "(state IN ('carried_out', 'refused')) = (ended_at IS NOT NULL)",
            name=op.f("ck_risk_parkings_ended_when_final"),
        ),
        sa.CheckConstraint(
            "end_reason IN ('expired', 'tries_used', 'denied', 'withdrawn', 'not_used', 'superseded')",
            name=op.f("ck_risk_parkings_end_reason"),
        ),
        sa.CheckConstraint(
            "state <> 'waiting_challenge' OR challenge_until IS NOT NULL",
            name=op.f("ck_risk_parkings_challenge_by_real_time"),
        ),
        sa.CheckConstraint(
            "state <> 'waiting_review' OR review_until IS NOT NULL",
            name=op.f("ck_risk_parkings_review_by_business_time"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting_challenge', 'waiting_review', 'released', 'carried_out', 'refused')",
            name=op.f("ck_risk_parkings_state"),
        ),
        sa.CheckConstraint("(decided_by IS NULL) = (words IS NULL)", name=op.f("ck_risk_parkings_decided_with_words")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (challenge_until IS NOT NULL OR review_until IS NOT NULL)",
            name=op.f("ck_risk_parkings_open_until_an_instant"),
        ),
        sa.CheckConstraint(
            "(hold_id IS NULL) = (account_id IS NULL)", name=op.f("ck_risk_parkings_held_on_an_account")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_risk_parkings_amount")),
        sa.CheckConstraint("challenge_until IS NULL OR review_until IS NULL", name=op.f("ck_risk_parkings_one_clock")),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_risk_parkings_tries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_parkings")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_risk_parkings_hold_id")),
    )
    op.create_index(
        op.f("ix_risk_parkings_challenge_until"),
        "risk_parkings",
        ["challenge_until"],
        unique=False,
        postgresql_where=sa.text("challenge_until IS NOT NULL"),
    )
    op.create_index(
        "ix_risk_parkings_person",
        "risk_parkings",
        ["person"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_risk_parkings_review_until"),
        "risk_parkings",
        ["review_until"],
        unique=False,
        postgresql_where=sa.text("review_until IS NOT NULL"),
    )
    op.create_index(
        "uq_risk_parkings_open_wish",
        "risk_parkings",
        ["wish"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_risk_parkings_state_id"), "risk_parkings", ["state", "id"], unique=False)
    op.create_index(op.f("ix_risk_parkings_person_id"), "risk_parkings", ["person", "id"], unique=False)
    op.create_table(
        "risk_accounts",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("book_id", "currency", name=op.f("pk_risk_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_risk_accounts_account_id")),
    )
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
