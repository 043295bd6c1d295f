"""Fee plans and their tiers; append-only by privilege: another price is another version."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Integer, Table, UniqueConstraint, Uuid
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

fee_plans = Table(
    "fee_plans",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("rounding", Words, nullable=False),
    Column("minimum_minor", BigInteger, nullable=False),
    Column("cap_minor", BigInteger),
    Column("free_quota_minor", BigInteger, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("published_by", Words, nullable=False),
    UniqueConstraint("code", "version"),
    CheckConstraint("rounding IN ('half_up', 'down', 'up')", name="rounding"),
    CheckConstraint("version > 0", name="version_positive"),
    CheckConstraint("minimum_minor >= 0 AND free_quota_minor >= 0", name="not_negative"),
    CheckConstraint("cap_minor >= minimum_minor", name="cap_not_below_minimum"),
)

fee_plan_tiers = Table(
    "fee_plan_tiers",
    metadata,
    Column("plan_id", Uuid, ForeignKey("fee_plans.id"), primary_key=True),
    Column("lower_minor", BigInteger, primary_key=True),
    Column("upper_minor", BigInteger, nullable=False),
    Column("rate_millionths", BigInteger, nullable=False),
    CheckConstraint("0 <= lower_minor AND lower_minor < upper_minor", name="bounds"),
    CheckConstraint("rate_millionths BETWEEN 0 AND 1000000", name="rate"),
)
