"""Every state of a deposit against all that a chain may say of it, and the arithmetic of shares."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.payments.coins import rules
from services.payments.coins.errors import CoinLimitExceeded
from services.payments.coins.model import CoinDepositState, Deposit, Terms
from services.payments.coins.rules import Posting

NOW = datetime(2026, 12, 2, tzinfo=UTC)
CONFIRMING, DROPPED, HELD, CREDITED, REVERSED = CoinDepositState


def deposit(state: CoinDepositState) -> Deposit:
    return Deposit(UUID(int=1), "BTC", None, UUID(int=2), "a", "t", 0, 10, state, 3, 0, NOW, None, None)


# Of each state: gone; too few confirmations; enough; enough while the coin takes no deposits.
TABLE = {
    CONFIRMING: ((DROPPED, None), (CONFIRMING, None), (CREDITED, Posting.CREDIT), (HELD, None)),
    DROPPED: ((DROPPED, None), (CONFIRMING, None), (CREDITED, Posting.CREDIT), (HELD, None)),
    HELD: ((DROPPED, None), (HELD, None), (HELD, None), (HELD, None)),
    CREDITED: ((REVERSED, Posting.REVERSE), (CREDITED, None), (CREDITED, None), (CREDITED, None)),
    REVERSED: ((REVERSED, None), (REVERSED, None), (CREDITED, Posting.RESTORE), (CREDITED, Posting.RESTORE)),
}


@pytest.mark.parametrize("state", CoinDepositState)
def test_every_state_against_all_that_a_chain_says(state: CoinDepositState) -> None:
    told = ((None, False), (5, False), (6, False), (6, True))
    for (confirmations, stopped), (after, posting) in zip(told, TABLE[state], strict=True):
        step = rules.stepped(deposit(state), confirmations, stopped=stopped)
        assert (step.after.state, step.posting) == (after, posting), confirmations
        again = rules.stepped(step.after, confirmations, stopped=stopped)
        assert not again.changes, "told twice, done once"


@given(some.lists(some.one_of(some.none(), some.integers(0, 9)), max_size=30))
def test_what_was_credited_is_there_or_taken_back(told: list[int | None]) -> None:
    """Whatever a chain says and in whatever order: credits less reversals are one where it stands credited, else none."""
    one, net = deposit(CONFIRMING), 0
    for confirmations in told:
        step = rules.stepped(one, confirmations, stopped=False)
        net += {Posting.CREDIT: 1, Posting.RESTORE: 1, Posting.REVERSE: -1, None: 0}[step.posting]
        one = step.after
        assert net == (one.state is CREDITED)
        assert confirmations is not None or one.state in (DROPPED, REVERSED)


def test_shares_are_of_all_value() -> None:
    assert rules.value_of(150_000_000, Decimal("600000.10")) == 90_000_015
    assert rules.share_of(0, 0) == 0
    assert (rules.share_of(25, 75), rules.share_of(1, 10**7), rules.share_of(5, 0)) == (250_000, 0, 1_000_000)


def test_the_daily_limit_is_exact() -> None:
    terms = Terms(UUID(int=1), "BTC", NOW.date(), 0, 100, 1, "", "", NOW)
    rules.require_daily_room(terms, 60, 40)
    with pytest.raises(CoinLimitExceeded):
        rules.require_daily_room(terms, 60, 41)
