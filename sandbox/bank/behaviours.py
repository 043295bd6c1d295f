"""How a bank behaves on demand. The README shows this table with its magic amounts and cards."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

MAGIC_AMOUNT_BASE = 990_000
"""9,900.00; the behaviour's number is added as cents: 9,900.01 declines."""
OWN_BANK_ONLY = 50
"""Added to a number: the card's own bank behaves so, and whoever else carries the order does what it is asked."""

Answering = Literal["at once", "after delay", "never", "failure"]


@dataclass(frozen=True)
class Behaviour:
    """answering: what the caller sees; the rest: what the bank really does, and when queries show it."""

    number: int
    name: str
    answering: Answering = "at once"
    delay_seconds: float = 0
    decline_code: str | None = None
    recorded: bool = True
    visible_after: timedelta = timedelta(0)
    settles_after: timedelta = timedelta(0)
    notifications: int = 1


BEHAVIOURS = (
    Behaviour(0, "succeeds"),
    Behaviour(1, "declines", decline_code="card_restricted"),
    Behaviour(2, "declines_for_funds", decline_code="insufficient_funds"),
    Behaviour(3, "succeeds_after_delay", answering="after delay", delay_seconds=3),
    Behaviour(4, "times_out_then_succeeded", answering="never"),
    Behaviour(5, "times_out_never_arrived", answering="never", recorded=False),
    Behaviour(
        6,
        "unknown_for_ten_minutes_then_succeeds",
        answering="never",
        visible_after=timedelta(minutes=10),
        settles_after=timedelta(minutes=10),
    ),
    Behaviour(7, "answers_twice", notifications=2),
    Behaviour(8, "processes_then_succeeds", settles_after=timedelta(minutes=5)),
    Behaviour(9, "processes_then_declines", settles_after=timedelta(minutes=5), decline_code="card_restricted"),
    Behaviour(10, "fails_though_booked", answering="failure"),
    Behaviour(11, "times_out_then_declined", answering="never", decline_code="do_not_honour"),
    Behaviour(
        12,
        "breaks_its_finality",
        answering="never",
        visible_after=timedelta(hours=2),
        settles_after=timedelta(hours=2),
    ),
    Behaviour(13, "declines_for_itself", decline_code="channel_unavailable"),
)
_BY_NUMBER = {behaviour.number: behaviour for behaviour in BEHAVIOURS}
_BY_NAME = {behaviour.name: behaviour for behaviour in BEHAVIOURS}


def named(name: str) -> Behaviour:
    return _BY_NAME[name]


def behaviour_for(card_number: str, amount: int, *, own_bank: bool = True) -> Behaviour:
    """The card's own behaviour first, then the amount's, else success. own_bank: whether it is the card's own bank that is asked."""
    by_card = _behaviour(_card_behaviour_number(card_number), own_bank=own_bank)
    return by_card if by_card.number else _behaviour(amount - MAGIC_AMOUNT_BASE, own_bank=own_bank)


def _behaviour(number: int, *, own_bank: bool) -> Behaviour:
    if number >= OWN_BANK_ONLY:
        number = number - OWN_BANK_ONLY if own_bank else 0
    return _BY_NUMBER.get(number, _BY_NUMBER[0])


def _card_behaviour_number(card_number: str) -> int:
    """A magic card is a bank's six-digit prefix, zeros, a behaviour's number in two digits, and the check digit."""
    zeros, number = card_number[6:-3], card_number[-3:-1]
    return int(number) if set(zeros) == {"0"} else 0
