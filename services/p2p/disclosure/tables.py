"""Reports as they were published, and the platform's related parties. Reports are added to and never edited."""

from sqlalchemy import CheckConstraint, Column, Date, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.p2p.metadata import metadata

operating_reports = Table(
    "operating_reports",
    metadata,
    Column("month", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("indicators", JSONB, nullable=False),
    Column("reason", Text),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("version >= 1", name="version_positive"),
    CheckConstraint("(version = 1) = (reason IS NULL)", name="corrected_for_a_reason"),
)

related_parties = Table(
    "related_parties",
    metadata,
    Column("party", Text, primary_key=True),
    Column("from_on", Date, primary_key=True),
    Column("relation", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("until_on", Date),
    CheckConstraint("relation IN ('shareholder', 'management', 'relative', 'controlled')", name="relation_known"),
    CheckConstraint("until_on > from_on", name="days_in_order"),
)
