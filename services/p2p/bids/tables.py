"""Bids."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    Table,
    Text,
    Uuid,
)

from services.p2p.metadata import metadata

bids = Table(
    "bids",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("listing_id", Uuid, ForeignKey("listings.id"), nullable=False),
    Column("lender", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("account_id", Uuid),
    Column("hold_id", Uuid, unique=True),
    Column("loan_id", Uuid, ForeignKey("loans.id")),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("standing_order_id", Uuid),
    Column("annual_rate", Numeric),
    Column("held_minor", BigInteger),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("state IN ('pending', 'placed', 'refused', 'releasing', 'released', 'funded')", name="state_known"),
    CheckConstraint("state IN ('pending', 'refused') OR hold_id IS NOT NULL", name="placed_with_hold"),
    CheckConstraint("(hold_id IS NULL) = (account_id IS NULL)", name="hold_on_an_account"),
    CheckConstraint("state <> 'funded' OR loan_id IS NOT NULL", name="funded_by_contract"),
    CheckConstraint("held_minor > amount_minor", name="held_for_more"),
    CheckConstraint("standing_order_id IS NULL OR annual_rate IS NULL", name="orders_bid_no_rate"),
    Index(None, "listing_id", "id"),
    Index(None, "lender", "id"),
    # Hundreds are made at once: that their standing orders are there is compared by the audit. A bid takes its hold and its contract in
    # place: no index has its state, reason or loan, and each page has room for a second version.
    postgresql_with={"fillfactor": 50},
)
