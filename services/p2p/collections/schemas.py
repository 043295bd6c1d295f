"""Collections on the wire."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from chassis import wire
from finance.roll_rates import Transition
from services.p2p.collections.contact_actions import Wanted
from services.p2p.collections.model import (
    Case,
    CaseStep,
    Channel,
    CollectionRequest,
    Contact,
    ContactRules,
    Direction,
    NamedPerson,
    Outcome,
    Promise,
)
from services.p2p.collections.reports import Aged
from services.p2p.collections.wire_ids import CaseId, CollectionRequestId, ContactId, PromiseId
from services.p2p.programmes.model import CollectionStep
from services.p2p.wire_ids import LoanId

CaseStateName = Literal["open", "paused", "closed"]
BucketName = Literal["M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
ActionName = Literal["reminder", "call", "letter", "visit", "agency", "lawsuit"]
ChannelName = Literal["message", "phone", "email", "letter", "visit"]
RelationName = Literal["spouse", "parent", "child", "lawyer", "adviser", "guardian"]
RequestStateName = Literal["in_review", "granted", "declined", "withdrawn", "lapsed"]
OutcomeName = Literal[
    "sent", "reached", "no_answer", "left_message", "declined", "promised", "wrong_person", "undelivered"
]
Note = Annotated[str, Field(min_length=1, max_length=1000)]
Staff = Annotated[str, Field(min_length=5, max_length=80, pattern=r"^stf_[A-Za-z0-9_.-]+$", examples=["stf_li"])]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]
Days = Annotated[int, Field(ge=1, le=90)]


class HandOverRequest(wire.Request):
    to: Staff
    note: Note | None = None


class OptionalNote(wire.Request):
    note: Note | None = None


class NoteRequest(wire.Request):
    note: Note


class StepRequest(wire.Request):
    """A step that is no contact. note: which agency, which court, under which number."""

    action: Literal["agency", "lawsuit"]
    note: Note


class ContactRequest(wire.Request):
    """with_whom: `borrower`, or a relation that she named. outcome: left out where the contact is still to be made."""

    channel: ChannelName
    direction: Literal["outbound", "inbound"] = "outbound"
    with_whom: Literal["borrower", "spouse", "parent", "child", "lawyer", "adviser", "guardian"] = "borrower"
    outcome: OutcomeName | None = None
    note: Note | None = None


class OutcomeRequest(wire.Request):
    outcome: OutcomeName
    note: Note | None = None


class PromiseRequest(wire.Request):
    """So much by the end of a day."""

    amount: wire.Amount
    currency: wire.Currency
    due_on: wire.Day


class CollectionRequestRequest(wire.Request):
    """hardship: she cannot pay for now; stop_contact: a complaint, she is not to be contacted. text: in her words."""

    kind: Literal["hardship", "stop_contact"]
    text: Note


class RequestDecisionRequest(wire.Request):
    """answer: what she is told."""

    decision: Literal["grant", "decline"]
    answer: Note


class NamedPersonRequest(wire.Request):
    relation: RelationName


class ContactRulesRequest(wire.Request):
    """Times of day in the suite's zone, quiet over midnight where quiet_from is the later. source: the rule they follow."""

    valid_from: wire.Day
    source: Annotated[str, Field(min_length=5, max_length=300)]
    quiet_from: TimeOfDay
    quiet_to: TimeOfDay
    rest_calendar: Literal["none", "weekends", "CN"] = "none"
    most_a_day: Annotated[int, Field(ge=1, le=20)]
    most_a_week: Annotated[int, Field(ge=1, le=100)]
    promise_days_ahead: Days = 15
    least_promise_share: Annotated[wire.Rate, Field(gt=0, le=1)]
    promises_in_window: Annotated[int, Field(ge=1, le=20)] = 2
    promise_window_days: Days = 30
    report_hours: Annotated[int, Field(ge=1, le=168)] = 24
    review_days: Days = 5
    pause_days: Days = 30
    assigned_days: Days = 7
    requests_in_window: Annotated[int, Field(ge=1, le=20)] = 4
    request_window_days: Annotated[int, Field(ge=1, le=366)] = 90


