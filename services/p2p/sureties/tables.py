"""Sureties, and what they promised."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.p2p.metadata import metadata

sureties = Table(
    "sureties",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("licence_kind", Text, nullable=False),
    Column("licence_number", Text, nullable=False),
    Column("licensed_from", Date, nullable=False),
    Column("licensed_until", Date, nullable=False),
    Column("currency", Text, nullable=False),
    Column("capital_minor", BigInteger, nullable=False),
    Column("cap_minor", BigInteger, nullable=False),
    Column("programmes", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False),
    Column("account_id", Uuid, unique=True),
    Column("changed_by", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    # With it the name, the licence and the amounts of originator_terms count; those here are what it was registered with.
    Column("originator_id", Uuid, ForeignKey("originators.id"), unique=True),
    CheckConstraint("kind IN ('guarantor', 'originator')", name="kind_known"),
    CheckConstraint("originator_id IS NULL OR kind = 'originator'", name="only_originators_are_registered"),
    CheckConstraint("state IN ('opening', 'active', 'ended')", name="state_known"),
    CheckConstraint("state <> 'active' OR account_id IS NOT NULL", name="active_with_account"),
    CheckConstraint("licensed_from <= licensed_until", name="licence_in_order"),
    CheckConstraint("capital_minor > 0 AND cap_minor > 0", name="amounts_positive"),
)

suretyships = Table(
    "suretyships",
    metadata,
    Column("listing_id", Uuid, ForeignKey("listings.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("surety_id", Uuid, ForeignKey("sureties.id"), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("backed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('guarantor', 'originator')", name="kind_known"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    Index(None, "surety_id"),
)

# Of suretyships those that still count: each look at a surety's exposure drops what has ended since, so that it never reads all of them.
standing_suretyships = Table(
    "standing_suretyships",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("surety_id", Uuid, nullable=False),
    ForeignKeyConstraint(["listing_id", "kind"], ["suretyships.listing_id", "suretyships.kind"]),
    Index(None, "surety_id"),
)
