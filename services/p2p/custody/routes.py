"""`/v1/custody-accounts`, `/v1/custody-authorisations`, `/v1/custody-payments`: a customer's own at the bank that keeps her money."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from clients.errors import ClientError, Refused
from clients.payments.client import PaymentsClient
from services.p2p.custody import actions, authorising, queries
from services.p2p.custody.custodians import Custodians, Person
from services.p2p.custody.errors import BankAway, BankRefuses, UnknownAuthorisation, UnknownCustodyAccount
from services.p2p.custody.model import (
    Authorisation,
    AuthorisationState,
    CustodyKind,
    Payment,
    PaymentKind,
    PaymentState,
    Scope,
)
from services.p2p.custody.opening import BANK_KINDS, ledger_account
from services.p2p.custody.schemas import (
    AuthorisationAnswer,
    AuthorisationConfirmation,
    AuthorisationRequest,
    CustodyAccountAnswer,
    CustodyAccountRequest,
    CustodyPaymentAnswer,
    CustodyPaymentRequest,
    account_answer,
    authorisation_answer,
    payment_answer,
)
from services.p2p.errors import CustomersOnly
from services.p2p.wire_ids import CustodyAccountId, CustodyAuthorisationId

router = APIRouter(prefix="/v1", tags=["custody"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
OPERATE = "p2p:operate"
ASKED: dict[int | str, dict[str, Any]] = {202: {"model": AuthorisationAnswer, "description": "Under way; ask again"}}
PAYING: dict[int | str, dict[str, Any]] = {202: {"model": CustodyPaymentAnswer, "description": "Under way; ask again"}}


async def _authorisation(connection: AsyncConnection, authorisation_id: UUID) -> Authorisation:
    held = await queries.authorisation(connection, authorisation_id)
    assert held is not None
    return held


async def _payment(connection: AsyncConnection, payment_id: UUID) -> Payment:
    payment = await queries.payment(connection, payment_id)
    assert payment is not None
    return payment


_ASK = Continuation(
    job=authorising.ASK_JOB, load=_authorisation, pending=lambda held: held.state is AuthorisationState.ASKED
)
_REVOKE = Continuation(
    job=authorising.REVOKE_JOB, load=_authorisation, pending=lambda held: held.state is AuthorisationState.REVOKING
)
_PAY = Continuation(job=actions.PAY_JOB, load=_payment, pending=lambda payment: payment.state is PaymentState.PENDING)


@router.post("/custody-accounts", status_code=201, response_model=CustodyAccountAnswer)
async def open_custody_account(request: Request, body: CustodyAccountRequest, caller: Writer) -> Response:
    """Her account at a custody bank. The bank checks who she is and keeps that; here nothing of it is kept.

    The bank is asked before anything is written: she is the key there, so that asking again opens nothing twice.
    """
    if caller.customer is None:
        raise CustomersOnly("a customer opens an account for herself")
    runtime = runtime_of(request)
    person = Person(body.name, body.identity_number, body.mobile, body.card_number)
    custodian = runtime.get(Custodians).asked_by_a_person(body.bank)
    kind = CustodyKind.CUSTOMER
    try:
        number = await custodian.open(caller.party, body.currency, kind=BANK_KINDS[kind], person=person)
        client = runtime.get(PaymentsClient)
        account_id = await ledger_account(client, body.bank, caller.party, kind, body.currency)
    except Refused as refused:
        raise BankRefuses(refused.detail, field=refused.field, why=refused.code) from None
    except ClientError:
        raise BankAway("no answer yet: ask again") from None
    return await commands.run(
        request,
        actions.record_account,
        account_answer,
        bank=body.bank,
        holder=caller.party,
        kind=kind,
        currency=body.currency,
        number=number,
        account_id=account_id,
    )


@router.get("/custody-accounts")
async def list_custody_accounts(request: Request, caller: Reader, paging: Paging) -> Page[CustodyAccountAnswer]:
    """The caller's own, newest first; an operator sees every customer's."""
    holder, after = _whose(caller), paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.accounts_by(connection, holder=holder, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[CustodyAccountAnswer](items=[account_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/custody-accounts/{custody_account_id}")
async def read_custody_account(
    request: Request, caller: Reader, custody_account_id: CustodyAccountId
) -> CustodyAccountAnswer:
    """With what is in it by the ledger, and what of that is available."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        account = await queries.account(connection, custody_account_id)
    if account is None or not (account.holder == caller.party or caller.may(OPERATE)):
        raise UnknownCustodyAccount("no such account", field="custody_account_id")
    answer = account_answer(account)
    balance, available = await _held(runtime, account.account_id)
    return answer.model_copy(update={"balance": balance, "available": available})


