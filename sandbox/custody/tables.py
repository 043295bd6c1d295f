"""A custody bank's books, in the schema of its bank."""

from dataclasses import dataclass

from sqlalchemy import (
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
    Table,
    text,
)
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import JSONB

from sandbox.bank.model import schema_of
from sandbox.custody.model import CUSTODIANS
from sandbox.metadata import metadata

Instant = DateTime(timezone=True)


@dataclass(frozen=True)
class CustodyBooks:
    accounts: Table
    authorisations: Table
    instructions: Table
    lines: Table
    faults: Table
    silences: Table


def _accounts(schema: str) -> Table:
    return Table(
        "custody_accounts",
        metadata,
        Column("number", Words, primary_key=True),
        Column("kind", Words, nullable=False),
        Column("holder", Words, nullable=False, unique=True),
        Column("behind", Words),
        Column("name", Words),
        Column("identity_number", Words),
        Column("mobile", Words),
        Column("card_number", Words),
        Column("available_minor", BigInteger, nullable=False, server_default=text("0")),
        Column("frozen_minor", BigInteger, nullable=False, server_default=text("0")),
        Column("opened_at", Instant, nullable=False),
        CheckConstraint("kind IN ('customer', 'project', 'platform')", name="kind"),
        CheckConstraint("available_minor >= 0 AND frozen_minor >= 0", name="covered"),
        CheckConstraint("(kind = 'customer') = (card_number IS NOT NULL)", name="customers_have_cards"),
        CheckConstraint("(kind = 'project') = (behind IS NOT NULL)", name="projects_are_of_somebody"),
        schema=schema,
    )


def _authorisations(schema: str) -> Table:
    return Table(
        "custody_authorisations",
        metadata,
        Column("reference", Words, primary_key=True),
        Column("number", Words, ForeignKey(f"{schema}.custody_accounts.number"), nullable=False),
        Column("scope", Words, nullable=False),
        Column("cap_minor", BigInteger, nullable=False),
        Column("until_on", Date, nullable=False),
        Column("used_minor", BigInteger, nullable=False, server_default=text("0")),
        Column("state", Words, nullable=False),
        Column("sms_code", Words, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("code_sent_at", Instant, nullable=False),
        Column("confirmed_at", Instant),
        Column("revoked_at", Instant),
        CheckConstraint("scope IN ('invest', 'repay', 'fee')", name="scope"),
        CheckConstraint("state IN ('code_sent', 'standing', 'revoked')", name="state"),
        CheckConstraint("used_minor BETWEEN 0 AND cap_minor", name="within_its_cap"),
        schema=schema,
    )


def _instructions(schema: str) -> Table:
    return Table(
        "custody_instructions",
        metadata,
        Column("reference", Words, primary_key=True),
        Column("content_hash", Words, nullable=False),
        Column("state", Words, nullable=False),
        Column("results", JSONB, nullable=False),
        Column("booked_at", Instant, nullable=False),
        Column("value_on", Date, nullable=False),
        CheckConstraint("state IN ('executed', 'partly', 'refused')", name="state"),
        schema=schema,
    )


def _lines(schema: str) -> Table:
    return Table(
        "custody_lines",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("reference", Words, nullable=False, unique=True),
        Column("instruction", Words, ForeignKey(f"{schema}.custody_instructions.reference"), nullable=False),
        Column("kind", Words, nullable=False),
        Column("debit", Words),
        Column("credit", Words),
        Column("amount", BigInteger, nullable=False),
        Column("authorisation", Words),
        Column("of", Words),
        Column("ended_by", Words),
        Column("undone", Boolean, nullable=False, server_default=text("false")),
        Column("booked_at", Instant, nullable=False),
        Column("value_on", Date, nullable=False),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index(None, "value_on"),
        Index(None, "of"),
        schema=schema,
    )


def _faults(schema: str) -> Table:
    return Table(
        "custody_statement_faults",
        metadata,
        Column("on", Date, primary_key=True),
        Column("number", Words, primary_key=True),
        Column("kind", Words, nullable=False),
        Column("amount_by", BigInteger, nullable=False),
        CheckConstraint("kind IN ('missing', 'wrong_amount')", name="kind"),
        CheckConstraint("(kind = 'wrong_amount') = (amount_by <> 0)", name="amount_when_wrong"),
        schema=schema,
    )


def _silences(schema: str) -> Table:
    """How often the next instructions are not answered."""
    return Table(
        "custody_silences",
        metadata,
        Column("kind", Words, primary_key=True),
        Column("left", Integer, nullable=False),
        CheckConstraint("kind IN ('done', 'lost')", name="kind"),
        CheckConstraint('"left" >= 0', name="counted_down"),
        schema=schema,
    )


def _books(schema: str) -> CustodyBooks:
    parts = (_accounts, _authorisations, _instructions, _lines, _faults, _silences)
    return CustodyBooks(*(part(schema) for part in parts))


CUSTODY = {bank: _books(schema_of(bank)) for bank in CUSTODIANS}
