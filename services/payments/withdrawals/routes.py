"""`/v1/withdrawals`: money out to a card."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.channels.queries import instructions_for
from services.payments.channels.schemas import AttemptsAnswer, attempts_answer
from services.payments.risk.saying import JUDGED
from services.payments.withdrawals import actions, queries
from services.payments.withdrawals.errors import UnknownWithdrawal
from services.payments.withdrawals.model import Withdrawal, WithdrawalState
from services.payments.withdrawals.schemas import WithdrawalAnswer, WithdrawalId, WithdrawalRequest, withdrawal_answer

router = APIRouter(prefix="/v1/withdrawals", tags=["withdrawals"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


async def _load(connection: AsyncConnection, withdrawal_id: UUID) -> Withdrawal:
    withdrawal = await queries.withdrawal_with(connection, withdrawal_id)
    assert withdrawal is not None
    return withdrawal


_PAY_OUT = Continuation(
    job="payments.pay_out", load=_load, pending=lambda withdrawal: withdrawal.state is WithdrawalState.PENDING
)


@router.post("", status_code=201, response_model=WithdrawalAnswer, dependencies=[JUDGED])
async def make_withdrawal(request: Request, body: WithdrawalRequest, caller: Writer) -> Response:
    """Pay out to a bound card of the customer. 202, with the money held, while the bank's result is not final."""
    return await commands.run(
        request,
        actions.request_withdrawal,
        withdrawal_answer,
        continuation=_PAY_OUT,
        card_id=body.card_id,
        wallet_id=body.wallet_id,
        amount=body.amount,
        currency=body.currency,
    )


@router.get("")
async def list_withdrawals(request: Request, caller: Reader, paging: Paging) -> Page[WithdrawalAnswer]:
    """The customer's withdrawals, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.withdrawals_of(connection, customer_of(caller), before, paging.limit + 1)
    items = [withdrawal_answer(withdrawal) for withdrawal in rows]
    return Page[WithdrawalAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{withdrawal_id}")
async def read_withdrawal(request: Request, withdrawal_id: WithdrawalId, caller: Reader) -> WithdrawalAnswer:
    async with runtime_of(request).reading() as connection:
        withdrawal = await queries.withdrawal_with(connection, withdrawal_id)
    if withdrawal is None or not _visible(withdrawal, caller):
        raise UnknownWithdrawal("no such withdrawal")
    return withdrawal_answer(withdrawal)


@router.get("/{withdrawal_id}/attempts")
async def list_withdrawal_attempts(request: Request, withdrawal_id: WithdrawalId, caller: Reader) -> AttemptsAnswer:
    """Every order made to a channel for it, and what is known of each."""
    async with runtime_of(request).reading() as connection:
        withdrawal = await queries.withdrawal_with(connection, withdrawal_id)
        attempts = await instructions_for(connection, withdrawal_id)
    if withdrawal is None or not _visible(withdrawal, caller):
        raise UnknownWithdrawal("no such withdrawal")
    return attempts_answer(attempts)


def _visible(withdrawal: Withdrawal, caller: Caller) -> bool:
    return withdrawal.customer_id == caller.customer or caller.may("payments:operate")