@router.post(
    "/custody-accounts/{custody_account_id}/authorisations",
    status_code=201,
    response_model=AuthorisationAnswer,
    responses=ASKED,
)
async def request_authorisation(
    request: Request, body: AuthorisationRequest, caller: Writer, custody_account_id: CustodyAccountId
) -> Response:
    """Let the platform move her money so: the bank sends a code to her phone. 202 while it has not answered."""
    return await commands.run(
        request,
        authorising.request,
        authorisation_answer,
        continuation=_ASK,
        custody_account_id=custody_account_id,
        scope=Scope(body.scope),
        cap_minor=body.cap_minor,
        until_on=body.until_on,
    )


@router.get("/custody-authorisations")
async def list_authorisations(request: Request, caller: Reader, paging: Paging) -> Page[AuthorisationAnswer]:
    """The caller's own, newest first; an operator sees everybody's."""
    holder, after = _whose(caller), paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.authorisations_by(connection, holder=holder, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[AuthorisationAnswer](items=[authorisation_answer(row) for row in shown["items"]], next=shown["next"])


@router.post(
    "/custody-authorisations/{authorisation_id}/confirmation", status_code=200, response_model=AuthorisationAnswer
)
async def confirm_authorisation(
    request: Request, body: AuthorisationConfirmation, caller: Writer, authorisation_id: CustodyAuthorisationId
) -> Response:
    """The code that the bank sent her. The bank decides whether it is right; asked again it says the same."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        held = await queries.authorisation(connection, authorisation_id)
    if held is None or held.holder != caller.party:
        raise UnknownAuthorisation("no such authorisation", field="authorisation_id")
    try:
        await runtime.get(Custodians).asked_by_a_person(held.bank).give_leave(authorisation_id, body.sms_code)
    except Refused as refused:
        raise BankRefuses(refused.detail, field="sms_code", why=refused.code) from None
    except ClientError:
        raise BankAway("no answer yet: ask again") from None
    return await commands.run(
        request, authorising.record_confirmed, authorisation_answer, status=200, authorisation_id=authorisation_id
    )


@router.post(
    "/custody-authorisations/{authorisation_id}/revocation",
    status_code=200,
    response_model=AuthorisationAnswer,
    responses=ASKED,
)
async def revoke_authorisation(request: Request, caller: Writer, authorisation_id: CustodyAuthorisationId) -> Response:
    """Take it back: at once nothing more goes by it, nor is settled what was frozen by it once the bank knows. 202 until then."""
    return await commands.run(
        request,
        authorising.revoke,
        authorisation_answer,
        status=200,
        continuation=_REVOKE,
        authorisation_id=authorisation_id,
    )


@router.post(
    "/custody-accounts/{custody_account_id}/top-ups",
    status_code=201,
    response_model=CustodyPaymentAnswer,
    responses=PAYING,
)
async def top_up_custody(
    request: Request, body: CustodyPaymentRequest, caller: Writer, custody_account_id: CustodyAccountId
) -> Response:
    """From the card she named when she opened the account. 202 while the bank has not answered."""
    return await _pay(request, custody_account_id, PaymentKind.TOP_UP, body)


@router.post(
    "/custody-accounts/{custody_account_id}/withdrawals",
    status_code=201,
    response_model=CustodyPaymentAnswer,
    responses=PAYING,
)
async def withdraw_custody(
    request: Request, body: CustodyPaymentRequest, caller: Writer, custody_account_id: CustodyAccountId
) -> Response:
    """To that card, and to no other. 202 while the bank has not answered."""
    return await _pay(request, custody_account_id, PaymentKind.WITHDRAWAL, body)


@router.get("/custody-payments")
async def list_custody_payments(request: Request, caller: Reader, paging: Paging) -> Page[CustodyPaymentAnswer]:
    """The caller's own, newest first; an operator sees everybody's."""
    holder, after = _whose(caller), paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.payments_by(connection, holder=holder, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[CustodyPaymentAnswer](items=[payment_answer(row) for row in shown["items"]], next=shown["next"])


async def _pay(request: Request, account_id: UUID, kind: PaymentKind, body: CustodyPaymentRequest) -> Response:
    return await commands.run(
        request,
        actions.request_payment,
        payment_answer,
        continuation=_PAY,
        custody_account_id=account_id,
        kind=kind,
        amount_minor=body.amount,
        currency=body.currency,
    )


async def _held(runtime: Runtime, account_id: UUID) -> tuple[int | None, int | None]:
    try:
        found = await runtime.get(PaymentsClient).account(account_id)
    except ClientError:
        return None, None
    return found.balance, found.available


def _whose(caller: Caller) -> str | None:
    return None if caller.may(OPERATE) else caller.party
