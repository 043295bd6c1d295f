"""A lender's claims with what they brought, what they should bring, and what they yield. Reads alone."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.claims.model import Claim, Expected, Received
from services.p2p.claims.rules import accrued_minor, expected_of, flows_of, yield_of
from services.p2p.claims.schemas import ClaimAnswer, PortfolioAnswer, expected_answer, rate_text
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanRow, LoanState
from services.p2p.losses import queries as loss_queries
from services.p2p.repayments import queries as repayment_queries


@dataclass(frozen=True, slots=True)
class Position:
    """A claim with everything known about it on a day."""

    claim: Claim
    loan: Loan
    unpaid: list[LoanRow]
    received: list[Received]
    expected: list[Expected]
    accrued_minor: int
    overdue: bool

    @property
    def state(self) -> str:
        if self.loan.state is LoanState.REPAID:
            return "repaid"
        if self.loan.state is LoanState.WRITTEN_OFF:
            return "written_off"
        return "overdue" if self.overdue else "current"


async def positions(connection: AsyncConnection, claims: Sequence[Claim], day: date, zone: ZoneInfo) -> list[Position]:
    loan_ids = sorted({claim.loan_id for claim in claims})
    loans = await loan_queries.load_many(connection, loan_ids)
    unpaid = await loan_queries.unpaid_rows(connection, loan_ids)
    received: dict[object, list[Received]] = defaultdict(list)
    ids = [claim.id for claim in claims]
    compensated = await loss_queries.received(connection, ids, zone)
    for one in [*await repayment_queries.received(connection, ids, zone), *compensated]:
        received[one.claim_id].append(one)
    return [_position(claim, loans[claim.loan_id], unpaid[claim.loan_id], received[claim.id], day) for claim in claims]


def _position(claim: Claim, loan: Loan, unpaid: list[LoanRow], received: list[Received], day: date) -> Position:
    return Position(
        claim=claim,
        loan=loan,
        unpaid=unpaid,
        received=received,
        expected=expected_of(claim, loan, unpaid),
        accrued_minor=accrued_minor(claim, loan, unpaid, day),
        overdue=bool(unpaid) and unpaid[0].due_on < day,
    )


def claim_answer(position: Position) -> ClaimAnswer:
    claim, loan = position.claim, position.loan
    return ClaimAnswer(
        id=claim.id,
        loan_id=claim.loan_id,
        holder=claim.holder,
        account_id=claim.account_id,
        currency=claim.currency,
        grade=loan.grade,
        programme=loan.programme_code,
        annual_rate=loan.annual_rate,
        loan_state=loan.state.value,
        funded_minor=claim.funded_minor,
        outstanding_minor=claim.outstanding_minor,
        principal_received_minor=claim.principal_received_minor,
        interest_received_minor=claim.interest_received_minor,
        late_received_minor=claim.late_received_minor,
        accrued_minor=position.accrued_minor,
        overdue=position.overdue,
        next_due_on=position.unpaid[0].due_on if position.unpaid else None,
        xirr=rate_text(yield_of(flows_of(claim, position.received, position.expected))),
        expected=[expected_answer(one) for one in position.expected],
        version=claim.version,
        changed_at=claim.changed_at,
    )


def portfolio_answers(found: Sequence[Position], day: date) -> list[PortfolioAnswer]:
    """One for each currency, by code."""
    by_currency: dict[str, list[Position]] = defaultdict(list)
    for position in found:
        by_currency[position.claim.currency].append(position)
    return [_portfolio(currency, own, day) for currency, own in sorted(by_currency.items())]


def _portfolio(currency: str, found: Sequence[Position], day: date) -> PortfolioAnswer:
    outstanding = sum(position.claim.outstanding_minor for position in found)
    by_state: dict[str, int] = defaultdict(int)
    flows: list[tuple[date, int]] = [(day, outstanding)]
    for position in found:
        by_state[position.state] += position.claim.outstanding_minor
        flows += flows_of(position.claim, position.received, [])
    largest = max((position.claim.outstanding_minor for position in found), default=0)
    return PortfolioAnswer(
        currency=currency,
        claims=len(found),
        funded_minor=sum(position.claim.funded_minor for position in found),
        outstanding_minor=outstanding,
        principal_received_minor=sum(position.claim.principal_received_minor for position in found),
        interest_received_minor=sum(position.claim.interest_received_minor for position in found),
        accrued_minor=sum(position.accrued_minor for position in found),
        largest_share=f"{largest / outstanding:.6f}" if outstanding else None,
        by_state=dict(sorted(by_state.items())),
        xirr=rate_text(yield_of(flows)),
        expected=[expected_answer(one) for one in _by_day(found)],
    )


def _by_day(found: Sequence[Position]) -> list[Expected]:
    days: dict[date, tuple[int, int]] = {}
    for position in found:
        for one in position.expected:
            principal, interest = days.get(one.due_on, (0, 0))
            days[one.due_on] = (principal + one.principal_minor, interest + one.interest_minor)
    return [Expected(day, *days[day]) for day in sorted(days)]
