"""`/v1/loans/{id}/loss`, `/v1/compensations`, `/v1/reserve-fund`: who pays when the borrower does not."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from chassis.wire import Currency
from clients.errors import ClientError
from clients.payments.client import PaymentsClient
from services.p2p.accounts import queries as account_queries
from services.p2p.accounts.model import HousePurpose
from services.p2p.claims import queries as claim_queries
from services.p2p.errors import UnknownLoan
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan
from services.p2p.losses import queries, rules
from services.p2p.losses.errors import UnknownCompensation
from services.p2p.losses.model import RESERVE_FUND
from services.p2p.losses.schemas import (
    CompensationAnswer,
    CompensationSharesAnswer,
    LossAnswer,
    ReserveFundAnswer,
    WaitingAnswer,
    compensation_answer,
    fund_answer,
    layer_answer,
    shares_answer,
    waiting_answer,
)
from services.p2p.programmes.model import LossBearer
from services.p2p.wire_ids import CompensationId, LoanId

router = APIRouter(prefix="/v1", tags=["losses"])
Reader = Annotated[Caller, requires("p2p:read")]
Operator = Annotated[Caller, requires("p2p:operate")]
OPERATE = "p2p:operate"
WAITING_SHOWN = 200


@router.get("/loans/{loan_id}/loss")
async def read_loss(request: Request, caller: Reader, loan_id: LoanId) -> LossAnswer:
    """Who paid its holders, what is not covered, and which layers still owe something; for its borrower, holders and operators."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        await _visible(connection, caller, loan_id)
        claims = await claim_queries.of_loan(connection, loan_id)
        unpaid = (await loan_queries.unpaid_rows(connection, [loan_id]))[loan_id]
        compensations = await queries.of_loan(connection, loan_id)
        waiting = await queries.layers_due(connection, today, loan_id=loan_id, limit=len(LossBearer))
        payers = await queries.payers_of(connection, loan_id)
    covered = sum(claim.outstanding_minor for claim in claims if claim.holder in payers)
    return LossAnswer(
        loan_id=loan_id,
        days_past_due=rules.lateness(unpaid, today),
        uncovered_minor=sum(claim.outstanding_minor for claim in claims) - covered,
        covered_minor=covered,
        waiting=[layer_answer(due) for due in waiting],
        compensations=[compensation_answer(one) for one in compensations],
    )


@router.get("/compensations/{compensation_id}/shares")
async def read_compensation_shares(
    request: Request, caller: Operator, compensation_id: CompensationId
) -> CompensationSharesAnswer:
    """Who is paid what of a compensation."""
    async with runtime_of(request).reading() as connection:
        known = await queries.load(connection, compensation_id)
        found = await queries.shares(connection, compensation_id)
    if known is None:
        raise UnknownCompensation("no such compensation", field="compensation_id")
    return shares_answer(found)


@router.get("/reserve-fund")
async def read_fund(
    request: Request, caller: Reader, currency: Annotated[Currency, Query()] = "CNY"
) -> ReserveFundAnswer:
    """What the fund has, whom it owes in the order in which it pays, and what it paid: published to everybody who lends or borrows."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        figures = await queries.fund_figures(connection, currency)
        waiting = await queries.layers_due(
            connection, today, bearer=LossBearer.RESERVE_FUND, currency=currency, limit=WAITING_SHOWN
        )
        account_id = (await account_queries.find(connection, currency)).get(HousePurpose.RESERVE_FUND)
    balance = 0 if account_id is None else await _balance(runtime, account_id)
    return fund_answer(
        currency,
        figures,
        (account_id, balance),
        [waiting_answer(place, due, today) for place, due in enumerate(waiting, 1)],
    )


@router.get("/reserve-fund/waiting")
async def list_waiting(
    request: Request, caller: Reader, paging: Paging, currency: Annotated[Currency, Query()] = "CNY"
) -> Page[WaitingAnswer]:
    """Everybody whom the fund owes, in the order in which it pays."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    *after, before = paging.after or (*queries.FIRST, 0)
    async with runtime.reading() as connection:
        found = await queries.layers_due(
            connection,
            today,
            after=(after[0], after[1], after[2]),
            bearer=LossBearer.RESERVE_FUND,
            currency=currency,
            limit=paging.limit + 1,
        )
    placed = list(enumerate(found, before + 1))
    shown = page(placed, paging, key=lambda one: (one[1].unpaid_on, one[1].loan_id, one[1].layer, one[0]))
    items = [waiting_answer(place, due, today) for place, due in shown["items"]]
    return Page[WaitingAnswer](items=items, next=shown["next"])


@router.get("/reserve-fund/compensations")
async def list_payments(
    request: Request, caller: Reader, paging: Paging, currency: Annotated[Currency, Query()] = "CNY"
) -> Page[CompensationAnswer]:
    """What the fund paid, newest first; refused and pending ones too."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find(connection, payer=RESERVE_FUND, currency=currency, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[CompensationAnswer](items=[compensation_answer(row) for row in shown["items"]], next=shown["next"])


async def _balance(runtime: Runtime, account_id: UUID) -> int | None:
    try:
        return (await runtime.get(PaymentsClient).account(account_id)).balance
    except ClientError:
        return None


async def _visible(connection: AsyncConnection, caller: Caller, loan_id: LoanId) -> Loan:
    loan = await loan_queries.load(connection, loan_id)
    if loan is not None and (
        caller.party == loan.borrower
        or caller.may(OPERATE)
        or await claim_queries.holds_any(connection, loan_id, caller.party)
    ):
        return loan
    raise UnknownLoan("no such loan", field="loan_id")
