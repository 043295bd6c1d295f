"""Cards: the one noun of payments that holds personal data, sealed."""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, LargeBinary, Table, Uuid, text
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

cards = Table(
    "cards",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("bank", Words, nullable=False),
    Column("bank_name", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("masked", Words, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("number_index", LargeBinary, nullable=False),
    Column("state", Words, nullable=False),
    Column("refusal_code", Words),
    Column("submitted_code", Words),
    Column("requested_at", Instant, nullable=False),
    Column("bound_at", Instant),
    Column("due_at", Instant),
    CheckConstraint("kind IN ('debit', 'credit', 'prepaid')", name="kind"),
    CheckConstraint("state IN ('requested', 'code_sent', 'confirming', 'bound', 'refused', 'removed')", name="state"),
    CheckConstraint("(state = 'confirming') = (submitted_code IS NOT NULL)", name="code_while_confirming"),
    CheckConstraint("state NOT IN ('requested', 'code_sent', 'confirming') OR due_at IS NOT NULL", name="open_is_due"),
    Index(
        "uq_cards_live_number",
        "customer_id",
        "number_index",
        unique=True,
        postgresql_where=text("state IN ('requested', 'code_sent', 'confirming', 'bound')"),
    ),
    Index(None, "customer_id", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
