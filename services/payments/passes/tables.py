from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, SmallInteger, Table, Uuid, text
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

passes = Table(
    "passes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("debit_account_id", Uuid, nullable=False),
    Column("credit_account_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("reference", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("failure_code", Words),
    Column("hold_id", Uuid, nullable=False, unique=True),
    Column("delivery_id", Uuid, nullable=False, unique=True),
    Column("requested_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("state IN ('held', 'delivered', 'completed', 'refused', 'returned')", name="state"),
    CheckConstraint("(state IN ('completed', 'returned')) = (ended_at IS NOT NULL)", name="ended_when_final"),
    CheckConstraint("(state IN ('refused', 'returned')) = (failure_code IS NOT NULL)", name="refused_with_code"),
    Index(None, "owner", "id"),
    Index(None, "requested_at", postgresql_where=text("state IN ('held', 'delivered', 'refused')")),
)

clearing_accounts = Table(
    "clearing_accounts",
    metadata,
    Column("book_id", SmallInteger, primary_key=True),
    Column("other_book_id", SmallInteger, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
    CheckConstraint("book_id <> other_book_id", name="two_books"),
)
