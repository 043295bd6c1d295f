"""Events of collections. Whoever sends messages to borrowers sends what `reminder_due` asks for; here no telephone number is known."""

from datetime import date
from typing import Literal

from chassis.wire import Answer
from services.p2p.collections.model import Case, CollectionRequest, Contact, Promise
from services.p2p.collections.wire_ids import CaseId, CollectionRequestId, ContactId, PromiseId
from services.p2p.wire_ids import LoanId

CASE_OPENED = "p2p.collection.case_opened.v1"
CASE_MOVED = "p2p.collection.case_moved.v1"
CASE_CLOSED = "p2p.collection.case_closed.v1"
CASE_PAUSED = "p2p.collection.case_paused.v1"
CASE_RESUMED = "p2p.collection.case_resumed.v1"
REMINDER_DUE = "p2p.collection.reminder_due.v1"
PROMISE_MADE = "p2p.collection.promise_made.v1"
PROMISE_DECIDED = "p2p.collection.promise_decided.v1"
REQUEST_MADE = "p2p.collection.request_made.v1"
REQUEST_DECIDED = "p2p.collection.request_decided.v1"


class CaseTold(Answer):
    """A loan fell behind, is in another bucket, is left alone for a time, or owes nothing of past days any more."""

    case_id: CaseId
    loan_id: LoanId
    borrower: str
    programme: str
    programme_version: int
    currency: str
    state: str
    reason: str | None
    bucket: str
    days_past_due: int
    overdue_minor: int
    outstanding_minor: int


class ReminderTold(Answer):
    """She is to be reminded now: the time was looked at, and the contact counts."""

    case_id: CaseId
    contact_id: ContactId
    loan_id: LoanId
    borrower: str
    days_past_due: int
    overdue_minor: int
    currency: str


class PromiseTold(Answer):
    promise_id: PromiseId
    case_id: CaseId
    loan_id: LoanId
    amount: int
    currency: str
    due_on: date
    state: Literal["open", "kept", "partly_kept", "broken"]
    paid_minor: int | None


class RequestTold(Answer):
    """kind: `hardship` or `stop_contact`."""

    request_id: CollectionRequestId
    case_id: CaseId
    borrower: str
    kind: str
    state: str


EVENT_TYPES: dict[str, type[Answer]] = {
    CASE_OPENED: CaseTold,
    CASE_MOVED: CaseTold,
    CASE_CLOSED: CaseTold,
    CASE_PAUSED: CaseTold,
    CASE_RESUMED: CaseTold,
    REMINDER_DUE: ReminderTold,
    PROMISE_MADE: PromiseTold,
    PROMISE_DECIDED: PromiseTold,
    REQUEST_MADE: RequestTold,
    REQUEST_DECIDED: RequestTold,
}


def case_told(case: Case) -> dict[str, object]:
    return CaseTold(
        case_id=case.id,
        loan_id=case.loan_id,
        borrower=case.borrower,
        programme=case.programme_code,
        programme_version=case.programme_version,
        currency=case.currency,
        state=case.state,
        reason=case.reason,
        bucket=case.bucket,
        days_past_due=case.days_past_due,
        overdue_minor=case.overdue_minor,
        outstanding_minor=case.outstanding_minor,
    ).model_dump(mode="json")


def reminder_told(case: Case, contact: Contact) -> dict[str, object]:
    return ReminderTold(
        case_id=case.id,
        contact_id=contact.id,
        loan_id=case.loan_id,
        borrower=case.borrower,
        days_past_due=case.days_past_due,
        overdue_minor=case.overdue_minor,
        currency=case.currency,
    ).model_dump(mode="json")


def promise_told(promise: Promise) -> dict[str, object]:
    return PromiseTold(
        promise_id=promise.id,
        case_id=promise.case_id,
        loan_id=promise.loan_id,
        amount=promise.amount_minor,
        currency=promise.currency,
        due_on=promise.due_on,
        state=promise.state.value,
        paid_minor=promise.paid_minor,
    ).model_dump(mode="json")


def request_told(request: CollectionRequest) -> dict[str, object]:
    return RequestTold(
        request_id=request.id,
        case_id=request.case_id,
        borrower=request.borrower,
        kind=request.kind,
        state=request.state,
    ).model_dump(mode="json")
