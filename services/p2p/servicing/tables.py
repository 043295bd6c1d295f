"""Days closed, what each loan earned on each, and their sums. Accruals are only ever appended, at the end of their key."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    Table,
    Text,
    Uuid,
)

from services.p2p.metadata import metadata

day_closes = Table(
    "day_closes",
    metadata,
    Column("day", Date, primary_key=True),
    Column("state", Text, nullable=False),
    Column("after_loan", Uuid, nullable=False),
    Column("loans", Integer, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('closing', 'closed')", name="state_known"),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
)

# No foreign key to loans: a million rows a day are written in the order of loans that were just read.
loan_accruals = Table(
    "loan_accruals",
    metadata,
    Column("on_day", Date, primary_key=True),
    Column("loan_id", Uuid, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("outstanding_minor", BigInteger, nullable=False),
    Column("interest_minor", BigInteger, nullable=False),
    Column("days_past_due", Integer, nullable=False),
    Column("accrues", Boolean, nullable=False),
)

aged_loans = Table(
    "aged_loans",
    metadata,
    Column("day", Date, ForeignKey("day_closes.day"), primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("loans", Integer, nullable=False),
    Column("outstanding_minor", BigInteger, nullable=False),
    Column("interest_minor", BigInteger, nullable=False),
    Column("stopped", Integer, nullable=False),
    CheckConstraint("bucket IN ('M0', 'M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M6+')", name="bucket_known"),
)
