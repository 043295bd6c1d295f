"""Plans, every version of each: its terms are never changed, its state is."""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from services.p2p.metadata import metadata

plans = Table(
    "plans",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("terms", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True)),
    Column("published_by", Text),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("version >= 1", name="version_positive"),
    CheckConstraint("terms ->> 'code' = code AND (terms -> 'version')::integer = version", name="terms_of_the_version"),
    CheckConstraint("state IN ('draft', 'published', 'closed')", name="state_known"),
    CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_when"),
    CheckConstraint("state <> 'draft' OR published_at IS NULL", name="draft_not_published"),
    CheckConstraint("published_by <> made_by", name="four_eyes"),
    Index("ix_plans_one_published", "code", unique=True, postgresql_where=text("state = 'published'")),
)
