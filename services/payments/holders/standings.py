"""Who a customer has proved to be and what that lets her pay, put together for reading."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.holders import queries
from services.payments.holders.model import CheckChannel, CheckState, Identity
from services.payments.holders.schemas import (
    ClassLimitAnswer,
    DayLimitAnswer,
    NextClassAnswer,
    StandingAnswer,
    identity_answer,
)
from services.payments.limits import queries as limits
from services.payments.limits import rules
from services.payments.limits.model import Confirmation, Figure, Usage


async def standing_of(connection: AsyncConnection, customer_id: UUID, today: date, *, required: bool) -> StandingAnswer:
    """As it is on a business day; also of a customer who has declared nothing."""
    identity = await queries.identity_of(connection, customer_id)
    figures = await limits.figures_on(connection, today)
    checks = await queries.live_checks(connection, customer_id)
    holder_id = None if identity is None else identity.holder_id
    usage = Usage(customer_id) if holder_id is None else await limits.usage_of(connection, holder_id)
    usage = rules.on_day(usage, rules.day_of_counting(today, usage))
    passed = [check.channel for check in checks if check.state is CheckState.PASSED]
    seen = identity is not None and identity.face_to_face_at is not None
    reached = rules.class_figure(figures, len(passed), seen)
    return StandingAnswer(
        customer_id=customer_id,
        holder_id=holder_id,
        identity=None if identity is None else identity_answer(identity),
        passed=passed,
        pending=[check.channel for check in checks if check.state is CheckState.PENDING],
        face_to_face_at=None if identity is None else identity.face_to_face_at,
        certificate_until=None if identity is None else identity.certificate_until,
        required=required,
        verification_class=None if reached is None else reached.subject,
        wealth_products=reached is not None and reached.wealth_products,
        limit=None if reached is None else _class_limit(reached, usage),
        today=[] if holder_id is None else _day_limits(figures, usage, identity, today),
        next_class=_next_class(figures, reached, passed),
        frozen=holder_id is not None and await queries.standing_freeze(connection, holder_id) is not None,
    )


def _class_limit(figure: Figure, usage: Usage) -> ClassLimitAnswer:
    used = rules.used_of(usage, figure)
    return ClassLimitAnswer(period=figure.period, limit=figure.amount, used=used, left=max(0, figure.amount - used))


def _day_limits(
    figures: tuple[Figure, ...], usage: Usage, identity: Identity | None, today: date
) -> list[DayLimitAnswer]:
    """What may be paid today by each way to confirm it; by certificate only who has one."""
    amounts = {figure.subject.value: figure.amount for figure in figures}
    certified = identity is not None and identity.certificate_until is not None and today <= identity.certificate_until
    if certified and identity is not None and identity.agreed_daily is not None:
        amounts[Confirmation.CERTIFICATE.value] = identity.agreed_daily
    shown = []
    for confirmation in Confirmation:
        if confirmation is Confirmation.CERTIFICATE and not certified:
            continue
        limit, used = amounts.get(confirmation.value), getattr(usage, confirmation.value)
        left = None if limit is None else max(0, limit - used)
        shown.append(DayLimitAnswer(confirmation=confirmation, limit=limit, used=used, left=left))
    return shown


def _next_class(
    figures: tuple[Figure, ...], reached: Figure | None, passed: list[CheckChannel]
) -> NextClassAnswer | None:
    above = rules.next_class(figures, reached)
    if above is None:
        return None
    return NextClassAnswer(
        verification_class=above.subject,
        checks_missing=(above.checks or 0) - len(passed),
        channels=[channel for channel in CheckChannel if channel not in passed],
        face_to_face=above.face_to_face,
    )
