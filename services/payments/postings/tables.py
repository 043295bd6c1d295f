"""Postings as they were made, and which transfer made which part of them; append-only by privilege."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Uuid,
)
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import JSONB

from services.payments.metadata import metadata

postings = Table(
    "postings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("book_id", SmallInteger, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("kept", BigInteger, nullable=False),
    Column("code", Words, nullable=False),
    Column("reference", Words, nullable=False),
    Column("value_on", Date, nullable=False),
    Column("instruction", JSONB, nullable=False),
    Column("posted_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kept >= 0 AND kept < amount", name="something_moved"),
    Index(None, "made_by", "id"),
)

posting_legs = Table(
    "posting_legs",
    metadata,
    Column("posting_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("transfer_id", Uuid, nullable=False, unique=True),
    Column("source", Integer, nullable=False),
    Column("destination", Words, nullable=False),
    Column("debit_account_id", Uuid, nullable=False),
    Column("credit_account_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    ForeignKeyConstraint(["posting_id"], ["postings.id"]),
    CheckConstraint("amount > 0", name="amount_positive"),
)
