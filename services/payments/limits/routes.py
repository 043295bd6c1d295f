"""`/v1/limits`: what is in force, stated by operators with its source, and what of a person's payments counts."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from chassis.wire import Currency, Day
from services.payments.cards.actions import customer_of
from services.payments.holders.queries import identity_of
from services.payments.limits import actions, queries
from services.payments.limits.schemas import (
    CountedPaymentAnswer,
    FigureRequest,
    LimitsAnswer,
    RateAnswer,
    RateRequest,
    StatedFigureAnswer,
    counted_payment_answer,
    figure_answer,
    rate_answer,
    stated_figure_answer,
)
from services.payments.settings import verification_required

router = APIRouter(prefix="/v1/limits", tags=["limits"])
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.get("")
async def read_limits(request: Request, caller: Reader, on: Annotated[Day | None, Query()] = None) -> LimitsAnswer:
    """Figures and rates in force on a business day, today unless told."""
    runtime = runtime_of(request)
    day = on or business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        figures = await queries.figures_on(connection, day)
        rates = await queries.rates_on(connection, day)
    return LimitsAnswer(
        on=day,
        required=verification_required(runtime.settings),
        figures=[figure_answer(figure) for figure in figures],
        rates=[rate_answer(rate) for rate in rates],
    )


@router.post("/figures", status_code=201, response_model=StatedFigureAnswer)
async def state_figure(request: Request, body: FigureRequest, caller: Operator) -> Response:
    """A limit from today or a later day on. One stated later for the same day takes its place."""
    facts = {name: getattr(body, name) for name in FigureRequest.model_fields}
    return await commands.run(request, actions.state_figure, stated_figure_answer, **facts)


@router.get("/figures")
async def list_figures(request: Request, caller: Operator, paging: Paging) -> Page[StatedFigureAnswer]:
    """All that were ever stated, by whom, the last first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.figures_stated(connection, before, paging.limit + 1)
    shown = page(rows, paging, lambda row: (row.position,))
    return Page[StatedFigureAnswer](items=[stated_figure_answer(row) for row in shown["items"]], next=shown["next"])


@router.put("/rates/{currency}/{rate_on}", response_model=RateAnswer)
async def state_rate(
    request: Request, currency: Currency, rate_on: Day, body: RateRequest, caller: Operator
) -> Response:
    """What a unit of a currency counts on a day, today or later. The one stated last counts."""
    return await commands.run(
        request,
        actions.state_rate,
        rate_answer,
        status=200,
        currency=currency,
        rate_on=rate_on,
        rate=body.rate,
        source=body.source,
    )


@router.get("/payments")
async def list_counted(request: Request, caller: Reader, paging: Paging) -> Page[CountedPaymentAnswer]:
    """What the customer paid that counts, newest first. What the same person paid as another customer is not shown here."""
    customer_id = customer_of(caller)
    async with runtime_of(request).reading() as connection:
        identity = await identity_of(connection, customer_id)
        if identity is None or identity.holder_id is None:
            return Page[CountedPaymentAnswer](items=[])
        rows = await queries.takings_of(connection, identity.holder_id, customer_id, paging.after, paging.limit + 1)
    items = [counted_payment_answer(row) for row in rows]
    return Page[CountedPaymentAnswer].model_validate(
        page(items, paging, lambda row: (row.taken_at, row.source, row.round))
    )
