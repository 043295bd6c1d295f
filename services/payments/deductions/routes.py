"""`/v1/deductions`: lenders repaid out of settlements."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.deductions import actions, queries
from services.payments.deductions.errors import UnknownDeduction
from services.payments.deductions.model import Deduction
from services.payments.deductions.schemas import (
    DeductionAnswer,
    DeductionId,
    DeductionRequest,
    MerchantId,
    TakingAnswer,
    deduction_answer,
    taking_answer,
)
from services.payments.fee_plans.schemas import millionths
from services.payments.merchants.queries import merchant_with

router = APIRouter(prefix="/v1/deductions", tags=["settlement"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


@router.post("", status_code=201, response_model=DeductionAnswer)
async def propose_deduction(request: Request, body: DeductionRequest, caller: Writer) -> Response:
    """A lender asks for a share of each settlement of a merchant, until its cap, its end or a revocation."""
    facts = body.model_dump(exclude={"share"})
    return await commands.run(
        request, actions.propose_deduction, deduction_answer, share_millionths=millionths(body.share), **facts
    )


@router.get("")
async def list_deductions(
    request: Request, caller: Reader, paging: Paging, merchant_id: MerchantId | None = None
) -> Page[DeductionAnswer]:
    """Those where the caller is the lender or the merchant's owner, an operator sees all; newest first."""
    party = None if caller.may("payments:operate") else caller.party
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.deductions_of(connection, party, merchant_id, before, paging.limit + 1)
    items = [deduction_answer(one) for one in rows]
    return Page[DeductionAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


async def _visible(request: Request, caller: Caller, deduction_id: DeductionId) -> Deduction:
    async with runtime_of(request).reading() as connection:
        deduction = await queries.deduction_with(connection, deduction_id)
        merchant = None if deduction is None else await merchant_with(connection, deduction.merchant_id)
    if deduction is None or merchant is None:
        raise UnknownDeduction("no such deduction")
    if caller.party not in (deduction.lender, merchant.owner) and not caller.may("payments:operate"):
        raise UnknownDeduction("no such deduction")
    return deduction


@router.get("/{deduction_id}")
async def read_deduction(request: Request, deduction_id: DeductionId, caller: Reader) -> DeductionAnswer:
    return deduction_answer(await _visible(request, caller, deduction_id))


@router.get("/{deduction_id}/takings")
async def list_takings(
    request: Request, deduction_id: DeductionId, caller: Reader, paging: Paging
) -> Page[TakingAnswer]:
    """What settlements took for it, newest first."""
    deduction = await _visible(request, caller, deduction_id)
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.takings_of(connection, deduction.id, before, paging.limit + 1)
    items = [taking_answer(one) for one in rows]
    return Page[TakingAnswer].model_validate(page(items, paging, lambda row: (row.settlement_id,)))


@router.post("/{deduction_id}/agreement", status_code=200, response_model=DeductionAnswer)
async def agree_to_deduction(request: Request, deduction_id: DeductionId, caller: Writer) -> Response:
    """The merchant agrees: from her next settlement on it takes."""
    return await commands.run(
        request, actions.agree_to_deduction, deduction_answer, status=200, deduction_id=deduction_id
    )


@router.post("/{deduction_id}/revocation", status_code=200, response_model=DeductionAnswer)
async def revoke_deduction(request: Request, deduction_id: DeductionId, caller: Writer) -> Response:
    """By the lender or the merchant: it takes nothing any more; what it took stays taken."""
    return await commands.run(
        request, actions.revoke_deduction, deduction_answer, status=200, deduction_id=deduction_id
    )
