"""Institutions now, each version of them ever published, and the name prefixes by which their products are recognised."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.info_broker.metadata import metadata

institutions = Table(
    "institutions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("short_name", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    UniqueConstraint("code"),
    CheckConstraint("version >= 1", name="version_positive"),
    Index(None, "kind", "code"),
)

institution_versions = Table(
    "institution_versions",
    metadata,
    Column("institution_id", Uuid, ForeignKey("institutions.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("content", JSONB, nullable=False),
)

institution_prefixes = Table(
    "institution_prefixes",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("institution_id", Uuid, ForeignKey("institutions.id"), nullable=False, index=True),
    CheckConstraint("length(prefix) BETWEEN 1 AND 120", name="prefix_length"),
)
