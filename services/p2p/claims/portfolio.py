"""A lender's claims with what they brought, what they should bring, and what they yield. Reads alone."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from finance.ageing import ACCRUAL_STOPS_AFTER_DAYS, MONTHS, days_past_due
from services.p2p.claims import cession_queries
from services.p2p.claims.model import Claim, Expected, Received, Trade
from services.p2p.claims.rules import accrued_minor, expected_of, flows_of, yield_of
from services.p2p.claims.schemas import (
    ClaimAnswer,
    Concentration,
    MonthAnswer,
    PortfolioAnswer,
    expected_answer,
    rate_text,
)
from services.p2p.claims.statements import compensated
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanRow, LoanState
from services.p2p.partner_receipts import queries as receipt_queries
from services.p2p.repayments import queries as repayment_queries
from services.p2p.resale import queries as resale_queries

ENDED = frozenset({"repaid", "sold", "compensated"})


@dataclass(frozen=True, slots=True)
class Position:
    """A claim with everything known about it on a day."""

    claim: Claim
    loan: Loan
    unpaid: list[LoanRow]
    received: list[Received]
    expected: list[Expected]
    trades: list[Trade]
    accrued_minor: int
    late_days: int

    @property
    def overdue(self) -> bool:
        return self.late_days > 0

    @property
    def state(self) -> str:
        if self.loan.state is LoanState.REPAID:
            return "repaid"
        if not self.claim.outstanding_minor:
            return "compensated" if self.claim.compensated_minor else "sold"
        if self.loan.state is LoanState.WRITTEN_OFF:
            return "written_off"
        return "overdue" if self.overdue else "current"

    @property
    def bucket(self) -> str:
        """`M0` current, `M1` to `M6+` by the oldest unpaid row, or how it ended."""
        return self.state if self.state in ENDED else MONTHS.bucket(self.late_days).name

    @property
    def doubtful(self) -> bool:
        """Interest accrues no more: what is outstanding counts as lost until it comes."""
        return self.late_days > ACCRUAL_STOPS_AFTER_DAYS


async def positions(connection: AsyncConnection, claims: Sequence[Claim], day: date, zone: ZoneInfo) -> list[Position]:
    loan_ids = sorted({claim.loan_id for claim in claims})
    loans = await loan_queries.load_many(connection, loan_ids)
    unpaid = await loan_queries.unpaid_rows(connection, loan_ids)
    cessions = await cession_queries.unpaid(connection, loan_ids)
    ids = [claim.id for claim in claims]
    received: dict[UUID, list[Received]] = defaultdict(list)
    for brought in (repayment_queries.received, compensated, receipt_queries.received):
        for one in await brought(connection, ids, zone):
            received[one.claim_id].append(one)
    trades = await _trades(connection, ids)
    found = []
    for claim in claims:
        loan, rows, kept = loans[claim.loan_id], unpaid[claim.loan_id], cessions[claim.loan_id]
        found.append(
            Position(
                claim=claim,
                loan=loan,
                unpaid=rows,
                received=received[claim.id],
                expected=expected_of(claim, loan, rows, kept),
                trades=trades[claim.id],
                accrued_minor=accrued_minor(claim, loan, rows, day, kept),
                late_days=days_past_due(rows[0].due_on if rows else None, day),
            )
        )
    return found


async def _trades(connection: AsyncConnection, claim_ids: Sequence[UUID]) -> dict[UUID, list[Trade]]:
    found: dict[UUID, list[Trade]] = defaultdict(list)
    for one in await resale_queries.settled_of_claims(connection, claim_ids):
        assert one.buyer_claim_id is not None
        found[one.buyer_claim_id].append(Trade(one.buyer_claim_id, one.traded_on, -one.price_minor))
        found[one.claim_id].append(Trade(one.claim_id, one.traded_on, one.price_minor - one.fee_minor))
    return found


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
        xirr=rate_text(yield_of(flows_of(claim, loan, position.trades, position.received, position.expected))),
        expected=[expected_answer(one) for one in position.expected],
        version=claim.version,
        changed_at=claim.changed_at,
        bought_minor=claim.bought_minor,
        sold_minor=claim.sold_minor,
        compensated_minor=claim.compensated_minor,
        held_from_on=claim.held_from_on,
        bucket=position.bucket,
        collection_fees_minor=sum(one.collection_fee_minor for one in position.received),
    )


def portfolio_answers(found: Sequence[Position], day: date) -> list[PortfolioAnswer]:
    """One for each currency, by code."""
    by_currency: dict[str, list[Position]] = defaultdict(list)
    for position in found:
        by_currency[position.claim.currency].append(position)
    return [_portfolio(currency, own, day) for currency, own in sorted(by_currency.items())]


def _portfolio(currency: str, found: Sequence[Position], day: date) -> PortfolioAnswer:
    outstanding = sum(position.claim.outstanding_minor for position in found)
    doubtful = sum(position.claim.outstanding_minor for position in found if position.doubtful)
    moved = [
        flow
        for position in found
        for flow in flows_of(position.claim, position.loan, position.trades, position.received, [])
    ]
    expected = _by_day(found)
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
        by_state=_sums(found, lambda position: position.state),
        xirr=rate_text(yield_of([*moved, (day, outstanding)])),
        expected=[expected_answer(one) for one in expected],
        doubtful_minor=doubtful,
        xirr_net=rate_text(yield_of([*moved, (day, outstanding - doubtful)])),
        by_bucket=_sums(found, lambda position: position.bucket),
        concentration=_concentration(found, outstanding),
        expected_by_month=_by_month(expected),
    )


def _sums(found: Sequence[Position], key: Callable[[Position], str]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for position in found:
        sums[key(position)] += position.claim.outstanding_minor
    return dict(sorted(sums.items()))


def _concentration(found: Sequence[Position], outstanding: int) -> Concentration:
    """Whose borrowers are not told, only how much the largest of them owe her."""
    borrowers = sorted(_sums(found, lambda position: position.loan.borrower).values(), reverse=True)

    def share(amount: int) -> str | None:
        return f"{amount / outstanding:.6f}" if outstanding else None

    return Concentration(
        largest_borrower_share=share(sum(borrowers[:1])),
        ten_largest_borrowers_share=share(sum(borrowers[:10])),
        by_grade=_sums(found, lambda position: position.loan.grade),
        by_programme=_sums(found, lambda position: position.loan.programme_code),
    )


def _by_month(expected: Sequence[Expected]) -> list[MonthAnswer]:
    months: dict[str, tuple[int, int]] = {}
    for one in expected:
        month = f"{one.due_on:%Y-%m}"
        principal, interest = months.get(month, (0, 0))
        months[month] = (principal + one.principal_minor, interest + one.interest_minor)
    return [
        MonthAnswer(month=month, principal_minor=parts[0], interest_minor=parts[1]) for month, parts in months.items()
    ]


def _by_day(found: Sequence[Position]) -> list[Expected]:
    days: dict[date, tuple[int, int]] = {}
    for position in found:
        for one in position.expected:
            principal, interest = days.get(one.due_on, (0, 0))
            days[one.due_on] = (principal + one.principal_minor, interest + one.interest_minor)
    return [Expected(day, *days[day]) for day in sorted(days)]
