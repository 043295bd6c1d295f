"""Facts as counted, and their sums by day.

A fact is inserted into `figure_records` and its id into `figure_news`; the fold moves news into `daily_figures`, set-based. A reader
adds both in one statement, so that a figure never lags and never counts twice, whatever commits when.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, ForeignKey, Identity, Index, Table
from sqlalchemy import Text as Words

from gateway.metadata import metadata

figure_records = Table(
    "figure_records",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("counter", Words, nullable=False),
    Column("counted_on", Date, nullable=False),
    Column("source", Words, nullable=False),
    Column("event_id", Words, nullable=False),
    Column("event_type", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("product", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("grade", Words, nullable=False),
    CheckConstraint("currency = '' OR currency ~ '^[A-Z]{3,5}$'", name="currency"),
    Index(None, "counter", "counted_on", "id"),
)

figure_news = Table(
    "figure_news",
    metadata,
    Column("record_id", BigInteger, ForeignKey("figure_records.id"), primary_key=True),
)

figure_firsts = Table(
    "figure_firsts",
    metadata,
    Column("counter", Words, primary_key=True),
    Column("key", Words, primary_key=True),
)

daily_figures = Table(
    "daily_figures",
    metadata,
    Column("counter", Words, primary_key=True),
    Column("counted_on", Date, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("product", Words, primary_key=True),
    Column("channel", Words, primary_key=True),
    Column("grade", Words, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
