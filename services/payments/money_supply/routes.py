"""`/v1/units` and `/v1/money-supply`: tokens and coins, and how much there is of everything."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.ledger.posting import parties_of
from services.payments.money_supply import actions, queries
from services.payments.money_supply.model import UnitKind
from services.payments.money_supply.schemas import (
    CoinsRequest,
    MoneySupply,
    TokensRequest,
    UnitAnswer,
    UnitMovementAnswer,
    UnitRequest,
    movement_answer,
    schedule_of,
    supply_answer,
    unit_answer,
)

router = APIRouter(prefix="/v1", tags=["money supply"])
Mover = Annotated[Caller, requires("payments:transfer")]
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]
Code = Annotated[str, Path(pattern=r"^[A-Z]{3,5}$")]


@router.get("/money-supply")
async def read_money_supply(request: Request, caller: Operator) -> MoneySupply:
    """How much there is of every unit, in one snapshot: issued, burned, circulating, held for it, allowed by its schedule."""
    async with runtime_of(request).reading() as connection:
        found = await queries.supplies(connection)
    return MoneySupply(items=[supply_answer(one) for one in found])


@router.post("/units", status_code=201, response_model=UnitAnswer)
async def make_unit(request: Request, body: UnitRequest, caller: Operator) -> Response:
    """Make a token or a coin, for good: its accounts of issuance and backing are opened with it."""
    return await commands.run(
        request,
        actions.make_unit,
        unit_answer,
        code=body.code,
        kind=UnitKind(body.kind),
        backed_by=body.backed_by,
        schedule=schedule_of(body),
    )


@router.get("/units")
async def list_units(request: Request, caller: Reader, paging: Paging) -> Page[UnitAnswer]:
    """Tokens and coins, by code."""
    async with runtime_of(request).reading() as connection:
        rows = await queries.all_units(connection, paging.after[0] if paging.after else None, paging.limit + 1)
    items = [unit_answer(one) for one in rows]
    return Page[UnitAnswer].model_validate(page(items, paging, lambda row: (row.code,)))


@router.post("/units/{code}/issues", status_code=201, response_model=UnitMovementAnswer)
async def issue_tokens(request: Request, code: Code, body: TokensRequest, caller: Mover) -> Response:
    """Set money of one's own aside and issue as many tokens for it, in one transaction."""
    facts = body.model_dump() | {"code": code, "parties": parties_of(caller)}
    return await commands.run(request, actions.issue_tokens, movement_answer, **facts)


@router.post("/units/{code}/redemptions", status_code=201, response_model=UnitMovementAnswer)
async def redeem_tokens(request: Request, code: Code, body: TokensRequest, caller: Mover) -> Response:
    """Burn tokens of one's own, and give the money held for them to their holder or to whom she pays, in one transaction."""
    facts = body.model_dump() | {"code": code, "parties": parties_of(caller)}
    return await commands.run(request, actions.redeem_tokens, movement_answer, **facts)


@router.post("/units/{code}/mints", status_code=201, response_model=UnitMovementAnswer)
async def mint_coins(request: Request, code: Code, body: CoinsRequest, caller: Operator) -> Response:
    """Bring coins that the chain has released onto an account; never more in all than its schedule has released."""
    return await commands.run(request, actions.mint_coins, movement_answer, code=code, **body.model_dump())


@router.get("/units/{code}/movements")
async def list_unit_movements(request: Request, code: Code, caller: Reader, paging: Paging) -> Page[UnitMovementAnswer]:
    """What the caller issued and burned of a unit, an operator sees all; newest first."""
    made_by = None if caller.may("payments:operate") else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.movements_of(connection, code, made_by, before, paging.limit + 1)
    items = [movement_answer(one) for one in rows]
    return Page[UnitMovementAnswer].model_validate(page(items, paging, lambda row: (row.id,)))
