"""`/v1/coin-…`: coins on their chain: rails, addresses, accounts, deposits, withdrawals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from clients.errors import ClientError
from services.payments.cards.actions import customer_of
from services.payments.coins import actions, deposit_actions, queries, withdrawal_actions, withdrawal_queries
from services.payments.coins.chain import Chains
from services.payments.coins.errors import NoChain, UnknownDeposit, UnknownWithdrawal
from services.payments.coins.filling import fill_addresses
from services.payments.coins.model import CoinDepositState, CoinWithdrawalState, Withdrawal
from services.payments.coins.schemas import (
    CoinAccountsAnswer,
    CoinAddressAnswer,
    CoinAddressRequest,
    CoinDepositAnswer,
    CoinDepositId,
    CoinWithdrawalAnswer,
    CoinWithdrawalId,
    CoinWithdrawalPreviewAnswer,
    CoinWithdrawalPreviewRequest,
    CoinWithdrawalRequest,
    CoverRequest,
    RailAnswer,
    RailRequest,
    RailsAnswer,
    account_answer,
    address_answer,
    deposit_answer,
    rail_answer,
    withdrawal_answer,
)
from services.payments.ledger.queries import accounts_with
from services.payments.money_supply.routes import Code

router = APIRouter(prefix="/v1", tags=["coins"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]


async def _load(connection: AsyncConnection, withdrawal_id: UUID) -> Withdrawal:
    withdrawal = await withdrawal_queries.withdrawal_with(connection, withdrawal_id)
    assert withdrawal is not None
    return withdrawal


_SEND = Continuation(
    job=withdrawal_actions.SEND_JOB,
    load=_load,
    pending=lambda withdrawal: withdrawal.state is CoinWithdrawalState.HELD,
)


@router.post("/coin-rails", status_code=201, response_model=RailAnswer)
async def open_coin_rail(request: Request, body: RailRequest, caller: Operator) -> Response:
    """Keep a coin on its chain, for good: from then on it comes and goes by the chain's transactions alone."""
    network = runtime_of(request).get(Chains).of(body.unit).network
    return await commands.run(request, actions.open_rail, rail_answer, unit=body.unit, network=network)


@router.get("/coin-rails")
async def list_coin_rails(request: Request, caller: Operator) -> RailsAnswer:
    """How far each chain was read, and whether what our addresses have agrees with our books."""
    async with runtime_of(request).reading() as connection:
        found = await queries.rails(connection)
    return RailsAnswer(items=[rail_answer(one) for one in found])


@router.post("/coin-rails/{code}/loss-covers", status_code=201, response_model=RailAnswer)
async def cover_coin_loss(request: Request, code: Code, body: CoverRequest, caller: Operator) -> Response:
    """Make good what the platform bears, out of the fees it earned."""
    return await commands.run(request, actions.cover_loss, rail_answer, unit=code, amount=body.amount)


@router.post("/coin-addresses", status_code=201, response_model=CoinAddressAnswer)
async def take_coin_address(request: Request, body: CoinAddressRequest, caller: Writer) -> Response:
    """An address whose deposits are the customer's, as often as it is used."""
    await fill_addresses(runtime_of(request), body.unit)
    return await commands.run(request, actions.take_address, address_answer, unit=body.unit)


@router.get("/coin-addresses")
async def list_coin_addresses(request: Request, caller: Reader, paging: Paging) -> Page[CoinAddressAnswer]:
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.addresses_of(connection, customer_of(caller), None, after, paging.limit + 1)
    items = [address_answer(one) for one in rows]
    return Page[CoinAddressAnswer].model_validate(page(items, paging, lambda row: (row.address,)))


@router.get("/coin-accounts")
async def list_coin_accounts(request: Request, caller: Reader) -> CoinAccountsAnswer:
    """The customer's coins, by unit."""
    async with runtime_of(request).reading() as connection:
        held = await queries.accounts_of(connection, customer_of(caller))
        accounts = await accounts_with(connection, [one.account_id for one in held])
    items = [account_answer(one, accounts[one.account_id].settled, accounts[one.account_id].available) for one in held]
    return CoinAccountsAnswer(items=items)


