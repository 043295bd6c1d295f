"""Several channels carry one order: attempts, contracts, standings, and charges that were too much.

Replicas of the version before cannot write orders to banks any more (`purpose`): they are stopped first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_28_channels"
down_revision = "2026_11_27_metadata"
branch_labels = None
depends_on = None

# What was agreed stays written: the service's own role may never change or remove it.
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON channel_contracts FROM %I', role);
    END IF; END $$"""
SETTLED = "state NOT IN ('succeeded', 'declined', 'unsent') OR due_at IS NULL"


def upgrade() -> None:
    _attempts()
    _contracts_and_standings()
    _surplus_charges()
    op.execute(REVOKE)


def _attempts() -> None:
    table = "channel_instructions"
    op.add_column(table, sa.Column("purpose", sa.Text(), nullable=True))
    op.add_column(table, sa.Column("attempt", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column(table, sa.Column("counts", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(table, sa.Column("sends_open", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.execute(
        "UPDATE channel_instructions SET purpose = CASE kind WHEN 'charge' THEN 'top_up' ELSE 'withdrawal' END,"
        " counts = state = 'succeeded', sends_open = CASE state WHEN 'requested' THEN 1 ELSE 0 END"
    )
    op.alter_column(table, "purpose", nullable=False)
    for name, condition in (
        ("state", "state IN ('requested', 'unknown', 'succeeded', 'declined', 'absent', 'unsent')"),
        ("final_is_not_due", SETTLED),
    ):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.create_check_constraint(op.f(f"ck_{table}_success_counts"), table, "NOT counts OR state = 'succeeded'")
    op.create_check_constraint(op.f(f"ck_{table}_counted_up"), table, "attempt > 0 AND sends_open >= 0")
    op.create_index(
        "uq_channel_instructions_counting", table, ["subject_id"], unique=True, postgresql_where=sa.text("counts")
    )
    op.create_index(op.f(f"ix_{table}_card_id_submitted_at"), table, ["card_id", "submitted_at"], unique=False)
    due = sa.text("due_at IS NOT NULL")
    op.create_index(
        op.f(f"ix_{table}_purpose_due_at"), table, ["purpose", "due_at"], unique=False, postgresql_where=due
    )
    op.drop_index(op.f(f"ix_{table}_kind_due_at"), table_name=table)


def _contracts_and_standings() -> None:
    op.create_table(
        "channel_contracts",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_channel_contracts")),
    )
    op.create_index(
        op.f("ix_channel_contracts_channel_valid_from_on_position"),
        "channel_contracts",
        ["channel", "valid_from_on", "position"],
        unique=False,
    )
    op.create_table(
        "channel_standings",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("successes", sa.Numeric(20, 6), nullable=False),
        sa.Column("outcomes", sa.Numeric(20, 6), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreached", sa.Integer(), nullable=False),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('charge', 'payout')", name=op.f("ck_channel_standings_kind")),
        sa.CheckConstraint(
            "0 <= successes AND successes <= outcomes", name=op.f("ck_channel_standings_successes_are_outcomes")
        ),
        sa.CheckConstraint("(as_of IS NULL) = (outcomes = 0)", name=op.f("ck_channel_standings_dated_when_counted")),
        sa.CheckConstraint(
            "unreached >= 0 AND probes >= 0 AND (unreached > 0 OR probe_at IS NULL)",
            name=op.f("ck_channel_standings_closed_by_silence"),
        ),
        sa.PrimaryKeyConstraint("channel", "kind", name=op.f("pk_channel_standings")),
    )
    op.create_index(
        op.f("ix_channel_standings_probe_at"),
        "channel_standings",
        ["probe_at"],
        unique=False,
        postgresql_where=sa.text("probe_at IS NOT NULL"),
    )


def _surplus_charges() -> None:
    table = "surplus_charges"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fallback_account_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('returning', 'returned', 'credited')", name=op.f(f"ck_{table}_state")),
        sa.CheckConstraint("amount > 0", name=op.f(f"ck_{table}_amount_positive")),
        sa.CheckConstraint("(state = 'returning') = (ended_at IS NULL)", name=op.f(f"ck_{table}_ended_when_final")),
        sa.CheckConstraint("instruction_id <> refund_id", name=op.f(f"ck_{table}_two_instructions")),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["channel_instructions.id"], name=op.f(f"fk_{table}_instruction_id")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["channel_instructions.id"], name=op.f(f"fk_{table}_refund_id")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f(f"fk_{table}_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("instruction_id", name=op.f(f"uq_{table}_instruction_id")),
        sa.UniqueConstraint("refund_id", name=op.f(f"uq_{table}_refund_id")),
        sa.UniqueConstraint("hold_id", name=op.f(f"uq_{table}_hold_id")),
    )
