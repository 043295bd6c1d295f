"""Random walks through a trade: mostly what its state allows, sometimes anything, by anybody, late, or nothing for a long time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.payments.trades.naive import ENDED, Naive

PRICE = {0: 300, 1: 1_000, 2: 7, 3: 1}
USUAL: dict[str, list[tuple[str, str]]] = {
    "WAIT_BUYER_PAY": [("pay", "buyer")] * 8 + [("close", "buyer"), ("close", "seller")],
    "WAIT_SELLER_SEND_GOODS": [("ship", "seller")] * 4 + [("open_refund", "buyer")] * 2 + [("close", "seller")],
    "WAIT_BUYER_CONFIRM_GOODS": [("open_refund", "buyer")] * 6 + [("confirm", "buyer")] * 3 + [("extend", "buyer")],
    "WAIT_SELLER_AGREE": [("agree", "seller")] * 2 + [("refuse", "seller")] * 4 + [("withdraw", "buyer")] + [("confirm", "buyer")] * 2,
    "SELLER_REFUSED": [("accept_proposal", "buyer"), ("escalate", "buyer"), ("withdraw", "buyer"), ("agree", "seller")],
    "WAIT_BUYER_RETURN_GOODS": [("send_back", "buyer")] * 3 + [("withdraw", "buyer")],
    "WAIT_SELLER_CONFIRM_RETURN": [("confirm_return", "seller"), ("refuse_return", "seller")],
    "IN_ARBITRATION": [("rule", "arbiter")] * 4 + [("withdraw", "buyer"), ("agree", "seller")] + [("confirm", "buyer")] * 4,
}  # fmt: skip
EVENTS = sorted({event for usual in USUAL.values() for event, _ in usual})
PARTIES = ("buyer", "seller", "arbiter")


@dataclass(frozen=True)
class Step:
    """event None: time alone has passed, and what is due is looked for."""

    now: datetime
    event: str | None
    party: str = ""
    facts: dict[str, Any] | None = None


def place(naive: Naive) -> str:
    return naive.refund or naive.state


def walk(naive: Naive, random: Random, steps: int) -> Iterator[Step]:
    """The next step, by the second model's state, which the taker of the steps keeps going."""
    for _ in range(steps):
        if naive.state in ENDED and random.random() < 0.9:
            return
        naive.now += timedelta(microseconds=random.choice([0, 1, 3_600_000_000, 86_400_000_000]))
        late = random.random() < 0.08
        if late and naive.due is not None:
            naive.now = naive.due + timedelta(seconds=random.choice([-1, 0, 0, 40 * 86_400]))
        if late and random.random() < 0.7:
            yield Step(naive.now, None)
            continue
        event, party = random.choice(USUAL.get(place(naive), [("confirm", "buyer")]))
        if random.random() < 0.15:
            event, party = random.choice(EVENTS), random.choice(PARTIES)
        yield Step(naive.now, event, party, _facts(event, naive, random))


def _facts(event: str, naive: Naive, random: Random) -> dict[str, Any]:
    match event:
        case "confirm":
            free = [number for number, part in naive.held.items() if number and part and number not in naive.asked]
            return {"items": random.choice([None, [1], [2, 3], [1, 4], free or [3], free[:1] or [2], free[-1:] or [2]])}
        case "open_refund":
            return {"wanted": _wanted(naive, random), "return_goods": random.random() < 0.4}
        case "refuse":
            offer = (random.randint(1, max(1, naive.claim)), random.random() < 0.3)
            return {"proposal": random.choice([None, offer, offer])}
        case "rule":
            buyer = random.randint(0, naive.claim)
            return {"buyer": buyer, "seller": naive.claim - buyer + random.choice([0] * 9 + [1])}
        case _:
            return {}


def _wanted(naive: Naive, random: Random) -> dict[int, int | None] | None:
    if random.random() < 0.3:
        return None
    numbers = random.sample([0, 1, 2, 3, random.choice([1, 4])], random.randint(1, 3))
    return {number: random.choice([None, random.randint(1, max(1, naive.held.get(number, 1)))]) for number in numbers}
