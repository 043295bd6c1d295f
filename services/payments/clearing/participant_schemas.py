from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, AmountOrZero, Answer, Currency, Day, Request, time_of_day
from services.payments.clearing.model import (
    Delay,
    Granularity,
    Interchange,
    Licence,
    Participant,
    ParticipantState,
    Position,
    SettlementModel,
)

ParticipantCode = Annotated[
    str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,19}$", description="as the channel's, where it is one", examples=["ICBC"])
]
ModelCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["cny_net"])]
ParticipantId = Annotated[UUID, TypeId("clp")]
BankCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,19}$", description="where our reserve is")]
CutOff = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["17:00"])]


class LicenceRequest(Request):
    """valid_until_on: its last day; left out while it is open-ended."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["banking"])]
    number: Annotated[str, Field(min_length=1, max_length=64)]
    valid_from_on: Day
    valid_until_on: Day | None = None


class ParticipantRequest(Request):
    code: ParticipantCode
    name: Annotated[str, Field(min_length=1, max_length=120)]
    bic: Annotated[str, Field(pattern=r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$")] | None = None
    licence: LicenceRequest


class LiquidityRequest(Request):
    """direction `in`: its money has come to our reserve at the bank; `out`: it goes back from there."""

    direction: Literal["in", "out"]
    bank: BankCode
    currency: Currency
    amount: Amount
    reference: Annotated[str, Field(max_length=64)] = ""


class SettlementModelRequest(Request):
    """`GROSS` is `BILATERAL` and `IMMEDIATE`; `NET` is `DEFERRED`, and `BILATERAL` or `MULTILATERAL`.

    prefunded: caps are covered by the settlement account. cut_offs: local times of business days at which windows close, ascending.
    patience_minutes: how long a closed window may wait for its settlement, and a settlement for who is short. settles_by_itself: closed
    windows are settled without an operator. collects: payments of the suite between participants come here, of one model a currency.
    """

    code: ModelCode
    currency: Currency
    granularity: Literal["GROSS", "NET"]
    interchange: Literal["BILATERAL", "MULTILATERAL"]
    delay: Literal["IMMEDIATE", "DEFERRED"]
    prefunded: bool = True
    cut_offs: Annotated[list[CutOff], Field(max_length=96, default_factory=list)]
    patience_minutes: Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)] = 24 * 60
    settles_by_itself: bool = True
    collects: bool = False


class NetDebitCapRequest(Request):
    """The most the participant may owe, net, of what is not settled."""

    participant: ParticipantCode
    cap_minor: AmountOrZero


class LicenceAnswer(Answer):
    kind: str
    number: str
    valid_from_on: date
    valid_until_on: date | None
    recorded_at: datetime


class ParticipantAnswer(Answer):
    id: ParticipantId
    code: str
    name: str
    bic: str | None
    state: ParticipantState
    joined_at: datetime


class ParticipantDetails(ParticipantAnswer):
    """licences: as they were recorded; of those that have begun the newest counts."""

    licences: list[LicenceAnswer]


class SettlementModelAnswer(Answer):
    code: str
    currency: str
    granularity: Granularity
    interchange: Interchange
    delay: Delay
    prefunded: bool
    cut_offs: list[str]
    patience_minutes: int
    settles_by_itself: bool
    collects: bool
    made_at: datetime
    retired_at: datetime | None


class NetDebitCapAnswer(Answer):
    settlement_model: str
    participant: str
    cap_minor: int
    currency: str


class PositionAnswer(Answer):
    """position_minor: what it owes less what is owed to it, of all that is not settled. waiting_minor: what it has in the queue.

    liquidity_minor: available on its settlement account, which its models of that currency share.
    """

    participant: str
    settlement_model: str
    currency: str
    position_minor: int
    cap_minor: int
    waiting_minor: int
    liquidity_minor: int


class PositionsAnswer(Answer):
    items: list[PositionAnswer]


def participant_answer(participant: Participant) -> ParticipantAnswer:
    return ParticipantAnswer.model_validate(participant)


def participant_details(participant: Participant, licences: list[Licence]) -> ParticipantDetails:
    facts = participant_answer(participant).model_dump()
    return ParticipantDetails(**facts, licences=[LicenceAnswer.model_validate(one) for one in licences])


def model_answer(model: SettlementModel) -> SettlementModelAnswer:
    cut_offs = [time_of_day(minute) for minute in model.cut_offs]
    return SettlementModelAnswer.model_validate(vars(model) | {"cut_offs": cut_offs})


def cap_answer(made: tuple[SettlementModel, Participant, int]) -> NetDebitCapAnswer:
    model, participant, cap_minor = made
    return NetDebitCapAnswer(
        settlement_model=model.code, participant=participant.code, cap_minor=cap_minor, currency=model.currency
    )


def position_answer(one: Position) -> PositionAnswer:
    return PositionAnswer(
        participant=one.participant,
        settlement_model=one.model,
        currency=one.currency,
        position_minor=one.position_minor,
        cap_minor=one.cap_minor,
        waiting_minor=one.waiting_minor,
        liquidity_minor=one.liquidity_minor,
    )
