"""What institutions report after a payment was final, each in its own schema."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_returns"
down_revision = "2026_11_28_institutions"
branch_labels = None
depends_on = None

SCHEMAS = ("icbc", "ccb", "cmb", "unionlink", "netslink")
KINDS = "kind IN ('payout_returned', 'charge_reversed', 'dispute_opened', 'dispute_won', 'dispute_lost')"


def upgrade() -> None:
    for schema in SCHEMAS:
        _reports(schema)
        _disputes(schema)


def _reports(schema: str) -> None:
    op.create_table(
        "reports",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("instruction_kind", sa.Text(), nullable=False),
        sa.Column("instruction_reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_reports_kind")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_reports_amount_positive")),
        sa.CheckConstraint(
            "(kind = 'dispute_opened') = (answer_by IS NOT NULL)", name=op.f("ck_reports_opened_with_deadline")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_reports")),
        sa.UniqueConstraint("reference", "kind", name=op.f("uq_reports_reference_kind")),
        schema=schema,
    )
    op.create_index(
        op.f("ix_reports_instruction_kind_instruction_reference"),
        "reports",
        ["instruction_kind", "instruction_reference"],
        unique=False,
        schema=schema,
    )


def _disputes(schema: str) -> None:
    op.create_table(
        "disputes",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("instruction_reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("evidence_hash", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('opened', 'answered', 'won', 'lost')", name=op.f("ck_disputes_state")),
        sa.CheckConstraint(
            "(state IN ('opened', 'answered')) = (due_at IS NOT NULL)", name=op.f("ck_disputes_open_is_due")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_disputes")),
        schema=schema,
    )
