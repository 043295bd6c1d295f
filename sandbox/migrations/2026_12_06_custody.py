"""Custody of clients' money: sub-accounts, authorisations and instructions, each in its bank's schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_06_custody"
down_revision = "2026_12_04_bureau"
branch_labels = None
depends_on = None

SCHEMAS = ("icbc", "ccb", "cmb")


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for schema in SCHEMAS:
        _accounts(schema)
        _authorisations(schema)
        _instructions(schema)
        _lines(schema)
        _for_tests(schema)


def _accounts(schema: str) -> None:
    op.create_table(
        "custody_accounts",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("behind", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("identity_number", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("card_number", sa.Text(), nullable=True),
        sa.Column("available_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("frozen_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('customer', 'project', 'platform')", name=op.f("ck_custody_accounts_kind")),
        sa.CheckConstraint("available_minor >= 0 AND frozen_minor >= 0", name=op.f("ck_custody_accounts_covered")),
        sa.CheckConstraint(
            "(kind = 'customer') = (card_number IS NOT NULL)", name=op.f("ck_custody_accounts_customers_have_cards")
        ),
        sa.CheckConstraint(
            "(kind = 'project') = (behind IS NOT NULL)", name=op.f("ck_custody_accounts_projects_are_of_somebody")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_custody_accounts")),
        sa.UniqueConstraint("holder", name=op.f("uq_custody_accounts_holder")),
        schema=schema,
    )


def _authorisations(schema: str) -> None:
    op.create_table(
        "custody_authorisations",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("cap_minor", sa.BigInteger(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("used_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sms_code", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("code_sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('invest', 'repay', 'fee')", name=op.f("ck_custody_authorisations_scope")),
        sa.CheckConstraint(
            "state IN ('code_sent', 'standing', 'revoked')", name=op.f("ck_custody_authorisations_state")
        ),
        sa.CheckConstraint(
            "used_minor BETWEEN 0 AND cap_minor", name=op.f("ck_custody_authorisations_within_its_cap")
        ),
        sa.ForeignKeyConstraint(
            ["number"], [f"{schema}.custody_accounts.number"],
            name=op.f("fk_custody_authorisations_number_custody_accounts"),
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_custody_authorisations")),
        schema=schema,
    )  # fmt: skip


def _instructions(schema: str) -> None:
    op.create_table(
        "custody_instructions",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("results", postgresql.JSONB(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.CheckConstraint("state IN ('executed', 'partly', 'refused')", name=op.f("ck_custody_instructions_state")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_custody_instructions")),
        schema=schema,
    )


def _lines(schema: str) -> None:
    op.create_table(
        "custody_lines",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("debit", sa.Text(), nullable=True),
        sa.Column("credit", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("authorisation", sa.Text(), nullable=True),
        sa.Column("of", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("undone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_custody_lines_amount_positive")),
        sa.ForeignKeyConstraint(
            ["instruction"], [f"{schema}.custody_instructions.reference"],
            name=op.f("fk_custody_lines_instruction_custody_instructions"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_custody_lines")),
        sa.UniqueConstraint("reference", name=op.f("uq_custody_lines_reference")),
        schema=schema,
    )  # fmt: skip
    op.create_index(op.f("ix_custody_lines_value_on"), "custody_lines", ["value_on"], schema=schema)
    op.create_index(op.f("ix_custody_lines_of"), "custody_lines", ["of"], schema=schema)


def _for_tests(schema: str) -> None:
    op.create_table(
        "custody_statement_faults",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('missing', 'wrong_amount')", name=op.f("ck_custody_statement_faults_kind")),
        sa.CheckConstraint(
            "(kind = 'wrong_amount') = (amount_by <> 0)", name=op.f("ck_custody_statement_faults_amount_when_wrong")
        ),
        sa.PrimaryKeyConstraint("on", "number", name=op.f("pk_custody_statement_faults")),
        schema=schema,
    )
    op.create_table(
        "custody_silences",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('done', 'lost')", name=op.f("ck_custody_silences_kind")),
        sa.CheckConstraint('"left" >= 0', name=op.f("ck_custody_silences_counted_down")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_custody_silences")),
        schema=schema,
    )
