"""The audit on the wire."""

from datetime import datetime
from uuid import UUID

from chassis import wire
from services.payments.evidence.model import Recomputation
from services.payments.ledger.schemas import AccountId
from services.payments.verification.model import Check, Movement

OFFENDING_SHOWN = 100


class CheckAnswer(wire.Answer):
    """failed: how many of the examined offend; offending: ids of the first hundred."""

    name: str
    examined: int
    failed: int
    offending: list[str]


class MovementAnswer(wire.Answer):
    """An order to a bank of which the result is not known yet; it is asked about at `due_at`. reference: ours at the bank."""

    kind: str
    record: str
    job: str
    job_record: UUID
    reference: str
    bank: str
    amount_minor: int
    currency: str
    since_at: datetime
    due_at: datetime
    age_seconds: int


class ChainAnswer(wire.Answer):
    """How far one book's chain was worked out again: up to the link `until`, from the first. complete: to its end."""

    book_id: int
    links: int
    transfers: int
    until: int
    complete: bool


class VerificationAnswer(wire.Answer):
    """holds: no check failed, and everything was looked at. complete: false where a chain is longer than one answer looks through, or is
    broken before its end. movements: the oldest thousand under way."""

    holds: bool
    complete: bool
    business_at: datetime
    chains: list[ChainAnswer]
    checks: list[CheckAnswer]
    movements: list[MovementAnswer]


class ReserveAnswer(wire.Answer):
    """The reserve at a bank in our books; at most `asked_for_minor` more and `held_minor` less is there while orders are under way.

    bank_fees_minor: what the bank said it took for orders of ours; it is not in our books yet.
    """

    bank: str
    currency: str
    account_id: AccountId
    balance_minor: int
    held_minor: int
    asked_for_minor: int
    bank_fees_minor: int


class ReservesAnswer(wire.Answer):
    items: list[ReserveAnswer]


class CoinFiguresAnswer(wire.Answer):
    """Of a coin on its chain, in base units: our addresses have at least issued − sending. outputs: what they had at `height`, when they
    were last asked about."""

    unit: str
    network: str
    issued: int
    sending: int
    outputs: int
    height: int
    best_block: str


class CoinsFiguresAnswer(wire.Answer):
    items: list[CoinFiguresAnswer]


def chain_answer(chain: Recomputation) -> ChainAnswer:
    return ChainAnswer(
        book_id=chain.book_id,
        links=chain.links,
        transfers=chain.transfers,
        until=chain.until,
        complete=chain.complete,
    )


def check_answer(check: Check) -> CheckAnswer:
    return CheckAnswer(
        name=check.name,
        examined=check.examined,
        failed=len(check.offending),
        offending=list(check.offending[:OFFENDING_SHOWN]),
    )


def movement_answer(movement: Movement, now: datetime) -> MovementAnswer:
    return MovementAnswer(
        kind=movement.kind,
        record=movement.record,
        job=movement.job,
        job_record=movement.job_record,
        reference=movement.reference,
        bank=movement.bank,
        amount_minor=movement.amount_minor,
        currency=movement.currency,
        since_at=movement.since_at,
        due_at=movement.due_at,
        age_seconds=max(0, int((now - movement.since_at).total_seconds())),
    )
