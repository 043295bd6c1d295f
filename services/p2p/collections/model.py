"""Collections (催收): the case of a loan that is overdue, whoever is spoken to about it, what she promises and what she asks for."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class CaseState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    """She is left alone until `paused_until`: hardship, or she asked for it, and it was granted."""
    CLOSED = "closed"


class CaseEvent(StrEnum):
    AGE = "age"
    """Another bucket."""
    TAKE = "take"
    HAND_OVER = "hand_over"
    RELEASE = "release"
    NOTE = "note"
    STEP = "step"
    """A step of the programme was taken."""
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


class Channel(StrEnum):
    MESSAGE = "message"
    """Text message, or one inside the app."""
    PHONE = "phone"
    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"


class Direction(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Relation(StrEnum):
    """Whom a borrower may name besides herself."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    LAWYER = "lawyer"
    ADVISER = "adviser"
    GUARDIAN = "guardian"


class ContactState(StrEnum):
    ALLOWED = "allowed"
    """It may be made; how it ended is not told yet."""
    REPORTED = "reported"
    UNREPORTED = "unreported"
    """Nobody told in time how it ended: it counts all the same."""


class ContactEvent(StrEnum):
    REPORT = "report"
    LAPSE = "lapse"


class Outcome(StrEnum):
    SENT = "sent"
    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"
    DECLINED = "declined"
    PROMISED = "promised"
    WRONG_PERSON = "wrong_person"
    UNDELIVERED = "undelivered"


class PromiseState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"


class PromiseEvent(StrEnum):
    KEEP = "keep"
    KEEP_PARTLY = "keep_partly"
    BREAK = "break"


class RequestKind(StrEnum):
    HARDSHIP = "hardship"
    """She cannot pay for now: illness, work lost."""
    STOP_CONTACT = "stop_contact"
    """A complaint: she is not to be contacted."""


class RequestState(StrEnum):
    IN_REVIEW = "in_review"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Its case was closed before anybody decided."""


class RequestEvent(StrEnum):
    GRANT = "grant"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


@dataclass(frozen=True, slots=True)
class ContactRules:
    """What binds whoever collects, from a day on. source: the rule it follows.

    quiet_from, quiet_to: minutes of the day in the suite's zone, over midnight where from is the later; equal for none.
    rest_calendar: days on which nobody is contacted: those that `finance.calendars` closes, "none" for no such days.
    most_a_day, most_a_week: contacts about all loans of a borrower, with her or others, answered or not, on a day and on seven in a row.
    promise_days_ahead, least_promise_share: how late a promise may be, and how small of what is overdue.
    promises_in_window, promise_window_days: of those open or broken. requests_in_window, request_window_days: of what she may ask for
    about one loan, each of which stops work until it is decided. report_hours: to tell how a contact ended. review_days: to decide about
    what she asks for; pause_days: how long it holds if granted. assigned_days: a case without work goes back to the queue.
    """

    version: int
    valid_from: date
    source: str
    quiet_from: int
    quiet_to: int
    rest_calendar: str
    most_a_day: int
    most_a_week: int
    promise_days_ahead: int
    least_promise_share: Decimal
    promises_in_window: int
    promise_window_days: int
    report_hours: int
    review_days: int
    pause_days: int
    assigned_days: int
    requests_in_window: int = 4
    request_window_days: int = 90


@dataclass(frozen=True, slots=True)
class Arrears:
    """What a loan owes of days that are past. Amounts in minor units."""

    oldest_due_on: date
    overdue_minor: int
    outstanding_minor: int


@dataclass(frozen=True, slots=True)
class Case:
    """Amounts in minor units, days past due and bucket as of `looked_at`.

    steps_done: of the programme's steps, those taken or passed over; next_step, next_step_on: the one after, and its day.
    reason: why it is paused or was closed. due_at: when time looks at it again.
    """

    id: UUID
    loan_id: UUID
    borrower: str
    programme_code: str
    programme_version: int
    currency: str
    state: CaseState
    reason: str | None
    oldest_due_on: date
    days_past_due: int
    bucket: str
    overdue_minor: int
    outstanding_minor: int
    steps_done: int
    next_step: str | None
    next_step_on: date | None
    assignee: str | None
    assigned_until: datetime | None
    paused_until: datetime | None
    opened_at: datetime
    looked_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseStep:
    """What happened to a case. taken_by: `time` or the party; note: for operators alone."""

    case_id: UUID
    number: int
    event: str
    state: CaseState
    bucket: str
    days_past_due: int
    overdue_minor: int
    taken_by: str
    taken_at: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Asked for before it is made. with_whom: `borrower`, or whom she named. minute: of the day, in the suite's zone, as `on_day` is.

    step: the programme's step that it is. rules_version: of the contact rules it was allowed under. asked_by: `time` or the party.
    """

    id: UUID
    case_id: UUID
    direction: Direction
    channel: Channel
    with_whom: str
    state: ContactState
    outcome: Outcome | None
    note: str | None
    step: str | None
    rules_version: int
    asked_by: str
    on_day: date
    minute: int
    contacted_at: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Promise:
    """Promise to pay (还款承诺): so much by the end of a day. paid_minor: what was repaid of the loan meanwhile, once it is decided."""

    id: UUID
    case_id: UUID
    loan_id: UUID
    amount_minor: int
    currency: str
    due_on: date
    state: PromiseState
    made_by: str
    made_at: datetime
    paid_minor: int | None
    decided_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CollectionRequest:
    """What a borrower asks of those who collect. decided_by: `time`, or who; answer: what she is told."""

    id: UUID
    case_id: UUID
    borrower: str
    kind: RequestKind
    text: str
    state: RequestState
    answer: str | None
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody a borrower lets be spoken to about her loan. Who that is, her own directory knows: here stands the relation alone."""

    case_id: UUID
    relation: Relation
    named_by: str
    named_at: datetime
    revoked_at: datetime | None
