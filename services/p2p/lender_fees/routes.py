"""`/v1/lender-fees`: what a lender pays of her interest under a programme now, and what a payment would cost her."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from chassis.wire import LARGEST_AMOUNT
from services.p2p.errors import UnknownProgramme
from services.p2p.lender_fees import queries, rules
from services.p2p.lender_fees.schemas import LenderFeeAnswer, fee_answer
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.schemas import ProgrammeCode

router = APIRouter(prefix="/v1", tags=["claims"])
Reader = Annotated[Caller, requires("p2p:read")]
Interest = Annotated[int | None, Query(ge=1, le=LARGEST_AMOUNT, description="minor units")]


@router.get("/lender-fees/{code}")
async def read_lender_fee(
    request: Request, caller: Reader, code: ProgrammeCode, interest: Interest = None
) -> LenderFeeAnswer:
    """The caller's own, by the version in force: loans keep to the version that they were made under."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    month = today.replace(day=1)
    async with runtime.reading() as connection:
        programme = await programme_queries.in_force(connection, code, today)
        if programme is None:
            raise UnknownProgramme("no such programme", field="code")
        lent = (await queries.lent(connection, [caller.party], programme.currency)).get(caller.party, 0)
        charged = await queries.charged(connection, caller.party, code, month)
    standing = rules.standing_of(programme, lent, charged)
    foreseen = None if interest is None else rules.foreseen_minor(programme.lender_fees, interest, lent, charged)
    return fee_answer(standing, month, foreseen)
