from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Interval,
    SmallInteger,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)
_SECONDS = (
    "pay_seconds", "ship_seconds", "confirm_seconds", "extension_seconds", "prolongation_seconds", "answer_seconds", "reconsider_seconds",
    "return_seconds", "inspect_seconds", "evidence_seconds", "ruling_seconds",
)  # fmt: skip

trade_categories = Table(
    "trade_categories",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("category", Words, nullable=False),
    Column("valid_from", Instant, nullable=False),
    *(Column(name, Integer, nullable=False) for name in _SECONDS),
    Column("default_buyer_share", Integer, nullable=False),
    Column("source", Words, nullable=False),
    Column("set_by", Words, nullable=False),
    Column("set_at", Instant, nullable=False),
    UniqueConstraint("category", "valid_from"),
    CheckConstraint(
        "least(pay_seconds, ship_seconds, confirm_seconds, answer_seconds, reconsider_seconds, return_seconds, inspect_seconds,"
        " evidence_seconds, ruling_seconds) > 0 AND extension_seconds >= 0 AND prolongation_seconds >= 0",
        name="times_positive",
    ),
    CheckConstraint("evidence_seconds <= ruling_seconds", name="evidence_before_ruling"),
    CheckConstraint("default_buyer_share BETWEEN 0 AND 10000", name="share"),
)

