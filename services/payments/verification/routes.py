"""`/v1/verification`: the audit of this service."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request

from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.payments.verification import queries
from services.payments.verification.model import Check
from services.payments.verification.schemas import (
    ReserveAnswer,
    ReservesAnswer,
    VerificationAnswer,
    check_answer,
    movement_answer,
)

router = APIRouter(prefix="/v1/verification", tags=["verification"])
Operator = Annotated[Caller, requires("payments:operate")]
MOVEMENTS_SHOWN = 1000
PATIENCE = timedelta(minutes=5)
"""What periodic work may be late by before a state counts as stuck."""


@router.get("")
async def verify(request: Request, caller: Operator) -> VerificationAnswer:
    """Work everything out again from the transfers; `holds` is false, and the offending ids stand there, if anything differs."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        # One snapshot, so that what commits meanwhile is no difference.
        await connection.execution_options(isolation_level="REPEATABLE READ")
        looked = await queries.checks(connection) | await queries.past_deadline(connection, now - PATIENCE)
        movements = await queries.movements(connection, MOVEMENTS_SHOWN)
    checks = [Check(name, examined, tuple(offending)) for name, (examined, offending) in looked.items()]
    return VerificationAnswer(
        holds=not any(check.offending for check in checks),
        business_at=now,
        checks=[check_answer(check) for check in checks],
        movements=[movement_answer(movement, now) for movement in movements],
    )


@router.get("/reserves")
async def verify_reserves(request: Request, caller: Operator) -> ReservesAnswer:
    """What our books say is in the reserve at each bank, to be compared with the bank's own."""
    async with runtime_of(request).reading() as connection:
        found = await queries.reserves(connection)
    return ReservesAnswer(items=[ReserveAnswer.model_validate(one) for one in found])
