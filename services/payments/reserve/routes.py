"""`/v1/reserve`: the daily proof that the reserve at the banks is what is owed, and what its accounts are for."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from chassis.wire import CURRENCY_PATTERN
from services.payments.reserve import actions, fee_actions, fee_queries, queries
from services.payments.reserve.errors import UnknownFeeWithdrawal, UnknownProof
from services.payments.reserve.model import AccountUse, ProofState, WithdrawalState
from services.payments.reserve.schemas import (
    FeeConfirmationRequest,
    FeeWithdrawalAnswer,
    FeeWithdrawalId,
    FeeWithdrawalRequest,
    ProofId,
    ReserveAccountsAnswer,
    ReserveItemAnswer,
    ReserveProofAnswer,
    ReserveProofRequest,
    ReserveTermsAnswer,
    ReserveTermsRequest,
    WholeReserveProofAnswer,
    account_answer,
    item_answer,
    item_line,
    proof_answer,
    terms_answer,
    whole_answer,
    withdrawal_answer,
)

router = APIRouter(prefix="/v1/reserve", tags=["reserve"])
Operator = Annotated[Caller, requires("payments:operate")]
BankPath = Annotated[str, Path(max_length=32, pattern=r"^[A-Z0-9_]+$")]
CurrencyQuery = Annotated[str | None, Query(pattern=CURRENCY_PATTERN)]
ITEMS_AT_ONCE = 1_000
HEADINGS = "number,bank,kind,subject,break_id,amount\r\n"


@router.post("/proofs", status_code=201, response_model=WholeReserveProofAnswer)
async def prove_reserve_day(request: Request, body: ReserveProofRequest, caller: Operator) -> Response:
    """Prove a day that is over, now or again. Where nothing has changed, the last proof of that day is the answer."""
    return await commands.run(request, actions.prove_day, whole_answer, day=body.day, currency=body.currency)


@router.get("/proofs")
async def list_reserve_proofs(
    request: Request,
    caller: Operator,
    paging: Paging,
    currency: CurrencyQuery = None,
    state: ProofState | None = None,
) -> Page[ReserveProofAnswer]:
    """The last proof of each day, the newest day first."""
    before: tuple[date, UUID] | None = (paging.after[0], paging.after[1]) if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_proofs(connection, currency, state, before, paging.limit + 1)
    items = [proof_answer(one) for one in rows]
    return Page[ReserveProofAnswer].model_validate(page(items, paging, lambda row: (row.day, row.id)))


@router.get("/proofs/{proof_id}")
async def read_reserve_proof(request: Request, proof_id: ProofId, caller: Operator) -> WholeReserveProofAnswer:
    """By bank with its statement, and by who is owed it."""
    async with runtime_of(request).reading() as connection:
        whole = await queries.proof_with(connection, proof_id)
    if whole is None:
        raise UnknownProof("no such proof")
    return whole_answer(whole)


@router.get("/proofs/{proof_id}/items")
async def list_reserve_items(
    request: Request, proof_id: ProofId, caller: Operator, paging: Paging
) -> Page[ReserveItemAnswer]:
    """Every difference by name: payments that the bank or we have booked first, breaks, claims."""
    after = paging.after[0] if paging.after else 0
    async with runtime_of(request).reading() as connection:
        if await queries.proof_with(connection, proof_id) is None:
            raise UnknownProof("no such proof")
        rows = await queries.items_of(connection, proof_id, after, paging.limit + 1)
    items = [item_answer(number, one) for number, one in rows]
    return Page[ReserveItemAnswer].model_validate(page(items, paging, lambda row: (row.number,)))


@router.get("/proofs/{proof_id}/items.csv", response_class=StreamingResponse)
async def download_reserve_items(request: Request, proof_id: ProofId, caller: Operator) -> StreamingResponse:
    """The same as a table."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        if await queries.proof_with(connection, proof_id) is None:
            raise UnknownProof("no such proof")
    return StreamingResponse(_lines(runtime, proof_id), media_type="text/csv")


