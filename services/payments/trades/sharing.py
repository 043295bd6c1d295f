"""How money is shared over the lines of a trade: floors and remainders, so that no unit is lost or made."""

from collections.abc import Mapping
from dataclasses import replace

from finance.splitting import split_largest_remainder
from services.payments.trades.model import WHOLE_SHARE, TradeCategory, TradeLine

Lines = tuple[TradeLine, ...]


def shared_over(amount: int, weights: Mapping[int, int]) -> dict[int, int]:
    """An amount over lines by largest remainder; none gets more than its weight while the amount is at most their sum."""
    numbers = sorted(weights)
    parts = split_largest_remainder(amount, [weights[number] for number in numbers])
    return dict(zip(numbers, parts, strict=True))


def split_over(
    buyer_amount: int, seller_amount: int, asked: Mapping[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """The two parts of a split, each by line; together never more of a line than was asked of it."""
    both = shared_over(buyer_amount + seller_amount, asked)
    buyer = shared_over(buyer_amount, both)
    return buyer, {number: both[number] - buyer[number] for number in both}


def default_split(amount: int, category: TradeCategory) -> tuple[int, int]:
    """The buyer's part, floored, and the seller's, who gets the rest."""
    buyer = amount * category.default_buyer_share // WHOLE_SHARE
    return buyer, amount - buyer


def held_by_line(lines: Lines) -> dict[int, int]:
    """Of lines of which anything is held."""
    return {line.number: line.held for line in lines if line.held}


def released(lines: Lines, parts: Mapping[int, int]) -> Lines:
    return tuple(replace(line, released=line.released + parts.get(line.number, 0)) for line in lines)


def refunded(lines: Lines, parts: Mapping[int, int]) -> Lines:
    return tuple(replace(line, refunded=line.refunded + parts.get(line.number, 0)) for line in lines)
