"""Standing orders, what they ask for, and every version of each."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

book_moments = Sequence("book_moments", metadata=metadata)
"""The book's own time: every change of an order, and every look of a run at the queue, has a number of it."""

IN_QUEUE = "state = 'active' AND budget_minor - committed_minor >= least_minor"

standing_order_criteria = Table(
    "standing_order_criteria",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("currency", Text, nullable=False),
    Column("lowest_rate", Numeric, nullable=False),
    Column("programmes", ARRAY(Text), nullable=False),
    Column("grades", ARRAY(Text), nullable=False),
    Column("terms_months", ARRAY(Integer), nullable=False),
    CheckConstraint(
        "cardinality(programmes) > 0 AND cardinality(grades) > 0 AND cardinality(terms_months) > 0",
        name="asks_for_some",
    ),
    CheckConstraint("0 <= lowest_rate AND lowest_rate <= 1", name="rate_is_a_share"),
    UniqueConstraint(
        "currency", "lowest_rate", "programmes", "grades", "terms_months", name="uq_standing_order_criteria_all"
    ),
    Index("ix_standing_order_criteria_arrays", "programmes", "grades", "terms_months", postgresql_using="gin"),
)

standing_orders = Table(
    "standing_orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lender", Text, nullable=False),
    Column("account_id", Uuid),
    Column("criteria_id", BigInteger, ForeignKey("standing_order_criteria.id"), nullable=False),
    Column("least_minor", BigInteger, nullable=False),
    Column("most_minor", BigInteger, nullable=False),
    Column("share_cap", Numeric, nullable=False),
    Column("budget_minor", BigInteger, nullable=False),
    Column("reserve_minor", BigInteger, nullable=False),
    Column("committed_minor", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("refusals", SmallInteger, nullable=False),
    Column("place", BigInteger),
    Column("queued_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("resale_least_yield", Numeric),
    Column("resale_least_price", Numeric),
    Column("resale_largest_price", Numeric),
    Column("resale_longest_months", Integer),
    Column("managed", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("state IN ('opening', 'active', 'paused', 'ended')", name="state_known"),
    CheckConstraint("state NOT IN ('active', 'paused') OR account_id IS NOT NULL", name="active_with_wallet"),
    CheckConstraint("state <> 'active' OR place IS NOT NULL", name="active_in_the_queue"),
    CheckConstraint("(place IS NULL) = (queued_at IS NULL)", name="queued_at_a_place"),
    CheckConstraint(
        "0 < least_minor AND least_minor <= most_minor AND least_minor <= budget_minor AND 0 < share_cap AND share_cap <= 1"
        " AND reserve_minor >= 0",
        name="bounds_possible",
    ),
    CheckConstraint("managed OR (0 <= committed_minor AND committed_minor <= budget_minor)", name="within_budget"),
    CheckConstraint(
        "num_nulls(resale_least_yield, resale_least_price, resale_largest_price, resale_longest_months) IN (0, 4)",
        name="resale_wish_whole",
    ),
    CheckConstraint("0 <= refusals AND refusals <= 3 AND (refusals < 3 OR state <> 'active')", name="refusals_pause"),
    Index(None, "lender", "id"),
    Index(None, "expires_at", postgresql_where=text("state <> 'ended'")),
    Index("ix_standing_orders_queue", "criteria_id", "place", postgresql_where=text(IN_QUEUE)),
    Index(
        "ix_standing_orders_resale",
        "criteria_id",
        "place",
        postgresql_where=text(f"{IN_QUEUE} AND resale_least_yield IS NOT NULL"),
    ),
)

# event: an OrderEvent, a Change, or `make`. The versions that fills make stand in `matching_decisions`.
standing_order_versions = Table(
    "standing_order_versions",
    metadata,
    Column("order_id", Uuid, ForeignKey("standing_orders.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("moment", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("refusals", SmallInteger, nullable=False),
    Column("place", BigInteger),
    Column("committed_minor", BigInteger, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
