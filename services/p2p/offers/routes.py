"""`/v1/schedules/preview`: what a loan would look like. Writes nothing, so it needs no Idempotency-Key."""

from typing import Annotated

from fastapi import APIRouter, Request

from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from services.p2p.errors import NotOffered, UnknownProgramme
from services.p2p.offers.rules import NO_FEES, Offer, Wish, offer_of, offer_under
from services.p2p.offers.schemas import PreviewAnswer, PreviewRequest, preview_answer
from services.p2p.programmes import queries as programme_queries

router = APIRouter(prefix="/v1/schedules", tags=["offers"])


@router.post("/preview", openapi_extra=KEYLESS)
async def preview_schedule(
    request: Request, body: PreviewRequest, caller: Annotated[Caller, requires("p2p:read")]
) -> PreviewAnswer:
    """The schedule of these terms, the all-in rate and the verdict of the law; an offer above the ceiling is shown as such."""
    return preview_answer(await _offer(request, body), body.currency)


async def _offer(request: Request, body: PreviewRequest) -> Offer:
    runtime = runtime_of(request)
    today = body.starts_on or business_day(await runtime.database.now(), runtime.settings.zone)
    wish = Wish(body.amount, body.currency, body.term_months, body.method, body.annual_rate)
    if body.programme is None:
        if body.annual_rate is None:
            raise NotOffered("name a rate, or a programme that states one", field="annual_rate")
        return offer_of(wish, body.annual_rate, NO_FEES, today)
    if body.grade is None:
        raise NotOffered("a programme's offer depends on the grade", field="grade")
    async with runtime.reading() as connection:
        programme = await programme_queries.in_force(connection, body.programme, today)
    if programme is None:
        raise UnknownProgramme("no such programme on that day", field="programme")
    return offer_under(programme, body.grade, wish, today)