async def _lines(runtime: Runtime, proof_id: UUID) -> AsyncIterator[str]:
    yield HEADINGS
    last = 0
    while True:
        async with runtime.reading() as connection:
            rows = await queries.items_of(connection, proof_id, last, ITEMS_AT_ONCE)
        if not rows:
            return
        last = rows[-1][0]
        yield "".join(item_line(number, one) for number, one in rows)


@router.get("/accounts")
async def list_reserve_accounts(request: Request, caller: Operator) -> ReserveAccountsAnswer:
    """Our accounts at banks, and what each is for today."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        reserves = await queries.accounts(connection)
        currencies = sorted({currency for _, currency in reserves})
        terms = {currency: await queries.terms_on(connection, currency, today) for currency in currencies}
    found = [account_answer(bank, currency, terms[currency].get(bank)) for bank, currency in reserves]
    return ReserveAccountsAnswer(items=found)


@router.post("/accounts/{bank}/terms", status_code=201, response_model=ReserveTermsAnswer)
async def set_reserve_terms(request: Request, bank: BankPath, body: ReserveTermsRequest, caller: Operator) -> Response:
    """What the account is for from a day on: from a collection account (汇缴账户) nothing is paid out."""
    return await commands.run(
        request,
        actions.set_terms,
        terms_answer,
        bank=bank,
        currency=body.currency,
        use=AccountUse(body.use),
        valid_from_on=body.valid_from_on,
    )


@router.post("/fee-withdrawals", status_code=201, response_model=FeeWithdrawalAnswer)
async def request_fee_withdrawal(request: Request, body: FeeWithdrawalRequest, caller: Operator) -> Response:
    """Own fees are held for an order to the bank, which is given there under the id answered."""
    return await commands.run(request, fee_actions.request_withdrawal, withdrawal_answer, **body.model_dump())


@router.get("/fee-withdrawals")
async def list_fee_withdrawals(
    request: Request, caller: Operator, paging: Paging, state: WithdrawalState | None = None
) -> Page[FeeWithdrawalAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await fee_queries.list_withdrawals(connection, state, before, paging.limit + 1)
    items = [withdrawal_answer(one) for one in rows]
    return Page[FeeWithdrawalAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/fee-withdrawals/{withdrawal_id}")
async def read_fee_withdrawal(
    request: Request, withdrawal_id: FeeWithdrawalId, caller: Operator
) -> FeeWithdrawalAnswer:
    async with runtime_of(request).reading() as connection:
        one = await fee_queries.withdrawal_with(connection, withdrawal_id)
    if one is None:
        raise UnknownFeeWithdrawal("no such withdrawal of fees")
    return withdrawal_answer(one)


@router.post("/fee-withdrawals/{withdrawal_id}/confirmation", response_model=FeeWithdrawalAnswer)
async def confirm_fee_withdrawal(
    request: Request, withdrawal_id: FeeWithdrawalId, body: FeeConfirmationRequest, caller: Operator
) -> Response:
    """The bank has paid it, to the account named: the money has left the reserve. Said by another operator than the one who ordered it."""
    return await commands.run(
        request,
        fee_actions.confirm_withdrawal,
        withdrawal_answer,
        status=200,
        withdrawal_id=withdrawal_id,
        bank_reference=body.bank_reference,
    )


@router.post("/fee-withdrawals/{withdrawal_id}/cancellation", response_model=FeeWithdrawalAnswer)
async def cancel_fee_withdrawal(request: Request, withdrawal_id: FeeWithdrawalId, caller: Operator) -> Response:
    """The bank does not pay it: the fees are free again."""
    return await commands.run(
        request, fee_actions.cancel_withdrawal, withdrawal_answer, status=200, withdrawal_id=withdrawal_id
    )
