"""Persons on the wire. A name and a number come in; what goes out is masked."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Day, Request
from services.payments.holders.model import Check, CheckChannel, CheckState, Facts, Freeze, Identity
from services.payments.holders.rules import checked_number
from services.payments.limits.model import Confirmation, Period, Subject

CustomerId = Annotated[UUID, TypeId("cus")]
HolderId = Annotated[UUID, TypeId("hld")]
CheckId = Annotated[UUID, TypeId("idc")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class DeclareIdentityRequest(Request):
    """number: of a resident identity card (居民身份证)."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
    number: Annotated[str, Field(pattern=r"^[0-9]{17}[0-9Xx]$", examples=["110101199003070038"])]

    def facts(self) -> Facts:
        """Raises MalformedIdentityNumber."""
        return Facts(self.name, checked_number(self.number))


class RequestCheckRequest(Request):
    channel: Annotated[CheckChannel, Field(strict=False)]


class CertificateRequest(Request):
    """valid_until: the last day; one that is over ends it. agreed_daily: what was agreed for a day, in fen."""

    valid_until: Day
    agreed_daily: Amount


class ReasonRequest(Request):
    reason: Reason


class IdentityAnswer(Answer):
    """proved_at: when a first source, or an operator who saw her, confirmed it."""

    customer_id: CustomerId
    masked_number: str
    declared_at: datetime
    proved_at: datetime | None


class CheckAnswer(Answer):
    """failure_code: why the source did not confirm it. due_at: when it is asked again; expires_at: when that ends."""

    id: CheckId
    customer_id: CustomerId
    channel: CheckChannel
    state: CheckState
    failure_code: str | None
    asked_at: datetime
    due_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None


class RoomAnswer(Answer):
    """Of one limit, in fen: how much it is, used and left. What one person uses as several customers counts together."""

    limit: int
    used: int
    left: int


class ClassLimitAnswer(RoomAnswer):
    period: Period


class DayLimitAnswer(Answer):
    """A day's payments by how they were confirmed; limit and left are null where nothing limits them."""

    confirmation: Confirmation
    limit: int | None
    used: int
    left: int | None


class NextClassAnswer(Answer):
    """What leads to the class above: so many more independent checks, by any of these channels, or being seen face to face."""

    verification_class: Subject
    checks_missing: int
    channels: list[CheckChannel]
    face_to_face: bool


class StandingAnswer(Answer):
    """Who a customer has proved to be, and what she may pay out of her balance. verification_class: null before any check has passed.

    required: without one nothing is paid here; limit: null where none applies; wealth_products: whether her class may buy them.
    """

    customer_id: CustomerId
    holder_id: HolderId | None
    identity: IdentityAnswer | None
    passed: list[CheckChannel]
    pending: list[CheckChannel]
    face_to_face_at: datetime | None
    certificate_until: Day | None
    required: bool
    verification_class: Subject | None
    wealth_products: bool
    limit: ClassLimitAnswer | None
    today: list[DayLimitAnswer]
    next_class: NextClassAnswer | None
    frozen: bool


class FreezeAnswer(Answer):
    """All wallets of a person, frozen until released."""

    id: Annotated[UUID, TypeId("frz")]
    holder_id: HolderId
    reason: str
    frozen_by: str
    frozen_at: datetime
    release_reason: str | None
    released_by: str | None
    released_at: datetime | None


class UsageAnswer(Answer):
    """In fen; year and days are those of counted_on, the day of her last payment."""

    counted_on: Day | None
    life: int
    year: int
    under_two_factors: int
    two_factors: int
    certificate: int


class PersonAnswer(Answer):
    """A person as operators see her. customers: as whom she is known here; freezes: the last hundred."""

    id: HolderId
    proved_at: datetime
    customers: list[IdentityAnswer]
    usage: UsageAnswer
    freezes: list[FreezeAnswer]


def identity_answer(identity: Identity) -> IdentityAnswer:
    return IdentityAnswer(
        customer_id=identity.customer_id,
        masked_number=identity.masked,
        declared_at=identity.declared_at,
        proved_at=identity.proved_at,
    )


def check_answer(check: Check) -> CheckAnswer:
    return CheckAnswer.model_validate(check)


def freeze_answer(freeze: Freeze) -> FreezeAnswer:
    return FreezeAnswer.model_validate(freeze)
