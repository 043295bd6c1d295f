"""What goes back to cards is named card returns: charges that were too much are only one reason of three.

Transfers keep the codes they were written under. Replicas of the version before know neither table: they are stopped first.
"""

from alembic import op

revision = "2026_11_30_card_returns_named"
down_revision = "2026_11_29_card_returns"
branch_labels = None
depends_on = None

OLD, NEW = "surplus_charges", "card_returns"
RENAMED = (
    "ck_{}_state",
    "ck_{}_amount_positive",
    "ck_{}_ended_when_final",
    "ck_{}_two_instructions",
    "ck_{}_reason",
    "fk_{}_instruction_id",
    "fk_{}_card_id",
    "pk_{}",
    "uq_{}_hold_id",
)


def upgrade() -> None:
    op.rename_table(OLD, NEW)
    op.alter_column(NEW, "refund_id", new_column_name="payout_id")
    op.alter_column(NEW, "found_at", new_column_name="started_at")
    names = [(name.format(OLD), name.format(NEW)) for name in RENAMED]
    names += [(f"{kind}_{OLD}_refund_id", f"{kind}_{NEW}_payout_id") for kind in ("fk", "uq")]
    for old, new in names:
        op.execute(f"ALTER TABLE {NEW} RENAME CONSTRAINT {old} TO {new}")
    for name in ("ix_{}_instruction_id", "uq_{}_returned_whole"):
        op.execute(f"ALTER INDEX {name.format(OLD)} RENAME TO {name.format(NEW)}")
    op.execute("UPDATE channel_instructions SET purpose = 'card_return' WHERE purpose = 'surplus_refund'")
    op.execute("UPDATE reserve_accounts SET bank = 'CARD_RETURNS' WHERE bank = 'SURPLUS'")
    op.execute("UPDATE ledger_accounts SET kind = 'card_returns', reference = 'CARD_RETURNS' WHERE kind = 'surplus'")
