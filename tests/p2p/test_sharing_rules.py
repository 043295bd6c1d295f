"""A loan shared by any lenders is repaid to the minor unit: nobody short, nobody long, nothing left over."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from finance.schedules import build
from services.p2p.claims.model import Claim
from services.p2p.claims.rules import expected_of
from services.p2p.loans.model import LoanRow
from services.p2p.programmes.model import METHODS
from services.p2p.repayments.model import Part, PartKind, Repayment, RepaymentState, Share, ShareKind
from services.p2p.repayments.rules import shares_of
from tests.p2p.records import loan_of

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
START = date(2026, 11, 24)
LOAN = UUID(int=77)


def rows_of(principal: int, rate: str, months: int, method: str) -> list[LoanRow]:
    schedule = build(principal, rate, months, method=method, start_on=START)
    return [
        LoanRow(
            loan_id=LOAN,
            number=row.number,
            from_on=row.from_on,
            due_on=row.due_on,
            days=row.days,
            principal_minor=row.principal_minor,
            interest_minor=row.interest_minor,
            balance_minor=row.balance_minor,
            repayment_id=None,
            paid_at=None,
        )
        for row in schedule.rows
    ]


def claims_of(amounts: list[int]) -> list[Claim]:
    return [
        Claim(
            id=UUID(int=number + 1000),
            loan_id=LOAN,
            holder=f"cus_{number}",
            account_id=UUID(int=(number + 1) << 16 | 1),
            currency="CNY",
            funded_minor=amount,
            outstanding_minor=amount,
            principal_received_minor=0,
            interest_received_minor=0,
            held_from_on=START,
            version=1,
            changed_at=NOW,
        )
        for number, amount in enumerate(amounts)
    ]


def repayment_of(row: LoanRow, attempt: int = 1) -> Repayment:
    return Repayment(
        id=UUID(int=row.number + 5000),
        loan_id=LOAN,
        row_number=row.number,
        attempt=attempt,
        borrower="cus_borrower",
        account_id=UUID(int=9 << 16 | 1),
        amount_minor=row.payment_minor,
        principal_minor=row.principal_minor,
        interest_minor=row.interest_minor,
        currency="CNY",
        state=RepaymentState.PENDING,
        reason=None,
        requested_at=NOW,
        changed_at=NOW,
        paid_on=row.due_on,
    )


def parts_of(row: LoanRow) -> list[Part]:
    """The whole of a row."""
    repayment = repayment_of(row)
    amounts = ((PartKind.INTEREST, row.interest_minor), (PartKind.PRINCIPAL, row.principal_minor))
    return [Part(repayment.id, row.number, kind, amount, row.from_on, row.due_on) for kind, amount in amounts if amount]


def received(claims: list[Claim], shares: list[Share]) -> list[Claim]:
    after = []
    for claim in claims:
        own = {share.kind: share.amount_minor for share in shares if share.claim_id == claim.id}
        values = {name: getattr(claim, name) for name in Claim._fields}
        values["outstanding_minor"] -= own.get(ShareKind.PRINCIPAL, 0)
        values["principal_received_minor"] += own.get(ShareKind.PRINCIPAL, 0)
        values["interest_received_minor"] += own.get(ShareKind.INTEREST, 0)
        after.append(Claim(**values))
    return after


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 3_000), min_size=1, max_size=40),
    st.sampled_from(["0.03", "0.0725", "0.12"]),
    st.integers(1, 24),
    st.sampled_from(METHODS),
)
def test_every_claim_ends_at_zero_and_every_row_is_shared_whole(
    lots: list[int], rate: str, months: int, method: str
) -> None:
    claims = claims_of([lot * 50 for lot in lots])
    for row in rows_of(sum(claim.funded_minor for claim in claims), rate, months, method):
        if not row.payment_minor:
            continue
        shares = shares_of(repayment_of(row), parts_of(row), claims)
        assert all(share.amount_minor > 0 for share in shares)
        assert sum(share.amount_minor for share in shares if share.kind is ShareKind.PRINCIPAL) == row.principal_minor
        assert sum(share.amount_minor for share in shares if share.kind is ShareKind.INTEREST) == row.interest_minor
        claims = received(claims, shares)
        assert all(claim.outstanding_minor >= 0 for claim in claims)
    assert all(claim.outstanding_minor == 0 for claim in claims)
    assert all(claim.principal_received_minor == claim.funded_minor for claim in claims)


def test_transfer_ids_follow_from_loan_row_attempt_holder_and_kind() -> None:
    first, second = rows_of(100_000, "0.12", 3, "equal_instalment")[:2]
    claims = claims_of([60_000, 40_000])
    shares = shares_of(repayment_of(first), parts_of(first), claims)
    again = shares_of(repayment_of(first), parts_of(first), list(reversed(claims)))
    assert {share.transfer_id for share in shares} == {share.transfer_id for share in again}
    others = [
        *shares_of(repayment_of(second), parts_of(second), claims),
        *shares_of(repayment_of(first, attempt=2), parts_of(first), claims),
    ]
    every = [share.transfer_id for share in [*shares, *others]]
    assert len(set(every)) == len(every) == 12
    assert all(one.int & 0xFFFF == 1 for one in every), "the book of the account debited"


def test_two_thousand_holders_fit_one_batch() -> None:
    claims = claims_of([100] * 2000)
    row = rows_of(200_000, "0.12", 1, "equal_instalment")[0]
    shares = shares_of(repayment_of(row), parts_of(row), claims)
    assert len(shares) <= 4000
    assert len({share.transfer_id for share in shares}) == len(shares)


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=20), st.integers(1, 12))
def test_what_is_expected_of_a_claim_is_the_claim(lots: list[int], months: int) -> None:
    claims = claims_of([lot * 50 for lot in lots])
    principal = sum(claim.funded_minor for claim in claims)
    rows = rows_of(principal, "0.10", months, "equal_instalment")
    loan = loan_of(LOAN, principal, Decimal("0.10"), months, START)
    for claim in claims:
        expected = expected_of(claim, loan, rows)
        assert sum(one.principal_minor for one in expected) == claim.outstanding_minor
        assert all(one.principal_minor >= 0 and one.interest_minor >= 0 for one in expected)
