"""`/v1/limits`: what a shop may borrow."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.ecommerce_credit.errors import UnknownLimit
from services.ecommerce_credit.limits import actions, queries
from services.ecommerce_credit.limits.schemas import LimitAnswer, LimitRequest, StateName, limit_answer
from services.ecommerce_credit.wire_ids import LimitId, ShopId

router = APIRouter(prefix="/v1/limits", tags=["limits"])
Reader = Annotated[Caller, requires("ecommerce_credit:read")]
Writer = Annotated[Caller, requires("ecommerce_credit:write")]


@router.post("", status_code=201, response_model=LimitAnswer)
async def decide_limit(request: Request, body: LimitRequest, caller: Writer) -> Response:
    """Ask what a shop of yours may borrow: measured, graded and decided at once, with the reasons."""
    return await commands.run(request, actions.decide, limit_answer, shop_id=body.shop_id, as_of_on=body.as_of_on)


@router.get("")
async def list_limits(
    request: Request,
    caller: Reader,
    paging: Paging,
    shop_id: ShopId | None = None,
    state: StateName | None = None,
) -> Page[LimitAnswer]:
    """Decisions about the customer's shops, newest first; an operator sees every one."""
    owner = None if caller.may(actions.OPERATE) else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(
            connection, owner=owner, shop_id=shop_id, state=state, before=before, limit=paging.limit
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[LimitAnswer](items=[limit_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/{limit_id}")
async def read_limit(request: Request, caller: Reader, limit_id: LimitId) -> LimitAnswer:
    async with runtime_of(request).reading() as connection:
        limit = await queries.load(connection, limit_id)
    if limit is None or not (limit.owner == caller.party or caller.may(actions.OPERATE)):
        raise UnknownLimit("no such limit", field="limit_id")
    return limit_answer(limit)
