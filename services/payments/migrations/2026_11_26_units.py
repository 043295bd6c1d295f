"""Tokens and coins: what was issued and burned of them."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_units"
down_revision = "2026_11_26_postings"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was issued stays issued.
REVOKED = {"units": "UPDATE, DELETE, TRUNCATE", "unit_movements": "UPDATE, DELETE, TRUNCATE"}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issuance_account_id", sa.Uuid(), nullable=False),
        sa.Column("backed_by", sa.Text(), nullable=True),
        sa.Column("backing_account_id", sa.Uuid(), nullable=True),
        sa.Column("subsidy", sa.BigInteger(), nullable=True),
        sa.Column("halving_blocks", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('token', 'coin')", name=op.f("ck_units_kind")),
        sa.CheckConstraint(
            "(kind = 'token') = (backed_by IS NOT NULL) AND (kind = 'token') = (backing_account_id IS NOT NULL)",
            name=op.f("ck_units_token_is_backed"),
        ),
        sa.CheckConstraint(
            "(kind = 'coin') = (subsidy IS NOT NULL) AND (kind = 'coin') = (halving_blocks IS NOT NULL)",
            name=op.f("ck_units_coin_is_scheduled"),
        ),
        sa.CheckConstraint("subsidy > 0 AND halving_blocks > 0", name=op.f("ck_units_schedule_positive")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_units")),
        sa.UniqueConstraint("backing_account_id", name=op.f("uq_units_backing_account_id")),
        sa.UniqueConstraint("issuance_account_id", name=op.f("uq_units_issuance_account_id")),
    )
    op.create_table(
        "unit_movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("unit_transfer_id", sa.Uuid(), nullable=False),
        sa.Column("money_transfer_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('issue', 'redeem', 'mint')", name=op.f("ck_unit_movements_kind")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_unit_movements_amount_positive")),
        sa.CheckConstraint("(kind = 'mint') = (height IS NOT NULL)", name=op.f("ck_unit_movements_mint_at_a_height")),
        sa.CheckConstraint(
            "(kind = 'mint') = (money_transfer_id IS NULL)", name=op.f("ck_unit_movements_token_against_money")
        ),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_unit_movements_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_movements")),
        sa.UniqueConstraint("money_transfer_id", name=op.f("uq_unit_movements_money_transfer_id")),
        sa.UniqueConstraint("unit_transfer_id", name=op.f("uq_unit_movements_unit_transfer_id")),
    )
    op.create_index(op.f("ix_unit_movements_unit_id"), "unit_movements", ["unit", "id"], unique=False)
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
