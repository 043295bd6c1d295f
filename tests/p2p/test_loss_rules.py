"""What a loss costs whom: whatever is compensated and repaid afterwards, no lender gets more than she was due, and nothing is lost."""

from collections import Counter, defaultdict
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.p2p.claims.model import Cession, Claim
from services.p2p.errors import AmountDiffers, MoreThanOwed
from services.p2p.losses import rules
from services.p2p.losses.model import RESERVE_FUND, Compensation, CompensationState
from services.p2p.programmes.model import Covered, LossBearer, LossLayer
from services.p2p.repayments.model import PartKind, ShareKind
from tests.p2p.test_any_repayment import START, Book

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
PAYERS = frozenset({RESERVE_FUND, "sur_guarantor"})


class LossBook(Book):
    """A loan in memory, with whoever pays for its loss; `got` counts every unit that reached a holder, by holder and kind."""

    def __init__(self, lots: list[int], **terms: object) -> None:
        super().__init__(lots, **terms)
        self.got: Counter[tuple[str, str]] = Counter()
        self.fair: dict[str, Fraction] = defaultdict(Fraction)
        self.parts: list[tuple[date, dict[str, Fraction]]] = []
        self.splits = 0
        self.part_again(START)

    uncovered = PAYERS
    """Whose claims nobody pays for."""

    def count(self) -> None:
        """Of the repayment made last: what reached whom, and whose it was by the part of the loan that each held on each day."""
        _, parts, shares = self.paid[-1]
        self.splits += len(parts)
        for share in shares:
            self.got[share.holder, share.kind.value] += share.amount_minor
        for part in parts:
            if part.kind is not PartKind.PRINCIPAL:
                for holder, share in self.held_over(part.from_on, part.to_on).items():
                    self.fair[holder] += share * part.amount_minor

    def held_over(self, from_on: date, to_on: date) -> dict[str, Fraction]:
        """By holder: the mean of the loan's part that was hers over those days; that of the last day where there are none."""
        days = [from_on + timedelta(days=number) for number in range(max(1, (to_on - from_on).days))]
        found: dict[str, Fraction] = defaultdict(Fraction)
        for day in days:
            held = next(parts for since, parts in reversed(self.parts) if since <= day)
            for holder, part in held.items():
                found[holder] += part / len(days)
        return found

    def part_again(self, day: date) -> None:
        owed = sum(claim.outstanding_minor for claim in self.claims)
        self.parts.append((day, {claim.holder: Fraction(claim.outstanding_minor, owed) for claim in self.claims}))

    def compensate(self, day: date, layer: LossLayer, payer: str, available: int) -> Compensation | None:
        unpaid = [row for row in self.rows if row.paid_at is None]
        payers = self.uncovered
        lenders = sum(claim.outstanding_minor for claim in self.claims if claim.holder not in payers)
        if not unpaid or not lenders:
            return None
        number = len({cession.id for cession in self.cessions}) + 1
        parts = rules.interest_earned(self.programme, unpaid, day, UUID(int=number))
        covered = parts if rules.covers_interest(layer.covers) else []
        interest = rules.lenders_interest(self.loan.id, covered, self.claims, self.cessions, payers, self.repaid())
        asked = rules.asked_of(layer, self.claims, payer, payers)
        principal = rules.principal_payable(asked, lenders, sum(interest.values()), available)
        if principal <= 0:
            return None
        made = compensation_of(self.loan.id, number, layer, payer, day, asked, principal)
        shares = rules.shares_of(made, self.claims, interest, payers)
        assert sum(share.principal_minor for share in shares) == principal
        assert principal + sum(share.interest_minor for share in shares) <= available
        owed = sum(claim.outstanding_minor for claim in self.claims)
        by_claim = {share.claim_id: share.principal_minor for share in shares}
        if payer not in {claim.holder for claim in self.claims}:
            self.claims.append(payers_claim(self.claims[0], payer, len(self.claims), self.loan.starts_on))
        to = next(claim for claim in self.claims if claim.holder == payer)
        for share in shares:
            self.got[share.holder, "compensated"] += share.principal_minor
            self.got[share.holder, "interest compensated"] += share.interest_minor
            self.got[payer, "interest paid ahead"] += share.interest_minor
            from_on = rules.interest_from(layer.covers, unpaid, day)
            self.cessions.append(
                Cession(made.id, self.loan.id, share.claim_id, to.id, share.principal_minor, owed, from_on, day)
            )
        self.claims = [passed(claim, by_claim, payer, principal) for claim in self.claims]
        self.splits += len(parts) + 1
        self.part_again(day)
        assert sum(claim.outstanding_minor for claim in self.claims) == owed
        assert all(claim.outstanding_minor >= 0 for claim in self.claims)
        return made

    def interest_of(self, holder: str) -> int:
        return sum(self.got[holder, kind] for kind in ("interest", "late", "interest compensated"))


