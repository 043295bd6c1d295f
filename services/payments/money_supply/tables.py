"""Tokens and coins, and what was issued and burned of them; append-only by privilege."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKeyConstraint, Index, Table, Uuid
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

units = Table(
    "units",
    metadata,
    Column("code", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("issuance_account_id", Uuid, nullable=False, unique=True),
    Column("backed_by", Words),
    Column("backing_account_id", Uuid, unique=True),
    Column("subsidy", BigInteger),
    Column("halving_blocks", BigInteger),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("kind IN ('token', 'coin')", name="kind"),
    CheckConstraint(
        "(kind = 'token') = (backed_by IS NOT NULL) AND (kind = 'token') = (backing_account_id IS NOT NULL)",
        name="token_is_backed",
    ),
    CheckConstraint(
        "(kind = 'coin') = (subsidy IS NOT NULL) AND (kind = 'coin') = (halving_blocks IS NOT NULL)",
        name="coin_is_scheduled",
    ),
    CheckConstraint("subsidy > 0 AND halving_blocks > 0", name="schedule_positive"),
)

unit_movements = Table(
    "unit_movements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("height", BigInteger),
    Column("unit_transfer_id", Uuid, nullable=False, unique=True),
    Column("money_transfer_id", Uuid, unique=True),
    Column("made_by", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("kind IN ('issue', 'redeem', 'mint')", name="kind"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("(kind = 'mint') = (height IS NOT NULL)", name="mint_at_a_height"),
    CheckConstraint("(kind = 'mint') = (money_transfer_id IS NULL)", name="token_against_money"),
    ForeignKeyConstraint(["unit"], ["units.code"]),
    Index(None, "unit", "id"),
)
