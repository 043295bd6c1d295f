"""Statements and their lines, what of ours they are compared with, the pairs found, and the breaks left over.

Pairs are added and never changed. The two `…_open_…` tables hold what a run still has to match: they are filled and emptied by it, so
they need no log of writes, and after a crash the next run fills them again.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

reconciliation_accounts = Table(
    "reconciliation_accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bank", Words, nullable=False),
    Column("number", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("date_window_days", Integer, nullable=False),
    Column("date_tolerance_days", Integer, nullable=False),
    Column("amount_tolerance_minor", BigInteger, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("fetched_on", Date),
    UniqueConstraint("bank", "number"),
    UniqueConstraint("bank", "currency"),
    CheckConstraint("date_window_days BETWEEN 0 AND 31", name="window"),
    CheckConstraint("date_tolerance_days BETWEEN 0 AND 31 AND amount_tolerance_minor >= 0", name="tolerances"),
)

reconciliation_mappings = Table(
    "reconciliation_mappings",
    metadata,
    Column("name", Words, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("document", JSONB, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Words, nullable=False),
)

statement_files = Table(
    "statement_files",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("reconciliation_accounts.id"), nullable=False),
    Column("form", Words, nullable=False),
    Column("hash", Words, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("taken_by", Words, nullable=False),
    UniqueConstraint("account_id", "hash"),
    CheckConstraint("form IN ('camt', 'mt940', 'table')", name="form"),
)

statements = Table(
    "statements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("file_id", Uuid, ForeignKey("statement_files.id"), nullable=False),
    Column("account_id", Uuid, ForeignKey("reconciliation_accounts.id"), nullable=False),
    Column("kind", Words, nullable=False),
    Column("number", Words, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("opening_minor", BigInteger),
    Column("closing_minor", BigInteger),
    Column("sum_minor", BigInteger, nullable=False),
    Column("difference_minor", BigInteger),
    Column("lines", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("taken_at", Instant, nullable=False),
    CheckConstraint("kind IN ('statement', 'notification')", name="kind"),
    CheckConstraint("from_on <= until_on", name="days_in_order"),
    CheckConstraint("lines >= 0 AND seen >= 0", name="counted_up"),
    CheckConstraint(
        "difference_minor IS NOT DISTINCT FROM closing_minor - opening_minor - sum_minor", name="difference_is_told"
    ),
    Index(
        "uq_statements_by_number",
        "account_id",
        "number",
        "from_on",
        unique=True,
        postgresql_where=text("kind = 'statement'"),
    ),
    Index(None, "account_id", "until_on"),
)

statement_lines = Table(
    "statement_lines",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("reconciliation_accounts.id"), nullable=False),
    Column("statement_id", Uuid, ForeignKey("statements.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("identity", Words, nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("repeated", Boolean, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("value_on", Date, nullable=False),
    Column("booked_on", Date, nullable=False),
    Column("servicer_reference", Words, nullable=False),
    Column("reference", Words, nullable=False),
    Column("match_key", Words, nullable=False),
    Column("description", Words, nullable=False),
    Column("words", ARRAY(Words), nullable=False),
    UniqueConstraint("account_id", "identity", "occurrence"),
    UniqueConstraint("statement_id", "number"),
    CheckConstraint("amount <> 0", name="amount_not_zero"),
    CheckConstraint("occurrence > 0 AND (occurrence > 1) >= repeated", name="repeated_is_another"),
    Index(None, "account_id", "match_key", postgresql_where=text("match_key <> ''")),
)

# A line that a notification had shown, as a statement shows it again.
statement_confirmations = Table(
    "statement_confirmations",
    metadata,
    Column("line_id", Uuid, ForeignKey("statement_lines.id"), primary_key=True),
    Column("statement_id", Uuid, ForeignKey("statements.id"), nullable=False),
)

reconciliation_records = Table(
    "reconciliation_records",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("reconciliation_accounts.id"), nullable=False),
    Column("source", Words, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("state", Words, nullable=False),
    Column("reference", Words, nullable=False),
    Column("match_key", Words, nullable=False),
    Column("group_key", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("value_on", Date, nullable=False),
    Column("description", Words, nullable=False),
    Column("words", ARRAY(Words), nullable=False),
    UniqueConstraint("source", "source_id"),
    CheckConstraint("source IN ('channel', 'report', 'ledger')", name="source"),
    CheckConstraint("state IN ('expected', 'open', 'failed')", name="state"),
    CheckConstraint("amount <> 0", name="amount_not_zero"),
    Index(None, "account_id", "subject"),
    Index(None, "account_id", "match_key", postgresql_where=text("match_key <> ''")),
)

reconciliation_runs = Table(
    "reconciliation_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("reconciliation_accounts.id"), nullable=False),
    Column("run_by", Words, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("records", Integer, nullable=False),
    Column("pairs", Integer, nullable=False),
    Column("breaks_raised", Integer, nullable=False),
    Column("breaks_closed", Integer, nullable=False),
    CheckConstraint("least(records, pairs, breaks_raised, breaks_closed) >= 0", name="counted_up"),
    Index(None, "account_id", "id"),
)

# No foreign keys: a run adds a row for every line of a statement, and the audit looks for what they would hold.
reconciliation_pairs = Table(
    "reconciliation_pairs",
    metadata,
    Column("line_id", Uuid, nullable=False),
    Column("record_id", Uuid, nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("rule", SmallInteger, nullable=False),
    PrimaryKeyConstraint("line_id", "record_id"),
    CheckConstraint("rule BETWEEN 1 AND 6", name="rule"),
    Index(None, "record_id"),
)

_TO_MATCH = (
    ("match_key", Words),
    ("amount", BigInteger),
    ("value_on", Date),
    ("words", ARRAY(Words)),
)
reconciliation_open_lines = Table(
    "reconciliation_open_lines",
    metadata,
    Column("account_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    *(Column(name, kind, nullable=False) for name, kind in _TO_MATCH),
    Column("repeated", Boolean, nullable=False),
    PrimaryKeyConstraint("account_id", "id"),
    prefixes=["UNLOGGED"],
)
reconciliation_open_records = Table(
    "reconciliation_open_records",
    metadata,
    Column("account_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    *(Column(name, kind, nullable=False) for name, kind in _TO_MATCH),
    Column("state", Words, nullable=False),
    Column("group_key", Words, nullable=False),
    PrimaryKeyConstraint("account_id", "id"),
    prefixes=["UNLOGGED"],
)

reconciliation_breaks = Table(
    "reconciliation_breaks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("reconciliation_accounts.id"), nullable=False),
    Column("type", Words, nullable=False),
    Column("side", Words, nullable=False),
    Column("line_id", Uuid, ForeignKey("statement_lines.id")),
    Column("record_id", Uuid, ForeignKey("reconciliation_records.id")),
    Column("subject", Words),
    Column("way", SmallInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("owner", Words, nullable=False),
    Column("resolved_minor", BigInteger, nullable=False),
    Column("reason", Words),
    Column("raised_on", Date, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("escalations", Integer, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint(
        "account_id",
        "type",
        "line_id",
        "record_id",
        "subject",
        "way",
        name="uq_reconciliation_breaks_about",
        postgresql_nulls_not_distinct=True,
    ),
    CheckConstraint("type IN ('long', 'short', 'amount', 'duplicate', 'status', 'date')", name="type"),
    CheckConstraint("side IN ('bank', 'ledger')", name="side"),
    CheckConstraint("state IN ('open', 'resolved', 'explained')", name="state"),
    CheckConstraint("(side = 'ledger') = (subject IS NOT NULL)", name="about_something"),
    CheckConstraint("way BETWEEN -1 AND 1 AND (side = 'ledger') = (way <> 0)", name="way"),
    CheckConstraint("side = 'ledger' OR line_id IS NOT NULL OR record_id IS NOT NULL", name="bank_has_its_row"),
    CheckConstraint("(state = 'open') = (due_at IS NOT NULL)", name="open_is_due"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_when_closed"),
    CheckConstraint("(type = 'date') = (amount = 0)", name="date_has_no_money"),
    CheckConstraint("state <> 'resolved' OR (amount <> 0 AND resolved_minor = amount)", name="resolved_is_moved"),
    CheckConstraint(
        "state <> 'explained' OR (resolved_minor = 0 AND reason IS NOT NULL)", name="explained_has_a_reason"
    ),
    Index(None, "account_id", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index(None, "line_id", postgresql_where=text("line_id IS NOT NULL")),
    Index(None, "record_id", postgresql_where=text("record_id IS NOT NULL")),
)

# Each transfer that resolved a break, and each that took one back. amount: signed as the break's, the other way round for a reversal.
reconciliation_resolutions = Table(
    "reconciliation_resolutions",
    metadata,
    Column("transfer_id", Uuid, primary_key=True),
    Column("break_id", Uuid, ForeignKey("reconciliation_breaks.id"), nullable=False),
    Column("reverses_id", Uuid, ForeignKey("reconciliation_resolutions.transfer_id")),
    Column("amount", BigInteger, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("amount <> 0", name="amount_not_zero"),
    Index(None, "break_id"),
)
