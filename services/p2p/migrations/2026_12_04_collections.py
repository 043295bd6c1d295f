"""Collections: cases of overdue loans, contacts under rules, promises to pay, what borrowers ask for."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_04_collections"
down_revision = "2026_12_04_borrowers"
branch_labels = None
depends_on = None

# What happened is added to and never edited; contacts and promises are ended and never taken away: the service's own role may not.
HISTORY = ("collection_rules", "collection_case_steps")
KEPT = ("collection_contacts", "collection_promises", "collection_requests")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {what} ON {table} FROM %I', role);
    END IF; END $$"""
RULES = """INSERT INTO collection_rules (version, valid_from, source, quiet_from, quiet_to, rest_calendar, most_a_day, most_a_week,
    promise_days_ahead, least_promise_share, promises_in_window, promise_window_days, report_hours, review_days, pause_days,
    assigned_days) VALUES (1, '2025-02-28',
    'quiet hours: GB/T 45251-2025 (贷后催收风控指引), in force 2025-02-28; how often and how many days: the house''s own',
    1320, 480, 'none', 3, 10, 15, 0.1, 2, 30, 24, 5, 30, 7)"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.create_table(
        "collection_rules",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("rest_calendar", sa.Text(), nullable=False),
        sa.Column("most_a_day", sa.Integer(), nullable=False),
        sa.Column("most_a_week", sa.Integer(), nullable=False),
        sa.Column("promise_days_ahead", sa.Integer(), nullable=False),
        sa.Column("least_promise_share", sa.Numeric(), nullable=False),
        sa.Column("promises_in_window", sa.Integer(), nullable=False),
        sa.Column("promise_window_days", sa.Integer(), nullable=False),
        sa.Column("report_hours", sa.Integer(), nullable=False),
        sa.Column("review_days", sa.Integer(), nullable=False),
        sa.Column("pause_days", sa.Integer(), nullable=False),
        sa.Column("assigned_days", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "rest_calendar IN ('none', 'weekends', 'CN')", name=op.f("ck_collection_rules_calendar_known")
        ),
        sa.CheckConstraint(
            "least_promise_share > 0 AND least_promise_share <= 1", name=op.f("ck_collection_rules_share_of_a_whole")
        ),
        sa.CheckConstraint(
            "most_a_day >= 1 AND most_a_week >= most_a_day", name=op.f("ck_collection_rules_a_week_has_its_days")
        ),
        sa.CheckConstraint(
            "quiet_from BETWEEN 0 AND 1439 AND quiet_to BETWEEN 0 AND 1439",
            name=op.f("ck_collection_rules_minutes_of_a_day"),
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_collection_rules")),
    )
    op.create_table(
        "collection_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("oldest_due_on", sa.Date(), nullable=False),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("overdue_minor", sa.BigInteger(), nullable=False),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column("next_step_on", sa.Date(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("assigned_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_collection_cases_closed_when")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (due_at IS NULL)", name=op.f("ck_collection_cases_waiting_states_end")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (reason IS NULL)", name=op.f("ck_collection_cases_paused_or_closed_for_a_reason")
        ),
        sa.CheckConstraint(
            "(state = 'paused') = (paused_until IS NOT NULL)", name=op.f("ck_collection_cases_paused_until_when")
        ),
        sa.CheckConstraint(
            "CASE state WHEN 'closed' THEN overdue_minor = 0 AND days_past_due = 0 AND bucket = 'M0' "
            " AND assignee IS NULL AND next_step IS NULL"
            " ELSE overdue_minor > 0 AND days_past_due > 0 AND bucket <> 'M0' END",
            name=op.f("ck_collection_cases_open_while_overdue"),
        ),
        sa.CheckConstraint(
            "bucket IN ('M0', 'M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M6+')", name=op.f("ck_collection_cases_bucket_known")
        ),
        sa.CheckConstraint("state IN ('open', 'paused', 'closed')", name=op.f("ck_collection_cases_state_known")),
        sa.CheckConstraint(
            "(assignee IS NULL) = (assigned_until IS NULL)", name=op.f("ck_collection_cases_assigned_for_a_time")
        ),
        sa.CheckConstraint(
            "(next_step IS NULL) = (next_step_on IS NULL)", name=op.f("ck_collection_cases_a_step_has_its_day")
        ),
        sa.CheckConstraint(
            "steps_done >= 0 AND outstanding_minor >= 0", name=op.f("ck_collection_cases_nothing_negative")
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_collection_cases_loan_id")),
        sa.ForeignKeyConstraint(
            ["programme_code", "programme_version"],
            ["programmes.code", "programmes.version"],
            name=op.f("fk_collection_cases_programme_code_programme_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_cases")),
    )
    op.create_index(op.f("ix_collection_cases_borrower_id"), "collection_cases", ["borrower", "id"], unique=False)
    op.create_index(
        "ix_collection_cases_bucket",
        "collection_cases",
        ["bucket", "id"],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_collection_cases_due",
        "collection_cases",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_collection_cases_one_alive",
        "collection_cases",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_collection_cases_queue",
        "collection_cases",
        ["next_step_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "collection_case_steps",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("overdue_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_collection_case_steps_number_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["collection_cases.id"], name=op.f("fk_collection_case_steps_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_collection_case_steps")),
    )
    op.create_table(
        "collection_contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("with_whom", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'allowed') = (due_at IS NOT NULL)", name=op.f("ck_collection_contacts_waiting_states_end")
        ),
        sa.CheckConstraint(
            "(state = 'reported') = (outcome IS NOT NULL)",
            name=op.f("ck_collection_contacts_reported_with_its_outcome"),
        ),
        sa.CheckConstraint(
            "channel IN ('message', 'phone', 'email', 'letter', 'visit')",
            name=op.f("ck_collection_contacts_channel_known"),
        ),
        sa.CheckConstraint(
            "direction = 'outbound' OR (state = 'reported' AND step IS NULL)",
            name=op.f("ck_collection_contacts_inbound_is_reported"),
        ),
        sa.CheckConstraint("direction IN ('outbound', 'inbound')", name=op.f("ck_collection_contacts_direction_known")),
        sa.CheckConstraint(
            "state IN ('allowed', 'reported', 'unreported')", name=op.f("ck_collection_contacts_state_known")
        ),
        sa.CheckConstraint("minute BETWEEN 0 AND 1439", name=op.f("ck_collection_contacts_minute_of_a_day")),
        sa.ForeignKeyConstraint(["case_id"], ["collection_cases.id"], name=op.f("fk_collection_contacts_case_id")),
        sa.ForeignKeyConstraint(
            ["rules_version"], ["collection_rules.version"], name=op.f("fk_collection_contacts_rules_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_contacts")),
    )
    op.create_index(
        op.f("ix_collection_contacts_case_id_on_day"), "collection_contacts", ["case_id", "on_day"], unique=False
    )
    op.create_index(
        "ix_collection_contacts_due",
        "collection_contacts",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "collection_named_persons",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("named_by", sa.Text(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "relation IN ('spouse', 'parent', 'child', 'lawyer', 'adviser', 'guardian')",
            name=op.f("ck_collection_named_persons_relation_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["collection_cases.id"], name=op.f("fk_collection_named_persons_case_id")),
        sa.PrimaryKeyConstraint("case_id", "relation", name=op.f("pk_collection_named_persons")),
    )
    op.create_table(
        "collection_promises",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "CASE state WHEN 'open' THEN paid_minor IS NULL AND decided_at IS NULL AND due_at IS NOT NULL"
            " WHEN 'kept' THEN paid_minor >= amount_minor AND decided_at IS NOT NULL AND due_at IS NULL"
            " WHEN 'partly_kept' THEN paid_minor > 0 AND paid_minor < amount_minor AND decided_at IS NOT NULL AND due_at IS NULL"
            " WHEN 'broken' THEN paid_minor = 0 AND decided_at IS NOT NULL AND due_at IS NULL ELSE false END",
            name=op.f("ck_collection_promises_state_as_paid"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_collection_promises_amount_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["collection_cases.id"], name=op.f("fk_collection_promises_case_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_collection_promises_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_promises")),
    )
    op.create_index(op.f("ix_collection_promises_case_id_id"), "collection_promises", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_collection_promises_due",
        "collection_promises",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_collection_promises_one_open",
        "collection_promises",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "collection_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'in_review') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_collection_requests_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'in_review') = (due_at IS NOT NULL)", name=op.f("ck_collection_requests_waiting_states_end")
        ),
        sa.CheckConstraint("kind IN ('hardship', 'stop_contact')", name=op.f("ck_collection_requests_kind_known")),
        sa.CheckConstraint(
            "state IN ('in_review', 'granted', 'declined', 'withdrawn', 'lapsed')",
            name=op.f("ck_collection_requests_state_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["collection_cases.id"], name=op.f("fk_collection_requests_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_requests")),
    )
    op.create_index(op.f("ix_collection_requests_case_id_id"), "collection_requests", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_collection_requests_due",
        "collection_requests",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_collection_requests_one_open",
        "collection_requests",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state = 'in_review'"),
    )
    op.execute(RULES)
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(what="UPDATE, DELETE, TRUNCATE", table=table))
    for table in KEPT:
        op.execute(APPEND_ONLY.format(what="DELETE, TRUNCATE", table=table))
