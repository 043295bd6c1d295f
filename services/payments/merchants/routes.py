"""`/v1/merchants`: who sells."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.ledger import queries as ledger
from services.payments.merchants import actions, queries
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.schemas import MerchantAnswer, MerchantId, OpenMerchantRequest, merchant_answer

router = APIRouter(prefix="/v1/merchants", tags=["merchants"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


@router.post("", status_code=201, response_model=MerchantAnswer)
async def open_merchant(request: Request, body: OpenMerchantRequest, caller: Writer) -> Response:
    """Begin to sell: a merchant with an account for its proceeds."""
    return await commands.run(
        request,
        actions.open_merchant,
        lambda opened: merchant_answer(*opened),
        name=body.name,
        currency=body.currency,
    )


@router.get("")
async def list_merchants(request: Request, caller: Reader, paging: Paging) -> Page[MerchantAnswer]:
    """The caller's merchants with their balances, an operator sees all; oldest first."""
    owner = None if caller.may("payments:operate") else caller.party
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.merchants_of(connection, owner, after, paging.limit + 1)
        accounts = await ledger.accounts_with(connection, [merchant.account_id for merchant in rows])
    items = [merchant_answer(merchant, accounts[merchant.account_id]) for merchant in rows]
    return Page[MerchantAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{merchant_id}")
async def read_merchant(request: Request, merchant_id: MerchantId, caller: Reader) -> MerchantAnswer:
    async with runtime_of(request).reading() as connection:
        merchant = await queries.merchant_with(connection, merchant_id)
        if merchant is None:
            raise UnknownMerchant("no such merchant", field="merchant_id")
        caller.require_owner(merchant.owner, operate="payments:operate", detail="no such merchant")
        accounts = await ledger.accounts_with(connection, [merchant.account_id])
    return merchant_answer(merchant, accounts[merchant.account_id])
