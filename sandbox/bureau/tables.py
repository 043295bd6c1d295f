"""Borrowings as last told by each lender, and every report given."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Integer, Table
from sqlalchemy import Text as Words

from sandbox.metadata import metadata

bureau_borrowings = Table(
    "bureau_borrowings",
    metadata,
    Column("lender", Words, primary_key=True),
    Column("reference", Words, primary_key=True),
    Column("person", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("owed", BigInteger, nullable=False),
    Column("past_due", BigInteger, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("owed >= past_due AND past_due >= 0", name="past_due_is_owed"),
    Index(None, "person", "currency"),
)

bureau_reports = Table(
    "bureau_reports",
    metadata,
    Column("asker", Words, primary_key=True),
    Column("reference", Words, primary_key=True),
    Column("person", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("lenders", Integer, nullable=False),
    Column("owed", BigInteger, nullable=False),
    Column("past_due", BigInteger, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
)
