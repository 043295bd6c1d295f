"""What a run may ask for next: small amounts on few accounts, so that everything meets."""

from typing import NamedTuple

from hypothesis import strategies as st

from tests.payments.ledger.asking import OPERATOR, SHOP, Line
from tests.payments.ledger.cutting import Cut
from tests.payments.ledger.predicting import CODE, LARGEST
from tests.payments.ledger.stage import ACCOUNTS, NOBODY

LAST_STATEMENT = 14
"""Of a commit of the lane with everything in it, from 0."""
FLAGS = {
    "single": (
        "", "", "", "linked", "balancing_debit", "balancing_credit", "balancing_debit balancing_credit", "imported",
        "imported balancing_debit",
    ),
    "pending": ("", "", "", "linked", "balancing_debit", "closing_debit", "closing_credit", "closing_debit closing_credit", "imported"),
    "post": ("", "", "", "linked", "imported"),
    "void": ("", "", "", "linked", "imported"),
}  # fmt: skip


class Draft(NamedTuple):
    """A transfer before it has an id. used: number of an id that was used before; hold: which of the last holds; back: seconds before now
    of an imported one; named: post and void say what they might leave out."""

    kind: str
    debit: str
    credit: str
    amount: int
    used: int | None
    hold: int
    flags: frozenset[str]
    code: str
    timed: bool
    back: int
    named: bool


class Shares(NamedTuple):
    amount: int | None
    sources: tuple[tuple[str, int], ...]
    lines: tuple[Line, ...]


cuts = st.one_of(
    st.just([]),
    st.lists(
        st.builds(Cut, st.integers(0, LAST_STATEMENT), st.sampled_from(["lost", "torn", "unheard"])), min_size=1, max_size=4
    ),
)
names = st.sampled_from([name for name in ACCOUNTS if name != "dollars"])
debits = st.sampled_from(["anna", "anna", "boris", "bank", "bank", "vault", "shop", "late", "dollars", NOBODY])
credits = st.sampled_from(["anna", "boris", "boris", "bank", "vault", "vault", "shop", "late", "dollars", NOBODY])
amounts = st.sampled_from([1, 2, 3, 4, 5, 6, 40, LARGEST])
callers = st.sampled_from([OPERATOR, OPERATOR, OPERATOR, SHOP])
numbers = st.integers(0, 10**6)
"""Of something asked before, from the last one back."""


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    kind = draw(st.sampled_from(["single"] * 4 + ["pending"] * 3 + ["post"] * 3 + ["void"] * 2))
    flags = frozenset(draw(st.sampled_from(FLAGS[kind])).split())
    used = draw(st.none() | numbers) if draw(st.integers(0, 9)) == 0 else None
    code = draw(st.sampled_from([CODE, CODE, "escrow.release"])) if kind == "post" else CODE
    timed = kind == "pending" and "imported" not in flags and draw(st.booleans())
    back = draw(st.sampled_from([0, 1, 3, 7, 50, 200, -5])) if "imported" in flags else 0
    return Draft(
        kind, draw(debits), draw(credits), draw(amounts), used, draw(st.integers(0, 6)), flags, code, timed, back,
        draw(st.integers(0, 3)) == 0,
    )  # fmt: skip


@st.composite
def shares(draw: st.DrawFn) -> Shares:
    """One line takes the remainder; portions are below the whole."""
    accounts = draw(st.permutations(["anna", "boris", "bank", "shop", "late", "vault"]))
    count = draw(st.integers(1, 2))
    sources = tuple((name, draw(st.sampled_from([0, 0, 3])) if name != "vault" else 0) for name in accounts[:count])
    lines = [Line(draw(st.sampled_from([accounts[2], None])))]
    if draw(st.booleans()):
        lines.append(Line(accounts[3], portion=draw(st.sampled_from(["0.5", "1/3", "0.029"]))))
    if draw(st.booleans()):
        lines.append(Line(accounts[4], amount=draw(st.integers(1, 4))))
    if draw(st.booleans()):
        lines.append(Line(accounts[5], portion="1/4"))
    return Shares(draw(st.none() | st.integers(1, 15)), sources, tuple(draw(st.permutations(lines))))
