"""People, and what is personal about them: the only personal data that the gateway keeps stands in `contacts`."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Uuid
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import ARRAY

from gateway.metadata import metadata

identities = Table(
    "identities",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("roles", ARRAY(Words), nullable=False),
    Column("channel", Words),
    Column("password_hash", Words, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('customer', 'staff')", name="kind"),
    CheckConstraint("state IN ('active', 'disabled')", name="state"),
    CheckConstraint("(kind = 'staff') = (cardinality(roles) > 0)", name="roles_of_staff"),
    CheckConstraint("password_hash LIKE '$argon2id$%'", name="password_hash"),
)
Index(None, identities.c.id, postgresql_where=identities.c.kind == "staff")

contacts = Table(
    "contacts",
    metadata,
    Column("kind", Words, primary_key=True),
    Column("value", Words, primary_key=True),
    Column("identity_id", Uuid, ForeignKey("identities.id"), nullable=False, index=True),
    CheckConstraint("kind IN ('email', 'mobile')", name="kind"),
    CheckConstraint("length(value) <= 254", name="length"),
)
