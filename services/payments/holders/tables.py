"""Persons, what customers declared (sealed), checks, and freezes of persons."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

holders = Table(
    "holders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number_index", LargeBinary, nullable=False, unique=True),
    Column("proved_at", Instant, nullable=False),
)

holder_identities = Table(
    "holder_identities",
    metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("details", LargeBinary, nullable=False),
    Column("number_index", LargeBinary, nullable=False),
    Column("masked", Words, nullable=False),
    Column("declared_at", Instant, nullable=False),
    Column("holder_id", Uuid, ForeignKey("holders.id")),
    Column("proved_at", Instant),
    Column("checks", SmallInteger, nullable=False),
    Column("face_to_face_at", Instant),
    Column("face_to_face_by", Words),
    Column("certificate_until", Date),
    Column("agreed_daily", BigInteger),
    CheckConstraint("(holder_id IS NULL) = (proved_at IS NULL)", name="proved_at"),
    CheckConstraint("(holder_id IS NULL) = (checks = 0 AND face_to_face_at IS NULL)", name="proved_by_something"),
    CheckConstraint("(face_to_face_at IS NULL) = (face_to_face_by IS NULL)", name="face_to_face"),
    CheckConstraint("(certificate_until IS NULL) = (agreed_daily IS NULL)", name="certificate"),
    CheckConstraint("certificate_until IS NULL OR holder_id IS NOT NULL", name="certificate_of_a_person"),
    CheckConstraint("agreed_daily > 0", name="agreed_daily"),
    Index(None, "holder_id", "customer_id", postgresql_where=text("holder_id IS NOT NULL")),
)

holder_checks = Table(
    "holder_checks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, ForeignKey("holder_identities.customer_id"), nullable=False),
    Column("channel", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("failure_code", Words),
    Column("asked_at", Instant, nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("due_at", Instant),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint(
        "channel IN ('police', 'bank', 'mobile_operator', 'education', 'tax', 'social_security', 'housing', 'transport')",
        name="channel",
    ),
    CheckConstraint("state IN ('pending', 'passed', 'failed', 'expired')", name="state"),
    CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="pending_is_due"),
    CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended_when_final"),
    CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failed_with_code"),
    Index(
        "uq_holder_checks_live_channel",
        "customer_id",
        "channel",
        unique=True,
        postgresql_where=text("state IN ('pending', 'passed')"),
    ),
    Index(None, "customer_id", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

holder_freezes = Table(
    "holder_freezes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("holder_id", Uuid, ForeignKey("holders.id"), nullable=False),
    Column("reason", Words, nullable=False),
    Column("frozen_by", Words, nullable=False),
    Column("frozen_at", Instant, nullable=False),
    Column("release_reason", Words),
    Column("released_by", Words),
    Column("released_at", Instant),
    CheckConstraint(
        "(release_reason IS NULL) = (released_at IS NULL) AND (released_by IS NULL) = (released_at IS NULL)",
        name="released_with_reason",
    ),
    Index("uq_holder_freezes_standing", "holder_id", unique=True, postgresql_where=text("released_at IS NULL")),
    Index(None, "holder_id", "id"),
)

holder_freeze_accounts = Table(
    "holder_freeze_accounts",
    metadata,
    Column("freeze_id", Uuid, ForeignKey("holder_freezes.id"), primary_key=True),
    Column("account_id", Uuid, primary_key=True),
)
