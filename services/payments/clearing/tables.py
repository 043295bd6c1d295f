"""Participants, models and positions; obligations and what waits to be one; windows, settlements and their changes.

Obligations are never changed: their state is that of their window, or of the window they were carried over to (`clearing_carried`). They
have no foreign keys, whose look-ups would cost more than the rows; the audit looks for what those would hold. Licences, caps, obligations,
what was carried over, passes and changes of state are append-only by privilege.
"""

from sqlalchemy import (
    ARRAY,
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
    SmallInteger,
    Table,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

clearing_participants = Table(
    "clearing_participants",
    metadata,
    Column("number", SmallInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("code", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("bic", Words, unique=True),
    Column("state", Words, nullable=False),
    Column("joined_at", Instant, nullable=False),
    CheckConstraint("state IN ('ACTIVE', 'SUSPENDED', 'LEFT')", name="state"),
)

clearing_licences = Table(
    "clearing_licences",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("participant_number", SmallInteger, ForeignKey("clearing_participants.number"), nullable=False),
    Column("kind", Words, nullable=False),
    Column("number", Words, nullable=False),
    Column("valid_from_on", Date, nullable=False),
    Column("valid_until_on", Date),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Words, nullable=False),
    CheckConstraint("valid_until_on >= valid_from_on", name="ends_after_it_begins"),
    Index(None, "participant_number", "valid_from_on", "position"),
)

clearing_settlement_accounts = Table(
    "clearing_settlement_accounts",
    metadata,
    Column("participant_number", SmallInteger, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
    CheckConstraint("participant_number >= 0", name="pool_or_participant"),
)

clearing_models = Table(
    "clearing_models",
    metadata,
    Column("number", SmallInteger, Identity(always=True), primary_key=True),
    Column("code", Words, nullable=False, unique=True),
    Column("currency", Words, nullable=False),
    Column("granularity", Words, nullable=False),
    Column("interchange", Words, nullable=False),
    Column("delay", Words, nullable=False),
    Column("prefunded", Boolean, nullable=False),
    Column("cut_offs", ARRAY(Integer), nullable=False),
    Column("patience_minutes", Integer, nullable=False),
    Column("settles_by_itself", Boolean, nullable=False),
    Column("collects", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("retired_at", Instant),
    CheckConstraint(
        "(granularity, delay) IN (('GROSS', 'IMMEDIATE'), ('NET', 'DEFERRED')) AND interchange IN ('BILATERAL', 'MULTILATERAL')"
        " AND (interchange = 'BILATERAL' OR granularity = 'NET')",
        name="kind",
    ),
    CheckConstraint("(delay = 'DEFERRED') = (cardinality(cut_offs) > 0)", name="cut_off_when_deferred"),
    CheckConstraint("patience_minutes > 0", name="patience_positive"),
    Index(
        "uq_clearing_models_collecting",
        "currency",
        unique=True,
        postgresql_where=text("collects AND retired_at IS NULL"),
    ),
)

clearing_positions = Table(
    "clearing_positions",
    metadata,
    Column("model_number", SmallInteger, ForeignKey("clearing_models.number"), primary_key=True),
    Column("participant_number", SmallInteger, ForeignKey("clearing_participants.number"), primary_key=True),
    Column("position_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("cap_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("gross_window", Integer, nullable=False, server_default=text("0")),
    Column("gross_minor", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("cap_minor >= 0", name="cap_not_negative"),
    CheckConstraint("gross_minor >= 0", name="gross_not_negative"),
)

clearing_caps = Table(
    "clearing_caps",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("model_number", SmallInteger, ForeignKey("clearing_models.number"), nullable=False),
    Column("participant_number", SmallInteger, ForeignKey("clearing_participants.number"), nullable=False),
    Column("cap_minor", BigInteger, nullable=False),
    Column("valid_from_at", Instant, nullable=False),
    Column("recorded_by", Words, nullable=False),
    CheckConstraint("cap_minor >= 0", name="cap_not_negative"),
    Index(None, "model_number", "participant_number", "position"),
)

clearing_windows = Table(
    "clearing_windows",
    metadata,
    Column("number", Integer, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("model_number", SmallInteger, ForeignKey("clearing_models.number"), nullable=False),
    Column("state", Words, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("closed_at", Instant),
    Column("ended_at", Instant),
    Column("settlement_id", Uuid),
    CheckConstraint("state IN ('OPEN', 'CLOSED', 'PENDING_SETTLEMENT', 'SETTLED')", name="state"),
    CheckConstraint("(state = 'OPEN') = (closed_at IS NULL)", name="closed_at"),
    CheckConstraint("(state = 'SETTLED') = (ended_at IS NOT NULL)", name="ended_when_settled"),
    CheckConstraint("(ended_at IS NULL) = (due_at IS NOT NULL)", name="waiting_until"),
    CheckConstraint(
        "(state IN ('PENDING_SETTLEMENT', 'SETTLED')) = (settlement_id IS NOT NULL)", name="in_a_settlement"
    ),
    Index("uq_clearing_windows_open", "model_number", unique=True, postgresql_where=text("state = 'OPEN'")),
    Index(None, "model_number", "id"),
    Index(None, "due_at", postgresql_where=text("ended_at IS NULL")),
)

clearing_obligations = Table(
    "clearing_obligations",
    metadata,
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("window_number", Integer, nullable=False),
    Column("model_number", SmallInteger, nullable=False),
    Column("payer", SmallInteger, nullable=False),
    Column("payee", SmallInteger, nullable=False),
    Column("from_payment", Boolean, nullable=False, server_default=text("false")),
    Column("amount", BigInteger, nullable=False),
    Column("id", Uuid, primary_key=True),
    Column("recorded_at", Instant, nullable=False),
    Column("end_to_end", Words, nullable=False),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("payer <> payee", name="two_participants"),
    Index(None, "window_number", "number"),
)

clearing_queue = Table(
    "clearing_queue",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("model_number", SmallInteger, ForeignKey("clearing_models.number"), nullable=False),
    Column("payer", SmallInteger, nullable=False),
    Column("payee", SmallInteger, nullable=False),
    Column("from_payment", Boolean, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("id", Uuid, nullable=False, unique=True),
    Column("queued_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("end_to_end", Words, nullable=False),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("payer <> payee", name="two_participants"),
    Index(None, "model_number", "number"),
    Index(None, "model_number", "payer", "number"),
    Index(None, "due_at"),
)

clearing_queue_ended = Table(
    "clearing_queue_ended",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("model_number", SmallInteger, nullable=False),
    Column("payer", SmallInteger, nullable=False),
    Column("payee", SmallInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("end_to_end", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    CheckConstraint("state IN ('CANCELLED', 'EXPIRED')", name="state"),
)

clearing_passes = Table(
    "clearing_passes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("model_number", SmallInteger, ForeignKey("clearing_models.number"), nullable=False),
    Column("examined", Integer, nullable=False),
    Column("released", Integer, nullable=False),
    Column("released_minor", BigInteger, nullable=False),
    Column("moved_minor", BigInteger, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Words, nullable=False),
    CheckConstraint("0 < released AND released <= examined", name="released_of_examined"),
    CheckConstraint("0 <= moved_minor AND moved_minor <= released_minor", name="moved_of_released"),
    Index(None, "model_number", "id"),
)

clearing_settlements = Table(
    "clearing_settlements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("model_number", SmallInteger, ForeignKey("clearing_models.number"), nullable=False),
    Column("state", Words, nullable=False),
    Column("obligations", Integer),
    Column("gross_minor", BigInteger),
    Column("bilateral_minor", BigInteger),
    Column("multilateral_minor", BigInteger),
    Column("participants", Integer),
    Column("reason", Words),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Words, nullable=False),
    Column("due_at", Instant),
    Column("ended_at", Instant),
    CheckConstraint(
        "state IN ('PENDING_SETTLEMENT', 'PS_TRANSFERS_RECORDED', 'PS_TRANSFERS_RESERVED', 'PS_TRANSFERS_COMMITTED', 'SETTLING', 'SETTLED',"
        " 'ABORTED')",
        name="state",
    ),
    CheckConstraint("(state IN ('SETTLED', 'ABORTED')) = (ended_at IS NOT NULL)", name="ended_when_final"),
    CheckConstraint("(ended_at IS NULL) = (due_at IS NOT NULL)", name="waiting_until"),
    CheckConstraint("(state = 'ABORTED') = (reason IS NOT NULL)", name="aborted_with_reason"),
    CheckConstraint(
        "state IN ('PENDING_SETTLEMENT', 'ABORTED') OR gross_minor IS NOT NULL", name="recorded_with_figures"
    ),
    CheckConstraint(
        "num_nulls(obligations, gross_minor, bilateral_minor, multilateral_minor, participants) IN (0, 5)",
        name="figures_together",
    ),
    CheckConstraint(
        "0 <= multilateral_minor AND multilateral_minor <= bilateral_minor AND bilateral_minor <= gross_minor",
        name="netted",
    ),
    Index(None, "model_number", "id"),
    Index(None, "due_at", postgresql_where=text("ended_at IS NULL")),
)

clearing_settlement_windows = Table(
    "clearing_settlement_windows",
    metadata,
    Column("settlement_id", Uuid, ForeignKey("clearing_settlements.id"), primary_key=True),
    Column("window_number", Integer, ForeignKey("clearing_windows.number"), primary_key=True),
    Column("live", Boolean, nullable=False),
    Index("uq_clearing_settlement_windows_live", "window_number", unique=True, postgresql_where=text("live")),
)

clearing_settlement_participants = Table(
    "clearing_settlement_participants",
    metadata,
    Column("settlement_id", Uuid, ForeignKey("clearing_settlements.id"), primary_key=True),
    Column("participant_number", SmallInteger, ForeignKey("clearing_participants.number"), primary_key=True),
    Column("state", Words, nullable=False),
    Column("owes_minor", BigInteger, nullable=False),
    Column("owed_minor", BigInteger, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("beyond_cap", Boolean, nullable=False),
    CheckConstraint(
        "state IN ('PS_TRANSFERS_RECORDED', 'PS_TRANSFERS_RESERVED', 'PS_TRANSFERS_COMMITTED', 'SETTLED', 'ABORTED')",
        name="state",
    ),
    CheckConstraint("owes_minor >= 0 AND owed_minor >= 0 AND net_minor = owes_minor - owed_minor", name="net"),
)

clearing_settlement_payments = Table(
    "clearing_settlement_payments",
    metadata,
    Column("settlement_id", Uuid, ForeignKey("clearing_settlements.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("payer", SmallInteger, nullable=False),
    Column("payee", SmallInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("hold_id", Uuid, unique=True),
    Column("transfer_id", Uuid, unique=True),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("payer <> payee", name="two_sides"),
    CheckConstraint("payer <> 0 OR hold_id IS NULL", name="pool_is_not_held"),
)

clearing_settlement_changes = Table(
    "clearing_settlement_changes",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("settlement_id", Uuid, ForeignKey("clearing_settlements.id"), nullable=False),
    Column("participant_number", SmallInteger),
    Column("state", Words, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Words, nullable=False),
    Column("reason", Words),
    Index(None, "settlement_id", "position"),
)

clearing_carried = Table(
    "clearing_carried",
    metadata,
    Column("obligation_id", Uuid, primary_key=True),
    Column("from_window", Integer, primary_key=True),
    Column("to_window", Integer, nullable=False),
    Column("payer", SmallInteger, nullable=False),
    Column("payee", SmallInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("to_window > from_window", name="forward"),
    Index(None, "from_window"),
    Index(None, "to_window"),
)
