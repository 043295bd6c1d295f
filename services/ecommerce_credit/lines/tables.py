"""Credit lines, and each step of each. A shop has one line at a time."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)

from services.ecommerce_credit.metadata import metadata

lines = Table(
    "lines",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("shop_id", Uuid, ForeignKey("shops.id"), nullable=False),
    Column("owner", Text, nullable=False),
    Column("limit_id", Uuid, ForeignKey("limits.id"), nullable=False, unique=True),
    Column("limit_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("daily_rate", Numeric, nullable=False),
    Column("term_months", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("pending_minor", BigInteger, nullable=False),
    Column("outstanding_minor", BigInteger, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('open', 'expired', 'closed')", name="state_known"),
    CheckConstraint("(state = 'open') = (due_at IS NOT NULL)", name="open_until"),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
    CheckConstraint("state <> 'closed' OR (pending_minor = 0 AND outstanding_minor = 0)", name="closed_owes_nothing"),
    CheckConstraint("pending_minor >= 0 AND outstanding_minor >= 0 AND limit_minor > 0", name="nothing_negative"),
    Index("ix_lines_one_alive", "shop_id", unique=True, postgresql_where=text("state <> 'closed'")),
    Index(None, "owner", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

line_steps = Table(
    "line_steps",
    metadata,
    Column("line_id", Uuid, ForeignKey("lines.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", Text),
    Column("state", Text, nullable=False),
    Column("limit_id", Uuid, nullable=False),
    Column("limit_minor", BigInteger, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
)
