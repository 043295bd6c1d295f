"""What transfers ask for beyond their kind; amounts that are frozen."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_transfer_flags"
down_revision = "2026_11_25_passes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger_accounts", sa.Column("frozen_amount", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("ck_ledger_accounts_frozen_amount_not_negative"), "ledger_accounts", "frozen_amount >= 0"
    )
    op.add_column("ledger_transfers", sa.Column("flags", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("ledger_holds", sa.Column("flags", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("ledger_account_steps", sa.Column("amount", sa.BigInteger(), nullable=True))
