"""A second model of a trade, written from the rules' own words and nothing of the code: plain steps on plain numbers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

DAY = timedelta(days=1)
ENDED = ("TRADE_FINISHED", "TRADE_CLOSED")


@dataclass
class Naive:
    """held, released, refunded: by number of the line. asked: what the open refund is about. Steps answer whether they count."""

    price: dict[int, int]
    now: datetime
    state: str = "WAIT_BUYER_PAY"
    held: dict[int, int] = field(default_factory=dict)
    released: dict[int, int] = field(default_factory=dict)
    refunded: dict[int, int] = field(default_factory=dict)
    due: datetime | None = None
    left: timedelta | None = None
    extended: bool = False
    shipped: bool = False
    refund: str | None = None
    asked: dict[int, int] = field(default_factory=dict)
    claim: int = 0
    wants_return: bool = False
    offer: tuple[int, bool] | None = None

    def __post_init__(self) -> None:
        self.due = self.now + DAY

    def do(self, event: str, party: str, **facts: Any) -> bool:
        """At `now`; refused by whoever is not asked, and after the deadline."""
        if self.state in ENDED or (self.due is not None and self.now >= self.due):
            return False
        step = getattr(self, f"_{event}_by_{party}", None)
        return step is not None and bool(step(**facts))

    def pass_time(self) -> bool:
        """The deadline has come, if it has."""
        if self.state in ENDED or self.due is None or self.now < self.due:
            return False
        match self.refund or self.state:
            case "WAIT_SELLER_AGREE" | "WAIT_SELLER_CONFIRM_RETURN":
                self._end_refund(self.claim, 0)
            case "SELLER_REFUSED" | "WAIT_BUYER_RETURN_GOODS":
                self._end_refund(0, 0)
            case "IN_ARBITRATION":
                self._end_refund(self.claim // 2, self.claim - self.claim // 2)
            case "WAIT_BUYER_CONFIRM_GOODS":
                self._give(self.released, dict(self.held))
            case _:
                self._give(self.refunded, dict(self.held))
                self.state, self.due = "TRADE_CLOSED" if not sum(self.released.values()) else "TRADE_FINISHED", None
        return True

    # The trade.

    def _pay_by_buyer(self) -> bool:
        if self.state != "WAIT_BUYER_PAY":
            return False
        self.held, self.state, self.due = dict(self.price), "WAIT_SELLER_SEND_GOODS", self.now + 7 * DAY
        self.released, self.refunded = dict.fromkeys(self.price, 0), dict.fromkeys(self.price, 0)
        return True

    def _close_by_buyer(self) -> bool:
        if self.state != "WAIT_BUYER_PAY":
            return False
        self.state, self.due = "TRADE_CLOSED", None
        return True

    def _close_by_seller(self) -> bool:
        if self.refund or self.state not in ("WAIT_BUYER_PAY", "WAIT_SELLER_SEND_GOODS"):
            return False
        self._give(self.refunded, dict(self.held))
        self.state, self.due = "TRADE_CLOSED" if not sum(self.released.values()) else "TRADE_FINISHED", None
        return True

    def _ship_by_seller(self) -> bool:
        if self.refund or self.state != "WAIT_SELLER_SEND_GOODS":
            return False
        self.state, self.due, self.shipped = "WAIT_BUYER_CONFIRM_GOODS", self.now + 10 * DAY, True
        return True

    def _confirm_by_buyer(self, items: list[int] | None) -> bool:
        if self.state != "WAIT_BUYER_CONFIRM_GOODS" or (self.refund and items is None):
            return False
        wanted = [number for number in self.held if self.held[number]] if items is None else items
        if any(number in self.asked or not self.held.get(number) for number in wanted):
            return False
        self._give(self.released, {number: self.held[number] for number in wanted})
        return True

    def _extend_by_buyer(self) -> bool:
        if self.refund or self.state != "WAIT_BUYER_CONFIRM_GOODS" or self.extended:
            return False
        assert self.due is not None
        self.due, self.extended = self.due + 3 * DAY, True
        return True

    # The refund.

    def _open_refund_by_buyer(self, wanted: dict[int, int | None] | None, return_goods: bool) -> bool:
        if self.refund or self.state not in ("WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS"):
            return False
        if return_goods and not self.shipped:
            return False
        every: dict[int, int | None] = {number: None for number in self.held if self.held[number]}
        asked = {
            number: self.held.get(number, 0) if part is None else part for number, part in (wanted or every).items()
        }
        if any(not 0 < part <= self.held.get(number, 0) for number, part in asked.items()):
            return False
        assert self.due is not None
        self.left, self.refund, self.due = self.due - self.now, "WAIT_SELLER_AGREE", self.now + 5 * DAY
        self.asked, self.claim, self.wants_return, self.offer = asked, sum(asked.values()), return_goods, None
        return True

    def _agree_by_seller(self) -> bool:
        if self.refund not in ("WAIT_SELLER_AGREE", "SELLER_REFUSED", "IN_ARBITRATION"):
            return False
        if self.wants_return and self.refund != "IN_ARBITRATION":
            self.refund, self.due = "WAIT_BUYER_RETURN_GOODS", self.now + 7 * DAY
        else:
            self._end_refund(self.claim, 0)
        return True

    def _refuse_by_seller(self, proposal: tuple[int, bool] | None) -> bool:
        if self.refund != "WAIT_SELLER_AGREE" or (proposal and proposal[0] >= self.claim):
            return False
        self.refund, self.offer, self.due = "SELLER_REFUSED", proposal, self.now + 7 * DAY
        return True

    def _accept_proposal_by_buyer(self) -> bool:
        if self.refund != "SELLER_REFUSED" or self.offer is None:
            return False
        self.claim, self.wants_return = self.offer
        return self._agree_by_seller()

    def _escalate_by_buyer(self) -> bool:
        if self.refund != "SELLER_REFUSED":
            return False
        self.refund, self.due = "IN_ARBITRATION", self.now + 15 * DAY
        return True

    def _withdraw_by_buyer(self) -> bool:
        if self.refund in (None, "WAIT_SELLER_CONFIRM_RETURN"):
            return False
        self._end_refund(0, 0)
        return True

    def _send_back_by_buyer(self) -> bool:
        if self.refund != "WAIT_BUYER_RETURN_GOODS":
            return False
        self.refund, self.due = "WAIT_SELLER_CONFIRM_RETURN", self.now + 10 * DAY
        return True

    def _confirm_return_by_seller(self) -> bool:
        if self.refund != "WAIT_SELLER_CONFIRM_RETURN":
            return False
        self._end_refund(self.claim, 0)
        return True

    def _refuse_return_by_seller(self) -> bool:
        if self.refund != "WAIT_SELLER_CONFIRM_RETURN":
            return False
        self.refund, self.due = "IN_ARBITRATION", self.now + 15 * DAY
        return True

    def _rule_by_arbiter(self, buyer: int, seller: int) -> bool:
        if self.refund != "IN_ARBITRATION" or buyer + seller != self.claim:
            return False
        self._end_refund(buyer, seller)
        return True

    # Money.

    def _end_refund(self, buyer: int, seller: int) -> None:
        asked, self.asked, self.refund = self.asked, {}, None
        assert self.left is not None
        self.due, self.left = self.now + self.left, None
        if buyer + seller:
            both = largest_remainders(buyer + seller, asked)
            back = largest_remainders(buyer, both)
            self._move(self.refunded, back)
            self._move(self.released, {number: both[number] - back[number] for number in both})
        self._settle()

    def _give(self, to: dict[int, int], parts: dict[int, int]) -> None:
        self._move(to, parts)
        self._settle()

    def _move(self, to: dict[int, int], parts: dict[int, int]) -> None:
        for number, part in parts.items():
            self.held[number] -= part
            to[number] += part
            assert self.held[number] >= 0, "more than was held"

    def _settle(self) -> None:
        if [number for number, part in self.held.items() if part] == [0] and 0 not in self.asked:
            self._move(self.released if self.shipped else self.refunded, {0: self.held[0]})
        if self.held and not sum(self.held.values()):
            self.state, self.due = "TRADE_FINISHED" if sum(self.released.values()) else "TRADE_CLOSED", None


def largest_remainders(amount: int, weights: dict[int, int]) -> dict[int, int]:
    exact = {number: Fraction(amount * weight, sum(weights.values())) for number, weight in weights.items()}
    parts = {number: int(share) for number, share in exact.items()}
    order = sorted(exact, key=lambda number: (parts[number] - exact[number], number))
    for number in order[: amount - sum(parts.values())]:
        parts[number] += 1
    return parts
