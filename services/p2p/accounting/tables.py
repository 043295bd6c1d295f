"""Days in the books, what moved in whose accounts on each, and what is provided for each loan. All of it only ever appended."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)

from services.p2p.metadata import metadata

book_days = Table(
    "book_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("transfers", Integer, nullable=False),
    Column("booked_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("transfers >= 0", name="transfers_not_negative"),
)

# A row an account of an entity that moved on the day: so a year of one lender is a few rows, side by side by the second index.
book_movements = Table(
    "book_movements",
    metadata,
    Column("day", Date, ForeignKey("book_days.day"), primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("debit_minor", BigInteger, nullable=False),
    Column("credit_minor", BigInteger, nullable=False),
    CheckConstraint(
        "debit_minor >= 0 AND credit_minor >= 0 AND debit_minor + credit_minor > 0", name="something_moved"
    ),
    Index(None, "entity", "currency", "day"),
)

# Only where something changed: the last row up to a day holds on that day. No foreign key to loans, as of accruals.
loan_provisions = Table(
    "loan_provisions",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("on_day", Date, ForeignKey("book_days.day"), primary_key=True),
    Column("currency", Text, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("exposure_minor", BigInteger, nullable=False),
    Column("rate_millionths", Integer, nullable=False),
    Column("provision_minor", BigInteger, nullable=False),
    CheckConstraint("stage BETWEEN 1 AND 3", name="stage_known"),
    CheckConstraint("rate_millionths BETWEEN 0 AND 1000000", name="rate_is_a_share"),
    CheckConstraint("provision_minor BETWEEN 0 AND exposure_minor", name="no_more_than_may_be_lost"),
)