def passed(claim: Claim, by_claim: dict[UUID, int], payer: str, principal: int) -> Claim:
    if claim.holder == payer:
        grown = claim.outstanding_minor + principal
        return claim._replace(outstanding_minor=grown, bought_minor=claim.bought_minor + principal)
    amount = by_claim.get(claim.id, 0)
    return claim._replace(
        outstanding_minor=claim.outstanding_minor - amount,
        compensated_minor=claim.compensated_minor + amount,
    )


def payers_claim(like: Claim, payer: str, number: int, held_from_on: date) -> Claim:
    return like._replace(
        id=UUID(int=70_000 + number),
        holder=payer,
        funded_minor=0,
        outstanding_minor=0,
        principal_received_minor=0,
        held_from_on=held_from_on,
    )


def compensation_of(
    loan_id: UUID, number: int, layer: LossLayer, payer: str, day: date, asked: int, principal: int
) -> Compensation:
    return Compensation(
        id=UUID(int=80_000 + number),
        loan_id=loan_id,
        attempt=number,
        bearer=layer.bearer,
        payer=payer,
        account_id=UUID(int=5),
        covers=layer.covers,
        currency="CNY",
        days_past_due=1,
        asked_minor=asked,
        principal_minor=principal,
        interest_minor=0,
        state=CompensationState.PENDING,
        reason=None,
        decided_on=day,
        interest_from_on=day,
        requested_at=NOW,
        changed_at=NOW,
    )


LAYERS = [
    LossLayer(bearer, 1, covers, Decimal(share))
    for bearer in (LossBearer.RESERVE_FUND, LossBearer.GUARANTOR)
    for covers in Covered
    for share in ("1", "0.6")
]
STEP = st.tuples(
    st.integers(0, 60),
    st.one_of(st.integers(1, 1_500), st.tuples(st.sampled_from(LAYERS), st.integers(1, 2_000))),
)


