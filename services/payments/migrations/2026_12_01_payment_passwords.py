"""Tries are counted before a payment password is set: wrong numbers of the identity that lets a customer set her first."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_payment_passwords"
down_revision = "2026_11_30_trades"
branch_labels = None
depends_on = None

TABLE = "payment_passwords"


def upgrade() -> None:
    for column in ("sealed", "set_at"):
        op.alter_column(TABLE, column, nullable=True)
    op.create_check_constraint(
        op.f("ck_payment_passwords_set_with_its_seal"), TABLE, sa.text("(sealed IS NULL) = (set_at IS NULL)")
    )
