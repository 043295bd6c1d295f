"""Limits: the figures and rates in force, what each person used, and the payments that used it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Uuid,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

limit_figures = Table(
    "limit_figures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", Words, nullable=False),
    Column("period", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("checks", Integer),
    Column("face_to_face", Boolean, nullable=False),
    Column("wealth_products", Boolean, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("source", Words, nullable=False),
    Column("stated_by", Words, nullable=False),
    Column("stated_at", Instant, nullable=False),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    CheckConstraint(
        "subject IN ('class_i', 'class_ii', 'class_iii', 'under_two_factors', 'two_factors')", name="subject"
    ),
    CheckConstraint("period IN ('life', 'year', 'day')", name="period"),
    CheckConstraint("(subject LIKE 'class%') = (period <> 'day')", name="days_by_confirmation"),
    CheckConstraint("amount >= 0", name="amount"),
    CheckConstraint("(subject LIKE 'class%') = (checks IS NOT NULL)", name="checks_of_classes"),
    CheckConstraint("checks >= 1", name="checks"),
    CheckConstraint("subject LIKE 'class%' OR NOT (face_to_face OR wealth_products)", name="rights_of_classes"),
    Index(None, "subject", "valid_from"),
)

limit_rates = Table(
    "limit_rates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("currency", Words, nullable=False),
    Column("rate_on", Date, nullable=False),
    Column("rate", Numeric(24, 12), nullable=False),
    Column("source", Words, nullable=False),
    Column("stated_by", Words, nullable=False),
    Column("stated_at", Instant, nullable=False),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    CheckConstraint("rate > 0", name="rate"),
    CheckConstraint("currency <> 'CNY'", name="foreign"),
    Index(None, "currency", "rate_on"),
)

limit_usages = Table(
    "limit_usages",
    metadata,
    Column("holder_id", Uuid, ForeignKey("holders.id"), primary_key=True),
    Column("counted_on", Date),
    Column("life", BigInteger, nullable=False),
    Column("year", BigInteger, nullable=False),
    Column("under_two_factors", BigInteger, nullable=False),
    Column("two_factors", BigInteger, nullable=False),
    Column("certificate", BigInteger, nullable=False),
    CheckConstraint("under_two_factors >= 0 AND two_factors >= 0 AND certificate >= 0", name="days"),
    CheckConstraint("year >= under_two_factors + two_factors + certificate", name="day_in_year"),
    CheckConstraint("life >= year", name="year_in_life"),
    CheckConstraint("counted_on IS NOT NULL OR life = 0", name="counted_on_a_day"),
)

limit_takings = Table(
    "limit_takings",
    metadata,
    Column("source", Words, primary_key=True),
    Column("round", SmallInteger, primary_key=True),
    Column("holder_id", Uuid, ForeignKey("holders.id"), nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("confirmation", Words, nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("reference", Words, nullable=False),
    Column("given_back", BigInteger, nullable=False),
    Column("counted_back", BigInteger, nullable=False),
    CheckConstraint("round >= 1", name="round"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("counted > 0", name="counted"),
    CheckConstraint("currency <> 'CNY' OR (counted, counted_back) = (amount, given_back)", name="yuan_as_they_are"),
    CheckConstraint("given_back BETWEEN 0 AND amount", name="given_back"),
    CheckConstraint("counted_back BETWEEN 0 AND counted", name="counted_back"),
    CheckConstraint("given_back < amount OR counted_back = counted", name="all_back"),
    CheckConstraint("confirmation IN ('under_two_factors', 'two_factors', 'certificate')", name="confirmation"),
    Index(None, "holder_id", "taken_at", "source", "round"),
)
