"""Every event in every state of mandates and debits, the days of the plan, and money divided over books: rules alone."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import book_of, decode, with_book
from services.p2p.accounts.model import HousePurpose
from services.p2p.debiting import rules
from services.p2p.debiting.model import DebitState, LoanDebit, MandateState, RepaymentMandate, Signed
from services.p2p.debiting.rules import DebitEvent, MandateEvent
from services.p2p.errors import NotAllowedInState
from services.p2p.programmes.model import DebitTerms
from services.p2p.repayments.jobs import ADVANCE_CODE, ASIDE_CODE, orders_of
from services.p2p.repayments.model import Repayment, RepaymentState, ReversalPart, Share, ShareKind
from services.p2p.repayments.reversal_jobs import BORNE_CODE
from services.p2p.repayments.reversal_jobs import orders_of as reversal_orders_of

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
DAY = date(2026, 11, 24)
MANDATE = {
    ("requested", "ask"): "unsigned",
    ("requested", "lapse"): "ended",
    ("requested", "end"): "ended",
    ("unsigned", "lapse"): "ended",
    ("unsigned", "sign"): "active",
    ("unsigned", "end"): "ended",
    ("active", "stop"): "stopped",
    ("active", "end"): "ended",
}
DEBIT = {
    ("asked", "send"): "sent",
    ("asked", "advance"): "advanced",
    ("asked", "pay"): "paid",
    ("asked", "fail"): "failed",
    ("sent", "advance"): "advanced",
    ("sent", "pay"): "paid",
    ("sent", "fail"): "failed",
    ("advanced", "withhold"): "sent",
    ("advanced", "pay"): "paid",
    ("advanced", "bounce"): "bounced",
    ("paid", "settle"): "settled",
    ("bounced", "unwind"): "unwound",
    ("failed", "pay_late"): "late",
    ("unwound", "pay_late"): "late",
    ("late", "return"): "returned",
}


def mandate_of(state: MandateState) -> RepaymentMandate:
    return RepaymentMandate(
        id=UUID(int=1),
        loan_id=UUID(int=2),
        borrower="cus_b",
        currency="CNY",
        most_minor=100,
        most_monthly_minor=200,
        valid_until=DAY,
        state=state,
        reason=None,
        account_id=UUID(int=3),
        mandate_id="mdt_x",
        requested_at=NOW,
        changed_at=NOW,
        due_at=None,
    )


def debit_of(state: DebitState) -> LoanDebit:
    return LoanDebit(
        id=UUID(int=1),
        loan_id=UUID(int=2),
        repayment_mandate_id=UUID(int=3),
        number=1,
        on_day=DAY,
        amount_minor=100,
        used_minor=0,
        currency="CNY",
        state=state,
        reason=None,
        debit_id=None,
        repayment_id=None,
        advanced=False,
        requested_at=NOW,
        changed_at=NOW,
        due_at=None,
    )


def test_every_event_in_every_state_of_a_mandate() -> None:
    for state, event in product(MandateState, MandateEvent):
        expected = MANDATE.get((state.value, event.value))
        if expected is None:
            with pytest.raises(NotAllowedInState):
                rules.next_mandate_state(mandate_of(state), event)
        else:
            assert rules.next_mandate_state(mandate_of(state), event) == expected


def test_every_event_in_every_state_of_a_debit_and_every_state_has_a_way_out() -> None:
    for state, event in product(DebitState, DebitEvent):
        expected = DEBIT.get((state.value, event.value))
        if expected is None:
            with pytest.raises(NotAllowedInState):
                rules.next_debit_state(debit_of(state), event)
        else:
            assert rules.next_debit_state(debit_of(state), event) == expected
    assert {state.value for state in DebitState} - {before for before, _ in DEBIT} == {"settled", "returned"}


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"customer": "cus_c"}, False),
        ({"account_id": UUID(int=9)}, False),
        ({"currency": "USD"}, False),
        ({"most_minor": 99}, False),
        ({"most_monthly_minor": 199}, False),
        ({"valid_until": DAY - timedelta(days=1)}, False),
        ({"most_minor": 101, "valid_until": DAY + timedelta(days=1)}, True),
    ],
)
def test_what_was_signed_is_no_narrower_than_what_was_asked(change: dict[str, object], fits: bool) -> None:
    facts: dict[str, object] = {
        "state": "active",
        "customer": "cus_b",
        "account_id": UUID(int=3),
        "currency": "CNY",
        "most_minor": 100,
        "most_monthly_minor": 200,
        "valid_until": DAY,
    }
    assert rules.fits(mandate_of(MandateState.UNSIGNED), Signed(**(facts | change))) is fits  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("clock", "number"), [("07:59:59", 0), ("08:00:00", 1), ("19:59:59", 1), ("20:00:00", 2), ("23:59:59", 2)]
)
def test_rounds_begin_at_their_hours_of_the_zone(clock: str, number: int) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert rules.round_at(datetime.fromisoformat(f"2026-11-24T{clock}+08:00"), zone) == number


_AFTER = st.lists(st.integers(1, 20), max_size=4, unique=True).map(lambda found: tuple(sorted(found)))


@given(again=_AFTER, gaps=st.lists(st.integers(0, 12), min_size=1, max_size=3), down=st.sets(st.integers(0, 40)))
def test_each_due_day_is_tried_by_its_plan_and_a_day_that_was_missed_is_made_up_for(
    again: tuple[int, ...], gaps: list[int], down: set[int]
) -> None:
    """Against a list that is gone through day by day: what is planned waits until a day on which the service runs."""
    terms = DebitTerms(retry_days=again)
    dues = [sum(gaps[: at + 1]) for at in range(len(gaps))]
    waiting = sorted({due + after for due in dues for after in (0, *again)})
    tried: list[date] = []
    for day in range(45):
        today = DAY + timedelta(days=day)
        unpaid = [DAY + timedelta(days=due) for due in dues if due <= day]
        planned = [one for one in waiting if one <= day]
        expected = bool(planned) and day not in down
        if day not in down and rules.is_planned(terms, unpaid, tried, today):
            assert expected, (day, waiting, tried)
            tried.append(today)
        else:
            assert not expected, (day, waiting, tried)
        if expected:
            waiting = [one for one in waiting if one > day]


def repayment_of(amount: int, **changes: object) -> Repayment:
    facts: dict[str, object] = {
        "id": UUID(int=70),
        "loan_id": UUID(int=71),
        "row_number": 1,
        "attempt": 1,
        "borrower": "cus_b",
        "account_id": with_book(UUID(int=1 << 80), 1),
        "amount_minor": amount,
        "principal_minor": amount,
        "interest_minor": 0,
        "currency": "CNY",
        "state": RepaymentState.PENDING,
        "reason": None,
        "requested_at": NOW,
        "changed_at": NOW,
        "paid_on": DAY,
    }
    return Repayment(**(facts | changes))  # type: ignore[arg-type]


def share_of(number: int, book: int, amount: int) -> Share:
    account = with_book(UUID(int=number + 2 << 80), book)
    transfer = with_book(UUID(int=number + 2 << 40), book)
    claim = UUID(int=number + 2)
    kind = ShareKind.INTEREST if number % 2 else ShareKind.PRINCIPAL
    share = Share(UUID(int=70), claim, kind, f"cus_{number}", account, amount, transfer, amount * number // 60)
    return share._replace(interest_fee_minor=share.received_minor // 7) if number % 2 else share


HOUSE = {purpose: with_book(UUID(int=6_000 + place << 60), 1) for place, purpose in enumerate(HousePurpose)}


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 10**9)), min_size=1, max_size=30), st.booleans())
def test_the_first_batch_moves_all_of_it_once_whatever_books_holders_are_in(
    parts: list[tuple[int, int]], lent: bool
) -> None:
    """Late and dear: the platform keeps its fees of most shares."""
    shares = [share_of(number, book, amount) for number, (book, amount) in enumerate(parts)]
    amount = sum(share.amount_minor for share in shares)
    lender = with_book(UUID(int=5), 1)
    repayment = repayment_of(amount, advance_account_id=lender if lent else None, by_mandate=lent, by_book=True)
    books = {book: with_book(UUID(int=900 + book << 60), book) for book in {1, *(book for book, _ in parts)}}
    orders = orders_of(repayment, shares, HOUSE, books)
    money = Counter[UUID]()
    for order in orders:
        money[decode("acc", str(order["debit_account_id"]))] -= int(order["amount"])
        money[decode("acc", str(order["credit_account_id"]))] += int(order["amount"])
    assert sum(money.values()) == 0
    assert money[repayment.account_id] == (0 if lent else -amount)
    assert {book_of(decode("trf", str(order["id"]))) for order in orders} == {1}
    here = {share.account_id: share.received_minor for share in shares if book_of(share.account_id) == 1}
    fees = sum(share.fee_minor for share in shares)
    assert sum(money[account] for account in HOUSE.values()) == fees
    assert {account: money[account] for account in here} == here
    aside = sum(int(order["amount"]) for order in orders if order["code"] == ASIDE_CODE)
    assert aside + sum(here.values()) + fees == amount
    assert [order["code"] for order in orders[:1]] == [ADVANCE_CODE] or not lent


@given(
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.floats(0, 1, allow_nan=False),
    st.booleans(),
)
def test_what_is_taken_back_of_a_holder_never_drives_her_below_zero(
    principal: int, interest: int, late: int, lacking: float, borne: bool
) -> None:
    kinds = {ShareKind.PRINCIPAL: principal, ShareKind.INTEREST: interest, ShareKind.LATE: late}
    account, platform = with_book(UUID(int=9 << 80), 1), with_book(UUID(int=5), 1)
    own = [
        Share(UUID(int=70), UUID(int=3), kind, "cus_h", account, amount, UUID(int=1), amount // 9)
        for kind, amount in kinds.items()
        if amount
    ]
    own = [one._replace(interest_fee_minor=one.received_minor // 8) if one.kind == "interest" else one for one in own]
    received, fee = (
        sum(amounts) for amounts in zip(*((one.received_minor, one.interest_fee_minor) for one in own), strict=True)
    )
    advance = received if borne else int(received * lacking)
    repayment = repayment_of(received)
    has = 0 if borne else received - advance
    money = Counter({account: has})
    for order in reversal_orders_of(
        repayment, own, ReversalPart(repayment.id, UUID(int=3), 1, advance, borne), platform
    ):
        for side, sign in (("debit", -1), ("credit", 1)):
            name = decode("acc", str(order[f"{side}_account_id"]))
            money[name] += sign * int(order["amount"])
            assert name != account or money[name] >= 0
        assert not borne or order["code"] in (BORNE_CODE, "p2p.reversal.interest_fee")
    # What was kept of late money goes back in one sum of all holders.
    assert (money[repayment.account_id], money[platform], money[account]) == (received + fee, -advance - fee, 0)
