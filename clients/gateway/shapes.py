"""Generated from gateway/openapi.json by `make openapi`; not edited by hand."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict

from clients.shape import Shape


class ClockReading(Shape):
    business_at: AwareDatetime
    business_on: date


class ClockSetting(Shape):
    """
    frozen: stand still at `business_at`, or run on from it.
    """

    business_at: AwareDatetime
    frozen: bool | None = True


class Confirmation(Shape):
    code: str


class CustomerRegistered(Shape):
    """
    A customer signed up. contact_kind: email or mobile; channel: by which she came.
    """

    channel: str
    contact_kind: str
    customer: str


class DayAnswer(Shape):
    """
    label: the class of the dimension asked for, "" where the event names none.
    """

    amount: int
    counted_on: date
    currency: str | None
    label: str
    quantity: int


class DaysAnswer(Shape):
    items: list[DayAnswer]
    next: str | None = None


class EnrolmentAnswer(Shape):
    """
    secret: base32, to type; uri: the same as an `otpauth:` address, to show as a QR code. Answered once, never again.
    """

    secret: str
    uri: str


class EventPage(Shape):
    """
    items: CloudEvents 1.0 (JSON) with their `position`; next: the `after` to ask with next, also when there are none.
    """

    items: list[dict[str, Any]]
    next: int


class EventSkipped(Shape):
    feed: str
    position: int


class FeedAnswer(Shape):
    """
    How far a neighbour's events have been applied here. degraded: what rests on them may be out of date.
    """

    degraded: bool
    event_at: AwareDatetime | None
    failed_at: AwareDatetime | None
    failure: str | None
    name: str
    position: int
    succeeded_at: AwareDatetime | None


class Feeds(Shape):
    items: list[FeedAnswer]


class FigureValue(Shape):
    """
    currency: None where the figure is no money. value: count, minor units, seconds or, for a ratio, parts per million.
    """

    currency: str | None
    value: int | None


class JobGivenBack(Shape):
    job_id: int
    status: str | None = "queued"


class NewStaff(Shape):
    email: str
    password: str
    roles: list[Literal["operator", "risk", "finance", "marketing"]]


class ParkedJobAnswer(Shape):
    """
    A job that was started too often. failure: the last fault, without secrets; instants are real time.
    """

    created_at: AwareDatetime
    failure: str | None
    id: int
    name: str
    parked_at: AwareDatetime
    payload: dict[str, Any]
    starts: int


class ParkedJobs(Shape):
    items: list[ParkedJobAnswer]


class Problem(Shape):
    """
    RFC 9457 document. `code` is stable; `field` names the offending input where there is one.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    code: str
    detail: str
    field: str | None = None
    status: int
    title: str
    type: str


class ProfileContact(Shape):
    """
    masked: what may be shown, such as l***@example.org.
    """

    kind: str
    masked: str


class RecordAnswer(Shape):
    """
    An event behind a figure. subject: id of what it is about, to be looked up in its service.
    """

    amount: int
    channel: str
    counted_on: date
    counter: str
    currency: str
    event_id: str
    event_type: str
    grade: str
    occurred_at: AwareDatetime
    product: str
    quantity: int
    source: str
    subject: str


class Refresh(Shape):
    refresh_token: str


class SignIn(Shape):
    """
    Exactly one of `email` and `mobile`. code: of staff with a second factor.
    """

    code: str | None = None
    email: str | None = None
    mobile: str | None = None
    password: str


class SignUp(Shape):
    """
    Exactly one of `email` and `mobile`. channel: by which the customer came.
    """

    channel: str | None = "direct"
    email: str | None = None
    mobile: str | None = None
    password: str


class SignUpAnswer(Shape):
    """
    The same for a free and for a taken contact: whoever owns the contact finds out by signing in.
    """

    status: Literal["accepted"] = "accepted"


class Source(Shape):
    """
    status: `degraded` when the source does not answer or its events cannot be applied: what rests on it may be out of date.

    last_event_at: business time; the other instants are real time.
    """

    last_event_at: AwareDatetime | None
    last_failure: str | None
    last_failure_at: AwareDatetime | None
    last_success_at: AwareDatetime | None
    name: str
    position: int | None
    status: Literal["fresh", "degraded"]


class StaffChange(Shape):
    roles: list[Literal["operator", "risk", "finance", "marketing"]]
    state: Literal["active", "disabled"]


class Tokens(Shape):
    """
    access_token: a JWT for every service, `expires_in` seconds; refresh_token: good once, for the next pair.

    subject: `cus_…` or `stf_…`; refresh_expires_at: when the person must sign in again at the latest.
    """

    access_token: str
    expires_in: int
    refresh_expires_at: AwareDatetime
    refresh_token: str
    scopes: list[str]
    subject: str
    token_type: Literal["Bearer"] = "Bearer"


class FigureAnswer(Shape):
    """
    degraded: it rests on a source that is degraded now. records: where the records behind it are listed.
    """

    code: str
    definition: dict[str, str]
    degraded: bool
    dimensions: list[Literal["product", "channel", "grade", "currency"]]
    kind: str
    records: str
    sources: list[str]
    title: dict[str, str]
    unit: Literal["count", "minor", "seconds", "ratio"]
    values: list[FigureValue]


class GroupAnswer(Shape):
    figures: list[FigureAnswer]
    name: Literal["users", "products", "channels", "campaigns", "risk"]


class PageRecordAnswer(Shape):
    items: list[RecordAnswer]
    next: str | None = None


class Profile(Shape):
    contacts: list[ProfileContact]
    id: str
    kind: str
    roles: list[str]
    scopes: list[str]


class Staff(Shape):
    id: str
    roles: list[Literal["operator", "risk", "finance", "marketing"]]
    state: Literal["active", "disabled"]


class SummaryAnswer(Shape):
    """
    complete: no source is degraded.
    """

    complete: bool
    first_on: date
    groups: list[GroupAnswer]
    last_on: date
    sources: list[Source]


class PageStaff(Shape):
    items: list[Staff]
    next: str | None = None
