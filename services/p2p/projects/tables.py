"""Projects, their rewards, and each step of each."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

projects = Table(
    "projects",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("creator", Text, nullable=False),
    Column("programme_code", Text, nullable=False),
    Column("programme_version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("story", Text, nullable=False),
    Column("shipping_note", Text),
    Column("currency", Text, nullable=False),
    Column("goal_minor", BigInteger, nullable=False),
    Column("surplus", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("recommended_by", Text),
    Column("account_id", Uuid, unique=True),
    Column("creator_account_id", Uuid),
    Column("pledged_minor", BigInteger, nullable=False),
    Column("backers", Integer, nullable=False),
    Column("collected_minor", BigInteger, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("charged_back_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("recovered_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("used_minor", BigInteger),
    Column("use_report", Text),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("closes_at", DateTime(timezone=True), nullable=False),
    Column("opened_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["programme_code", "programme_version"], ["programmes.code", "programmes.version"]),
    CheckConstraint(
        "state IN ('draft', 'submitted', 'recommended', 'opening', 'live', 'collecting', 'funded', 'delivering', 'fulfilled',"
        " 'undelivered', 'refunding', 'refunded', 'failed', 'declined', 'cancelled')",
        name="state_known",
    ),
    CheckConstraint(
        "(state IN ('draft', 'submitted', 'recommended', 'opening', 'live', 'collecting', 'delivering')) = (due_at IS NOT NULL)",
        name="waiting_states_end",
    ),
    CheckConstraint("surplus IN ('same_purpose', 'return')", name="surplus_known"),
    CheckConstraint("goal_minor > 0", name="goal_positive"),
    CheckConstraint(
        "pledged_minor >= 0 AND backers >= 0 AND paid_minor >= 0 AND fee_minor >= 0 AND refunded_minor >= 0"
        " AND charged_back_minor >= 0 AND recovered_minor BETWEEN 0 AND charged_back_minor AND collected_minor <= pledged_minor"
        " AND paid_minor + fee_minor + refunded_minor <= collected_minor",
        name="nothing_from_nowhere",
    ),
    CheckConstraint(
        "state IN ('collecting', 'funded', 'refunding')"
        " OR collected_minor + recovered_minor - paid_minor - fee_minor - refunded_minor - charged_back_minor <= 0",
        name="account_empty_at_rest",
    ),
    CheckConstraint(
        "state NOT IN ('live', 'collecting', 'funded', 'delivering', 'fulfilled', 'undelivered', 'refunding', 'refunded')"
        " OR (account_id IS NOT NULL AND creator_account_id IS NOT NULL AND opened_at IS NOT NULL)",
        name="live_with_account",
    ),
    CheckConstraint("state <> 'recommended' OR recommended_by IS NOT NULL", name="recommended_by_somebody"),
    CheckConstraint("(used_minor IS NULL) = (use_report IS NULL)", name="use_told_whole"),
    CheckConstraint("used_minor BETWEEN 0 AND paid_minor", name="used_what_was_paid"),
    Index(None, "state", "id"),
    Index(None, "creator", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

project_tiers = Table(
    "project_tiers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("stock", Integer),
    Column("taken", Integer, nullable=False),
    Column("delivers_on", Date, nullable=False),
    UniqueConstraint("project_id", "number"),
    CheckConstraint("price_minor > 0 AND stock > 0", name="price_and_stock_positive"),
    CheckConstraint("taken >= 0 AND (stock IS NULL OR taken <= stock)", name="never_over_promised"),
)

project_steps = Table(
    "project_steps",
    metadata,
    Column("project_id", Uuid, ForeignKey("projects.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", Text),
    Column("state", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
)
