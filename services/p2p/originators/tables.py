"""Originators, and every version of their terms. Terms are added to and never edited."""

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

originators = Table(
    "originators",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("party", Text, nullable=False, unique=True),
    Column("currency", Text, nullable=False),
    Column("version", Integer, nullable=False),
)

originator_terms = Table(
    "originator_terms",
    metadata,
    Column("originator_id", Uuid, ForeignKey("originators.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("licence_kind", Text, nullable=False),
    Column("licence_number", Text, nullable=False),
    Column("licensed_from_on", Date, nullable=False),
    Column("licensed_until_on", Date),
    Column("capital_minor", BigInteger, nullable=False),
    Column("exposure_cap_minor", BigInteger, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("licensed_until_on >= licensed_from_on", name="licence_ends_after_it_begins"),
    CheckConstraint("capital_minor >= 0 AND exposure_cap_minor >= 0", name="amounts_not_negative"),
)
