"""Coins are at our addresses, but for what is being sent; and no chain issues more than its schedule."""

import pytest

from clients.payments.shapes import CoinFiguresAnswer
from suite.audit import coins


def holds(issued: int, sending: int, held: int, chain: int = 0, height: int = -1) -> list[bool]:
    ours = CoinFiguresAnswer(
        unit="BTC", network="bcrt", issued=issued, sending=sending, outputs=0, height=height, best_block=""
    )
    return [one.holds for one in coins.checks([ours], {"BTC": held}, chain, height)]


@pytest.mark.parametrize(
    ("issued", "sending", "held", "there"),
    [(100, 0, 100, True), (100, 0, 99, False), (100, 30, 70, True), (0, 0, 5, True)],
)
def test_ours_are_no_more_than_our_addresses_have(issued: int, sending: int, held: int, there: bool) -> None:
    assert holds(issued, sending, held) == [there, True]


def test_a_chain_issues_by_its_schedule() -> None:
    assert [coins.released_by(height) for height in (-1, 0, 209_999, 210_000)] == [
        0,
        50 * 10**8,
        210_000 * 50 * 10**8,
        210_000 * 50 * 10**8 + 25 * 10**8,
    ]
    assert holds(0, 0, 0, 50 * 10**8, 0) == [True, True]
    assert holds(0, 0, 0, 50 * 10**8 + 1, 0) == [True, False]
