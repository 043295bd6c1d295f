"""`/v1/verification`: the audit of this service, and its figures for `sifang verify`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.accounts import queries as account_queries
from services.p2p.bids import queries as bid_queries
from services.p2p.claims import queries as claim_queries
from services.p2p.enrolments import queries as enrolment_queries
from services.p2p.enrolments import reading_queries
from services.p2p.listings import queries as listing_queries
from services.p2p.loans import queries as loan_queries
from services.p2p.projects import queries as project_queries
from services.p2p.repayments import distribution_queries, reversal_queries
from services.p2p.repayments import queries as repayment_queries
from services.p2p.verification import (
    accounting_queries,
    checks,
    debiting_queries,
    loss_queries,
    partner_queries,
    queries,
    resale_queries,
)
from services.p2p.verification.schemas import (
    AdvanceAnswer,
    AdvancesAnswer,
    BooksFigures,
    CashFigures,
    DistributionAnswer,
    EnrolmentFigures,
    HouseAccountAnswer,
    ListingFigures,
    LoanFigures,
    ProjectFigures,
    ReceiptsAnswer,
    VerificationAnswer,
    check_answer,
    enrolment_figures,
    listing_figures,
    loan_figures,
    movement_answer,
    project_figures,
)

router = APIRouter(prefix="/v1/verification", tags=["verification"])
Operator = Annotated[Caller, requires("p2p:operate")]
MOVEMENTS_SHOWN = 1000
FIRST = UUID(int=0)


@router.get("")
async def verify(request: Request, caller: Operator) -> VerificationAnswer:
    """Check what must always hold in this service alone; `holds` is false and the offending ids stand there if anything does not."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        movements = await queries.movements(connection, MOVEMENTS_SHOWN)
        found = await checks.run(connection, now, movements)
        found += await accounting_queries.checks(connection, runtime.settings.zone)
        accounts = await account_queries.every(connection)
    return VerificationAnswer(
        holds=not any(check.offending for check in found),
        business_at=now,
        checks=[check_answer(check) for check in found],
        movements=[movement_answer(movement, now) for movement in movements],
        house_accounts=[HouseAccountAnswer.model_validate(account) for account in accounts],
    )


@router.get("/loans")
async def verify_loans(request: Request, caller: Operator, paging: Paging) -> Page[LoanFigures]:
    """What every loan and every holder is owed, oldest first, to be compared with the ledger's transfers."""
    after = paging.after[0] if paging.after else FIRST
    async with runtime_of(request).reading() as connection:
        rows = await loan_queries.find(connection, borrower=None, state=None, after=after, limit=paging.limit)
        shown = page(rows, paging, key=lambda row: (row.id,))
        loan_ids = [loan.id for loan in shown["items"]]
        claims = await claim_queries.of_loans(connection, loan_ids)
        fees = await repayment_queries.fees(connection, loan_ids)
        compensated = await loss_queries.compensated(connection, loan_ids)
        advanced = await reversal_queries.advanced(connection, loan_ids)
        kept = await repayment_queries.collection_fees(connection, loan_ids)
        taken = await repayment_queries.interest_fees(connection, loan_ids)
        paid = await resale_queries.paid_for_claims(connection, loan_ids)
        holding = await partner_queries.interest(connection, loan_ids)
        passed = await partner_queries.payers(connection, loan_ids)
        borne = await reversal_queries.borne(connection, loan_ids)
        payers = await debiting_queries.payers(connection, loan_ids)
    items = [
        loan_figures(
            loan,
            claims[loan.id],
            prepayment_fees_minor=fees.get(loan.id, 0),
            compensated=compensated.get(loan.id, (0, 0)),
            resale_paid_minor=paid.get(loan.id, 0),
            advanced=advanced,
            kept=kept,
            interest_fees=taken,
            holding_interest=holding.get(loan.id, (0, 0)),
            borne=borne,
            payers=[*passed.get(loan.id, []), *payers.get(loan.id, [])],
        )
        for loan in shown["items"]
    ]
    return Page[LoanFigures](items=items, next=shown["next"])


@router.get("/listings")
async def verify_listings(request: Request, caller: Operator, paging: Paging) -> Page[ListingFigures]:
    """Which holds stand on every listing's account, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await listing_queries.find(connection, state=None, borrower=None, before=before, limit=paging.limit)
        shown = page(rows, paging, key=lambda row: (row.id,))
        held = await bid_queries.held_by_listing(connection, [listing.id for listing in shown["items"]])
    items = [listing_figures(listing, held.get(listing.id, (0, 0))) for listing in shown["items"]]
    return Page[ListingFigures](items=items, next=shown["next"])


@router.get("/enrolments")
async def verify_enrolments(request: Request, caller: Operator, paging: Paging) -> Page[EnrolmentFigures]:
    """What everybody who is or was in a plan was charged, newest first, to be compared with the ledger's transfers."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await enrolment_queries.find(
            connection, lender=None, state=None, plan_code=None, before=before, limit=paging.limit
        )
        shown = page(rows, paging, key=lambda row: (row.id,))
        orders = [row.standing_order_id for row in shown["items"]]
        accounts = await reading_queries.accounts(connection, orders)
    items = [enrolment_figures(row, accounts.get(row.standing_order_id)) for row in shown["items"]]
    return Page[EnrolmentFigures](items=items, next=shown["next"])


@router.get("/advances")
async def verify_advances(request: Request, caller: Operator) -> AdvancesAnswer:
    """The platform's money on debits that are not final, to be compared with the ledger's account of it in each currency."""
    async with runtime_of(request).reading() as connection:
        found = await debiting_queries.advances(connection)
    return AdvancesAnswer(items=[AdvanceAnswer.model_validate(one) for one in found])


@router.get("/receipts")
async def verify_receipts(request: Request, caller: Operator, paging: Paging) -> Page[ReceiptsAnswer]:
    """What may be on the accounts into which mandates are debited, to be compared with the ledger."""
    after = paging.after[0] if paging.after else FIRST
    async with runtime_of(request).reading() as connection:
        rows = await debiting_queries.receipts(connection, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.account_id,))
    return Page[ReceiptsAnswer](
        items=[ReceiptsAnswer.model_validate(row) for row in shown["items"]], next=shown["next"]
    )


@router.get("/distributions")
async def verify_distributions(request: Request, caller: Operator, paging: Paging) -> Page[DistributionAnswer]:
    """Accounts of loans from which repayments go to other books, to be compared with the ledger."""
    after = paging.after[0] if paging.after else FIRST
    async with runtime_of(request).reading() as connection:
        rows = await distribution_queries.find(connection, after=after, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.account_id,))
    return Page[DistributionAnswer](
        items=[DistributionAnswer.model_validate(row) for row in shown["items"]], next=shown["next"]
    )


@router.get("/projects")
async def verify_projects(request: Request, caller: Operator, paging: Paging) -> Page[ProjectFigures]:
    """What every project that was live has on its account, newest first, to be compared with the ledger."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await project_queries.find(
            connection, states=None, creator=None, before=before, limit=paging.limit, opened=True
        )
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[ProjectFigures](items=[project_figures(row) for row in shown["items"]], next=shown["next"])


@router.get("/books")
async def verify_books(request: Request, caller: Operator) -> BooksFigures:
    """What each entity has of cash at the end of the last day in the books, to be compared with its accounts in the ledger then."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        ended_at, found = await accounting_queries.cash(connection, runtime.settings.zone)
    return BooksFigures(ended_at=ended_at, items=[CashFigures.model_validate(one) for one in found])
