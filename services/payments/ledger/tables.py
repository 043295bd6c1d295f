"""Accounts with their sums, transfers as they were made, holds, and refusals that spent an id.

No foreign keys among them: on the ledger's hot path each would cost a look-up a row. The same facts are checked before writing, under
the accounts' locks, and again by the audit. `book_id` stands first in every key, so that a book can be moved to a server of its own.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Uuid,
    text,
)
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import JSONB

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)
SUMS = ("debits_posted", "debits_pending", "credits_posted", "credits_pending")

ledger_accounts = Table(
    "ledger_accounts",
    metadata,
    Column("book_id", SmallInteger, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("currency", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("owner", Words, nullable=False),
    Column("rule", Words, nullable=False),
    Column("reference", Words, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("frozen", Boolean, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in SUMS),
    Column("last_posted_at", Instant),
    Column("frozen_amount", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("book_id", "id"),
    CheckConstraint(f"least({', '.join(SUMS)}) >= 0", name="sums_not_negative"),
    CheckConstraint("frozen_amount >= 0", name="frozen_amount_not_negative"),
    CheckConstraint(
        "rule <> 'debits_must_not_exceed_credits' OR debits_posted + debits_pending <= credits_posted",
        name="debits_covered",
    ),
    CheckConstraint(
        "rule <> 'credits_must_not_exceed_debits' OR credits_posted + credits_pending <= debits_posted",
        name="credits_covered",
    ),
    CheckConstraint(
        "rule IN ('none', 'debits_must_not_exceed_credits', 'credits_must_not_exceed_debits')", name="rule"
    ),
    Index(None, "owner", "kind", "currency"),
    # Room beside each row, so that new sums are written on the same page and no index is touched.
    postgresql_with={"fillfactor": 60},
)

# By month of `posted_at`; an index on ids would have to be in every partition and guard none of the others, so ids have their own table.
ledger_transfers = Table(
    "ledger_transfers",
    metadata,
    Column("book_id", SmallInteger, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("debit_account_id", Uuid, nullable=False),
    Column("credit_account_id", Uuid, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("posted_at", Instant, nullable=False),
    *(Column(f"debited_{name}", BigInteger, nullable=False) for name in SUMS),
    *(Column(f"credited_{name}", BigInteger, nullable=False) for name in SUMS),
    Column("value_on", Date, nullable=False),
    Column("currency", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("reference", Words, nullable=False),
    Column("pending_id", Uuid),
    Column("expires_at", Instant),
    Column("timeout_seconds", Integer),
    Column("flags", SmallInteger, nullable=False, server_default="0"),
    Column("metadata", JSONB(none_as_null=True)),
    CheckConstraint("kind BETWEEN 0 AND 4", name="kind"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
    CheckConstraint("(kind >= 2) = (pending_id IS NOT NULL)", name="settles_a_hold"),
    CheckConstraint("metadata <> '{}'", name="metadata_not_empty"),
    Index(None, "book_id", "debit_account_id", "posted_at"),
    Index(None, "book_id", "credit_account_id", "posted_at"),
    Index(None, "reference", "posted_at", "id", postgresql_where=text("reference <> ''")),
    Index(None, "book_id", "pending_id", postgresql_where=text("pending_id IS NOT NULL")),
    # Summaries of neighbouring pages: a value date is found without reading all, and a new row pays nothing for it.
    Index(None, "value_on", postgresql_using="brin", postgresql_with={"autosummarize": "on", "pages_per_range": 32}),
    Index(None, "posted_at", postgresql_using="brin", postgresql_with={"autosummarize": "on", "pages_per_range": 32}),
    # Only of rows that have metadata: the others are in no index more than before.
    Index(
        None,
        "metadata",
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
        postgresql_where=text("metadata IS NOT NULL"),
    ),
    # Each partition has besides (batch_id, number), unique in it: of the whole log it could be so only with `posted_at`.
    postgresql_partition_by="RANGE (posted_at)",
)

# One row a transfer: its id is used once, and its instant, batch and number lead to it. The widest columns first leave no gaps.
ledger_transfer_keys = Table(
    "ledger_transfer_keys",
    metadata,
    Column("posted_at", Instant, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("book_id", SmallInteger, nullable=False),
    PrimaryKeyConstraint("book_id", "id"),
)

# Days of business on which something was posted long after they were over.
ledger_imports = Table(
    "ledger_imports",
    metadata,
    Column("batch_id", Uuid, nullable=False),
    Column("posted_on", Date, nullable=False),
    Column("imported_at", Instant, nullable=False),
    PrimaryKeyConstraint("batch_id", "posted_on"),
    Index(None, "imported_at"),
)

ledger_holds = Table(
    "ledger_holds",
    metadata,
    Column("book_id", SmallInteger, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("debit_account_id", Uuid, nullable=False),
    Column("credit_account_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("expires_at", Instant),
    Column("flags", SmallInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("book_id", "id"),
    CheckConstraint("state BETWEEN 0 AND 3", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    Index(None, "expires_at", postgresql_where=text("state = 0 AND expires_at IS NOT NULL")),
)

ledger_refusals = Table(
    "ledger_refusals",
    metadata,
    Column("book_id", SmallInteger, nullable=False),
    Column("transfer_id", Uuid, nullable=False),
    Column("code", Words, nullable=False),
    Column("field", Words),
    Column("command", JSONB, nullable=False),
    Column("seen", JSONB, nullable=False),
    Column("refused_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    PrimaryKeyConstraint("book_id", "transfer_id"),
    Index(None, "recorded_at", postgresql_using="brin"),
)

ledger_account_steps = Table(
    "ledger_account_steps",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("book_id", SmallInteger, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("step", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("taken_by", Words, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("amount", BigInteger),
    CheckConstraint("step IN ('opened', 'frozen', 'released', 'closed')", name="step"),
    Index(None, "book_id", "account_id", "taken_at"),
)

# What a story keeps on an account beside what operators froze: part of its `frozen_amount`, which their orders and releases leave alone.
ledger_kept_amounts = Table(
    "ledger_kept_amounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
)

# Every version an account's metadata had, so that questions about the past have answers; an account that never had any has no row.
ledger_account_metadata = Table(
    "ledger_account_metadata",
    metadata,
    Column("book_id", SmallInteger, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("metadata", JSONB, nullable=False),
    Column("recorded_by", Words, nullable=False),
    PrimaryKeyConstraint("book_id", "account_id", "recorded_at"),
    Index(None, "metadata", postgresql_using="gin", postgresql_ops={"metadata": "jsonb_path_ops"}),
)

# One row where there were accounts before their metadata was recorded, and none where there were not.
ledger_metadata_since = Table(
    "ledger_metadata_since",
    metadata,
    Column("singleton", Boolean, primary_key=True),
    Column("since", Instant, nullable=False),
    CheckConstraint("singleton", name="one_row"),
)
