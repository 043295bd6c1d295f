"""The questionnaire, every version of it, and every lender's answers to one."""

from sqlalchemy import CheckConstraint, Column, Date, DateTime, ForeignKey, Integer, Table, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.p2p.metadata import metadata

questionnaires = Table(
    "questionnaires",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("valid_from", Date, nullable=False),
    Column("document", JSONB, nullable=False),
)

risk_assessments = Table(
    "risk_assessments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lender", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", Integer, ForeignKey("questionnaires.version"), nullable=False),
    Column("answers", JSONB, nullable=False),
    Column("points", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("valid_until_on", Date, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("level BETWEEN 1 AND 5", name="level_known"),
    CheckConstraint("taken_on < valid_until_on", name="counts_for_a_time"),
    UniqueConstraint("lender", "number"),
)
