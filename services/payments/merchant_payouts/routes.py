"""Merchants' payout accounts, and the batches that banks execute."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.vault import CardVault
from services.payments.merchant_payouts import actions, queries, reports, rules
from services.payments.merchant_payouts.errors import UnknownBatch
from services.payments.merchant_payouts.exporting import file_of
from services.payments.merchant_payouts.model import BankDetails, Format
from services.payments.merchant_payouts.schemas import (
    BankReportRequest,
    BatchId,
    MerchantId,
    MerchantPayoutAnswer,
    PayoutAccountAnswer,
    PayoutAccountRequest,
    PayoutBatchAnswer,
    PayoutId,
    PayoutLinesAnswer,
    ReissueRequest,
    batch_answer,
    lines_answer,
    payout_account_answer,
    payout_answer,
)
from services.payments.settlement.routes import visible_merchant

router = APIRouter(prefix="/v1", tags=["settlement"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.post("/merchants/{merchant_id}/payout-accounts", status_code=201, response_model=PayoutAccountAnswer)
async def add_payout_account(
    request: Request, merchant_id: MerchantId, body: PayoutAccountRequest, caller: Writer
) -> Response:
    """A bank account of the merchant, kept sealed and shown masked; a contract names it."""
    vault = runtime_of(request).get(CardVault)
    return await commands.run(
        request,
        actions.add_payout_account,
        payout_account_answer,
        secret=vault.keys.request_secret,
        merchant_id=merchant_id,
        bank=body.bank,
        details=BankDetails(body.holder_name, body.number),
        vault=vault,
    )


@router.get("/merchants/{merchant_id}/payout-accounts")
async def list_payout_accounts(
    request: Request, merchant_id: MerchantId, caller: Reader, paging: Paging
) -> Page[PayoutAccountAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await visible_merchant(connection, caller, merchant_id)
        rows = await queries.payout_accounts_of(connection, merchant_id, before, paging.limit + 1)
    items = [payout_account_answer(one) for one in rows]
    return Page[PayoutAccountAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/merchants/{merchant_id}/payouts")
async def list_payouts(
    request: Request, merchant_id: MerchantId, caller: Reader, paging: Paging
) -> Page[MerchantPayoutAnswer]:
    """What settlements owe the merchant at her bank, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await visible_merchant(connection, caller, merchant_id)
        rows = await queries.payouts_of(connection, merchant_id, before, paging.limit + 1)
    items = [payout_answer(one) for one in rows]
    return Page[MerchantPayoutAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post(
    "/merchants/{merchant_id}/payouts/{payout_id}/reissue", status_code=200, response_model=MerchantPayoutAnswer
)
async def pay_anew(
    request: Request, merchant_id: MerchantId, payout_id: PayoutId, body: ReissueRequest, caller: Writer
) -> Response:
    """What failed or came back waits for the next batch again, at most what is on the balance, to another account if one is named."""
    return await commands.run(
        request,
        actions.pay_anew,
        payout_answer,
        status=200,
        merchant_id=merchant_id,
        payout_id=payout_id,
        payout_account_id=body.payout_account_id,
    )


@router.get("/payout-batches")
async def list_batches(request: Request, caller: Operator, paging: Paging) -> Page[PayoutBatchAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_batches(connection, before, paging.limit + 1)
    items = [batch_answer(one) for one in rows]
    return Page[PayoutBatchAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/payout-batches/{batch_id}")
async def read_batch(request: Request, batch_id: BatchId, caller: Operator) -> PayoutBatchAnswer:
    async with runtime_of(request).reading() as connection:
        batch = await queries.batch_with(connection, batch_id)
    if batch is None:
        raise UnknownBatch("no such batch")
    return batch_answer(batch)


@router.get("/payout-batches/{batch_id}/lines")
async def read_lines(request: Request, batch_id: BatchId, caller: Operator) -> PayoutLinesAnswer:
    """In the order of the file."""
    async with runtime_of(request).reading() as connection:
        if await queries.batch_with(connection, batch_id) is None:
            raise UnknownBatch("no such batch")
        lines = await queries.lines_of(connection, batch_id)
    return lines_answer(lines)


@router.get("/payout-batches/{batch_id}/file", response_class=Response)
async def read_file(request: Request, batch_id: BatchId, caller: Operator, form: Format | None = None) -> Response:
    """The batch for its bank: pain.001 or a table in GB18030, the same bytes whenever it is asked for.

    Of one that a channel carries, only as the channel does. Without a form as the channel does, or as pain.001.001.09.
    """
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        batch = await queries.batch_with(connection, batch_id)
        if batch is None:
            raise UnknownBatch("no such batch")
        form = rules.form_of(batch, form)
        document = await file_of(connection, runtime.get(CardVault), batch, form)
    return Response(document, media_type="text/csv; charset=gb18030" if form == "csv" else "application/xml")


@router.post("/payout-batches/{batch_id}/submission", status_code=200, response_model=PayoutBatchAnswer)
async def submit_batch(request: Request, batch_id: BatchId, caller: Operator) -> Response:
    """The file has been given to the bank."""
    return await commands.run(request, actions.submit_batch, batch_answer, status=200, batch_id=batch_id)


@router.post("/payout-batches/{batch_id}/cancellation", status_code=200, response_model=PayoutBatchAnswer)
async def cancel_batch(request: Request, batch_id: BatchId, caller: Operator) -> Response:
    """Ask the bank not to execute it: until the bank confirms, the money stays held and nothing is paid otherwise."""
    return await commands.run(request, actions.ask_to_cancel, batch_answer, status=200, batch_id=batch_id)


@router.post("/payout-batches/{batch_id}/confirmations", status_code=200, response_model=PayoutBatchAnswer)
async def record_report(request: Request, batch_id: BatchId, body: BankReportRequest, caller: Operator) -> Response:
    """The bank's pain.002: what it executed is posted, what it refused or confirmed as cancelled is given back, the rest stays held."""
    report = reports.read(body.document)
    return await commands.run(
        request, actions.record_report, batch_answer, status=200, batch_id=batch_id, report=report
    )
