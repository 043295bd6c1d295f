"""What a run asks for next: small amounts on few accounts, so that everything meets.

Hypothesis draws which rule comes next and a number for it; the rest follows from that number and the run's own. (Drawn one by one, most
runs of a short test would be copies of each other, with most transfers refused.)
"""

import random
from typing import Literal, NamedTuple

from tests.payments.ledger.asking import OPERATOR, SHOP
from tests.payments.ledger.cutting import HOWS, Cut
from tests.payments.ledger.predicting import CODE, LARGEST
from tests.payments.ledger.stage import NOBODY
from tests.payments.ledger.stories import Line

LAST_STATEMENT, LAST_OF_STORY = 14, 20
"""Of a commit of the lane with everything in it, and of the longest story's, from 0."""
CUT_SHARE, MOST_CUTS = 0.6, 4
NAMES = ("anna", "shop", "boris", "vault", "late", "bank")
FLAGS = {
    "single": (
        "", "", "", "", "linked", "balancing_debit", "balancing_credit", "balancing_debit balancing_credit", "imported",
    ),
    "pending": (
        "", "", "", "", "", "", "", "linked", "balancing_debit", "closing_debit", "closing_credit", "closing_debit closing_credit",
        "imported", "imported balancing_debit",
    ),
    "post": ("", "", "", "", "", "linked", "imported"),
    "void": ("", "", "", "", "", "linked", "imported"),
}  # fmt: skip
StepName = Literal["freeze", "release", "closure"]


class Draft(NamedTuple):
    """A transfer before it has an id. used: its id was used before; hold: which of the last holds; back: seconds before now of an
    imported one; named: post and void say what they might leave out."""

    kind: str
    debit: str
    credit: str
    amount: int
    used: bool
    hold: int
    flags: frozenset[str]
    code: str
    timed: bool
    back: int
    named: bool


class Dice(random.Random):
    def one_in(self, times: int) -> bool:
        return self.randrange(times) == 0

    def cuts(self, last: int = LAST_STATEMENT) -> list[Cut]:
        """Mostly some: the first door tries twice by itself, so that three may be needed before there is no answer."""
        if self.random() > CUT_SHARE:
            return []
        return [Cut(self.randint(0, last), self.choice(HOWS)) for _ in range(self.randint(1, MOST_CUTS))]

    def caller(self) -> str:
        return self.choice((OPERATOR, OPERATOR, OPERATOR, SHOP))

    def draft(self) -> Draft:
        kind = self.choice(["single"] * 4 + ["pending"] * 3 + ["post"] * 2 + ["void"])
        flags = frozenset(self.choice(FLAGS[kind]).split())
        debit, credit = self._sides()
        imported = "imported" in flags
        return Draft(
            kind, debit, credit,
            self.choice((40, LARGEST)) if self.one_in(10) else self.randint(1, 6),
            self.one_in(12),
            self.choice((0, 0, 0, 1, 1, 2, 3, 4)),
            flags,
            self.choice((CODE, CODE, "escrow.release")) if kind == "post" else CODE,
            kind == "pending" and not imported and self.one_in(2),
            self.choice((0, 1, 3, 7, 50, 200, -5)) if imported else 0,
            self.one_in(4),
        )  # fmt: skip

    def _sides(self) -> tuple[str, str]:
        debit = self.choice(("bank", "anna", "shop", "bank", "anna", "boris", "vault", "late"))
        credit = self.choice([name for name in NAMES if name != debit])
        odd = [(NOBODY, credit), (debit, NOBODY), (debit, debit), ("dollars", credit), (debit, "dollars")]
        return self.choice(odd) if self.one_in(12) else (debit, credit)

    def shares(self) -> tuple[int | None, tuple[tuple[str, int], ...], tuple[Line, ...]]:
        """Amount, sources with their overdraft limits, lines. One line takes the remainder; portions are below the whole."""
        names = self.sample(NAMES, len(NAMES))
        sources = tuple((name, 3 if name == "bank" or self.one_in(8) else 0) for name in names[: self.randint(1, 2)])
        lines = [Line(None if self.one_in(4) else names[2])]
        if self.one_in(2):
            lines.append(Line(names[3], portion=self.choice(("0.5", "1/3", "0.029"))))
        if self.one_in(2):
            lines.append(Line(names[4], amount=self.randint(1, 4)))
        if self.one_in(2):
            lines.append(Line(names[5], portion="1/4"))
        return None if self.one_in(3) else self.randint(1, 12), sources, tuple(self.sample(lines, len(lines)))

    def step(self) -> tuple[StepName, str, int | None]:
        """Something stopped and mostly let go again, or everything would stand still soon."""
        steps: tuple[StepName, ...] = ("freeze", "freeze", "freeze", "release", "release", "closure")
        step = self.choice(steps)
        if step == "closure":
            return step, self.choice(("late", "late", "boris")), None
        account = self.choice(("anna", "shop", "anna", "shop", "boris", "vault"))
        return step, account, self.randint(1, 8) if step == "freeze" and not self.one_in(4) else None
