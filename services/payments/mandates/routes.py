"""`/v1/mandates`: customers let payees debit them, and the debits."""

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
from services.payments.cards.vault import CardVault
from services.payments.holders.vault import IdentityVault
from services.payments.mandates import actions, debiting, queries
from services.payments.mandates.errors import UnknownDebit, UnknownMandate
from services.payments.mandates.model import Debit, DebitState, Mandate
from services.payments.mandates.schemas import (
    DebitAnswer,
    DebitId,
    DebitRequest,
    MandateAnswer,
    MandateId,
    MandateRequest,
    SignatureRequest,
    debit_answer,
    mandate_answer,
)
from services.payments.risk.saying import JUDGED

router = APIRouter(prefix="/v1/mandates", tags=["mandates"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


async def _load(connection: AsyncConnection, debit_id: UUID) -> Debit:
    debit = await queries.debit_with(connection, debit_id)
    assert debit is not None
    return debit


_COLLECT = Continuation(job="payments.collect_debit", load=_load, pending=lambda debit: debit.state is DebitState.SENT)


@router.post("", status_code=201, response_model=MandateAnswer)
async def request_mandate(request: Request, body: MandateRequest, caller: Writer) -> Response:
    """A payee asks a customer; within seven days she signs, or it is over."""
    return await commands.run(
        request,
        actions.request_mandate,
        mandate_answer,
        customer_id=body.customer_id,
        merchant_id=body.merchant_id,
        account_id=body.account_id,
        scope=body.scope(),
    )


@router.post("/{mandate_id}/signature", response_model=MandateAnswer)
async def sign_mandate(request: Request, mandate_id: MandateId, body: SignatureRequest, caller: Writer) -> Response:
    """The customer signs with four factors. Where they differ the mandate stays `requested`, with a try less."""
    runtime = runtime_of(request)
    return await commands.run(
        request,
        actions.sign_mandate,
        mandate_answer,
        status=200,
        secret=runtime.get(CardVault).keys.request_secret,
        mandate_id=mandate_id,
        factors=body.factors(),
        card_id=body.card_id,
        source=body.source,
        cards=runtime.get(CardVault),
        identities=runtime.get(IdentityVault),
    )


@router.post("/{mandate_id}/revocation", response_model=MandateAnswer)
async def revoke_mandate(request: Request, mandate_id: MandateId, caller: Writer) -> Response:
    """By the customer or the payee, for good: no debit is made any more, also none that waits."""
    return await commands.run(request, actions.revoke_mandate, mandate_answer, status=200, mandate_id=mandate_id)


@router.post("/{mandate_id}/suspension", response_model=MandateAnswer)
async def suspend_mandate(request: Request, mandate_id: MandateId, caller: Writer) -> Response:
    """The customer stops it for a while."""
    return await commands.run(request, actions.suspend_mandate, mandate_answer, status=200, mandate_id=mandate_id)


@router.post("/{mandate_id}/resumption", response_model=MandateAnswer)
async def resume_mandate(request: Request, mandate_id: MandateId, caller: Writer) -> Response:
    return await commands.run(request, actions.resume_mandate, mandate_answer, status=200, mandate_id=mandate_id)


@router.get("")
async def list_mandates(
    request: Request, caller: Reader, paging: Paging, as_payee: bool = False
) -> Page[MandateAnswer]:
    """What the customer lets others debit, or what the caller may debit as a payee; an operator sees all. Newest first."""
    before = paging.after[0] if paging.after else None
    customer_id = None if as_payee else caller.customer
    everybodys = caller.may("payments:operate") and not as_payee
    payee = None if customer_id is not None or everybodys else caller.party
    async with runtime_of(request).reading() as connection:
        rows = await queries.mandates_of(connection, customer_id, payee, before, paging.limit + 1)
    items = [mandate_answer(one) for one in rows]
    return Page[MandateAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{mandate_id}")
async def read_mandate(request: Request, mandate_id: MandateId, caller: Reader) -> MandateAnswer:
    async with runtime_of(request).reading() as connection:
        return mandate_answer(await _visible(connection, caller, mandate_id))


@router.post("/{mandate_id}/debits", status_code=201, response_model=DebitAnswer, dependencies=[JUDGED])
async def request_debit(request: Request, mandate_id: MandateId, body: DebitRequest, caller: Writer) -> Response:
    """The payee debits: at once, or announced for its day. 202 while the card's bank has not said how it ended."""
    return await commands.run(
        request,
        debiting.request_debit,
        debit_answer,
        continuation=_COLLECT,
        mandate_id=mandate_id,
        number=body.number,
        amount=body.amount,
        currency=body.currency,
        due_on=body.due_on,
    )


@router.get("/{mandate_id}/debits")
async def list_debits(request: Request, mandate_id: MandateId, caller: Reader, paging: Paging) -> Page[DebitAnswer]:
    """Newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        mandate = await _visible(connection, caller, mandate_id)
        rows = await queries.debits_of(connection, mandate.id, before, paging.limit + 1)
    items = [debit_answer(one) for one in rows]
    return Page[DebitAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{mandate_id}/debits/{debit_id}")
async def read_debit(request: Request, mandate_id: MandateId, debit_id: DebitId, caller: Reader) -> DebitAnswer:
    async with runtime_of(request).reading() as connection:
        mandate = await _visible(connection, caller, mandate_id)
        debit = await queries.debit_with(connection, debit_id)
    if debit is None or debit.mandate_id != mandate.id:
        raise UnknownDebit("no such debit")
    return debit_answer(debit)


@router.post("/{mandate_id}/debits/{debit_id}/cancellation", response_model=DebitAnswer)
async def cancel_debit(request: Request, mandate_id: MandateId, debit_id: DebitId, caller: Writer) -> Response:
    """The payee takes back what waits for its day."""
    return await commands.run(
        request, debiting.cancel_debit, debit_answer, status=200, mandate_id=mandate_id, debit_id=debit_id
    )


async def _visible(connection: AsyncConnection, caller: Caller, mandate_id: UUID) -> Mandate:
    mandate = await queries.mandate_with(connection, mandate_id)
    mine = mandate is not None and (mandate.payee == caller.party or mandate.customer_id == caller.customer)
    if mandate is None or not (mine or caller.may("payments:operate")):
        raise UnknownMandate("no such mandate")
    return mandate
