"""A reverse auction without a database, beside a naive second model that counts lot by lot."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.p2p.auctions import rules
from services.p2p.auctions.errors import RateNotLowEnough, RateOutOfBounds
from services.p2p.bids.model import Bid, BidState
from services.p2p.errors import TooManyHolders
from services.p2p.programmes.rules import MOST_HOLDERS

NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
LOT = 100


def bid(number: int, rate: str, lots: int, seconds: int | None = None) -> Bid:
    at = NOW + timedelta(seconds=number if seconds is None else seconds)
    return Bid(
        UUID(int=number), UUID(int=0), f"cus_{number}", lots * LOT, "CNY", BidState.PLACED, None, None, None, None, at, at,
        annual_rate=Decimal(rate),
    )  # fmt: skip


def naive(bids: Sequence[Bid], lots: int) -> tuple[Decimal, dict[UUID, int]] | None:
    """Rates one by one from the lowest; at the one that completes the amount, whole shares, then a lot each from the earliest on."""
    awards: dict[UUID, int] = {}
    for rate in sorted({one.annual_rate for one in bids if one.annual_rate is not None}):
        group = sorted((one for one in bids if one.annual_rate == rate), key=lambda one: (one.requested_at, one.id))
        asked = sum(one.amount_minor // LOT for one in group)
        if asked < lots:
            awards |= {one.id: one.amount_minor for one in group}
            lots -= asked
            continue
        given_lots = {one.id: lots * (one.amount_minor // LOT) // asked for one in group}
        while sum(given_lots.values()) < lots:
            for one in group:
                if sum(given_lots.values()) < lots:
                    given_lots[one.id] += 1
        return rate, awards | {key: value * LOT for key, value in given_lots.items() if value}
    return None


BIDS = st.lists(st.tuples(st.integers(5, 9), st.integers(1, 6), st.integers(0, 3)), max_size=12)


@given(BIDS, st.integers(1, 20), st.randoms())
def test_it_clears_as_a_naive_second_model_does(drawn: list[tuple[int, int, int]], lots: int, chance: Any) -> None:
    bids = [bid(number, f"0.0{rate}", wanted, at) for number, (rate, wanted, at) in enumerate(drawn)]
    chance.shuffle(bids)
    cleared, expected = rules.clear(bids, lots * LOT, LOT), naive(bids, lots)
    if expected is None or cleared is None:
        assert cleared is None
        assert expected is None
        assert rules.outbid(bids, lots * LOT) == []
        return
    assert (cleared.rate, dict(cleared.awards)) == expected
    assert sum(cleared.awards.values()) == lots * LOT
    for one in bids:
        assert 0 <= cleared.awards.get(one.id, 0) <= one.amount_minor
    assert {one.id for one in cleared.lost} == {one.id for one in bids} - set(cleared.awards)


@given(BIDS, st.integers(1, 20))
def test_outbid_one_by_one_ends_as_all_at_once(drawn: list[tuple[int, int, int]], lots: int) -> None:
    """Releasing those above the margin as bids come in changes nothing of the clearing."""
    everybody = [bid(number, f"0.0{rate}", wanted, at) for number, (rate, wanted, at) in enumerate(drawn)]
    placed: list[Bid] = []
    for one in everybody:
        placed.append(one)
        gone = rules.outbid(placed, lots * LOT)
        placed = [other for other in placed if other not in gone]
    first, second = rules.clear(placed, lots * LOT, LOT), rules.clear(everybody, lots * LOT, LOT)
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert (first.rate, dict(first.awards)) == (second.rate, dict(second.awards))


def test_ties_at_the_margin_share_by_lots_then_time() -> None:
    bids = [bid(1, "0.06", 4), bid(2, "0.08", 6), bid(3, "0.08", 2), bid(4, "0.09", 9)]
    cleared = rules.clear(bids, 10 * LOT, LOT)
    assert cleared is not None
    assert cleared.rate == Decimal("0.08")
    assert dict(cleared.awards) == {UUID(int=1): 400, UUID(int=2): 500, UUID(int=3): 100}
    assert [one.id for one in cleared.lost] == [UUID(int=4)]


def test_a_bid_that_cannot_win_is_refused() -> None:
    placed = [bid(1, "0.06", 4), bid(2, "0.08", 6)]
    rules.require_could_win(placed, 11 * LOT, Decimal("0.12"))
    rules.require_could_win(placed, 10 * LOT, Decimal("0.08"))
    with pytest.raises(RateNotLowEnough) as refused:
        rules.require_could_win(placed, 10 * LOT, Decimal("0.0801"))
    assert refused.value.facts["winning_rate"] == "0.08"
    crowd = [bid(number, "0.08", 1) for number in range(MOST_HOLDERS)]
    rules.require_could_win(crowd, LOT, Decimal("0.0799"))
    with pytest.raises(TooManyHolders):
        rules.require_could_win(crowd, LOT, Decimal("0.08"))


@pytest.mark.parametrize(("rate", "highest"), [(None, "0.1"), ("0.1001", "0.1"), ("0.0299", "0.1"), ("0.05", None)])
def test_the_rate_of_a_bid_is_within_its_auction(rate: str | None, highest: str | None) -> None:
    listing: Any = SimpleNamespace(highest_rate=None if highest is None else Decimal(highest))
    programme: Any = SimpleNamespace(lowest_rate=Decimal("0.03"))
    with pytest.raises(RateOutOfBounds) as refused:
        rules.require_rate(listing, programme, None if rate is None else Decimal(rate))
    assert refused.value.field == "annual_rate"