trades = Table(
    "trades",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("merchant_trade_number", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("category_id", Uuid, ForeignKey("trade_categories.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("buyer_id", Uuid),
    Column("state", Words, nullable=False),
    Column("close_reason", Words),
    Column("method", Words),
    Column("payer_account_id", Uuid),
    Column("escrow_account_id", Uuid, unique=True),
    Column("payment_transfer_id", Uuid, unique=True),
    Column("released", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("carrier", Words),
    Column("tracking_number", Words),
    Column("extended", Boolean, nullable=False),
    Column("prolonged_seconds", Integer, nullable=False),
    Column("refunds", SmallInteger, nullable=False),
    Column("rest", Interval),
    Column("created_at", Instant, nullable=False),
    Column("paid_at", Instant),
    Column("shipped_at", Instant),
    Column("due_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("merchant_id", "merchant_trade_number"),
    CheckConstraint(
        "state IN ('WAIT_BUYER_PAY', 'WAIT_SELLER_SEND_GOODS', 'WAIT_BUYER_CONFIRM_GOODS', 'TRADE_FINISHED', 'TRADE_CLOSED')",
        name="state",
    ),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("released >= 0 AND refunded >= 0 AND released + refunded <= amount", name="never_more_than_held"),
    CheckConstraint(
        "num_nonnulls(paid_at, escrow_account_id, method) IN (0, 3) AND (paid_at IS NULL OR buyer_id IS NOT NULL)"
        " AND (paid_at IS NOT NULL OR num_nonnulls(payer_account_id, payment_transfer_id) = 0)",
        name="paid_into_escrow",
    ),
    CheckConstraint(
        "method IN ('wallet', 'card', 'consumer_credit', 'fund_balance', 'voucher', 'token', 'split')", name="method"
    ),
    CheckConstraint(
        "CASE state WHEN 'WAIT_BUYER_PAY' THEN paid_at IS NULL WHEN 'TRADE_CLOSED' THEN true ELSE paid_at IS NOT NULL END",
        name="waits_for_payment",
    ),
    CheckConstraint(
        "CASE state WHEN 'WAIT_SELLER_SEND_GOODS' THEN shipped_at IS NULL WHEN 'WAIT_BUYER_CONFIRM_GOODS' THEN shipped_at IS NOT NULL"
        " ELSE true END AND (shipped_at IS NULL OR paid_at IS NOT NULL)",
        name="shipped_when_paid",
    ),
    CheckConstraint(
        "CASE state WHEN 'TRADE_FINISHED' THEN released > 0 AND released + refunded = amount"
        " WHEN 'TRADE_CLOSED' THEN released = 0 AND refunded = CASE WHEN paid_at IS NULL THEN 0 ELSE amount END"
        " ELSE released + refunded < amount AND (paid_at IS NOT NULL OR released + refunded = 0) END",
        name="ends_with_nothing_held",
    ),
    CheckConstraint("(state = 'TRADE_CLOSED') = (close_reason IS NOT NULL)", name="closed_with_reason"),
    CheckConstraint("(state IN ('TRADE_FINISHED', 'TRADE_CLOSED')) = (ended_at IS NOT NULL)", name="ended_when_final"),
    CheckConstraint("(ended_at IS NULL) = (due_at IS NOT NULL)", name="waits_with_deadline"),
    CheckConstraint("rest IS NULL OR (paid_at IS NOT NULL AND ended_at IS NULL)", name="rests_while_open"),
    Index(None, "merchant_id", "id"),
    Index(None, "buyer_id", "id"),
    Index(None, "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
)

trade_lines = Table(
    "trade_lines",
    metadata,
    Column("trade_id", Uuid, ForeignKey("trades.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("name", Words, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("released", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    CheckConstraint("number >= 0", name="number"),
    CheckConstraint("quantity > 0 AND unit_price > 0 AND amount = quantity * unit_price", name="amount_of_items"),
    CheckConstraint("released >= 0 AND refunded >= 0 AND released + refunded <= amount", name="never_more_than_held"),
)

trade_refunds = Table(
    "trade_refunds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("trade_id", Uuid, ForeignKey("trades.id"), nullable=False),
    Column("number", SmallInteger, nullable=False),
    Column("state", Words, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("return_goods", Boolean, nullable=False),
    Column("reason", Words, nullable=False),
    Column("refusal_reason", Words),
    Column("proposed_amount", BigInteger),
    Column("proposed_return", Boolean),
    Column("return_carrier", Words),
    Column("return_tracking_number", Words),
    Column("evidence_due_at", Instant),
    Column("outcome", Words),
    Column("buyer_amount", BigInteger),
    Column("seller_amount", BigInteger),
    Column("ruled_by", Words),
    Column("ruling_reason", Words),
    Column("opened_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("trade_id", "number"),
    CheckConstraint(
        "state IN ('WAIT_SELLER_AGREE', 'SELLER_REFUSED', 'WAIT_BUYER_RETURN_GOODS', 'WAIT_SELLER_CONFIRM_RETURN',"
        " 'IN_ARBITRATION', 'REFUND_SUCCESS', 'REFUND_CLOSED')",
        name="state",
    ),
    CheckConstraint("amount > 0 AND amount <= asked", name="amount_of_what_was_asked"),
    CheckConstraint("(proposed_amount IS NULL) = (proposed_return IS NULL)", name="proposal_whole"),
    CheckConstraint("proposed_amount > 0 AND proposed_amount < asked", name="proposal_less"),
    CheckConstraint(
        "(state IN ('REFUND_SUCCESS', 'REFUND_CLOSED')) = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (outcome IS NULL)",
        name="ended_when_final",
    ),
    CheckConstraint(
        "(buyer_amount IS NULL) = (seller_amount IS NULL) AND (buyer_amount IS NULL OR ended_at IS NOT NULL)"
        " AND buyer_amount >= 0 AND seller_amount >= 0 AND buyer_amount + seller_amount = amount",
        name="split_adds_up",
    ),
    CheckConstraint("(state = 'REFUND_SUCCESS') = (coalesce(buyer_amount, 0) > 0)", name="success_pays_the_buyer"),
    CheckConstraint("state <> 'IN_ARBITRATION' OR evidence_due_at IS NOT NULL", name="arbitration_takes_evidence"),
    CheckConstraint(
        "(outcome IS NOT DISTINCT FROM 'ruled') = (ruled_by IS NOT NULL) AND (ruled_by IS NULL) = (ruling_reason IS NULL)",
        name="ruled_by_somebody",
    ),
    Index("uq_trade_refunds_open", "trade_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index(None, "state", "id", postgresql_where=text("ended_at IS NULL")),
)

trade_refund_lines = Table(
    "trade_refund_lines",
    metadata,
    Column("refund_id", Uuid, ForeignKey("trade_refunds.id"), primary_key=True),
    Column("trade_id", Uuid, nullable=False),
    Column("number", SmallInteger, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    ForeignKeyConstraint(["trade_id", "number"], ["trade_lines.trade_id", "trade_lines.number"]),
    CheckConstraint("amount > 0", name="amount_positive"),
)

trade_evidence = Table(
    "trade_evidence",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("refund_id", Uuid, ForeignKey("trade_refunds.id"), nullable=False),
    Column("party", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("file_hash", Words),
    Column("media_type", Words),
    Column("file_size", Integer),
    Column("given_at", Instant, nullable=False),
    CheckConstraint("party IN ('buyer', 'seller')", name="party"),
    CheckConstraint(
        "(file_hash IS NULL) = (media_type IS NULL) AND (file_hash IS NULL) = (file_size IS NULL)", name="file_whole"
    ),
    Index(None, "refund_id", "id"),
)
