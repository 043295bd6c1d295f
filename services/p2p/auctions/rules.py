"""A reverse auction (反向竞拍): the lowest rates win, all at the highest accepted one, which is the margin.

Bids below the margin win in full. Those at the margin share what is left pro rata by lots: each the whole lots of its share, what is left
over a lot each by time. Those above it are outbid. What wins follows from the placed bids alone, in whatever order they came to stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from services.p2p.auctions.errors import RateNotLowEnough, RateOutOfBounds
from services.p2p.bids.model import Bid
from services.p2p.errors import TooManyHolders
from services.p2p.listings.model import Listing
from services.p2p.programmes.model import Programme
from services.p2p.programmes.rules import MOST_HOLDERS


@dataclass(frozen=True, slots=True)
class Clearing:
    """rate: at which all winners lend; awards: of each winning bid, in minor units; lost: bids that win nothing."""

    rate: Decimal
    awards: Mapping[UUID, int]
    lost: Sequence[Bid]


def require_rate(listing: Listing, programme: Programme, rate: Decimal | None) -> None:
    """Raises RateOutOfBounds."""
    if listing.highest_rate is None:
        if rate is not None:
            raise RateOutOfBounds("the rate of this listing is not bid for", field="annual_rate")
        return
    bounds = {"lowest_rate": str(programme.lowest_rate), "highest_rate": str(listing.highest_rate)}
    if rate is None:
        raise RateOutOfBounds("a bid in an auction names its rate", field="annual_rate", **bounds)
    if not programme.lowest_rate <= rate <= listing.highest_rate:
        raise RateOutOfBounds("the rate is outside the auction's bounds", field="annual_rate", **bounds)


def require_could_win(placed: Sequence[Bid], amount_minor: int, rate: Decimal) -> None:
    """Raises RateNotLowEnough, TooManyHolders."""
    at = margin(placed, amount_minor)
    if at is None or rate < at:
        return
    if rate > at:
        raise RateNotLowEnough(f"it is covered at {at}", field="annual_rate", winning_rate=str(at))
    if sum(_rate(bid) == at for bid in placed) >= MOST_HOLDERS:
        raise TooManyHolders(f"{MOST_HOLDERS} bids share the margin already", field="annual_rate")


def margin(placed: Sequence[Bid], amount_minor: int) -> Decimal | None:
    """The lowest rate at which bids cover the amount, None while they do not."""
    left = amount_minor
    for bid in sorted(placed, key=_rate):
        left -= bid.amount_minor
        if left <= 0:
            return _rate(bid)
    return None


def outbid(placed: Sequence[Bid], amount_minor: int) -> list[Bid]:
    """Those above the margin: nothing that may still happen lets them win."""
    at = margin(placed, amount_minor)
    return [] if at is None else [bid for bid in placed if _rate(bid) > at]


def clear(placed: Sequence[Bid], amount_minor: int, lot_minor: int) -> Clearing | None:
    """None where the bids do not cover the amount."""
    at = margin(placed, amount_minor)
    if at is None:
        return None
    awards = {bid.id: bid.amount_minor for bid in placed if _rate(bid) < at}
    sharing = sorted((bid for bid in placed if _rate(bid) == at), key=lambda bid: (bid.requested_at, bid.id))
    lots = (amount_minor - sum(awards.values())) // lot_minor
    wanted = sum(bid.amount_minor for bid in sharing)
    shares = [lots * bid.amount_minor // wanted for bid in sharing]
    over = lots - sum(shares)
    for place, bid in enumerate(sharing):
        share = shares[place] + (place < over)
        if share:
            awards[bid.id] = share * lot_minor
    return Clearing(at, awards, [bid for bid in placed if bid.id not in awards])


def _rate(bid: Bid) -> Decimal:
    assert bid.annual_rate is not None
    return bid.annual_rate
