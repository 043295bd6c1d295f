"""Custody of clients' money: accounts at custody banks, what their owners allow, instructions, and days tied out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_06_custody"
down_revision = "2026_12_06_crowdfunding"
branch_labels = None
depends_on = None

REVOKED = {
    "custody_accounts": "UPDATE, DELETE, TRUNCATE",
    "custody_tie_outs": "UPDATE, DELETE, TRUNCATE",
    "custody_authorisations": "DELETE, TRUNCATE",
    "custody_instructions": "DELETE, TRUNCATE",
    "custody_lines": "DELETE, TRUNCATE",
    "custody_payments": "DELETE, TRUNCATE",
    "custody_differences": "DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _accounts()
    _authorisations()
    _instructions()
    _lines()
    _payments()
    _tie_outs()
    _differences()
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(privileges=privileges, table=table))


def _accounts() -> None:
    op.create_table(
        "custody_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("behind", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'bank') = (number IS NULL)",
            name=op.f("ck_custody_accounts_numbered_by_the_bank"),
        ),
        sa.CheckConstraint(
            "(kind = 'project') = (behind IS NOT NULL)", name=op.f("ck_custody_accounts_projects_are_of_somebody")
        ),
        sa.CheckConstraint(
            "kind IN ('customer', 'project', 'house', 'bank')", name=op.f("ck_custody_accounts_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_custody_accounts_account_id")),
        sa.UniqueConstraint("bank", "holder", "currency", name=op.f("uq_custody_accounts_bank_holder_currency")),
        sa.UniqueConstraint("bank", "number", name=op.f("uq_custody_accounts_bank_number")),
    )
    op.create_index(op.f("ix_custody_accounts_holder"), "custody_accounts", ["holder"], unique=False)


def _authorisations() -> None:
    op.create_table(
        "custody_authorisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("custody_account_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("cap_minor", sa.BigInteger(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('asked', 'code_sent', 'standing')) = (due_at IS NOT NULL)",
            name=op.f("ck_custody_authorisations_due_while_it_may_end"),
        ),
        sa.CheckConstraint(
            "scope IN ('invest', 'repay', 'fee')",
            name=op.f("ck_custody_authorisations_scope_known"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'code_sent', 'standing', 'revoking', 'revoked', 'refused', 'lapsed', 'ended')",
            name=op.f("ck_custody_authorisations_state_known"),
        ),
        sa.CheckConstraint("cap_minor > 0", name=op.f("ck_custody_authorisations_cap_positive")),
        sa.ForeignKeyConstraint(
            ["custody_account_id"], ["custody_accounts.id"], name=op.f("fk_custody_authorisations_custody_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_authorisations")),
    )
    op.create_index(
        op.f("ix_custody_authorisations_custody_account_id_scope"),
        "custody_authorisations",
        ["custody_account_id", "scope"],
        unique=False,
    )
    op.create_index(
        "ix_custody_authorisations_due",
        "custody_authorisations",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_custody_authorisations_holder_id"), "custody_authorisations", ["holder", "id"], unique=False
    )


def _instructions() -> None:
    op.create_table(
        "custody_instructions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'asked') = (booked_at IS NULL)", name=op.f("ck_custody_instructions_booked_when_answered")
        ),
        sa.CheckConstraint(
            "(state = 'posted') <= (posted_at IS NOT NULL)", name=op.f("ck_custody_instructions_posted_when")
        ),
        sa.CheckConstraint(
            "mode IN ('atomic', 'independent')",
            name=op.f("ck_custody_instructions_mode_known"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'accepted', 'posted', 'refused', 'undoing', 'undone')",
            name=op.f("ck_custody_instructions_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_instructions")),
    )
    op.create_index(
        op.f("ix_custody_instructions_bank_booked_at"), "custody_instructions", ["bank", "booked_at"], unique=False
    )
    op.create_index(
        op.f("ix_custody_instructions_subject"),
        "custody_instructions",
        ["subject"],
        unique=False,
    )
    op.create_index(
        "ix_custody_instructions_under_way",
        "custody_instructions",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('asked', 'accepted', 'undoing')"),
    )


def _lines() -> None:
    op.create_table(
        "custody_lines",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=True),
        sa.Column("credit_account_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("authorisation_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("bank_result", sa.Text(), nullable=True),
        sa.Column("ledger_result", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind IN ('release', 'settle')) = (hold_id IS NOT NULL)", name=op.f("ck_custody_lines_ends_a_freeze")
        ),
        sa.CheckConstraint(
            "kind IN ('top_up', 'withdrawal', 'freeze', 'release', 'settle', 'transfer')",
            name=op.f("ck_custody_lines_kind_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_custody_lines_amount_positive")),
        sa.ForeignKeyConstraint(
            ["authorisation_id"], ["custody_authorisations.id"], name=op.f("fk_custody_lines_authorisation_id")
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["custody_lines.transfer_id"], name=op.f("fk_custody_lines_hold_id")),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["custody_instructions.id"], name=op.f("fk_custody_lines_instruction_id")
        ),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_custody_lines")),
        sa.UniqueConstraint("instruction_id", "number", name=op.f("uq_custody_lines_instruction_id_number")),
    )
    op.create_index(op.f("ix_custody_lines_hold_id"), "custody_lines", ["hold_id"], unique=False)


def _payments() -> None:
    op.create_table(
        "custody_payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("custody_account_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_custody_payments_refused_for_a_reason")
        ),
        sa.CheckConstraint("kind IN ('top_up', 'withdrawal')", name=op.f("ck_custody_payments_kind_known")),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'refused')",
            name=op.f("ck_custody_payments_state_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_custody_payments_amount_positive")),
        sa.ForeignKeyConstraint(
            ["custody_account_id"], ["custody_accounts.id"], name=op.f("fk_custody_payments_custody_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_payments")),
    )
    op.create_index(op.f("ix_custody_payments_holder_id"), "custody_payments", ["holder", "id"], unique=False)


def _tie_outs() -> None:
    op.create_table(
        "custody_tie_outs",
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("bank_minor", sa.BigInteger(), nullable=False),
        sa.Column("ledger_minor", sa.BigInteger(), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bank", "currency", "day", name=op.f("pk_custody_tie_outs")),
    )


def _differences() -> None:
    op.create_table(
        "custody_differences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("custody_account_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("bank_minor", sa.BigInteger(), nullable=True),
        sa.Column("bank_frozen_minor", sa.BigInteger(), nullable=True),
        sa.Column("ledger_minor", sa.BigInteger(), nullable=True),
        sa.Column("ledger_frozen_minor", sa.BigInteger(), nullable=True),
        sa.Column("under_way", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (reason IS NULL)", name=op.f("ck_custody_differences_ended_for_a_reason")
        ),
        sa.CheckConstraint(
            "kind IN ('amount', 'missing', 'unknown', 'total')", name=op.f("ck_custody_differences_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'explained', 'resolved')", name=op.f("ck_custody_differences_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["custody_account_id"], ["custody_accounts.id"], name=op.f("fk_custody_differences_custody_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_differences")),
        sa.UniqueConstraint(
            "bank", "currency", "day", "number", name=op.f("uq_custody_differences_bank_currency_day_number")
        ),
    )
    op.create_index(op.f("ix_custody_differences_holder"), "custody_differences", ["holder"], unique=False)
    op.create_index(
        "ix_custody_differences_open",
        "custody_differences",
        ["day"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
