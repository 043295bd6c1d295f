"""Merchants' payouts go through channels: how a batch is carried, lines that come back, payouts that are held up."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_payouts"
down_revision = "2026_11_30_orders"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _payouts()
    _batches()
    _lines()


def _payouts() -> None:
    op.add_column("merchant_payouts", sa.Column("held_up", sa.Text(), nullable=True))
    _check_anew("merchant_payouts", "state", "state IN ('waiting', 'batched', 'paid', 'failed', 'returned')")
    over = "(state IN ('failed', 'returned')) = (failure_code IS NOT NULL)"
    _check_anew("merchant_payouts", "failed_with_code", over)
    ended = "(state IN ('paid', 'failed', 'returned')) = (ended_at IS NOT NULL)"
    _check_anew("merchant_payouts", "ended_when_final", ended)
    _check("merchant_payouts", "held_up_while_waiting", "held_up IS NULL OR state = 'waiting'")


def _batches() -> None:
    table = "payout_batches"
    op.add_column(table, sa.Column("debtor_account", sa.Text(), nullable=True))
    op.add_column(table, sa.Column("sent_as", sa.Text(), nullable=True))
    op.add_column(table, sa.Column("sending", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(table, sa.Column("sent_at", INSTANT, nullable=True))
    op.add_column(table, sa.Column("asked", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column(table, sa.Column("query_at", INSTANT, nullable=True))
    op.add_column(table, sa.Column("detail", sa.Text(), nullable=True))
    _check(table, "sent_as", "sent_as IN ('pain.001.001.03', 'pain.001.001.09')")
    _check(table, "sent_from_an_account", "(sent_as IS NULL) = (debtor_account IS NULL)")
    asked = "(query_at IS NOT NULL) = (sent_as IS NOT NULL AND ended_at IS NULL)"
    _check(table, "asked_until_its_end", asked)
    sent = "NOT sending OR (state IN ('submitted', 'cancelling') AND sent_as IS NOT NULL)"
    _check(table, "sent_by_a_channel", sent)
    _check(table, "asked_not_negative", "asked >= 0")
    op.create_index(
        op.f("ix_payout_batches_query_at"),
        table,
        ["query_at"],
        unique=False,
        postgresql_where=sa.text("query_at IS NOT NULL"),
    )


def _lines() -> None:
    table = "payout_batch_lines"
    op.add_column(table, sa.Column("return_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_payout_batch_lines_return_id"), table, ["return_id"])
    _check_anew(table, "state", "state IN ('held', 'paid', 'rejected', 'cancelled', 'returned')")
    _check(table, "returned_by_a_transfer", "(state = 'returned') = (return_id IS NOT NULL)")


def _check_anew(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    _check(table, name, condition)


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
