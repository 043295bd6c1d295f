"""A loan with its holders on the real database, without the stories that would make it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from clients.ids import new_id
from finance.schedules import build
from services.p2p.applications import queries as application_queries
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.model import Claim
from services.p2p.listings import queries as listing_queries
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme, ResaleTerms
from tests.p2p.records import application_of, listing_of, loan_of

START = date(2026, 3, 10)
LEDGER = Caller("p2p", "p2p")
FREE = ResaleTerms(held_days=0, least_price=Decimal("0.9"), largest_price=Decimal("1.1"), fee_rate=Decimal("0.005"))


def customer() -> Caller:
    return Caller(encode("cus", new_id()), "gateway", frozenset({"p2p:read", "p2p:write"}))


async def programme_with(tx: Tx, resale: ResaleTerms | None, **changes: object) -> Programme:
    """One that asks for no level, in lots of 50.00."""
    shipped = await programme_queries.version(tx.connection, "open_auction", 2)
    assert shipped is not None
    names: dict[str, object] = {"code": f"market{new_id().hex[-8:]}", "version": 1, "level_by_grade": {}}
    made = replace(shipped, **names | {"resale": resale} | changes)  # type: ignore[arg-type]
    await programme_queries.add(tx.connection, made)
    return made


async def lent(tx: Tx, programme: Programme, amounts: list[int]) -> tuple[Loan, list[Claim]]:
    """A loan of START at 0.10 over twelve months, with a claim for each amount; the clock is two days after."""
    tx.now = datetime.combine(START + timedelta(days=2), time(4), UTC)
    borrower = customer().party
    application = application_of(new_id(), borrower)
    assert await application_queries.add(tx.connection, application)
    listing = replace(listing_of(new_id(), application, tx.now), account_id=new_id(), amount_minor=sum(amounts))
    await listing_queries.add(tx.connection, listing)
    loan = replace(
        loan_of(new_id(), sum(amounts), Decimal("0.10"), 12, START),
        listing_id=listing.id,
        application_id=application.id,
        borrower=borrower,
        programme_code=programme.code,
        programme_version=programme.version,
    )
    await loan_queries.add(tx.connection, loan, rows_of(loan))
    claims = [claim_of(loan, amount) for amount in amounts]
    await claim_queries.add(tx.connection, claims, cause="disbursement", cause_id="tests")
    return loan, claims


def rows_of(loan: Loan) -> list[LoanRow]:
    schedule = build(loan.principal_minor, "0.10", 12, start_on=START)
    return [LoanRow.planned(loan.id, row) for row in schedule.rows]


def claim_of(loan: Loan, amount: int, holder: str | None = None) -> Claim:
    return Claim(
        id=new_id(),
        loan_id=loan.id,
        holder=holder or customer().party,
        account_id=UUID(int=new_id().int >> 16 << 16 | 1),
        currency="CNY",
        funded_minor=amount,
        outstanding_minor=amount,
        principal_received_minor=0,
        interest_received_minor=0,
        held_from_on=START,
        version=1,
        changed_at=loan.changed_at,
    )


def holder(claim: Claim) -> Caller:
    return Caller(claim.holder, "gateway", frozenset({"p2p:read", "p2p:write"}))
