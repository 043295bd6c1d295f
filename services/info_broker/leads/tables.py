"""Leads, each step of each, and the guard that lets one person ask once for one product within 30 days."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.info_broker.metadata import metadata

leads = Table(
    "leads",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("product_id", Uuid, nullable=False),
    Column("product_version", Integer, nullable=False),
    Column("institution_id", Uuid, ForeignKey("institutions.id")),
    Column("customer", Text, nullable=False),
    Column("contact_id", Uuid, ForeignKey("contacts.id"), nullable=False),
    Column("consent_id", Uuid, ForeignKey("consents.id"), nullable=False),
    Column("amount_minor", BigInteger),
    Column("currency", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    ForeignKeyConstraint(
        ["product_id", "product_version"], ["product_versions.product_id", "product_versions.version"]
    ),
    UniqueConstraint("contact_id"),
    UniqueConstraint("consent_id"),
    CheckConstraint("state IN ('new', 'routed', 'accepted', 'rejected', 'withdrawn', 'closed')", name="state_known"),
    CheckConstraint("(state IN ('new', 'routed')) = (due_at IS NOT NULL)", name="open_states_end"),
    CheckConstraint("state NOT IN ('routed', 'accepted') OR institution_id IS NOT NULL", name="routed_to_somebody"),
    CheckConstraint("(amount_minor IS NULL) = (currency IS NULL) AND amount_minor > 0", name="amount_with_currency"),
    Index(None, "customer", "id"),
    Index(None, "institution_id", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index(None, "created_at", postgresql_where=text("state = 'new'")),
)

lead_steps = Table(
    "lead_steps",
    metadata,
    Column("lead_id", Uuid, ForeignKey("leads.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", Text),
    Column("state", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
)

# person: a keyed fingerprint, of the customer or of the mobile number; two rows a lead.
lead_guards = Table(
    "lead_guards",
    metadata,
    Column("product_id", Uuid, ForeignKey("products.id"), primary_key=True),
    Column("person", LargeBinary, primary_key=True),
    Column("lead_id", Uuid, ForeignKey("leads.id"), nullable=False, index=True),
    Column("held_until", DateTime(timezone=True), nullable=False),
)
