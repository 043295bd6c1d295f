"""Books on the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import Path

from chassis import wire
from services.p2p.accounting.model import Account, BookDay, Line, Provision, StageTotal
from services.p2p.wire_ids import CUSTOMER_PATTERN, LoanId

EntityName = Annotated[
    str,
    Path(
        pattern=rf"^(platform|reserve_fund|lenders|sur_[0-7][0-9a-hjkmnp-tv-z]{{25}}|{CUSTOMER_PATTERN[1:-1]})$",
        description="`platform`, `reserve_fund`, `lenders` (all together), a surety's id, or a lender's",
    ),
]


class BookDayAnswer(wire.Answer):
    """A day in the books; transfers: how many of the ledger's it has."""

    day: wire.Day
    transfers: int
    booked_at: datetime


class LineAnswer(wire.Answer):
    """An account, in minor units. opening_minor, closing_minor: debits less credits."""

    account: Account
    opening_minor: int
    debit_minor: int
    credit_minor: int
    closing_minor: int


class TrialBalanceAnswer(wire.Answer):
    """Of one entity. debit_minor and credit_minor, what moved on the day, are equal; so are the debit and credit balances at its end."""

    day: wire.Day
    currency: str
    entity: str
    lines: list[LineAnswer]
    debit_minor: int
    credit_minor: int
    closing_debit_minor: int
    closing_credit_minor: int


class TrialBalancesAnswer(wire.Answer):
    """Of every entity that has a book in the currency; single lenders read their own."""

    day: wire.Day
    currency: str
    entities: list[TrialBalanceAnswer]


class StageAnswer(wire.Answer):
    """Loans of an entity in a stage, what it stands to lose of them, and what it keeps for that; minor units."""

    entity: str
    currency: str
    stage: int
    loans: int
    exposure_minor: int
    provision_minor: int


class ProvisionsAnswer(wire.Answer):
    """source: of the rates that hold on the day."""

    day: wire.Day
    source: str
    items: list[StageAnswer]


class LoanProvisionAnswer(wire.Answer):
    """From on_day until the next of the same entity. rate_millionths: probability of default × loss given default."""

    loan_id: LoanId
    entity: str
    on_day: wire.Day
    currency: str
    stage: int
    exposure_minor: int
    rate_millionths: int
    provision_minor: int


class LoanProvisionsAnswer(wire.Answer):
    items: list[LoanProvisionAnswer]


def day_answer(booked: BookDay) -> BookDayAnswer:
    return BookDayAnswer.model_validate(booked)


def balance_answer(day: date, currency: str, entity: str, lines: Sequence[Line]) -> TrialBalanceAnswer:
    closing = [line.closing_minor for line in lines]
    return TrialBalanceAnswer(
        day=day,
        currency=currency,
        entity=entity,
        lines=[LineAnswer.model_validate(line) for line in lines],
        debit_minor=sum(line.debit_minor for line in lines),
        credit_minor=sum(line.credit_minor for line in lines),
        closing_debit_minor=sum(max(0, one) for one in closing),
        closing_credit_minor=sum(max(0, -one) for one in closing),
    )


def balances_answer(day: date, currency: str, lines: Sequence[Line]) -> TrialBalancesAnswer:
    entities = sorted({line.entity for line in lines})
    own = {entity: [line for line in lines if line.entity == entity] for entity in entities}
    found = [balance_answer(day, currency, entity, own[entity]) for entity in entities]
    return TrialBalancesAnswer(day=day, currency=currency, entities=found)


def stage_answer(total: StageTotal) -> StageAnswer:
    return StageAnswer.model_validate(total)


def provision_answer(provision: Provision) -> LoanProvisionAnswer:
    return LoanProvisionAnswer.model_validate(provision)
