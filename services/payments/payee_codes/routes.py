"""`/v1/payee-codes`: static codes that anybody pays by."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from services.payments.holders.vault import IdentityVault
from services.payments.merchants.queries import merchant_with
from services.payments.payee_codes import actions, queries
from services.payments.payee_codes.errors import UnknownPayeeCode
from services.payments.payee_codes.model import PayeeCode
from services.payments.payee_codes.schemas import (
    CapsAnswer,
    CapsList,
    CapsRequest,
    CodePaymentAnswer,
    OpenPayeeCodeRequest,
    PayCodeRequest,
    PayeeCodeAnswer,
    PayeeCodeId,
    ShownPayeeCodeAnswer,
    caps_answer,
    code_answer,
    payment_answer,
    shown_code,
)
from services.payments.person_transfers.payees import proved_name
from services.payments.person_transfers.rules import masked_name
from services.payments.risk.saying import JUDGED
from services.payments.wallets.queries import wallet_with

router = APIRouter(prefix="/v1", tags=["payee codes"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]
MOST_CAPS = 100


@router.post("/payee-codes", status_code=201, response_model=PayeeCodeAnswer)
async def open_payee_code(request: Request, body: OpenPayeeCodeRequest, caller: Writer) -> Response:
    """A code to be printed, of the caller's merchant or of her wallet."""
    return await commands.run(request, actions.open_code, code_answer, **body.model_dump())


@router.post("/payee-codes/{code_id}/revocation", response_model=PayeeCodeAnswer)
async def revoke_payee_code(request: Request, code_id: PayeeCodeId, caller: Writer) -> Response:
    """Nobody pays by it any more."""
    return await commands.run(request, actions.revoke_code, code_answer, status=200, code_id=code_id)


@router.post(
    "/payee-codes/{code_id}/payments", status_code=201, response_model=CodePaymentAnswer, dependencies=[JUDGED]
)
async def pay_by_payee_code(request: Request, code_id: PayeeCodeId, body: PayCodeRequest, caller: Writer) -> Response:
    """Pay whose code it is, from the payer's wallet."""
    return await commands.run(request, actions.pay_code, payment_answer, code_id=code_id, **body.model_dump())


@router.get("/payee-codes")
async def list_payee_codes(request: Request, caller: Reader, paging: Paging) -> Page[PayeeCodeAnswer]:
    """The caller's codes, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.codes_of(connection, caller.party, before, paging.limit + 1)
    items = [code_answer(code) for code in rows]
    return Page[PayeeCodeAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/payee-codes/{code_id}")
async def read_payee_code(request: Request, code_id: PayeeCodeId, caller: Reader) -> ShownPayeeCodeAnswer:
    """For whoever has seen it: whom it pays."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        code = await queries.code_with(connection, code_id)
        if code is None:
            raise UnknownPayeeCode("no such code")
        name = await _payee_name(runtime, connection, code)
        caps = await queries.caps_on(connection, code.currency, today)
    return shown_code(code, name, caps)


@router.get("/payee-codes/{code_id}/payments")
async def list_code_payments(
    request: Request, code_id: PayeeCodeId, caller: Reader, paging: Paging
) -> Page[CodePaymentAnswer]:
    """What was paid by a code of the caller's, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        code = await queries.code_with(connection, code_id)
        if code is None or not (code.owner == caller.party or caller.may("payments:operate")):
            raise UnknownPayeeCode("no such code")
        rows = await queries.payments_by(connection, code_id, before, paging.limit + 1)
    items = [payment_answer(payment) for payment in rows]
    return Page[CodePaymentAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post("/payee-code-caps", status_code=201, response_model=CapsAnswer)
async def say_payee_code_caps(request: Request, body: CapsRequest, caller: Operator) -> Response:
    """What static codes may take from a day on; what was said stays."""
    return await commands.run(request, actions.say_caps, caps_answer, **body.model_dump())


@router.get("/payee-code-caps")
async def list_payee_code_caps(
    request: Request, caller: Reader, currency: Annotated[str, Query(max_length=5)] = "CNY"
) -> CapsList:
    """The last hundred, newest first, with those that are still to come."""
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_caps(connection, currency, MOST_CAPS)
    return CapsList(items=[caps_answer(caps) for caps in rows])


async def _payee_name(runtime: Runtime, connection: AsyncConnection, code: PayeeCode) -> str | None:
    if code.merchant_id is not None:
        merchant = await merchant_with(connection, code.merchant_id)
        return None if merchant is None else merchant.name
    assert code.wallet_id is not None
    wallet = await wallet_with(connection, code.wallet_id)
    assert wallet is not None
    name = await proved_name(connection, runtime.get(IdentityVault), wallet.customer_id)
    return None if name is None else masked_name(name)
