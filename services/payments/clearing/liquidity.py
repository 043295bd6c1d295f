"""Which waiting payments can be settled together with the liquidity there is.

First the largest set that keeps each participant's own queue in order. All payments are taken; a participant that would then be short gives
back its last one, until nobody is short (Bech and Soramäki, "Gridlock resolution in interbank payment systems", Bank of Finland, 2001).
In whatever order the short ones are served, the same set is left, and no other such set is larger: of two sets in which nobody is short,
both together are one too. What is left is then offered by value, largest first, past those that stand before it, in `ROUNDS` rounds.
"""

from collections.abc import Mapping, Sequence

from services.payments.clearing.model import Waiting

ROUNDS = 3


def settleable(queue: Sequence[Waiting], liquidity: Mapping[int, int], *, skipping: bool = True) -> list[bool]:
    """Whether each payment is among them. queue: in order; liquidity: what a participant may pay more than it gets, 0 of who is not told.

    Liquidity may be below zero: then nothing leaves that participant unless as much comes in. skipping: the second step, too.
    """
    sets = _Sets(queue, liquidity)
    sets.drop_last_of_the_short()
    if skipping:
        sets.take_by_value()
    return sets.taken


class _Sets:
    def __init__(self, queue: Sequence[Waiting], liquidity: Mapping[int, int]) -> None:
        self._queue = queue
        self.taken = [True] * len(queue)
        left: dict[int, int] = {}
        own: dict[int, list[int]] = {}
        for place, (_, payer, payee, amount) in enumerate(queue):
            left[payer] = left.get(payer, 0) - amount
            left[payee] = left.get(payee, 0) + amount
            if payer in own:
                own[payer].append(place)
            else:
                own[payer] = [place]
        # What each has left with all that is taken, and the places of its own payments that are, the last one on top.
        self._left = {number: liquidity.get(number, 0) + moved for number, moved in left.items()}
        self._own = own

    def drop_last_of_the_short(self) -> None:
        """Each payment is dropped at most once, so that this takes as long as there are payments."""
        queue, left, own = self._queue, self._left, self._own
        short = [number for number in own if left[number] < 0]
        while short:
            payer = short.pop()
            payments = own[payer]
            while left[payer] < 0 and payments:
                place = payments.pop()
                self.taken[place] = False
                _, _, payee, amount = queue[place]
                left[payer] += amount
                before = left[payee]
                left[payee] = before - amount
                if before >= 0 > before - amount and own.get(payee):
                    short.append(payee)

    def take_by_value(self) -> None:
        queue, left = self._queue, self._left
        waiting = sorted(
            (place for place, taken in enumerate(self.taken) if not taken),
            key=lambda place: (-queue[place].amount, place),
        )
        for _ in range(ROUNDS):
            rest = []
            for place in waiting:
                _, payer, payee, amount = queue[place]
                if left[payer] >= amount:
                    left[payer] -= amount
                    left[payee] += amount
                    self.taken[place] = True
                else:
                    rest.append(place)
            if len(rest) == len(waiting):
                return
            waiting = rest