@settings(max_examples=60)
@given(lots=st.lists(st.integers(1, 3_000), min_size=1, max_size=8), steps=st.lists(STEP, max_size=10))
def test_every_lender_gets_what_she_was_due_and_no_more(
    lots: list[int], steps: list[tuple[int, int | tuple[LossLayer, int]]]
) -> None:
    book = LossBook(lots, accrual_stop_days=10_000)
    funded = {claim.holder: claim.funded_minor for claim in book.claims}
    day = START
    for days, step in [*steps, (400, 1_000)]:
        day += timedelta(days=days)
        if isinstance(step, tuple):
            layer, thousandths = step
            payer = RESERVE_FUND if layer.bearer is LossBearer.RESERVE_FUND else "sur_guarantor"
            book.compensate(day, layer, payer, book.loan.principal_minor * thousandths // 1_000)
            continue
        owed = sum(due.owed_minor for due in book.serviced.on(day).dues)
        with suppress(AmountDiffers, MoreThanOwed):
            book.pay(day, max(1, owed * step // 1_000))
            book.count()
        if not any(claim.outstanding_minor for claim in book.claims):
            break
    _conserved(book, funded)
    for claim in book.claims:
        # Every split may round a unit somebody's way; nothing more.
        net = book.interest_of(claim.holder) - book.got[claim.holder, "interest paid ahead"]
        assert abs(net - book.fair[claim.holder]) <= (1 + book.splits) * (1 if claim.funded_minor else len(lots))
    for holder, lent in funded.items():
        assert book.got[holder, "principal"] + book.got[holder, "compensated"] == lent


def _conserved(book: LossBook, funded: dict[str, int]) -> None:
    for kind in ShareKind:
        reached = sum(amount for (_, its), amount in book.got.items() if its == kind.value)
        assert reached == sum(
            part.amount_minor for _, parts, _ in book.paid for part in parts if part.kind.value == kind.value
        )
    claims = {claim.holder: claim for claim in book.claims}
    for holder, claim in claims.items():
        bought, compensated = claim.bought_minor, book.got[holder, "compensated"]
        received = book.got[holder, "principal"]
        assert claim.outstanding_minor == funded.get(holder, 0) + bought - received - compensated


@pytest.mark.parametrize("covers", list(Covered))
def test_sixty_in_a_hundred_compensated_and_then_all_repaid(covers: Covered) -> None:
    book = LossBook([600, 400])
    day = book.rows[0].due_on + timedelta(days=40)
    layer = LossLayer(LossBearer.RESERVE_FUND, 30, covers, Decimal("0.6"))
    made = book.compensate(day, layer, RESERVE_FUND, 10**9)
    assert made is not None
    assert made.principal_minor == 30_000
    assert book.compensate(day, layer, RESERVE_FUND, 10**9) is None
    day += timedelta(days=400)
    owed = sum(due.owed_minor for due in book.serviced.on(day).dues)
    book.pay(day, owed)
    book.count()
    for holder, funded in (("cus_0", 30_000), ("cus_1", 20_000)):
        assert book.got[holder, "principal"] + book.got[holder, "compensated"] == funded
        assert abs(book.interest_of(holder) - book.fair[holder]) <= len(book.rows)
    assert book.got[RESERVE_FUND, "principal"] == 30_000
    assert (book.got[RESERVE_FUND, "interest paid ahead"] > 0) is (covers is Covered.PRINCIPAL_AND_INTEREST)
    reached = sum(book.got[holder, kind.value] for holder in ("cus_0", "cus_1", RESERVE_FUND) for kind in ShareKind)
    assert reached == owed


def test_interest_that_was_not_paid_for_stays_with_the_lender() -> None:
    """All principal is compensated on the due day of the second row; what the two rows earned is hers, what comes after the payer's."""
    book = LossBook([1_000], late_daily_rate=Decimal(0))
    first, second, third = book.rows[:3]
    layer = LossLayer(LossBearer.RESERVE_FUND, 1, Covered.PRINCIPAL)
    book.compensate(second.due_on, layer, RESERVE_FUND, 10**9)
    assert sum(claim.outstanding_minor for claim in book.claims if claim.holder == "cus_0") == 0
    book.pay(third.due_on, first.payment_minor + second.payment_minor + third.payment_minor)
    book.count()
    assert book.got["cus_0", "interest"] == first.interest_minor + second.interest_minor
    assert book.got[RESERVE_FUND, "interest"] == third.interest_minor


def test_interest_stops_where_accrual_does() -> None:
    book = LossBook([1_000], accrual_stop_days=90)
    due_on = book.rows[0].due_on

    def earned(days: int) -> int:
        parts = rules.interest_earned(book.programme, book.rows, due_on + timedelta(days=days), UUID(int=1))
        return sum(part.amount_minor for part in parts)

    assert earned(0) == book.rows[0].interest_minor
    assert earned(60) < earned(90) == earned(91) == earned(300)


@pytest.mark.parametrize(
    ("payable", "asked", "first", "worth"),
    [
        (0, 9, True, False),
        (9, 9, False, True),
        (99, 900, True, False),
        (100, 20_000, True, True),
        (100, 20_000, False, False),
        (200, 20_000, False, True),
        (0, 0, True, False),
    ],
)
def test_small_change_is_paid_once_only(payable: int, asked: int, first: bool, worth: bool) -> None:
    assert rules.worth_paying(payable, asked, first=first) is worth
