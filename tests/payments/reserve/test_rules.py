"""What a difference is, and that whatever there is adds up: on plain figures, against a second and simpler reckoning."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.ledger.actions import RESERVED_KINDS
from services.payments.reserve import rules
from services.payments.reserve.classes import CLASSES, OTHERWISE
from services.payments.reserve.model import (
    BankPart,
    Difference,
    Item,
    ItemKind,
    Look,
    Owed,
    OwedPart,
    ProofState,
    Stated,
)
from tests.architecture.codes import account_kinds

DAY = date(2026, 11, 5)
BREAK = UUID(int=1)
STATEMENT = UUID(int=2)


def differing(**facts: Any) -> Difference:
    """A receipt of 100 that is in the ledger and not at the bank."""
    usual = {
        "subject": "tup_1", "bank": 0, "ledger": 100, "bank_now": 0, "ledger_now": 100, "value_on": DAY, "break_id": None, "open": False,
        "explained": False, "dated": False,
    }  # fmt: skip
    return Difference(**usual | facts)


def test_every_kind_of_account_is_classified() -> None:
    assert account_kinds() | RESERVED_KINDS == set(CLASSES)
    assert CLASSES.get("whatever a party thinks up", OTHERWISE) is Owed.INSTITUTIONS


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"bank_now": 100}, ItemKind.RECEIPT_NOT_ON_STATEMENT),
        ({"value_on": DAY + timedelta(days=1)}, ItemKind.RECEIPT_NOT_ON_STATEMENT),
        ({"ledger": -100, "ledger_now": -100, "bank_now": -100}, ItemKind.PAYOUT_NOT_ON_STATEMENT),
        ({"bank": 100, "bank_now": 100, "ledger": 0}, ItemKind.BOOKED_LATER),
        ({}, ItemKind.UNEXPLAINED),
        ({"value_on": None}, ItemKind.UNEXPLAINED),
        ({"bank": 100, "bank_now": 100, "ledger": 0, "ledger_now": 0}, ItemKind.UNEXPLAINED),
        ({"break_id": BREAK, "open": True}, ItemKind.BREAK),
        ({"break_id": BREAK, "open": True, "bank_now": 100}, ItemKind.BREAK),
        ({"break_id": BREAK, "explained": True}, ItemKind.PAPER),
        # A transfer has resolved it, and yet they differ.
        ({"break_id": BREAK}, ItemKind.UNEXPLAINED),
        ({"break_id": BREAK, "dated": True, "bank_now": 100}, ItemKind.RECEIPT_NOT_ON_STATEMENT),
        # Expected tomorrow, and by now known not to have come whole.
        ({"value_on": DAY + timedelta(days=1), "bank_now": 90}, ItemKind.UNEXPLAINED),
    ],
)
def test_each_difference_has_its_name(facts: dict[str, Any], kind: ItemKind) -> None:
    item = rules.item_of("ICBC", differing(**facts), DAY)
    assert item.kind is kind
    assert item.amount == differing(**facts).ledger - differing(**facts).bank


def part(closing: int | None, told: int, ledger: int, *found: Difference) -> tuple[BankPart, list[Item]]:
    held_up = "statement_missing" if closing is None else None
    stated = Stated(STATEMENT if closing is not None else None, closing, held_up)
    return rules.bank_part("ICBC", stated, told, ledger, found, DAY)


def test_a_bank_without_differences_is_proved() -> None:
    assert part(500, 500, 500)[0].state is ProofState.PROVED
    waiting = part(400, 400, 500, differing(bank_now=100))[0]
    assert (waiting.state, waiting.timing_minor) == (ProofState.PROVED, 100)


def test_a_day_without_a_statement_is_incomplete_whatever_is_known() -> None:
    told, items = part(None, 0, 500, differing(break_id=BREAK, open=True), differing(subject="tup_2"))
    assert (told.state, told.held_up) == (ProofState.INCOMPLETE, "statement_missing")
    assert [one.kind for one in items] == [ItemKind.BREAK]


def test_a_balance_that_its_lines_do_not_explain_is_nobody_s() -> None:
    """Every line is paired, and yet the bank says that it has 5 more: no break stands for that."""
    told, items = part(505, 500, 500)
    assert (told.state, told.unexplained_minor) == (ProofState.BROKEN, -5)
    assert [one.kind for one in items] == [ItemKind.UNEXPLAINED]


@pytest.mark.parametrize("dated", [False, True])
def test_what_a_statement_contradicts_itself_by_cancels_out_with_what_was_explained(dated: bool) -> None:
    """A line was left out, or stands in the next day's statement; the balance has it."""
    facts: dict[str, Any] = {"dated": True, "bank_now": 100} if dated else {"explained": True}
    told, items = part(500, 400, 500, differing(break_id=BREAK, **facts))
    assert (told.state, told.timing_minor + told.paper_minor) == (ProofState.PROVED, 0)
    assert ItemKind.STATEMENT_DIFFERENCE in {one.kind for one in items}


def test_an_explained_break_that_the_balance_denies_is_not_enough() -> None:
    told, _ = part(400, 400, 500, differing(break_id=BREAK, explained=True))
    assert (told.state, told.unexplained_minor) == (ProofState.BROKEN, 100)


