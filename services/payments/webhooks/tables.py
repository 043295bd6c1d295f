from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("types", ARRAY(Words), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("previous_secret", LargeBinary),
    Column("previous_until", Instant),
    Column("state", Words, nullable=False),
    Column("disabled_reason", Words),
    Column("failing_since", Instant),
    Column("after_position", BigInteger, nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("state IN ('active', 'disabled', 'removed')", name="state"),
    CheckConstraint("(state = 'disabled') = (disabled_reason IS NOT NULL)", name="disabled_with_reason"),
    CheckConstraint("disabled_reason IN ('owner', 'gone', 'failing')", name="reason"),
    CheckConstraint("state = 'active' OR failing_since IS NULL", name="failing_while_active"),
    CheckConstraint("(previous_secret IS NULL) = (previous_until IS NULL)", name="previous_ends"),
    Index("uq_webhook_endpoints_live_url", "owner", "url", unique=True, postgresql_where=text("state <> 'removed'")),
    Index(None, "owner", "id"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("endpoint_id", Uuid, ForeignKey("webhook_endpoints.id"), nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("type", Words, nullable=False),
    Column("url", Words),
    Column("test", Boolean, nullable=False),
    Column("state", Words, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", Instant),
    Column("leased_until", Instant),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('pending', 'acknowledged', 'dead')", name="state"),
    CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="pending_is_due"),
    CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended_when_final"),
    CheckConstraint("state = 'pending' OR leased_until IS NULL", name="leased_while_pending"),
    CheckConstraint("tries >= 0 AND attempts >= tries", name="tries_counted"),
    Index(
        "uq_webhook_deliveries_event", "endpoint_id", "event_id", "url", unique=True, postgresql_nulls_not_distinct=True
    ),
    Index(None, "endpoint_id", "id"),
    Index(
        "ix_webhook_deliveries_waiting",
        "endpoint_id",
        text("(url IS NULL)"),
        "due_at",
        postgresql_where=text("state = 'pending'"),
    ),
    Index(None, "id", postgresql_where=text("state = 'dead'")),
    Index(None, "leased_until", postgresql_where=text("leased_until IS NOT NULL")),
    Index(None, "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("delivery_id", Uuid, ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("status", Integer),
    Column("latency_ms", Integer, nullable=False),
    Column("answer", Words, nullable=False),
    Column("failure", Words),
    CheckConstraint("(status IS NULL) = (failure IS NOT NULL)", name="answered_or_failed"),
    CheckConstraint("number > 0", name="number_positive"),
)

webhook_progress = Table(
    "webhook_progress",
    metadata,
    Column("singleton", Boolean, primary_key=True),
    Column("position", BigInteger, nullable=False),
    CheckConstraint("singleton", name="one_row"),
)
