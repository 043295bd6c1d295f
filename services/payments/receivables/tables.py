from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Table, UniqueConstraint, Uuid, text
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

receivables = Table(
    "receivables",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("owner", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("repaid", BigInteger, nullable=False),
    Column("written_off", BigInteger, nullable=False),
    Column("cause", Words, nullable=False),
    Column("original", Words, nullable=False),
    Column("source", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("incurred_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("source", "cause"),
    CheckConstraint("state IN ('open', 'overdue', 'settled', 'written_off')", name="state"),
    CheckConstraint("cause IN ('charge_reversed', 'dispute_lost', 'dispute_fee')", name="cause"),
    CheckConstraint("amount > 0 AND repaid >= 0 AND written_off >= 0", name="amounts_not_negative"),
    CheckConstraint("repaid + written_off <= amount", name="never_more_than_owed"),
    CheckConstraint("(repaid + written_off = amount) = (ended_at IS NOT NULL)", name="ended_when_nothing_is_owed"),
    CheckConstraint("(state IN ('settled', 'written_off')) = (ended_at IS NOT NULL)", name="ended_when_final"),
    CheckConstraint("(state = 'written_off') = (written_off > 0)", name="written_off_by_state"),
    Index(None, "owner", "id"),
    Index(None, "account_id", postgresql_where=text("ended_at IS NULL")),
    Index(None, "due_at", postgresql_where=text("state = 'open'")),
)

company_accounts = Table(
    "company_accounts",
    metadata,
    Column("kind", Words, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
)
