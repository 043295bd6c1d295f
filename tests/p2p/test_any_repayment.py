"""Whatever is paid of a loan, whenever, and taken back again: every unit has a row, a kind and a holder, and every claim ends at 0."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.rate_ceilings import check_offer
from finance.rate_ceilings_cn import CHINA
from services.p2p.claims.model import Cession, Claim, RepaidPrincipal
from services.p2p.errors import AmountDiffers, CannotPrepay, MoreThanOwed, TooManyRepayments
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes.model import METHODS, PrepaymentTerms
from services.p2p.repayments import rules
from services.p2p.repayments.model import Keep, Part, Repayment, RepaymentState, Share, ShareKind
from services.p2p.repayments.schemas import dues_answer
from services.p2p.repayments.standing import Serviced, contracted, parts_of, rows_in_force
from services.p2p.restructurings.model import Restructuring
from tests.p2p.records import loan_of, programme_of
from tests.p2p.test_sharing_rules import claims_of

START = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


class Book:
    """A loan as the actions keep it, in memory."""

    def __init__(self, lots: list[int], method: str = "equal_instalment", months: int = 12, **terms: object) -> None:
        self.claims = claims_of([lot * 50 for lot in lots])
        principal = sum(claim.funded_minor for claim in self.claims)
        self.loan = replace(loan_of(UUID(int=77), principal, Decimal("0.10"), months, START), method=method)
        self.programme = replace(programme_of(), **{"late_daily_rate": Decimal("0.001")} | terms)
        self.paid: list[tuple[Repayment, list[Part], list[Share]]] = []
        self.agreed: list[Restructuring] = []
        self.cessions: list[Cession] = []
        self.rows: list[LoanRow] = rules.rows_paid(self.loan, contracted(self.loan).rows, [])

    @property
    def serviced(self) -> Serviced:
        return Serviced(self.loan, self.programme, ()).with_events([one for one, _, _ in self.paid], self.agreed)

    def pay(self, day: date, amount: int, keep: Keep | None = None) -> Repayment:
        asked = self._asked(day, amount, keep)
        before = self.serviced.on(day)
        after = rules.after_paying(self.serviced, before, asked)
        parts = parts_of(before, after, asked.id, day)
        made = rules.with_totals(asked, parts)
        shares = rules.shares_of(made, parts, self.claims, self.cessions, self.last_on(day), self.repaid())
        self.paid.append((made, parts, shares))
        self.rows = rules.rows_paid(self.loan, rows_in_force(before, after), self._parts())
        self.claims = [_received(claim, shares) for claim in self.claims]
        self._hold(made, parts, shares)
        return made

    def last_on(self, day: date) -> str | None:
        """Who receives principal after all others."""
        return None

    def repaid(self) -> list[RepaidPrincipal] | None:
        """Of all of it, where there may be one who is last."""
        return None

    def _asked(self, day: date, amount: int, keep: Keep | None) -> Repayment:
        return Repayment(
            id=UUID(int=9_000 + len(self.paid)),
            loan_id=self.loan.id,
            row_number=0,
            attempt=1 + len(self.paid),
            borrower=self.loan.borrower,
            account_id=self.loan.borrower_account_id,
            amount_minor=amount,
            principal_minor=0,
            interest_minor=0,
            currency="CNY",
            state=RepaymentState.SHARED,
            reason=None,
            requested_at=NOW,
            changed_at=NOW,
            paid_on=day,
            number=1 + len(self.paid),
            keep=keep,
        )

    def _parts(self) -> list[tuple[Part, datetime]]:
        return [(part, NOW) for _, parts, _ in self.paid for part in parts]

    def _hold(self, made: Repayment, parts: list[Part], shares: list[Share]) -> None:
        """What must be true after every repayment."""
        assert sum(part.amount_minor for part in parts) == made.amount_minor
        assert sum(share.amount_minor for share in shares) == made.amount_minor - made.fee_minor
        assert all(share.amount_minor > 0 for share in shares)
        assert len({share.transfer_id for _, _, own in self.paid for share in own}) == sum(
            len(own) for _, _, own in self.paid
        )
        outstanding = sum(claim.outstanding_minor for claim in self.claims)
        assert all(claim.outstanding_minor >= 0 for claim in self.claims)
        assert sum(row.principal_minor for row in self.rows) == self.loan.principal_minor
        assert sum(row.principal_left_minor for row in self.rows) == outstanding
        assert all(row.principal_left_minor >= 0 and row.interest_left_minor >= 0 for row in self.rows)
        # Rows follow from the parts that were recorded; the standing is worked out anew from amounts and days alone.
        standing = self.serviced.on(made.paid_on)
        owed = {due.number: (due.interest_minor, due.principal_minor) for due in standing.dues if due.owed_minor}
        left = {row.number: (row.interest_left_minor, row.principal_left_minor) for row in self.rows}
        assert {number: one for number, one in left.items() if one != (0, 0)} == owed


def _received(claim: Claim, shares: list[Share]) -> Claim:
    received = [one for one in rules.received_by_claim(shares) if one.claim_id == claim.id]
    principal = sum(one.principal for one in received)
    return claim._replace(
        outstanding_minor=claim.outstanding_minor - principal,
        principal_received_minor=claim.principal_received_minor + principal,
    )


@settings(deadline=None, max_examples=150)
@given(
    lots=st.lists(st.integers(1, 3_000), min_size=1, max_size=12),
    method=st.sampled_from(METHODS),
    months=st.integers(1, 12),
    steps=st.lists(
        st.tuples(st.integers(0, 70), st.integers(1, 1_500), st.sampled_from([None, Keep.TERM, Keep.INSTALMENT])),
        max_size=8,
    ),
    fee_rate=st.sampled_from(["0", "0.01"]),
)
def test_every_unit_paid_has_a_row_a_kind_and_a_holder(
    lots: list[int], method: str, months: int, steps: list[tuple[int, int, Keep | None]], fee_rate: str
) -> None:
    """Also where a fee is cut by the ceiling, a little above the rate of the loan."""
    book = Book(lots, method, months, grace_days=3, prepayment=PrepaymentTerms(True, Decimal(fee_rate), 6))
    day = START
    for days, thousandths, keep in steps:
        day += timedelta(days=days)
        owed = sum(due.owed_minor for due in book.serviced.on(day).dues)
        try:
            book.pay(day, max(1, owed * thousandths // 1_000), keep)
        except (AmountDiffers, CannotPrepay, MoreThanOwed):
            continue
        if not any(claim.outstanding_minor for claim in book.claims):
            break
    else:
        day += timedelta(days=31)
        book.pay(day, sum(due.owed_minor for due in book.serviced.on(day).dues))
    assert all(claim.outstanding_minor == 0 for claim in book.claims)
    assert all(claim.principal_received_minor == claim.funded_minor for claim in book.claims)
    assert all(row.paid_at is not None for row in book.rows if row.payment_minor)
    assert not any(due.owed_minor for due in book.serviced.on(day + timedelta(days=400)).dues)


def test_late_interest_is_paid_first_and_shared_by_claim() -> None:
    book = Book([60_000, 40_000])
    first = book.rows[0]
    late = round(first.principal_minor * 10 / 1_000)
    made = book.pay(first.due_on + timedelta(days=10), late + 100)
    assert (made.late_minor, made.interest_minor, made.principal_minor) == (late, 100, 0)
    assert book.rows[0].late_paid_minor == late
    shares = {share.holder: share.amount_minor for share in book.paid[0][2] if share.kind is ShareKind.LATE}
    assert abs(shares["cus_0"] * 40 - shares["cus_1"] * 60) <= 60


def test_days_of_grace_cost_nothing_and_the_first_after_them_does() -> None:
    book = Book([1_000], grace_days=5)
    due_on = book.rows[0].due_on
    owed = [book.serviced.on(due_on + timedelta(days=days)).dues[0].penalty_minor for days in (0, 5, 6, 7)]
    assert owed[:2] == [0, 0]
    assert 0 < owed[2] < owed[3]


def test_late_interest_stops_with_the_accrual_and_goes_on_when_the_oldest_row_is_paid() -> None:
    book = Book([1_000], accrual_stop_days=90)
    due_on = book.rows[0].due_on

    def late(days: int) -> int:
        return sum(due.penalty_minor for due in book.serviced.on(due_on + timedelta(days=days)).dues)

    assert late(89) < late(90) == late(91) == late(400)
    day = due_on + timedelta(days=95)
    oldest = book.serviced.on(day).dues[0]
    book.pay(day, oldest.owed_minor)
    assert book.rows[0].paid_at is not None
    after = book.serviced.on(day).dues
    assert sum(due.penalty_minor for due in book.serviced.on(day + timedelta(days=5)).dues) > sum(
        due.penalty_minor for due in after
    )


def test_what_cannot_be_paid() -> None:
    book = Book([1_000], prepayment=PrepaymentTerms(partly=False))
    row = book.rows[0]
    with pytest.raises(AmountDiffers) as differs:
        book.pay(START, row.payment_minor - 1)
    assert (differs.value.field, differs.value.facts["payment_minor"]) == ("amount", row.payment_minor)
    everything = sum(one.payment_minor for one in book.rows)
    with pytest.raises(MoreThanOwed) as more:
        book.pay(START, everything + 1)
    assert more.value.facts["owed_minor"] == everything
    with pytest.raises(CannotPrepay):
        book.pay(START, 10_000, Keep.TERM)
    settlement = book.serviced.on(START).settlement()[0]
    with pytest.raises(MoreThanOwed):
        book.pay(START, settlement + 1, Keep.TERM)
    book.pay(START, settlement, Keep.TERM)
    assert [row.principal_minor for row in book.rows] == [50_000]


@pytest.mark.parametrize("method", ["interest_first", "bullet"])
def test_a_method_without_instalments_has_none_to_keep(method: str) -> None:
    book = Book([1_000], method)
    with pytest.raises(CannotPrepay):
        book.pay(START + timedelta(days=3), 10_000, Keep.INSTALMENT)
    book.pay(START + timedelta(days=3), 10_000, Keep.TERM)


def test_a_row_paid_before_its_day_bars_paying_ahead_until_then() -> None:
    book = Book([1_000])
    book.pay(START, book.rows[0].payment_minor)
    with pytest.raises(CannotPrepay):
        book.pay(START + timedelta(days=2), 10_000, Keep.TERM)
    book.pay(book.rows[0].due_on, 10_000, Keep.TERM)


def test_money_that_leaves_too_little_for_principal_is_not_taken() -> None:
    book = Book([1_000])
    with pytest.raises(AmountDiffers) as differs:
        book.pay(START + timedelta(days=20), 1, Keep.TERM)
    assert differs.value.facts["used_minor"] == 0


def test_a_fee_is_taken_in_the_first_months_only() -> None:
    book = Book([1_000], prepayment=PrepaymentTerms(True, Decimal("0.02"), 3))
    book.loan = replace(book.loan, ceiling_rate=Decimal(2))
    loan: Loan = book.loan
    assert book.serviced.fee_rate(loan.starts_on + timedelta(days=80)) == Decimal("0.02")
    assert book.serviced.fee_rate(date(2027, 2, 24)) == 0
    made = book.pay(START + timedelta(days=10), 10_200, Keep.TERM)
    assert made.fee_minor > 0
    assert made.principal_minor * 2 // 100 - made.fee_minor in (-1, 0, 1)


def test_a_thousand_small_parts_are_enough() -> None:
    book = Book([10_000])
    standing = book.serviced.on(book.rows[0].due_on)
    due = standing.arrears_minor
    rules.require_few(rules.MOST_REPAYMENTS - 1, standing, 1)
    least = -(-due // rules.LEAST_PART)
    for amount in (due, least):
        rules.require_few(rules.MOST_REPAYMENTS, standing, amount)
    for amount in range(1, least):
        with pytest.raises(TooManyRepayments):
            rules.require_few(rules.MOST_REPAYMENTS, standing, amount)
    nothing_due = book.serviced.on(START)
    rules.require_few(rules.MOST_REPAYMENTS, nothing_due, sum(one.payment_minor for one in book.rows))
    with pytest.raises(TooManyRepayments):
        rules.require_few(rules.MOST_REPAYMENTS, nothing_due, book.rows[0].payment_minor)


@pytest.mark.parametrize(
    ("contract_on", "rate", "paid"),
    [
        (date(2020, 8, 20), "0.1539", 3),
        (date(2020, 8, 20), "0.1540", 0),
        (date(2020, 8, 19), "0.1540", 2_000),
        (date(2020, 8, 19), "0.1541", 2_000),
        (date(2020, 8, 19), "0.2399", 2),
        (date(2020, 8, 19), "0.2400", 0),
    ],
)
def test_a_fee_makes_no_loan_dearer_than_the_law_of_its_contract_lets_it_be(
    contract_on: date, rate: str, paid: int
) -> None:
    """Two per cent are asked of 1,000.00; she had them for 100 days."""
    book = Book([2_000], "bullet", prepayment=PrepaymentTerms(True, Decimal("0.02"), 12))
    book.loan = replace(book.loan, starts_on=contract_on, annual_rate=Decimal(rate), day_count="ACT/365")
    terms = contracted(book.loan)
    ceiling = check_offer(terms, contract_on, table=CHINA, lender="private").enforceable
    book.loan = replace(book.loan, ceiling_rate=ceiling)
    book.rows = rules.rows_paid(book.loan, terms.rows, [])
    day = contract_on + timedelta(days=100)
    dues = dues_answer(book.serviced, book.serviced.on(day))
    assert (dues.prepayment_fee_asked_minor, dues.prepayment_fee_minor, dues.ceiling_rate) == (2_000, paid, ceiling)
    assert dues.settlement_minor is not None
    part = book.pay(day, 30_000, Keep.TERM)
    rest = book.serviced.on(day)
    made = book.pay(
        day, rest.settlement(fee_rate="0.02", most_fee_minor=book.serviced.most_fee_minor(rest))[0], Keep.TERM
    )
    # In two parts on one day she pays no more than at once, but for the rounding of two fees that the law does not cut.
    uncut = part.fee_minor + made.fee_minor - paid
    assert uncut == part.amount_minor + made.amount_minor - dues.settlement_minor
    assert uncut in ((0, 1) if paid == 2_000 else (0,))
    cost = Decimal(part.amount_minor + made.amount_minor - 100_000) * 365 / 100 / 100_000
    assert cost <= ceiling + Decimal("0.00002"), "interest is rounded to the unit"
    assert all(claim.outstanding_minor == 0 for claim in book.claims)
