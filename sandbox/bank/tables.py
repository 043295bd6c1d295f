"""The institutions' own books: a schema for each. Nothing here is ever read by the services."""

from dataclasses import dataclass

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
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from sandbox.bank.model import INSTITUTIONS, schema_of
from sandbox.metadata import metadata

Instant = DateTime(timezone=True)


@dataclass(frozen=True)
class Books:
    """The tables of one institution."""

    accounts: Table
    entries: Table
    cards: Table
    agreements: Table
    instructions: Table
    payment_orders: Table
    statement_faults: Table


def _accounts(schema: str) -> Table:
    return Table(
        "accounts",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("kind", Words, nullable=False),
        Column("number", Words, nullable=False),
        Column("holder_name", Words, nullable=False),
        Column("currency", Words, nullable=False),
        Column("balance_minor", BigInteger, nullable=False, server_default=text("0")),
        UniqueConstraint("number"),
        CheckConstraint("balance_minor >= 0 OR kind IN ('operating', 'vault', 'interbank')", name="covered"),
        schema=schema,
    )


def _entries(schema: str) -> Table:
    return Table(
        "entries",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("debit_account_id", Uuid, ForeignKey(f"{schema}.accounts.id"), nullable=False),
        Column("credit_account_id", Uuid, ForeignKey(f"{schema}.accounts.id"), nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("code", Words, nullable=False),
        Column("reference", Words, nullable=False),
        Column("narrative", Words, nullable=False),
        Column("booked_at", Instant, nullable=False),
        Column("value_on", Date, nullable=False),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        Index(None, "debit_account_id", "position"),
        Index(None, "credit_account_id", "position"),
        schema=schema,
    )


def _cards(schema: str) -> Table:
    return Table(
        "cards",
        metadata,
        Column("number", Words, primary_key=True),
        Column("account_id", Uuid, ForeignKey(f"{schema}.accounts.id"), nullable=False),
        Column("holder_name", Words, nullable=False),
        Column("mobile", Words, nullable=False),
        schema=schema,
    )


def _agreements(schema: str) -> Table:
    return Table(
        "agreements",
        metadata,
        Column("reference", Words, primary_key=True),
        Column("card_number", Words, nullable=False),
        Column("state", Words, nullable=False),
        Column("refusal_code", Words),
        Column("sms_code", Words, nullable=False),
        Column("code_sent_at", Instant, nullable=False),
        Column("tries", Integer, nullable=False),
        CheckConstraint("state IN ('code_sent', 'active', 'refused')", name="state"),
        schema=schema,
    )


def _instructions(schema: str) -> Table:
    return Table(
        "instructions",
        metadata,
        Column("kind", Words, primary_key=True),
        Column("reference", Words, primary_key=True),
        Column("id", Uuid, nullable=False, unique=True),
        Column("card_number", Words, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("currency", Words, nullable=False),
        Column("behaviour", Words, nullable=False),
        Column("state", Words, nullable=False),
        Column("decline_code", Words),
        Column("fee_minor", BigInteger, nullable=False),
        Column("created_at", Instant, nullable=False),
        Column("visible_at", Instant, nullable=False),
        Column("settles_at", Instant, nullable=False),
        Column("booked_at", Instant),
        Column("value_on", Date),
        Column("notify_url", Words),
        Column("notifications_left", Integer, nullable=False),
        CheckConstraint("kind IN ('charge', 'payout')", name="kind"),
        CheckConstraint("state IN ('processing', 'succeeded', 'declined')", name="state"),
        CheckConstraint("(state = 'succeeded') = (booked_at IS NOT NULL)", name="booked_when_succeeded"),
        CheckConstraint("(state = 'declined') = (decline_code IS NOT NULL)", name="declined_with_code"),
        Index(None, "settles_at", postgresql_where=text("state = 'processing'")),
        schema=schema,
    )


def _payment_orders(schema: str) -> Table:
    """Credit transfers out of the company's reserve, by file: one row for each transaction of a message."""
    return Table(
        "payment_orders",
        metadata,
        Column("message_id", Words, primary_key=True),
        Column("end_to_end_id", Words, primary_key=True),
        Column("place", Integer, nullable=False),
        Column("message_name", Words, nullable=False),
        Column("payment_information_id", Words, nullable=False),
        Column("creditor_account", Words, nullable=False),
        Column("creditor_name", Words, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("currency", Words, nullable=False),
        Column("execute_on", Date, nullable=False),
        Column("content_hash", Words, nullable=False),
        Column("state", Words, nullable=False),
        Column("reason", Words),
        Column("received_at", Instant, nullable=False),
        Column("booked_at", Instant),
        CheckConstraint("amount > 0 OR state = 'rejected'", name="amount_positive"),
        CheckConstraint("state IN ('accepted', 'settled', 'rejected')", name="state"),
        CheckConstraint("(state = 'settled') = (booked_at IS NOT NULL)", name="booked_when_settled"),
        CheckConstraint("(state = 'rejected') = (reason IS NOT NULL)", name="rejected_with_reason"),
        UniqueConstraint("message_id", "place"),
        Index(None, "execute_on", postgresql_where=text("state = 'accepted'")),
        schema=schema,
    )


def _faults(schema: str) -> Table:
    """What the bank is to get wrong on its statements: the books stay right."""
    return Table(
        "statement_faults",
        metadata,
        Column("entry_position", BigInteger, ForeignKey(f"{schema}.entries.position"), primary_key=True),
        Column("kind", Words, nullable=False),
        Column("amount_by", BigInteger, nullable=False),
        CheckConstraint("kind IN ('missing', 'duplicated', 'wrong_amount', 'other_date')", name="kind"),
        CheckConstraint("(kind = 'wrong_amount') = (amount_by <> 0)", name="amount_when_wrong"),
        schema=schema,
    )


def _books(schema: str) -> Books:
    return Books(
        _accounts(schema),
        _entries(schema),
        _cards(schema),
        _agreements(schema),
        _instructions(schema),
        _payment_orders(schema),
        _faults(schema),
    )


BOOKS = {institution: _books(schema_of(institution)) for institution in INSTITUTIONS}
