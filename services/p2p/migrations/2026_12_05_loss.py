"""Losses: who backs loans, who paid for which, what passed to the payer; loans given up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_05_loss"
down_revision = "2026_12_05_disclosure"
branch_labels = None
depends_on = None

HISTORY = ("suretyships", "compensation_shares", "claim_cessions")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _loans()
    _sureties()
    _compensations()
    _write_offs()
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))


def _loans() -> None:
    checks = {
        "state_known": "state IN ('disbursing', 'repaying', 'repaid', 'written_off', 'cancelled')",
        "disbursed_when": "(state IN ('repaying', 'repaid', 'written_off')) = (disbursed_at IS NOT NULL)",
    }
    for name, condition in checks.items():
        op.drop_constraint(op.f(f"ck_loans_{name}"), "loans", type_="check")
        op.create_check_constraint(op.f(f"ck_loans_{name}"), "loans", condition)


def _sureties() -> None:
    op.create_table(
        "sureties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("licence_kind", sa.Text(), nullable=False),
        sa.Column("licence_number", sa.Text(), nullable=False),
        sa.Column("licensed_from", sa.Date(), nullable=False),
        sa.Column("licensed_until", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("capital_minor", sa.BigInteger(), nullable=False),
        sa.Column("cap_minor", sa.BigInteger(), nullable=False),
        sa.Column("programmes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('guarantor', 'originator')", name=op.f("ck_sureties_kind_known")),
        sa.CheckConstraint("state <> 'active' OR account_id IS NOT NULL", name=op.f("ck_sureties_active_with_account")),
        sa.CheckConstraint("state IN ('opening', 'active', 'ended')", name=op.f("ck_sureties_state_known")),
        sa.CheckConstraint("capital_minor > 0 AND cap_minor > 0", name=op.f("ck_sureties_amounts_positive")),
        sa.CheckConstraint("licensed_from <= licensed_until", name=op.f("ck_sureties_licence_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sureties")),
        sa.UniqueConstraint("account_id", name=op.f("uq_sureties_account_id")),
    )
    op.create_table(
        "suretyships",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("surety_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("backed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('guarantor', 'originator')", name=op.f("ck_suretyships_kind_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_suretyships_amount_positive")),
        sa.ForeignKeyConstraint(["surety_id"], ["sureties.id"], name=op.f("fk_suretyships_surety_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_suretyships_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", "kind", name=op.f("pk_suretyships")),
    )
    op.create_index(op.f("ix_suretyships_surety_id"), "suretyships", ["surety_id"], unique=False)


def _compensations() -> None:
    op.create_table(
        "compensations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("bearer", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("asked_minor", sa.BigInteger(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("interest_from_on", sa.Date(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_compensations_refused_with_its_reason")
        ),
        sa.CheckConstraint(
            "bearer IN ('reserve_fund', 'guarantor', 'originator')", name=op.f("ck_compensations_bearer_known")
        ),
        sa.CheckConstraint(
            "covers = 'principal_and_interest' OR interest_minor = 0",
            name=op.f("ck_compensations_interest_only_where_covered"),
        ),
        sa.CheckConstraint(
            "covers IN ('principal', 'principal_and_interest')", name=op.f("ck_compensations_covers_known")
        ),
        sa.CheckConstraint("state IN ('pending', 'paid', 'refused')", name=op.f("ck_compensations_state_known")),
        sa.CheckConstraint(
            "interest_from_on <= decided_on", name=op.f("ck_compensations_interest_before_it_is_decided")
        ),
        sa.CheckConstraint("days_past_due > 0 AND attempt > 0", name=op.f("ck_compensations_of_a_late_loan")),
        sa.CheckConstraint(
            "principal_minor BETWEEN 1 AND asked_minor AND interest_minor >= 0",
            name=op.f("ck_compensations_pays_within_what_is_asked"),
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_compensations_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compensations")),
        sa.UniqueConstraint("loan_id", "attempt", name=op.f("uq_compensations_loan_id_attempt")),
    )
    op.create_index(
        "ix_compensations_one_of_a_loan",
        "compensations",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_compensations_one_of_an_account",
        "compensations",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(op.f("ix_compensations_payer_id"), "compensations", ["payer", "id"], unique=False)
    op.create_table(
        "compensation_shares",
        sa.Column("compensation_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "principal_minor > 0 AND interest_minor >= 0", name=op.f("ck_compensation_shares_something_is_paid")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_compensation_shares_claim_id")),
        sa.ForeignKeyConstraint(
            ["compensation_id"], ["compensations.id"], name=op.f("fk_compensation_shares_compensation_id")
        ),
        sa.PrimaryKeyConstraint("compensation_id", "claim_id", name=op.f("pk_compensation_shares")),
    )
    op.create_index(op.f("ix_compensation_shares_claim_id"), "compensation_shares", ["claim_id"], unique=False)
    op.create_table(
        "claim_cessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_claim_id", sa.Uuid(), nullable=False),
        sa.Column("to_claim_id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("of_outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_from_on", sa.Date(), nullable=False),
        sa.Column("late_from_on", sa.Date(), nullable=False),
        sa.CheckConstraint("from_claim_id <> to_claim_id", name=op.f("ck_claim_cessions_between_two")),
        sa.CheckConstraint(
            "principal_minor > 0 AND principal_minor <= of_outstanding_minor",
            name=op.f("ck_claim_cessions_part_of_the_loan"),
        ),
        sa.ForeignKeyConstraint(["from_claim_id"], ["claims.id"], name=op.f("fk_claim_cessions_from_claim_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_claim_cessions_loan_id")),
        sa.ForeignKeyConstraint(["to_claim_id"], ["claims.id"], name=op.f("fk_claim_cessions_to_claim_id")),
        sa.PrimaryKeyConstraint("id", "from_claim_id", name=op.f("pk_claim_cessions")),
    )
    op.create_index(op.f("ix_claim_cessions_loan_id"), "claim_cessions", ["loan_id"], unique=False)


def _write_offs() -> None:
    op.create_table(
        "write_offs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("uncovered_minor", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'proposed') = (due_at IS NOT NULL)", name=op.f("ck_write_offs_waits_until")),
        sa.CheckConstraint(
            "(state IN ('approved', 'rejected')) = (decided_by IS NOT NULL)",
            name=op.f("ck_write_offs_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'rejected', 'expired')", name=op.f("ck_write_offs_state_known")
        ),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_write_offs_by_two_people")),
        sa.CheckConstraint(
            "outstanding_minor > 0 AND uncovered_minor BETWEEN 0 AND outstanding_minor",
            name=op.f("ck_write_offs_of_what_is_owed"),
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_write_offs_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_offs")),
    )
    op.create_index(
        "ix_write_offs_due", "write_offs", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "ix_write_offs_one_proposed",
        "write_offs",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
