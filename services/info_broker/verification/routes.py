"""The audit of this service, for operators and `sifang verify`."""

from typing import Annotated

from fastapi import APIRouter, Request

from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.info_broker.verification import checks
from services.info_broker.verification.schemas import VerificationAnswer, verification_answer

router = APIRouter(prefix="/v1/verification", tags=["verification"])


@router.get("")
async def verify(request: Request, caller: Annotated[Caller, requires("info_broker:operate")]) -> VerificationAnswer:
    """Check what must always hold; `holds` is false and the offending ids stand there if anything does not."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await checks.run(connection, now)
    return verification_answer(found, now)