@router.get("/coin-deposits")
async def list_coin_deposits(
    request: Request, caller: Reader, paging: Paging, state: CoinDepositState | None = None
) -> Page[CoinDepositAnswer]:
    """What came for the customer, an operator sees all; newest first."""
    customer_id = None if caller.may("payments:operate") else customer_of(caller)
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.deposits_of(connection, customer_id, state, before, paging.limit + 1)
    items = [deposit_answer(one) for one in rows]
    return Page[CoinDepositAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/coin-deposits/{deposit_id}")
async def read_coin_deposit(request: Request, deposit_id: CoinDepositId, caller: Reader) -> CoinDepositAnswer:
    async with runtime_of(request).reading() as connection:
        deposit = await queries.deposit_with(connection, deposit_id)
    concerned = deposit is not None and deposit.customer_id is not None and deposit.customer_id == caller.customer
    if deposit is None or not (concerned or caller.may("payments:operate")):
        raise UnknownDeposit("no such deposit")
    return deposit_answer(deposit)


@router.post("/coin-deposits/{deposit_id}/release", response_model=CoinDepositAnswer)
async def release_coin_deposit(request: Request, deposit_id: CoinDepositId, caller: Operator) -> Response:
    """What came while the coin took no deposits is the customer's after all."""
    return await commands.run(
        request, deposit_actions.release_deposit, deposit_answer, status=200, deposit_id=deposit_id
    )


@router.post("/coin-withdrawals/preview", openapi_extra=KEYLESS)
async def preview_coin_withdrawal(
    request: Request, body: CoinWithdrawalPreviewRequest, caller: Writer
) -> CoinWithdrawalPreviewAnswer:
    """What sending so much would cost just now; nothing is written."""
    runtime = runtime_of(request)
    await commands.perform(
        runtime,
        withdrawal_actions.foresee_withdrawal,
        caller,
        seed=f"preview {body.address}",
        unit=body.unit,
        address=body.address,
    )
    try:
        fee = await runtime.get(Chains).of(body.unit).fee_of(body.amount)
    except ClientError:
        raise NoChain("the node does not answer", field="unit") from None
    return CoinWithdrawalPreviewAnswer(
        unit=body.unit, address=body.address, amount=body.amount, fee=fee, total=body.amount + fee
    )


@router.post("/coin-withdrawals", status_code=201, response_model=CoinWithdrawalAnswer)
async def request_coin_withdrawal(request: Request, body: CoinWithdrawalRequest, caller: Writer) -> Response:
    """Send coins to an address of somebody else. 202, with the coins held, while it is not known if they were sent."""
    return await commands.run(
        request,
        withdrawal_actions.request_withdrawal,
        withdrawal_answer,
        continuation=_SEND,
        **body.model_dump(),
    )


@router.get("/coin-withdrawals")
async def list_coin_withdrawals(request: Request, caller: Reader, paging: Paging) -> Page[CoinWithdrawalAnswer]:
    """The customer's, an operator sees all; newest first."""
    customer_id = None if caller.may("payments:operate") else customer_of(caller)
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await withdrawal_queries.withdrawals_of(connection, customer_id, before, paging.limit + 1)
    items = [withdrawal_answer(one) for one in rows]
    return Page[CoinWithdrawalAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/coin-withdrawals/{withdrawal_id}")
async def read_coin_withdrawal(
    request: Request, withdrawal_id: CoinWithdrawalId, caller: Reader
) -> CoinWithdrawalAnswer:
    async with runtime_of(request).reading() as connection:
        withdrawal = await withdrawal_queries.withdrawal_with(connection, withdrawal_id)
    mine = withdrawal is not None and withdrawal.customer_id == caller.customer
    if withdrawal is None or not (mine or caller.may("payments:operate")):
        raise UnknownWithdrawal("no such withdrawal")
    return withdrawal_answer(withdrawal)
