"""What institutions report after a payment was final, each in books of its own: money that comes back, and disputes of cardholders."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Index, Table, UniqueConstraint
from sqlalchemy import Text as Words

from sandbox.bank.model import INSTITUTIONS, schema_of
from sandbox.metadata import metadata

Instant = DateTime(timezone=True)


@dataclass(frozen=True)
class Returns:
    """The tables of one institution."""

    reports: Table
    disputes: Table


def _reports(schema: str) -> Table:
    return Table(
        "reports",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("reference", Words, nullable=False),
        Column("kind", Words, nullable=False),
        Column("instruction_kind", Words, nullable=False),
        Column("instruction_reference", Words, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("currency", Words, nullable=False),
        Column("reason", Words, nullable=False),
        Column("answer_by", Instant),
        Column("reported_at", Instant, nullable=False),
        UniqueConstraint("reference", "kind"),
        CheckConstraint(
            "kind IN ('payout_returned', 'charge_reversed', 'dispute_opened', 'dispute_won', 'dispute_lost')",
            name="kind",
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(kind = 'dispute_opened') = (answer_by IS NOT NULL)", name="opened_with_deadline"),
        Index(None, "instruction_kind", "instruction_reference"),
        schema=schema,
    )


def _disputes(schema: str) -> Table:
    return Table(
        "disputes",
        metadata,
        Column("reference", Words, primary_key=True),
        Column("instruction_reference", Words, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("currency", Words, nullable=False),
        Column("state", Words, nullable=False),
        Column("evidence_hash", Words),
        Column("due_at", Instant),
        CheckConstraint("state IN ('opened', 'answered', 'won', 'lost')", name="state"),
        CheckConstraint("(state IN ('opened', 'answered')) = (due_at IS NOT NULL)", name="open_is_due"),
        schema=schema,
    )


def _returns(schema: str) -> Returns:
    return Returns(_reports(schema), _disputes(schema))


RETURNS = {institution: _returns(schema_of(institution)) for institution in INSTITUTIONS}
