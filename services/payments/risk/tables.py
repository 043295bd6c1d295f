"""Risk: versions of rules, lists, what windows count, decisions, parked payments."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Uuid,
    text,
)
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)
_OUTCOMES = "('pass', 'step_up', 'review', 'refuse')"

risk_rulesets = Table(
    "risk_rulesets",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("document", JSONB, nullable=False),
    Column("note", Words, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("number >= 1", name="number"),
)

risk_ruleset_states = Table(
    "risk_ruleset_states",
    metadata,
    Column("ruleset_id", Uuid, ForeignKey("risk_rulesets.id"), primary_key=True),
    Column("state", Words, nullable=False),
    CheckConstraint("state IN ('draft', 'shadow', 'live', 'retired')", name="state"),
    Index("uq_risk_ruleset_states_live", "state", unique=True, postgresql_where=text("state = 'live'")),
)

risk_ruleset_steps = Table(
    "risk_ruleset_steps",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("ruleset_id", Uuid, ForeignKey("risk_rulesets.id"), nullable=False),
    Column("before", Words),
    Column("after", Words, nullable=False),
    Column("rollback", Boolean, nullable=False),
    Column("reason", Words, nullable=False),
    Column("changed_by", Words, nullable=False),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint("after IN ('draft', 'shadow', 'live', 'retired')", name="after"),
    CheckConstraint("NOT rollback OR after = 'live'", name="back_to_live"),
    Index(None, "ruleset_id", "id"),
)

risk_active = Table(
    "risk_active",
    metadata,
    Column("singleton", Boolean, primary_key=True),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("singleton", name="one_row"),
)
"""Counts up whenever a ruleset begins or ceases to be asked: what a process has made of them before is then old."""

risk_lists = Table(
    "risk_lists",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Words, nullable=False, unique=True),
    Column("holds", Words, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("holds IN ('person', 'card', 'device', 'payee', 'country')", name="holds"),
)

risk_list_entries = Table(
    "risk_list_entries",
    metadata,
    Column("list_id", Uuid, ForeignKey("risk_lists.id"), primary_key=True),
    Column("key", Uuid, primary_key=True),
)

risk_list_changes = Table(
    "risk_list_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("list_id", Uuid, ForeignKey("risk_lists.id"), nullable=False),
    Column("added", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("reason", Words, nullable=False),
    Column("changed_by", Words, nullable=False),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint("added >= 0 AND removed >= 0", name="counts"),
    Index(None, "list_id", "id"),
)

risk_series = Table(
    "risk_series",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("payments", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("changed_at", Instant),
    CheckConstraint("payments >= 0 AND amount >= 0", name="totals"),
    CheckConstraint("(payments = 0) = (changed_at IS NULL)", name="changed_by_a_payment"),
)
"""What a subject has paid in all, of every kind or of one: the lock of its windows."""

risk_entries = Table(
    "risk_entries",
    metadata,
    Column("series_id", Uuid, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("payments", BigInteger, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("decision_id", Uuid, nullable=False),
    Index(None, "at", postgresql_using="brin"),
    CheckConstraint("payments >= 1", name="payments"),
    CheckConstraint("amount >= 1", name="amount"),
)
"""Totals of a series after each payment: what a window holds is a difference of two of them, however many there are between."""

risk_take_backs = Table(
    "risk_take_backs",
    metadata,
    Column("series_id", Uuid, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("decision_id", Uuid, primary_key=True),
    Column("part", Words, primary_key=True),
    Column("payments", SmallInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("payments IN (0, 1)", name="payments"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("(part = '') = (payments = 1)", name="whole_or_part"),
)
"""Payments that failed after all, at the instants at which they were counted; or parts of their amounts, each by what came back."""

risk_familiar = Table(
    "risk_familiar",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("first_at", Instant, nullable=False),
)
"""Hashes of a person with a device, a country, a payee that she has paid from or to."""

risk_screens = Table(
    "risk_screens",
    metadata,
    Column("person", Words, primary_key=True),
    Column("result", Words, nullable=False),
    Column("expires_at", Instant, nullable=False),
    CheckConstraint("result IN ('clear', 'possible', 'match')", name="result"),
)

risk_decisions = Table(
    "risk_decisions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("ruleset_id", Uuid),
    Column("kind", Words, nullable=False),
    Column("reference", Words, nullable=False),
    Column("record", Uuid, nullable=False),
    Column("person", Words, nullable=False),
    Column("holder_id", Uuid),
    Column("payee", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("card", Words),
    Column("device", Words),
    Column("country", Words),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("wish", Uuid, nullable=False),
    Column("presented", Uuid),
    Column("decided_at", Instant, nullable=False),
    Column("expires_at", Instant),
    CheckConstraint(f"outcome IN {_OUTCOMES}", name="outcome"),
    CheckConstraint("amount > 0 AND counted > 0", name="amount"),
    CheckConstraint("expires_at IS NULL OR outcome = 'refuse'", name="refusals_remembered"),
    CheckConstraint("presented IS NULL OR outcome = 'pass'", name="presented_to_pass"),
    Index("ix_risk_decisions_reference", "reference", postgresql_where=text("outcome = 'pass'")),
    Index("ix_risk_decisions_remembered", "wish", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    Index(None, "person", "id"),
)

risk_shadow_decisions = Table(
    "risk_shadow_decisions",
    metadata,
    Column("ruleset_id", Uuid, primary_key=True),
    Column("decision_id", Uuid, primary_key=True),
    Column("outcome", Words, nullable=False),
    Column("shadow_outcome", Words, nullable=False),
    Column("codes", ARRAY(Words), nullable=False),
    CheckConstraint(f"outcome IN {_OUTCOMES}", name="outcome"),
    CheckConstraint(f"shadow_outcome IN {_OUTCOMES}", name="shadow_outcome"),
)

risk_parkings = Table(
    "risk_parkings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("wish", Uuid, nullable=False),
    Column("payee", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("hold_id", Uuid, unique=True),
    Column("account_id", Uuid),
    Column("released_seconds", Integer, nullable=False),
    Column("parked_at", Instant, nullable=False),
    Column("challenge_until", Instant),
    Column("review_until", Instant),
    Column("decided_by", Words),
    Column("words", Words),
    Column("used_for", Words),
    Column("end_reason", Words),
    Column("ended_at", Instant),
    CheckConstraint(
        "state IN ('waiting_challenge', 'waiting_review', 'released', 'carried_out', 'refused')", name="state"
    ),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
    CheckConstraint("(hold_id IS NULL) = (account_id IS NULL)", name="held_on_an_account"),
    CheckConstraint("(state IN ('carried_out', 'refused')) = (ended_at IS NOT NULL)", name="ended_when_final"),
    CheckConstraint(
        "(ended_at IS NULL) = (challenge_until IS NOT NULL OR review_until IS NOT NULL)", name="open_until_an_instant"
    ),
    CheckConstraint("challenge_until IS NULL OR review_until IS NULL", name="one_clock"),
    CheckConstraint("state <> 'waiting_challenge' OR challenge_until IS NOT NULL", name="challenge_by_real_time"),
    CheckConstraint("state <> 'waiting_review' OR review_until IS NOT NULL", name="review_by_business_time"),
    CheckConstraint("(state = 'carried_out') = (used_for IS NOT NULL)", name="used_for_a_payment"),
    CheckConstraint("(state = 'refused') = (end_reason IS NOT NULL)", name="refused_with_reason"),
    CheckConstraint(
        "end_reason IN ('expired', 'tries_used', 'denied', 'withdrawn', 'not_used', 'superseded')", name="end_reason"
    ),
    CheckConstraint("(decided_by IS NULL) = (words IS NULL)", name="decided_with_words"),
    Index("uq_risk_parkings_open_wish", "wish", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("ix_risk_parkings_person", "person", postgresql_where=text("ended_at IS NULL")),
    Index(None, "state", "id"),
    Index(None, "person", "id"),
    Index(None, "challenge_until", postgresql_where=text("challenge_until IS NOT NULL")),
    Index(None, "review_until", postgresql_where=text("review_until IS NOT NULL")),
)

risk_accounts = Table(
    "risk_accounts",
    metadata,
    Column("book_id", SmallInteger, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
)
"""Where held money of parked payments would go: it never does."""