class ContactRulesAnswer(wire.Answer):
    version: int
    valid_from: wire.Day
    source: str
    quiet_from: str
    quiet_to: str
    rest_calendar: str
    most_a_day: int
    most_a_week: int
    promise_days_ahead: int
    least_promise_share: wire.Rate
    promises_in_window: int
    promise_window_days: int
    report_hours: int
    review_days: int
    pause_days: int
    assigned_days: int
    requests_in_window: int
    request_window_days: int


class ContactRulesListAnswer(wire.Answer):
    items: list[ContactRulesAnswer]


class CaseAnswer(wire.Answer):
    """Days past due, bucket and amounts as of looked_at. reason: why it is paused or was closed; operators alone see the assignee."""

    id: CaseId
    loan_id: LoanId
    borrower: str
    programme: str
    programme_version: int
    state: CaseStateName
    reason: str | None
    oldest_due_on: wire.Day
    days_past_due: int
    bucket: Literal["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    overdue_minor: int
    outstanding_minor: int
    currency: str
    next_step: ActionName | None
    next_step_on: wire.Day | None
    assignee: str | None
    assigned_until: datetime | None
    paused_until: datetime | None
    opened_at: datetime
    looked_at: datetime
    closed_at: datetime | None


class ComingStep(wire.Answer):
    after_days: int
    action: ActionName
    on: wire.Day


class CaseDetailAnswer(CaseAnswer):
    """coming_steps: what the programme says comes if nothing is paid; named: whom she lets be spoken to."""

    coming_steps: list[ComingStep]
    named: list[RelationName]


class CaseStepAnswer(wire.Answer):
    number: int
    event: str
    state: CaseStateName
    bucket: str
    days_past_due: int
    overdue_minor: int
    taken_by: str
    taken_at: datetime
    note: str | None


class ContactAnswer(wire.Answer):
    """due_at: until when its outcome is to be told. asked_by and note are shown to operators alone."""

    id: ContactId
    case_id: CaseId
    direction: Literal["outbound", "inbound"]
    channel: ChannelName
    with_whom: str
    state: Literal["allowed", "reported", "unreported"]
    outcome: OutcomeName | None
    step: ActionName | None
    asked_by: str | None
    note: str | None
    rules_version: int
    contacted_at: datetime
    due_at: datetime | None


class PromiseAnswer(wire.Answer):
    """paid_minor: what was repaid from when it was made to the end of its day, once it is decided."""

    id: PromiseId
    case_id: CaseId
    loan_id: LoanId
    amount: int
    currency: str
    due_on: wire.Day
    state: Literal["open", "kept", "partly_kept", "broken"]
    paid_minor: int | None
    made_at: datetime
    decided_at: datetime | None
    due_at: datetime | None


class CollectionRequestAnswer(wire.Answer):
    """due_at: granted by itself if nobody decides before."""

    id: CollectionRequestId
    case_id: CaseId
    borrower: str
    kind: Literal["hardship", "stop_contact"]
    text: str
    state: RequestStateName
    answer: str | None
    requested_at: datetime
    decided_at: datetime | None
    due_at: datetime | None


class NamedPersonAnswer(wire.Answer):
    case_id: CaseId
    relation: RelationName
    named_at: datetime


class AgedAnswer(wire.Answer):
    programme: str
    currency: str
    bucket: Literal["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    loans: int
    outstanding_minor: int
    overdue_minor: int


class AgeingAnswer(wire.Answer):
    """Every running loan as of a day."""

    day: wire.Day
    items: list[AgedAnswer]


class RollRatesAnswer(wire.Answer):
    """Running loans by bucket at the end of one day (rows, and `new`) and of another (columns, and `closed`).

    counts: how many; before_minor, after_minor: what they owed of principal at the one and at the other. rates, rates_by_amount: each
    cell's part of its row, by number and by what was owed before, six places; none for a row of nothing.
    """

    from_day: wire.Day
    to_day: wire.Day
    from_states: list[str]
    to_states: list[str]
    counts: list[list[int]]
    rates: list[list[str | None]]
    currency: str
    before_minor: list[list[int]]
    after_minor: list[list[int]]
    rates_by_amount: list[list[str | None]]


def wanted_of(body: ContactRequest) -> Wanted:
    outcome = None if body.outcome is None else Outcome(body.outcome)
    return Wanted(Direction(body.direction), Channel(body.channel), body.with_whom, outcome, body.note)


def draft_of(body: ContactRulesRequest) -> ContactRules:
    times = {name: wire.minutes_of_day(getattr(body, name)) for name in ("quiet_from", "quiet_to")}
    return ContactRules(**{"version": 0} | body.model_dump() | times)


def rules_answer(rules: ContactRules) -> ContactRulesAnswer:
    values = {name: getattr(rules, name) for name in ContactRules.__slots__}
    times = {name: wire.time_of_day(values[name]) for name in ("quiet_from", "quiet_to")}
    return ContactRulesAnswer(**values | times)


def case_answer(case: Case, *, private: bool = True) -> CaseAnswer:
    return CaseAnswer(**_case_values(case, private))


def case_detail(
    case: Case, steps: tuple[CollectionStep, ...], named: list[NamedPerson], *, private: bool
) -> CaseDetailAnswer:
    left = steps[case.steps_done :] if case.closed_at is None else ()
    return CaseDetailAnswer(
        **_case_values(case, private),
        coming_steps=[_coming(case, step) for step in left],
        named=[person.relation.value for person in named],
    )


def _coming(case: Case, step: CollectionStep) -> ComingStep:
    on = case.oldest_due_on + timedelta(days=step.after_days)
    return ComingStep(after_days=step.after_days, action=step.action.value, on=on)


def _case_values(case: Case, private: bool) -> dict[str, Any]:
    left_out = {"programme_code", "steps_done", "changed_at", "due_at"}
    values = {name: getattr(case, name) for name in Case.__slots__ if name not in left_out}
    hidden: dict[str, Any] = {} if private else {"assignee": None, "assigned_until": None}
    return values | {"programme": case.programme_code, "state": case.state.value} | hidden


def step_answer(step: CaseStep) -> CaseStepAnswer:
    return CaseStepAnswer.model_validate(step)


def contact_answer(contact: Contact, *, private: bool = True) -> ContactAnswer:
    values = {name: getattr(contact, name) for name in ContactAnswer.model_fields}
    hidden: dict[str, Any] = {} if private else {"asked_by": None, "note": None}
    return ContactAnswer(**values | hidden)


def promise_answer(promise: Promise) -> PromiseAnswer:
    names = PromiseAnswer.model_fields.keys() - {"amount"}
    return PromiseAnswer(amount=promise.amount_minor, **{name: getattr(promise, name) for name in names})


def request_answer(request: CollectionRequest) -> CollectionRequestAnswer:
    return CollectionRequestAnswer.model_validate(request)


def named_answer(person: NamedPerson) -> NamedPersonAnswer:
    return NamedPersonAnswer.model_validate(person)


def aged_answer(aged: Aged) -> AgedAnswer:
    return AgedAnswer.model_validate(aged)


def roll_rates_answer(from_day: date, to_day: date, currency: str, found: Transition) -> RollRatesAnswer:
    return RollRatesAnswer(
        from_day=from_day,
        to_day=to_day,
        from_states=list(found.from_states),
        to_states=list(found.to_states),
        counts=[list(row) for row in found.counts],
        rates=_rates(found.rates("count")),
        currency=currency,
        before_minor=[list(row) for row in found.before_minor],
        after_minor=[list(row) for row in found.after_minor],
        rates_by_amount=_rates(found.rates("amount")),
    )


def _rates(found: list[list[float | None]]) -> list[list[str | None]]:
    return [[None if cell is None else f"{cell:.6f}" for cell in row] for row in found]
