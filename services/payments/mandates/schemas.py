from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Day, Request
from services.payments.cards.schemas import CardId
from services.payments.ledger.schemas import AccountId
from services.payments.mandates.model import Debit, DebitState, Factors, Mandate, MandateState, Period, Scope, Source
from services.payments.mandates.rules import MOST_TRIES
from services.payments.merchants.schemas import MerchantId

MandateId = Annotated[UUID, TypeId("mdt")]
DebitId = Annotated[UUID, TypeId("mdb")]
CustomerId = Annotated[UUID, TypeId("cus")]
RetryDay = Annotated[int, Field(ge=1, le=31)]


class MandateRequest(Request):
    """What a customer is asked to allow. merchant_id or account_id: the payee's own, where the money goes.

    retry_days: days after the one planned, on which a refused debit is tried again.
    """

    customer_id: CustomerId
    merchant_id: MerchantId | None = None
    account_id: AccountId | None = None
    purpose: Annotated[str, Field(min_length=1, max_length=100)]
    currency: Currency
    max_per_debit: Amount
    period: Annotated[Period, Field(strict=False)]
    max_per_period: Amount
    notice_days: Annotated[int, Field(ge=0, le=30)] = 0
    retry_days: Annotated[list[RetryDay], Field(max_length=5, default_factory=lambda: [1, 3, 7])]
    valid_until: Day

    def scope(self) -> Scope:
        return Scope(
            self.purpose,
            self.currency,
            self.max_per_debit,
            self.period,
            self.max_per_period,
            self.notice_days,
            tuple(sorted(set(self.retry_days))),
            self.valid_until,
        )


class SignatureRequest(Request):
    """The four factors: name, identity number, bound card, mobile. source: what is debited, the wallet or that card."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    identity_number: Annotated[str, Field(pattern=r"^[0-9]{17}[0-9X]$")]
    mobile: Annotated[str, Field(pattern=r"^\+?[0-9]{6,15}$")]
    card_id: CardId
    source: Annotated[Source, Field(strict=False)]

    def factors(self) -> Factors:
        return Factors(self.name, self.identity_number, self.mobile)


class DebitRequest(Request):
    """number: the payee's own, once under a mandate. due_on: today unless given; never before the notice is over."""

    number: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Amount
    currency: Currency
    due_on: Day | None = None


class MandateAnswer(Answer):
    """tries_left: signatures with wrong factors that are still borne. due_at: until when it may be signed, or when it expires."""

    id: MandateId
    customer_id: CustomerId
    payee: str
    account_id: AccountId
    purpose: str
    currency: str
    max_per_debit: int
    period: Period
    max_per_period: int
    notice_days: int
    retry_days: list[int]
    valid_until: date
    state: MandateState
    source: Source | None
    card_id: CardId | None
    tries_left: int
    refusal_code: str | None
    requested_at: datetime
    signed_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None


class DebitAnswer(Answer):
    """counted_on: the day of its attempt, or of the next; due_at: when that is. late: the bank paid after it had been given up."""

    id: DebitId
    mandate_id: MandateId
    number: str
    amount: int
    currency: str
    state: DebitState
    planned_on: date
    counted_on: date
    attempts: int
    failure_code: str | None
    late: bool
    requested_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


def mandate_answer(mandate: Mandate) -> MandateAnswer:
    facts = {name: getattr(mandate, name) for name in MandateAnswer.model_fields if name != "tries_left"}
    return MandateAnswer(tries_left=MOST_TRIES - mandate.tries, **facts)


def debit_answer(debit: Debit) -> DebitAnswer:
    return DebitAnswer.model_validate(debit)
