"""What banks take back of pledges, who owes it, and batches of refunds that are begun before they are sent."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_06_crowdfunding"
down_revision = "2026_12_06_borrowers"
branch_labels = None
depends_on = None

ZERO = sa.text("0")
REPLACED = {
    "projects": {
        "nothing_from_nowhere": "pledged_minor >= 0 AND backers >= 0 AND paid_minor >= 0 AND fee_minor >= 0 AND refunded_minor >= 0"
        " AND charged_back_minor >= 0 AND recovered_minor BETWEEN 0 AND charged_back_minor AND collected_minor <= pledged_minor"
        " AND paid_minor + fee_minor + refunded_minor <= collected_minor",
        "account_empty_at_rest": "state IN ('collecting', 'funded', 'refunding')"
        " OR collected_minor + recovered_minor - paid_minor - fee_minor - refunded_minor - charged_back_minor <= 0",
    },
    "pledges": {
        "state_known": "state IN ('pending', 'unsigned', 'standing', 'withdrawn', 'lapsed', 'released', 'charging', 'retrying',"
        " 'dropped', 'collected', 'refunded', 'charged_back')",
        "refunded_once_paid": "refunded_minor = 0 OR state IN ('collected', 'refunded', 'charged_back')",
        "collected_from_somewhere": "state NOT IN ('collected', 'refunded', 'charged_back') OR account_id IS NOT NULL",
    },
}
MANDATE_LEFT = (
    "mandate_id IS NOT NULL AND NOT mandate_ended AND state IN ('withdrawn', 'lapsed', 'released', 'dropped', 'collected',"
    " 'refunded', 'charged_back')"
)


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for table, names in {
        "projects": ("charged_back_minor", "recovered_minor"),
        "pledges": ("reversed_minor",),
        "project_refund_shares": ("withheld_minor",),
    }.items():
        for name in names:
            # The version before does not know them: it makes rows without.
            op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=False, server_default=ZERO))
    op.add_column("project_refund_batches", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    for table, checks in REPLACED.items():
        for name, condition in checks.items():
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.create_check_constraint(
        op.f("ck_pledges_reversed_what_was_paid"), "pledges", "reversed_minor BETWEEN 0 AND amount_minor"
    )
    op.create_check_constraint(
        op.f("ck_pledges_reversed_once_paid"),
        "pledges",
        "reversed_minor = 0 OR state IN ('collected', 'refunded', 'charged_back')",
    )
    op.create_check_constraint(
        op.f("ck_project_refund_shares_withheld_of_it"),
        "project_refund_shares",
        "withheld_minor BETWEEN 0 AND amount_minor",
    )
    _indexes()
    _chargebacks()
    _debts()


def _indexes() -> None:
    op.drop_index("ix_pledges_mandate_left", "pledges")
    op.create_index("ix_pledges_mandate_left", "pledges", ["id"], unique=False, postgresql_where=sa.text(MANDATE_LEFT))
    for name in ("debit_id", "mandate_id"):
        op.create_index(
            op.f(f"ix_pledges_{name}"),
            "pledges",
            [name],
            unique=False,
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )


def _chargebacks() -> None:
    op.create_table(
        "chargebacks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("debit_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pledge_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("borne_minor", sa.BigInteger(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('reversed', 'dispute_lost')", name=op.f("ck_chargebacks_kind_known")),
        sa.CheckConstraint("amount_minor > 0 AND fee_minor >= 0", name=op.f("ck_chargebacks_amounts_positive")),
        sa.CheckConstraint("state IN ('noted', 'booked', 'unmatched')", name=op.f("ck_chargebacks_state_known")),
        sa.CheckConstraint("(state = 'noted') = (due_at IS NOT NULL)", name=op.f("ck_chargebacks_waiting_states_end")),
        sa.CheckConstraint(
            "(state = 'booked') = (pledge_id IS NOT NULL AND project_id IS NOT NULL AND borne_minor IS NOT NULL)",
            name=op.f("ck_chargebacks_booked_whole"),
        ),
        sa.CheckConstraint(
            "borne_minor BETWEEN 0 AND amount_minor + fee_minor", name=op.f("ck_chargebacks_borne_of_it")
        ),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledges.id"], name=op.f("fk_chargebacks_pledge_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_chargebacks_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargebacks")),
        sa.UniqueConstraint("source", name=op.f("uq_chargebacks_source")),
    )
    op.create_index(op.f("ix_chargebacks_pledge_id"), "chargebacks", ["pledge_id"], unique=False)
    op.create_index(op.f("ix_chargebacks_debit_id"), "chargebacks", ["debit_id"], unique=False)
    op.create_index(op.f("ix_chargebacks_project_id_id"), "chargebacks", ["project_id", "id"], unique=False)
    op.create_index(
        op.f("ix_chargebacks_due_at"),
        "chargebacks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def _debts() -> None:
    op.create_table(
        "chargeback_debts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chargeback_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("debtor", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("project_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("repaid_minor", sa.BigInteger(), nullable=False),
        sa.Column("covered_minor", sa.BigInteger(), nullable=False),
        sa.Column("trying_minor", sa.BigInteger(), nullable=False),
        sa.Column("trying_payer", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("house_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('creator', 'backer')", name=op.f("ck_chargeback_debts_role_known")),
        sa.CheckConstraint("state IN ('owed', 'settled')", name=op.f("ck_chargeback_debts_state_known")),
        sa.CheckConstraint("trying_payer IN ('debtor', 'house')", name=op.f("ck_chargeback_debts_payer_known")),
        sa.CheckConstraint(
            "amount_minor > 0 AND repaid_minor >= 0 AND covered_minor >= 0 AND trying_minor >= 0"
            " AND repaid_minor + covered_minor + trying_minor <= amount_minor",
            name=op.f("ck_chargeback_debts_never_more_than_owed"),
        ),
        sa.CheckConstraint(
            "(trying_minor > 0) = (trying_payer IS NOT NULL)", name=op.f("ck_chargeback_debts_tried_from_somewhere")
        ),
        sa.CheckConstraint(
            "(state = 'settled') = (repaid_minor + covered_minor = amount_minor)",
            name=op.f("ck_chargeback_debts_settled_when_nothing_is_left"),
        ),
        sa.CheckConstraint(
            "(state = 'owed') = (due_at IS NOT NULL)", name=op.f("ck_chargeback_debts_waiting_states_end")
        ),
        sa.ForeignKeyConstraint(["chargeback_id"], ["chargebacks.id"], name=op.f("fk_chargeback_debts_chargeback_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_chargeback_debts_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargeback_debts")),
        sa.UniqueConstraint("chargeback_id", "role", name=op.f("uq_chargeback_debts_chargeback_id_role")),
    )
    op.create_index(op.f("ix_chargeback_debts_project_id"), "chargeback_debts", ["project_id"], unique=False)
    op.create_index(
        op.f("ix_chargeback_debts_due_at"),
        "chargeback_debts",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
