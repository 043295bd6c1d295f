"""Contracts and settlements of merchants."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from chassis.wire import minutes_of_day
from services.payments.fee_plans.schemas import millionths
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.settlement import actions, queries
from services.payments.settlement.errors import UnknownSettlement
from services.payments.settlement.schemas import (
    MerchantContractAnswer,
    MerchantContractRequest,
    MerchantId,
    SettlementAnswer,
    SettlementId,
    contract_answer,
    settlement_answer,
)

router = APIRouter(prefix="/v1", tags=["settlement"])
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]


async def visible_merchant(connection: AsyncConnection, caller: Caller, merchant_id: MerchantId) -> Merchant:
    """The caller's own, to operators anybody's. Raises UnknownMerchant."""
    merchant = await merchant_with(connection, merchant_id)
    if merchant is None or (merchant.owner != caller.party and not caller.may("payments:operate")):
        raise UnknownMerchant("no such merchant", field="merchant_id")
    return merchant


@router.post("/merchants/{merchant_id}/contracts", status_code=201, response_model=MerchantContractAnswer)
async def sign_contract(
    request: Request, merchant_id: MerchantId, body: MerchantContractRequest, caller: Operator
) -> Response:
    """Terms for what a merchant is paid from a day on; with her first, her orders' proceeds wait until they are settled."""
    return await commands.run(
        request,
        actions.sign_contract,
        contract_answer,
        merchant_id=merchant_id,
        effective_on=body.effective_on,
        plan_id=body.fee_plan_id,
        cycle_days=body.cycle_days,
        cut_off_minutes=minutes_of_day(body.cut_off),
        reserve_rate_millionths=millionths(body.reserve_rate),
        reserve_days=body.reserve_days,
        refund_policy=body.refund_policy,
        share_limit_millionths=millionths(body.share_limit),
        payout=body.payout,
        payout_account_id=body.payout_account_id,
    )


@router.get("/merchants/{merchant_id}/contracts")
async def list_merchant_contracts(
    request: Request, merchant_id: MerchantId, caller: Reader, paging: Paging
) -> Page[MerchantContractAnswer]:
    """All terms of a merchant, the latest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await visible_merchant(connection, caller, merchant_id)
        rows = await queries.contract_page(connection, merchant_id, before, paging.limit + 1)
    items = [contract_answer(one) for one in rows]
    return Page[MerchantContractAnswer].model_validate(page(items, paging, lambda row: (row.effective_on,)))


@router.get("/merchants/{merchant_id}/settlements")
async def list_settlements(
    request: Request, merchant_id: MerchantId, caller: Reader, paging: Paging
) -> Page[SettlementAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await visible_merchant(connection, caller, merchant_id)
        rows = await queries.settlements_of(connection, merchant_id, before, paging.limit + 1)
    items = [settlement_answer(one) for one in rows]
    return Page[SettlementAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/settlements/{settlement_id}")
async def read_settlement(request: Request, settlement_id: SettlementId, caller: Reader) -> SettlementAnswer:
    """How the proceeds divided."""
    async with runtime_of(request).reading() as connection:
        settlement = await queries.settlement_with(connection, settlement_id)
        merchant = None if settlement is None else await merchant_with(connection, settlement.merchant_id)
    if settlement is None or merchant is None:
        raise UnknownSettlement("no such settlement")
    caller.require_owner(merchant.owner, operate="payments:operate", detail="no such settlement")
    return settlement_answer(settlement)
