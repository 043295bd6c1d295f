"""Terms agreed with channels, routes explained, and attempts, on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, AmountOrZero, Answer, Currency, Day, Instant, Rate, Request
from services.payments.channels.contract_model import Contract, Reason, Route, Standing
from services.payments.channels.contracts import Document, document_of
from services.payments.channels.model import Instruction, InstructionKind, InstructionState, PaymentForm

ChannelCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,20}$")]
LocalTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["02:00"])]
AccountNumber = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,34}$", examples=["ICBC-RESERVE-CNY"])]
Kind = Literal["charge", "payout"]
InstructionId = Annotated[UUID, TypeId("chi")]


class FeeTerms(Request):
    """fixed_minor and a share of the amount, rounded half up, within bounds."""

    fixed_minor: AmountOrZero
    rate: Annotated[Rate, Field(ge=0, le=1)]
    least_minor: AmountOrZero = 0
    most_minor: AmountOrZero | None = None


class OfferTerms(Request):
    """banks: whose cards, null for any. The first offer that fits an order is taken."""

    kind: Kind
    banks: Annotated[list[ChannelCode], Field(min_length=1, max_length=200)] | None
    fee: FeeTerms


class WeeklyTerms(Request):
    """weekday: 1 is Monday. ends: 00:00 is the end of the day; a window past midnight is two."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    starts: LocalTime
    ends: LocalTime


class DatedTerms(Request):
    from_at: Instant
    until_at: Instant


class LicenceTerms(Request):
    """valid_until_on: its last day, null while it is open-ended."""

    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    number: Annotated[str, Field(min_length=1, max_length=60)]
    valid_from_on: Day
    valid_until_on: Day | None


class PaymentFileTerms(Request):
    """Payment orders by file. accounts: what the channel calls our reserve, by currency; cut_off: from then on files are for tomorrow."""

    form: PaymentForm
    accounts: Annotated[dict[Currency, AccountNumber], Field(min_length=1, max_length=20)]
    cut_off: LocalTime


class ContractRequest(Request):
    """Terms from a day on, until a later version. card_day_minor: most that one card may move through the channel on a business day."""

    channel: ChannelCode
    name: Annotated[str, Field(min_length=1, max_length=80)]
    valid_from_on: Day
    offers: Annotated[list[OfferTerms], Field(min_length=1, max_length=20)]
    currencies: Annotated[list[Currency], Field(min_length=1, max_length=20)]
    least_minor: Amount
    most_minor: Amount
    card_day_minor: Amount
    weekly_windows: Annotated[list[WeeklyTerms], Field(max_length=50, default_factory=list)]
    dated_windows: Annotated[list[DatedTerms], Field(max_length=50, default_factory=list)]
    finality_minutes: Annotated[int, Field(ge=1, le=20_160)]
    priority: Annotated[int, Field(ge=0, le=1_000)]
    licence: LicenceTerms
    payment_files: PaymentFileTerms | None = None

    def document(self) -> Document:
        return self.model_dump(mode="json")


class ContractAnswer(Answer):
    """In force on the day asked about."""

    channel: str
    name: str
    valid_from_on: date
    offers: list[dict[str, Any]]
    currencies: list[str]
    least_minor: int
    most_minor: int
    card_day_minor: int
    weekly_windows: list[dict[str, Any]]
    dated_windows: list[dict[str, Any]]
    finality_minutes: int
    priority: int
    licence: dict[str, Any]
    payment_files: dict[str, Any] | None


class ContractsAnswer(Answer):
    items: list[ContractAnswer]
    next: None = None


class CandidateAnswer(Answer):
    """success_rate: of the outcomes lately, the last ones weighing most. expected_cost_minor: fee and cost of failure by its chance."""

    channel: str
    fee_minor: int
    success_rate: Decimal
    expected_cost_minor: Decimal


class RefusedAnswer(Answer):
    channel: str
    reason: Reason


class RouteAnswer(Answer):
    """candidates: in the order in which they would be tried; refused: why not the others."""

    kind: InstructionKind
    amount: int
    currency: str
    candidates: list[CandidateAnswer]
    refused: list[RefusedAnswer]


class StandingAnswer(Answer):
    """unreached: silences in a row. probe_at: the channel is closed, and asked again then whether it is there."""

    channel: str
    kind: InstructionKind
    success_rate: Decimal
    outcomes: Decimal
    unreached: int
    probe_at: datetime | None


class StandingsAnswer(Answer):
    items: list[StandingAnswer]
    next: None = None


class AttemptAnswer(Answer):
    """id: our reference at the channel. counts: the one success that the movement goes by. due_at: when it is asked about again."""

    id: InstructionId
    attempt: int
    channel: str
    state: InstructionState
    detail: str | None
    fee_minor: int
    counts: bool
    submitted_at: datetime
    settled_at: datetime | None
    due_at: datetime | None


class AttemptsAnswer(Answer):
    items: list[AttemptAnswer]
    next: None = None


def contract_answer(contract: Contract) -> ContractAnswer:
    return ContractAnswer.model_validate(document_of(contract))


def route_answer(found: Route, kind: InstructionKind, amount: int, currency: str) -> RouteAnswer:
    return RouteAnswer(
        kind=kind,
        amount=amount,
        currency=currency,
        candidates=[CandidateAnswer.model_validate(one) for one in found.candidates],
        refused=[RefusedAnswer.model_validate(one) for one in found.refused],
    )


def standing_answer(standing: Standing, success_rate: Decimal) -> StandingAnswer:
    return StandingAnswer(
        channel=standing.channel,
        kind=standing.kind,
        success_rate=success_rate,
        outcomes=standing.outcomes,
        unreached=standing.unreached,
        probe_at=standing.probe_at,
    )


def attempts_answer(attempts: list[Instruction]) -> AttemptsAnswer:
    names = [name for name in AttemptAnswer.model_fields if name != "channel"]
    return AttemptsAnswer(
        items=[AttemptAnswer(channel=one.bank, **{name: getattr(one, name) for name in names}) for one in attempts]
    )
