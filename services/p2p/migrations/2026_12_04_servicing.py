"""Any repayment: what it pays of which row and kind; late interest, principal ahead of time; schedules that change; closed days."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_04_servicing"
down_revision = "2026_12_04_matching"
branch_labels = None
depends_on = None

HISTORY = ("past_loan_rows", "repayment_parts", "collection_attempts", "loan_accruals", "aged_loans")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _loans()
    _claims()
    _repayments()
    _taken_back_and_collected()
    _restructurings()
    _days()
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))


def _amount(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _zero(table: str, name: str) -> None:
    op.add_column(table, sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))


def _loans() -> None:
    op.add_column("loans", sa.Column("schedule_version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    for name in ("principal_paid_minor", "interest_paid_minor", "late_paid_minor"):
        _zero("loan_rows", name)
    op.add_column("loan_rows", sa.Column("annual_rate", sa.Numeric(), nullable=True))
    op.execute(
        "UPDATE loan_rows SET principal_paid_minor = principal_minor, interest_paid_minor = interest_minor"
        " WHERE paid_at IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_loan_rows_paid_within_what_is_owed"),
        "loan_rows",
        "principal_paid_minor BETWEEN 0 AND principal_minor AND interest_paid_minor BETWEEN 0 AND interest_minor"
        " AND late_paid_minor >= 0",
    )
    op.create_check_constraint(
        op.f("ck_loan_rows_paid_is_paid_whole"),
        "loan_rows",
        "paid_at IS NULL OR (principal_paid_minor = principal_minor AND interest_paid_minor = interest_minor)",
    )
    op.create_table(
        "past_loan_rows",
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        _amount("principal_minor"),
        _amount("interest_minor"),
        _amount("balance_minor"),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_past_loan_rows_loan_id")),
        sa.PrimaryKeyConstraint("loan_id", "version", "number", name=op.f("pk_past_loan_rows")),
    )


def _claims() -> None:
    _zero("claims", "late_received_minor")
    op.create_check_constraint(op.f("ck_claims_late_not_negative"), "claims", "late_received_minor >= 0")
    # Every repayment changes every claim of its loan: there is room for that on their pages.
    op.execute("ALTER TABLE claims SET (fillfactor = 60)")
    op.drop_constraint(op.f("fk_claim_versions_claim_id"), "claim_versions", type_="foreignkey")


def _repayments() -> None:
    op.add_column("repayments", sa.Column("paid_on", sa.Date(), nullable=True))
    op.execute("UPDATE repayments SET paid_on = (requested_at AT TIME ZONE 'Asia/Shanghai')::date")
    op.alter_column("repayments", "paid_on", nullable=False)
    op.add_column("repayments", sa.Column("number", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE repayments SET number = counted.number FROM (SELECT id, row_number() OVER"
        " (PARTITION BY loan_id ORDER BY row_number, attempt) AS number FROM repayments) AS counted WHERE counted.id = repayments.id"
    )
    op.alter_column("repayments", "number", nullable=False)
    op.create_unique_constraint(op.f("uq_repayments_loan_id_number"), "repayments", ["loan_id", "number"])
    _zero("repayments", "late_minor")
    _zero("repayments", "fee_minor")
    op.add_column("repayments", sa.Column("keep", sa.Text(), nullable=True))
    op.add_column("repayments", sa.Column("source", sa.Text(), server_default=sa.text("'borrower'"), nullable=False))
    op.drop_constraint(op.f("fk_repayments_loan_id_row_number"), "repayments", type_="foreignkey")
    op.create_foreign_key(op.f("fk_repayments_loan_id"), "repayments", "loans", ["loan_id"], ["id"])
    op.drop_index("ix_repayments_one_a_row", "repayments")
    op.drop_index("ix_repayments_one_under_way", "repayments")
    op.create_index(
        "ix_repayments_one_under_way",
        "repayments",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('pending', 'reversing')"),
    )
    checks = {
        "state_known": "state IN ('pending', 'shared', 'refused', 'reversing', 'reversed')",
        "amount_adds_up": "amount_minor = principal_minor + interest_minor + late_minor + fee_minor AND amount_minor > 0",
        "nothing_negative": "principal_minor >= 0 AND interest_minor >= 0 AND late_minor >= 0 AND fee_minor >= 0",
    }
    for name, condition in checks.items():
        op.drop_constraint(op.f(f"ck_repayments_{name}"), "repayments", type_="check")
        op.create_check_constraint(op.f(f"ck_repayments_{name}"), "repayments", condition)
    op.create_check_constraint(op.f("ck_repayments_keep_known"), "repayments", "keep IN ('term', 'instalment')")
    op.create_check_constraint(op.f("ck_repayments_source_known"), "repayments", "source IN ('borrower', 'collection')")
    for name in ("claim_id", "repayment_id"):
        op.drop_constraint(op.f(f"fk_repayment_shares_{name}"), "repayment_shares", type_="foreignkey")
    op.drop_constraint(op.f("ck_repayment_shares_kind_known"), "repayment_shares", type_="check")
    op.create_check_constraint(
        op.f("ck_repayment_shares_kind_known"), "repayment_shares", "kind IN ('principal', 'interest', 'late')"
    )
    op.create_table(
        "repayment_parts",
        sa.Column("repayment_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        _amount("amount_minor"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('late', 'fee', 'interest', 'principal')", name=op.f("ck_repayment_parts_kind_known")
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND from_on <= to_on", name=op.f("ck_repayment_parts_something_over_days")
        ),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_repayment_parts_repayment_id")),
        sa.PrimaryKeyConstraint("repayment_id", "row_number", "kind", name=op.f("pk_repayment_parts")),
    )
    # What was repaid before was always the whole of one row.
    for kind in ("principal", "interest"):
        op.execute(
            f"""INSERT INTO repayment_parts
                SELECT repayments.id, row_number, '{kind}', repayments.{kind}_minor, from_on, due_on
                FROM repayments JOIN loan_rows ON loan_rows.loan_id = repayments.loan_id AND loan_rows.number = row_number
                WHERE repayments.{kind}_minor > 0"""  # noqa: S608
        )


def _taken_back_and_collected() -> None:
    op.create_table(
        "repayment_reversals",
        sa.Column("repayment_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_repayment_reversals_repayment_id")),
        sa.PrimaryKeyConstraint("repayment_id", name=op.f("pk_repayment_reversals")),
    )
    op.create_table(
        "reversal_parts",
        sa.Column("repayment_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _amount("advance_minor"),
        sa.CheckConstraint("attempt >= 1 AND advance_minor >= 0", name=op.f("ck_reversal_parts_nothing_negative")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_reversal_parts_claim_id")),
        sa.ForeignKeyConstraint(
            ["repayment_id"], ["repayment_reversals.repayment_id"], name=op.f("fk_reversal_parts_repayment_id")
        ),
        sa.PrimaryKeyConstraint("repayment_id", "claim_id", name=op.f("pk_reversal_parts")),
    )
    op.create_table(
        "collection_attempts",
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        _amount("available_minor"),
        sa.Column("repayment_id", sa.Uuid(), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "round BETWEEN 1 AND 2 AND available_minor >= 0", name=op.f("ck_collection_attempts_a_round_of_the_day")
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_collection_attempts_loan_id")),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_collection_attempts_repayment_id")),
        sa.PrimaryKeyConstraint("loan_id", "on_day", "round", name=op.f("pk_collection_attempts")),
    )


def _restructurings() -> None:
    op.create_table(
        "restructurings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(), nullable=True),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("after_repayment", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'offered', 'accepted', 'declined', 'withdrawn', 'expired')",
            name=op.f("ck_restructurings_state_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('proposed', 'offered')) = (due_at IS NOT NULL)",
            name=op.f("ck_restructurings_waiting_states_end"),
        ),
        sa.CheckConstraint("confirmed_by <> proposed_by", name=op.f("ck_restructurings_four_eyes")),
        sa.CheckConstraint(
            "state NOT IN ('offered', 'accepted', 'declined') OR confirmed_by IS NOT NULL",
            name=op.f("ck_restructurings_offered_confirmed"),
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (agreed_on IS NOT NULL) AND (agreed_on IS NULL) = (after_repayment IS NULL)",
            name=op.f("ck_restructurings_accepted_from_a_day"),
        ),
        sa.CheckConstraint("periods BETWEEN 1 AND 360", name=op.f("ck_restructurings_periods_in_reach")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_restructurings_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restructurings")),
    )
    op.create_index(op.f("ix_restructurings_loan_id_id"), "restructurings", ["loan_id", "id"], unique=False)
    op.create_index(
        op.f("ix_restructurings_due_at"),
        "restructurings",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_restructurings_one_waits",
        "restructurings",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'offered')"),
    )


def _days() -> None:
    op.create_table(
        "day_closes",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("after_loan", sa.Uuid(), nullable=False),
        sa.Column("loans", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('closing', 'closed')", name=op.f("ck_day_closes_state_known")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_day_closes_closed_when")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_closes")),
    )
    op.create_table(
        "loan_accruals",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        _amount("outstanding_minor"),
        _amount("interest_minor"),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("accrues", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("on_day", "loan_id", name=op.f("pk_loan_accruals")),
    )
    op.create_table(
        "aged_loans",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("loans", sa.Integer(), nullable=False),
        _amount("outstanding_minor"),
        _amount("interest_minor"),
        sa.Column("stopped", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "bucket IN ('M0', 'M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M6+')", name=op.f("ck_aged_loans_bucket_known")
        ),
        sa.ForeignKeyConstraint(["day"], ["day_closes.day"], name=op.f("fk_aged_loans_day")),
        sa.PrimaryKeyConstraint("day", "currency", "bucket", name=op.f("pk_aged_loans")),
    )
