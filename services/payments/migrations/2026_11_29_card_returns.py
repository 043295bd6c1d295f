"""Refunds to cards, and charges that came for an order that needed them no more."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_card_returns"
down_revision = "2026_11_28_transfers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = "surplus_charges"
    op.add_column(table, sa.Column("reason", sa.Text(), nullable=False, server_default="surplus"))
    op.create_check_constraint(
        op.f("ck_surplus_charges_reason"), table, "reason IN ('surplus', 'not_needed', 'refund')"
    )
    op.drop_constraint(op.f("uq_surplus_charges_instruction_id"), table, type_="unique")
    op.create_index(op.f("ix_surplus_charges_instruction_id"), table, ["instruction_id"])
    op.create_index(
        "uq_surplus_charges_returned_whole",
        table,
        ["instruction_id"],
        unique=True,
        postgresql_where=sa.text("reason <> 'refund'"),
    )
    op.add_column("refund_legs", sa.Column("return_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_refund_legs_return_id"), "refund_legs", table, ["return_id"], ["id"])
