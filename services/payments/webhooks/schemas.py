from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.webhooks import LONGEST_URL, Difference
from chassis.wire import Answer, Instant, Request
from services.payments.webhooks.model import (
    Attempt,
    Delivery,
    DeliveryState,
    DisabledReason,
    Endpoint,
    EndpointState,
    Replay,
    Shown,
)

EndpointId = Annotated[UUID, TypeId("whe")]
DeliveryId = Annotated[UUID, TypeId("whd")]
EventTypes = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(min_length=1, max_length=50)]
LONGEST_BODY = 65_536


class RegisterEndpointRequest(Request):
    """types: names of event types, prefixes such as `payments.order.*`, or `*`."""

    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    types: EventTypes


class ChooseTypesRequest(Request):
    types: EventTypes


class ReplayRequest(Request):
    """Deliveries made since then (real time), at most 5,000 in one call, the oldest first. states: how they ended, `dead` unless told."""

    since: Instant
    states: Annotated[list[Literal["acknowledged", "dead"]], Field(min_length=1, max_length=2)] | None = None


class SignRequest(Request):
    """Either a delivery, whose newest attempt is meant, or id, timestamp and body. theirs: what the receiver took for the signed text.

    secret: to sign with, for texts of one's own; a delivery is signed with its endpoint's.
    """

    delivery_id: DeliveryId | None = None
    message_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    timestamp: Annotated[int, Field(ge=0, le=2**40)] | None = None
    body: Annotated[str, Field(max_length=LONGEST_BODY)] | None = None
    secret: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    theirs: Annotated[str, Field(max_length=2 * LONGEST_BODY)] | None = None


class EndpointAnswer(Answer):
    """failing_since: first failure since the last message that was acknowledged. previous_until: the old secret signs too until then."""

    id: EndpointId
    url: str
    types: list[str]
    state: EndpointState
    disabled_reason: DisabledReason | None
    failing_since: datetime | None
    previous_until: datetime | None
    made_at: datetime


class SecretAnswer(Answer):
    """secret: shown in this answer alone."""

    endpoint: EndpointAnswer
    secret: str


class DeliveryAnswer(Answer):
    """message_id: the `webhook-id` under which it is sent. url: where to, if not to the endpoint's address. attempts: in all."""

    id: DeliveryId
    endpoint_id: EndpointId
    message_id: Annotated[UUID, TypeId("evt")] = Field(validation_alias="event_id")
    type: str
    url: str | None
    test: bool
    state: DeliveryState
    attempts: int
    due_at: datetime | None
    made_at: datetime
    ended_at: datetime | None


class AttemptAnswer(Answer):
    """status: of the answer, none without one; answer: its first bytes; failure: what went wrong instead."""

    number: int
    at: datetime
    status: int | None
    latency_ms: int
    answer: str
    failure: str | None


class DeliveryLogAnswer(DeliveryAnswer):
    """log: the newest 50 attempts, oldest first."""

    log: list[AttemptAnswer]


class ReplayAnswer(Answer):
    """queued: how many are sent again; more: ask again for the rest."""

    endpoint_id: EndpointId
    queued: int
    more: bool


class DifferenceAnswer(Answer):
    """at: so many characters are equal; ours, theirs: what follows there, none at an end; hint: what most often is the cause."""

    at: int
    ours: str | None
    theirs: str | None
    hint: str | None


class SignAnswer(Answer):
    """signed: the exact text; signature: `v1,…`, if a secret was at hand; equal and difference: if the receiver's text was given."""

    signed: str
    signature: str | None
    equal: bool | None
    difference: DifferenceAnswer | None


def endpoint_answer(endpoint: Endpoint) -> EndpointAnswer:
    return EndpointAnswer.model_validate(endpoint)


def secret_answer(shown: Shown) -> SecretAnswer:
    return SecretAnswer(endpoint=endpoint_answer(shown.endpoint), secret=shown.secret)


def delivery_answer(delivery: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer.model_validate(delivery)


def log_answer(delivery: Delivery, attempts: list[Attempt]) -> DeliveryLogAnswer:
    log = [AttemptAnswer.model_validate(attempt) for attempt in attempts]
    told = delivery_answer(delivery).model_dump() | {"event_id": delivery.event_id, "log": log}
    return DeliveryLogAnswer.model_validate(told)


def replay_answer(replay: Replay) -> ReplayAnswer:
    return ReplayAnswer.model_validate(replay)


def difference_answer(difference: Difference | None) -> DifferenceAnswer | None:
    return None if difference is None else DifferenceAnswer.model_validate(difference)
