"""What banks take back of loans' debits, reviews that charges of pledges wait for, and evidence in disputes."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_07_charges"
down_revision = "2026_12_06_plans"
branch_labels = None
depends_on = None

APPENDED = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE DELETE, TRUNCATE ON dispute_evidence FROM %I', role);
    END IF; END $$"""
LOOKED_FOR_AGAIN = """UPDATE chargebacks SET state = 'noted', changed_at = now(), due_at = now() + interval '1 hour'
    WHERE state = 'unmatched' AND EXISTS (SELECT FROM loan_debits WHERE loan_debits.debit_id = chargebacks.debit_id)"""
"""What was heard of loans' debits before anything was booked of them; not at once, for the version before may run beside and would give up
again."""
WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _chargebacks()
    _debts()
    op.add_column("pledges", sa.Column("decision_id", sa.Text()))
    op.create_index(
        op.f("ix_pledges_decision_id"),
        "pledges",
        ["decision_id"],
        unique=False,
        postgresql_where=sa.text("decision_id IS NOT NULL"),
    )
    _evidence()
    op.execute(APPENDED)


def _chargebacks() -> None:
    op.add_column("chargebacks", sa.Column("loan_debit_id", sa.Uuid()))
    op.create_foreign_key(op.f("fk_chargebacks_loan_debit_id"), "chargebacks", "loan_debits", ["loan_debit_id"], ["id"])
    op.drop_constraint(op.f("ck_chargebacks_booked_whole"), "chargebacks", type_="check")
    op.create_check_constraint(
        op.f("ck_chargebacks_booked_whole"),
        "chargebacks",
        "(state = 'booked') = (borne_minor IS NOT NULL)"
        " AND (state = 'booked') = (num_nonnulls(pledge_id, loan_debit_id) = 1)"
        " AND (pledge_id IS NULL) = (project_id IS NULL)",
    )
    op.create_index(
        op.f("ix_chargebacks_loan_debit_id"),
        "chargebacks",
        ["loan_debit_id"],
        unique=False,
        postgresql_where=sa.text("loan_debit_id IS NOT NULL"),
    )
    op.execute(LOOKED_FOR_AGAIN)


def _debts() -> None:
    op.alter_column("chargeback_debts", "project_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column("chargeback_debts", sa.Column("loan_id", sa.Uuid()))
    op.add_column("chargeback_debts", sa.Column("advanced_at", WHEN))
    op.create_foreign_key(op.f("fk_chargeback_debts_loan_id"), "chargeback_debts", "loans", ["loan_id"], ["id"])
    op.drop_constraint(op.f("ck_chargeback_debts_role_known"), "chargeback_debts", type_="check")
    checks = {
        "role_known": "role IN ('creator', 'backer', 'borrower')",
        "of_one_of_both": "num_nonnulls(project_id, loan_id) = 1 AND (role = 'borrower') = (loan_id IS NOT NULL)",
        "advanced_to_a_loan": "advanced_at IS NULL OR loan_id IS NOT NULL",
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_chargeback_debts_{name}"), "chargeback_debts", condition)
    op.create_index(
        op.f("ix_chargeback_debts_loan_id"),
        "chargeback_debts",
        ["loan_id"],
        unique=False,
        postgresql_where=sa.text("loan_id IS NOT NULL"),
    )


def _evidence() -> None:
    op.create_table(
        "dispute_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Text(), nullable=False),
        sa.Column("debit_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("answer_by", WHEN, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pledge_id", sa.Uuid()),
        sa.Column("loan_debit_id", sa.Uuid()),
        sa.Column("added", sa.Text()),
        sa.Column("added_by", sa.Text()),
        sa.Column("evidence", sa.Text()),
        sa.Column("refusal", sa.Text()),
        sa.Column("noted_at", WHEN, nullable=False),
        sa.Column("changed_at", WHEN, nullable=False),
        sa.Column("due_at", WHEN),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_evidence")),
        sa.UniqueConstraint("dispute_id", name=op.f("uq_dispute_evidence_dispute_id")),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledges.id"], name=op.f("fk_dispute_evidence_pledge_id")),
        sa.ForeignKeyConstraint(["loan_debit_id"], ["loan_debits.id"], name=op.f("fk_dispute_evidence_loan_debit_id")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_dispute_evidence_amount_positive")),
        sa.CheckConstraint(
            "state IN ('noted', 'giving', 'given', 'refused', 'unmatched')",
            name=op.f("ck_dispute_evidence_state_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('noted', 'giving')) = (due_at IS NOT NULL)", name=op.f("ck_dispute_evidence_waiting_states_end")
        ),
        sa.CheckConstraint(
            "(state IN ('giving', 'given', 'refused')) = (evidence IS NOT NULL)"
            " AND (evidence IS NOT NULL) = (num_nonnulls(pledge_id, loan_debit_id) = 1)",
            name=op.f("ck_dispute_evidence_given_of_something"),
        ),
        sa.CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_dispute_evidence_refused_why")),
        sa.CheckConstraint("(added IS NULL) = (added_by IS NULL)", name=op.f("ck_dispute_evidence_added_by_somebody")),
    )
    op.create_index(
        op.f("ix_dispute_evidence_due_at"),
        "dispute_evidence",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
