"""Listings, and each step of each."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

listings = Table(
    "listings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("application_id", Uuid, ForeignKey("applications.id"), nullable=False),
    Column("borrower", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("programme_code", Text, nullable=False),
    Column("programme_version", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("annual_rate", Numeric, nullable=False),
    Column("term_months", Integer, nullable=False),
    Column("method", Text, nullable=False),
    Column("lot_minor", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("account_id", Uuid, unique=True),
    Column("borrower_account_id", Uuid),
    Column("committed_minor", BigInteger, nullable=False),
    Column("placed_minor", BigInteger, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("closes_at", DateTime(timezone=True), nullable=False),
    Column("opened_at", DateTime(timezone=True)),
    Column("full_at", DateTime(timezone=True)),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("highest_rate", Numeric),
    Column("retained_minor", BigInteger),
    Column("retained_by", Text),
    ForeignKeyConstraint(["programme_code", "programme_version"], ["programmes.code", "programmes.version"]),
    CheckConstraint(
        "state IN ('draft', 'open', 'full', 'disbursing', 'disbursed', 'releasing', 'failed')", name="state_known"
    ),
    CheckConstraint("(state IN ('draft', 'open')) = (due_at IS NOT NULL)", name="waiting_states_end"),
    CheckConstraint(
        "0 <= placed_minor AND placed_minor <= committed_minor"
        " AND (committed_minor <= amount_minor OR highest_rate IS NOT NULL AND state = 'open')",
        name="never_over_filled",
    ),
    CheckConstraint(
        "state NOT IN ('full', 'disbursing', 'disbursed') OR placed_minor = amount_minor", name="full_is_full"
    ),
    CheckConstraint("annual_rate <= highest_rate", name="cleared_within_bounds"),
    CheckConstraint("(coalesce(retained_minor, 0) > 0) = (retained_by IS NOT NULL)", name="retained_by_somebody"),
    CheckConstraint(
        "retained_minor >= 0 AND retained_minor < amount_minor AND retained_minor % lot_minor = 0",
        name="something_is_lent_by_others",
    ),
    CheckConstraint("amount_minor > 0 AND amount_minor % lot_minor = 0", name="amount_in_lots"),
    CheckConstraint("state IN ('draft', 'releasing', 'failed') OR account_id IS NOT NULL", name="open_with_account"),
    Index(
        "ix_listings_one_alive",
        "application_id",
        unique=True,
        postgresql_where=text("state <> 'failed'"),
    ),
    Index(None, "state", "id"),
    Index(None, "borrower", "id"),
    Index(None, "application_id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

listing_steps = Table(
    "listing_steps",
    metadata,
    Column("listing_id", Uuid, ForeignKey("listings.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", Text),
    Column("state", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
)