@pytest.mark.parametrize(
    ("contradiction", "named"), [(2**0 + 2**2, True), (2**18, True), (2**20 - 1, True), (2**18 + 2**19, False)]
)
def test_of_many_open_breaks_each_alone_and_all_together_are_tried(contradiction: int, named: bool) -> None:
    """What the balance has and the lines do not: some of the first of 20 breaks, a late one, all of them; two late ones are not found."""
    facts: dict[str, Any] = {"break_id": BREAK, "open": True}
    found = [differing(subject=f"tup_{at}", ledger=2**at, ledger_now=2**at, **facts) for at in range(20)]
    made, _ = part(contradiction, 0, 2**20 - 1, *found)
    assert (made.unexplained_minor == 0) is named


amounts = st.integers(-1_000, 1_000)
differences = st.builds(
    Difference,
    subject=st.text("ab", min_size=1, max_size=3),
    bank=amounts,
    ledger=amounts,
    bank_now=amounts,
    ledger_now=amounts,
    value_on=st.none() | st.dates(date(2026, 11, 3), date(2026, 11, 7)),
    break_id=st.none() | st.just(BREAK),
    open=st.just(False),
    explained=st.booleans(),
    dated=st.booleans(),
).filter(lambda one: one.bank != one.ledger)


@given(found=st.lists(differences, max_size=5), closing=amounts, ledger=amounts)
def test_a_bank_s_part_always_adds_up(found: list[Difference], closing: int, ledger: int) -> None:
    """And it is proved only where nothing is left that has no name."""
    told = ledger - sum(one.ledger - one.bank for one in found)
    made, items = rules.bank_part("ICBC", Stated(STATEMENT, closing, None), told, ledger, found, DAY)
    named = made.timing_minor + made.paper_minor + made.breaks_minor + made.unexplained_minor
    assert closing + named == ledger == closing + sum(one.amount for one in items)
    unnamed = [one for one in items if one.kind in (ItemKind.UNEXPLAINED, ItemKind.BREAK)]
    assert (made.state is ProofState.PROVED) == (not unnamed)


holders = st.lists(st.tuples(st.sampled_from(sorted(Owed)), amounts), max_size=12)


@given(holders)
def test_what_is_owed_and_own_is_the_reserve(accounts: list[tuple[Owed, int]]) -> None:
    """Credits less debits of each account, and one more that balances all of them as the ledger does: the reserve."""
    accounts = [(owed, amount) for owed, amount in accounts if owed not in rules.NOT_OWED]
    accounts.append((Owed.RESERVE, -sum(amount for _, amount in accounts)))
    classes = [
        OwedPart(owed, sum(a for o, a in accounts if o is owed and a > 0), -sum(a for o, a in accounts if o is owed and a < 0), 1)
        for owed in Owed
    ]  # fmt: skip
    told = rules.figures(classes)
    assert told["reserve_minor"] == told["owed_minor"] + told["own_minor"]
    # Others have what is theirs in credit; whatever is below zero, the platform answers for.
    others = sum(a for o, a in accounts if o not in (Owed.RESERVE, *rules.OWN) and (a > 0 or o is Owed.BETWEEN_BOOKS))
    reserve = -sum(a for o, a in accounts if o is Owed.RESERVE)
    assert told["owed_minor"] == others
    assert told["difference_minor"] == min(0, reserve - others)


def test_what_is_wrong_is_louder_than_what_is_not_known() -> None:
    unknown, wrong, right = part(None, 0, 5)[0], part(505, 500, 500)[0], part(5, 5, 5)[0]
    assert rules.state_of([unknown, wrong], 0, 0) is ProofState.BROKEN
    assert rules.state_of([unknown, right], 0, 0) is ProofState.INCOMPLETE
    assert rules.state_of([unknown], -1, 0) is ProofState.BROKEN
    assert rules.state_of([right], 0, 3) is ProofState.BROKEN
    assert rules.state_of([right], 0, 0) is ProofState.PROVED


def test_fees_may_be_there_a_business_day() -> None:
    """On a Sunday and a Monday those of Friday are in time, over a weekend no older ones."""
    assert [rules.fees_in_time_since(date(2026, 11, day)) for day in (8, 9, 10)] == [
        date(2026, 11, 6), date(2026, 11, 6), date(2026, 11, 9),
    ]  # fmt: skip


def test_a_year_whose_holidays_are_not_announced_is_proved_all_the_same() -> None:
    """A Monday, and the day after new year's, which nobody has said to be a holiday."""
    assert [rules.fees_in_time_since(day) for day in (date(2027, 1, 2), date(2027, 3, 8))] == [
        date(2027, 1, 1), date(2027, 3, 5),
    ]  # fmt: skip


NOW = datetime(2026, 11, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("look", "changed", "wanted"),
    [
        (None, None, True),
        (Look(False, False, None), None, True),
        (Look(True, False, NOW - timedelta(days=1)), NOW, False),
        # Nothing has happened to its accounts since.
        (Look(False, False, NOW - timedelta(hours=5)), NOW - timedelta(hours=6), False),
        (Look(False, False, NOW - timedelta(hours=5)), None, False),
        (Look(False, False, NOW - timedelta(hours=5)), NOW - timedelta(hours=4), True),
        # Begun before the look, perhaps seen only since.
        (Look(False, False, NOW - timedelta(hours=5)), NOW - timedelta(hours=5, minutes=4), True),
        (Look(False, True, NOW - timedelta(minutes=59)), None, False),
        (Look(False, True, NOW - timedelta(minutes=60)), None, True),
    ],
)
def test_a_day_is_looked_at_again_where_it_could_say_something_new(
    look: Look | None, changed: datetime | None, wanted: bool
) -> None:
    assert rules.to_look_at(look, changed, NOW) is wanted
