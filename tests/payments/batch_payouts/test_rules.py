"""Which lines are wrong, and what a cell of the result shows."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.batch_payouts import rules
from services.payments.batch_payouts.model import LineWish, Payees


def wrong_lines() -> st.SearchStrategy[list[LineWish]]:
    someone = st.one_of(st.none(), st.just(UUID(int=1)), st.just(UUID(int=9)))
    line = st.builds(LineWish, st.sampled_from("abcdef"), st.integers(1, 9), someone, someone, someone, st.just(""))
    return st.lists(line, min_size=1, max_size=8)


@given(wrong_lines())
def test_every_wrong_line_is_told_and_no_right_one(lines: list[LineWish]) -> None:
    known = UUID(int=1)
    payees = Payees({known: UUID(int=2)}, {known: UUID(int=2)}, frozenset({known}))
    told = {problem.position for problem in rules.problems_of(lines, payees)}
    for position, wish in enumerate(lines):
        named = [one for one in (wish.wallet_id, wish.customer_id, wish.card_id) if one is not None]
        again = any(other.number == wish.number for other in lines[:position])
        assert (position in told) == (again or named != [known])


@pytest.mark.parametrize(
    ("text", "shown"), [("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("a=1", "a=1"), ("", "")]
)
def test_no_cell_is_a_formula(text: str, shown: str) -> None:
    assert rules.cell(text) == shown
