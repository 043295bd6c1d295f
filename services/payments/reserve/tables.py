"""Proofs of the reserve, which are added and never changed; what each reserve account is for, by day; own fees on their way out."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)
_STATES = "'proved', 'broken', 'incomplete'"
_KINDS = (
    "'receipt_not_on_statement', 'payout_not_on_statement', 'booked_later', 'paper', 'statement_difference', 'break', 'unexplained', "
    "'claim', 'fees_overdue'"
)
_CLASSES = (
    "'customers', 'merchants', 'institutions', 'escrow', 'refunds_due', 'unmatched', 'participants', 'tokens_backed', 'own_fees', "
    "'own_claims', 'between_books', 'reserve', 'custody', 'apart'"
)

reserve_proofs = Table(
    "reserve_proofs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
    Column("currency", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Words, nullable=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("reserve_minor", "owed_minor", "own_minor", "difference_minor", "fees_overdue_minor")
    ),
    Column("closed_at", Instant, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Words, nullable=False),
    UniqueConstraint("day", "currency", "version"),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    CheckConstraint("version > 0", name="version_counted"),
    CheckConstraint(
        "difference_minor = reserve_minor - owed_minor - greatest(own_minor, 0)", name="difference_is_what_lacks"
    ),
    CheckConstraint("fees_overdue_minor >= 0", name="fees_not_negative"),
    CheckConstraint(
        "state <> 'proved' OR (difference_minor = 0 AND fees_overdue_minor = 0)", name="proved_without_difference"
    ),
)

reserve_proof_banks = Table(
    "reserve_proof_banks",
    metadata,
    Column("proof_id", Uuid, ForeignKey("reserve_proofs.id"), nullable=False),
    Column("bank", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("held_up", Words),
    Column("statement_id", Uuid, ForeignKey("statements.id")),
    Column("statement_minor", BigInteger),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("timing_minor", "paper_minor", "breaks_minor", "unexplained_minor", "ledger_minor")
    ),
    PrimaryKeyConstraint("proof_id", "bank"),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    CheckConstraint("(state = 'incomplete') = (held_up IS NOT NULL)", name="held_up_says_why"),
    CheckConstraint(
        "state = 'incomplete' OR (statement_id IS NOT NULL AND statement_minor IS NOT NULL AND statement_minor + timing_minor"
        " + paper_minor + breaks_minor + unexplained_minor = ledger_minor)",
        name="adds_up",
    ),
    CheckConstraint("state <> 'proved' OR (breaks_minor = 0 AND unexplained_minor = 0)", name="proved_without_breaks"),
)

reserve_proof_classes = Table(
    "reserve_proof_classes",
    metadata,
    Column("proof_id", Uuid, ForeignKey("reserve_proofs.id"), nullable=False),
    Column("owed", Words, nullable=False),
    Column("credit_minor", BigInteger, nullable=False),
    Column("debit_minor", BigInteger, nullable=False),
    Column("accounts", BigInteger, nullable=False),
    PrimaryKeyConstraint("proof_id", "owed"),
    CheckConstraint(f"owed IN ({_CLASSES})", name="owed"),
    CheckConstraint("least(credit_minor, debit_minor, accounts) >= 0", name="counted_up"),
)

reserve_proof_items = Table(
    "reserve_proof_items",
    metadata,
    Column("proof_id", Uuid, ForeignKey("reserve_proofs.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("bank", Words),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("break_id", Uuid, ForeignKey("reconciliation_breaks.id")),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("proof_id", "number"),
    CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
    CheckConstraint("kind <> 'break' OR break_id IS NOT NULL", name="break_is_named"),
    CheckConstraint("(bank IS NULL) = (kind IN ('claim', 'fees_overdue'))", name="of_a_bank"),
    CheckConstraint("amount <> 0", name="amount_not_zero"),
)

reserve_account_terms = Table(
    "reserve_account_terms",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("bank", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("use", Words, nullable=False),
    Column("valid_from_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Words, nullable=False),
    CheckConstraint("use IN ('custody', 'receipt_and_payment', 'collection')", name="use"),
    Index(None, "bank", "currency", "valid_from_on", "position"),
)

reserve_looks = Table(
    "reserve_looks",
    metadata,
    Column("day", Date, nullable=False),
    Column("currency", Words, nullable=False),
    Column("looked_at", Instant, nullable=False),
    PrimaryKeyConstraint("day", "currency"),
)
"""When a day was proved last, be it that it said nothing new."""

fee_withdrawals = Table(
    "fee_withdrawals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source", Words, nullable=False),
    Column("bank", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("destination", Words, nullable=False),
    Column("hold_id", Uuid, nullable=False, unique=True),
    Column("state", Words, nullable=False),
    Column("bank_reference", Words),
    Column("requested_at", Instant, nullable=False),
    Column("requested_by", Words, nullable=False),
    Column("due_at", Instant),
    Column("reminders", Integer, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Words),
    CheckConstraint("source IN ('fee_income', 'dispute_fee')", name="source"),
    CheckConstraint("state IN ('requested', 'paid', 'cancelled')", name="state"),
    CheckConstraint("amount > 0 AND reminders >= 0", name="counted_up"),
    CheckConstraint("(state = 'requested') = (due_at IS NOT NULL)", name="requested_is_due"),
    CheckConstraint(
        "(state = 'requested') = (ended_at IS NULL) AND (ended_at IS NULL) = (ended_by IS NULL)",
        name="ended_by_somebody",
    ),
    CheckConstraint("(state = 'paid') = (bank_reference IS NOT NULL)", name="paid_by_the_bank"),
    CheckConstraint("destination <> ''", name="goes_somewhere"),
    CheckConstraint("state <> 'paid' OR ended_by <> requested_by", name="confirmed_by_another"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
