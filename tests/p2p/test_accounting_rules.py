"""Entries of transfers: balanced in every book whatever happens, the same as a second, naive bookkeeper's; a rule for every code."""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.payments.shapes import TransferAnswer
from finance.loan_classes_cn import PROVISION_RULES
from services.p2p.accounting import jobs, rules
from services.p2p.accounting.errors import UnruledPosting
from services.p2p.accounting.forms import TOTAL, trial_balance_csv
from services.p2p.accounting.model import Account, Entry, Line, Posting
from services.p2p.accounting.provision_rates import TABLES, table_on
from services.p2p.verification.rules import explains

SERVICE = Path(__file__).parents[2] / "services" / "p2p"
HELD = {"p2p.bid.hold", "p2p.bid.reserve", "p2p.bid.release", "p2p.resale.reserve", "p2p.reversal.hold"}
"""They hold money and give it back: nothing moves."""
NO_CODES = {"p2p.day_close.next"}
LENDERS = ("cus_a", "cus_b", "cus_c")
HOUSES = ("platform", "reserve_fund", "sur_a")


def test_every_code_that_lending_moves_money_under_has_a_rule() -> None:
    written: set[str] = set()
    for source in SERVICE.rglob("*.py"):
        if source.parent.name != "accounting":
            written |= set(re.findall(r'"(p2p\.[a-z_]+\.[a-z_]+(?:\.[a-z_]+)?)"', source.read_text()))
    assert written - HELD - NO_CODES == set(rules.RULES)


def test_a_loss_paid_in_another_book_is_the_payers_when_it_is_set_aside() -> None:
    """From the fund to the loan's account, and from there, in another book, to who is paid: each in its own books once."""
    fund, aside, there, lender = (UUID(int=number) for number in range(1, 5))
    cash, holders = {fund: "reserve_fund"}, {lender: "cus_a"}
    for name in ("principal", "interest"):
        for code, debit, credit, entities in (
            (f"p2p.loss.aside.{name}", fund, aside, {"reserve_fund"}),
            (f"p2p.loss.{name}", there, lender, {"cus_a"}),
            (f"p2p.loss.{name}", fund, lender, {"reserve_fund", "cus_a"}),
        ):
            moved = TransferAnswer.model_construct(
                code=code, currency="CNY", amount=7, debit_account_id=debit, credit_account_id=credit, metadata={}
            )
            entries = jobs._entries(moved, cash, holders)
            assert balanced(entries)
            assert {one.entity for one in entries if one.account is Account.CASH} == entities


def balanced(entries: list[Entry]) -> bool:
    sides: Counter[tuple[str, str]] = Counter()
    for one in entries:
        assert one.debit_minor >= 0 <= one.credit_minor
        sides[one.currency, one.entity] += one.debit_minor - one.credit_minor
    return not any(sides.values())


@given(
    st.sampled_from(sorted(rules.RULES)), st.sampled_from((*LENDERS, *HOUSES)), st.sampled_from((*LENDERS, *HOUSES)),
    st.none() | st.sampled_from(LENDERS), st.integers(1, 10**12), st.integers(0, 10**12),
)  # fmt: skip
def test_each_transfer_is_balanced_in_the_books_of_whoever_it_concerns(
    code: str, payer: str, payee: str, holder: str | None, amount: int, principal: int
) -> None:
    rule = rules.rule_of(code)
    parties = (payer if rule.paying else None, payee if rule.paid else None)
    posting = Posting(code, "CNY", amount, *parties, holder, principal)
    entries = rules.entries_of(posting)
    assert balanced(entries)
    cash = Counter({one.entity: 0 for one in entries})
    for one in entries:
        if one.account is Account.CASH:
            cash[one.entity] += one.debit_minor - one.credit_minor
    expected: Counter[str] = Counter()
    for entity, sign in zip(parties, (-1, 1), strict=True):
        if entity is not None:
            expected[entity] += sign * amount
    assert {name: moved for name, moved in cash.items() if moved} == {
        name: moved for name, moved in expected.items() if moved
    }


def test_what_has_no_rule_is_an_error() -> None:
    with pytest.raises(UnruledPosting, match=r"p2p\.fee\.unheard_of"):
        rules.rule_of("p2p.fee.unheard_of")
    with pytest.raises(UnruledPosting, match="side of platform"):
        rules.entries_of(Posting("p2p.disbursement.payout", "CNY", 1, "platform", None))
    put_in = rules.entries_of(Posting("tests.money", "CNY", 7, None, "sur_a"))
    assert put_in == [Entry("CNY", "sur_a", Account.CASH, 7, 0), Entry("CNY", "sur_a", Account.FUNDING, 0, 7)]


AMOUNTS = st.integers(1, 10**6)
STEPS = st.one_of(
    st.tuples(st.just("lend"), st.sampled_from(LENDERS), st.none(), AMOUNTS, st.just(0)),
    st.tuples(st.just("repay"), st.sampled_from((*LENDERS, *HOUSES)), st.none(), AMOUNTS, AMOUNTS),
    st.tuples(st.just("take_back"), st.sampled_from((*LENDERS, *HOUSES)), st.none(), AMOUNTS, AMOUNTS),
    st.tuples(st.just("sell"), st.sampled_from(LENDERS), st.sampled_from(LENDERS), AMOUNTS, AMOUNTS),
    st.tuples(st.just("cover"), st.sampled_from(LENDERS), st.sampled_from(HOUSES[1:]), AMOUNTS, AMOUNTS),
    st.tuples(st.just("advance"), st.sampled_from(LENDERS), st.just("platform"), AMOUNTS, AMOUNTS),
)


@given(st.lists(STEPS, max_size=25))
def test_a_story_ends_where_a_naive_bookkeeper_has_it(story: list[tuple[str, str, str | None, int, int]]) -> None:
    """He keeps cash and claims of each by hand, and knows no accounts beside."""
    cash: Counter[str] = Counter()
    claims: Counter[str] = Counter()
    entries: list[Entry] = []

    def moved(code: str, payer: str | None, payee: str | None, amount: int, principal: int = 0) -> None:
        entries.extend(rules.entries_of(Posting(code, "CNY", amount, payer, payee, principal_minor=principal)))

    for kind, one, other, first, second in story:
        if kind == "lend":
            moved("p2p.disbursement.principal", one, None, first)
            cash[one], claims[one] = cash[one] - first, claims[one] + first
        elif kind in ("repay", "take_back"):
            back = kind == "take_back"
            for code, amount in (("principal", first), ("interest", second)):
                parties = (one, None) if back else (None, one)
                moved(f"p2p.{'reversal' if back else 'repayment'}.{code}", *parties, amount)
            sign = -1 if back else 1
            cash[one], claims[one] = cash[one] + sign * (first + second), claims[one] - sign * first
        elif kind == "sell" and other is not None:
            moved("p2p.resale.principal", other, one, first, second)
            cash[one], cash[other] = (
                (cash[one] + first, cash[other] - first) if one != other else (cash[one], cash[other])
            )
            claims[one] -= second
            claims[other] += second
        elif other is not None:
            code = "p2p.loss.principal" if kind == "cover" else "p2p.reversal.advance"
            moved(code, other, one, first)
            principal = first if kind == "cover" else min(first, second)
            if kind == "advance":
                entries.extend(rules.passed_on("CNY", one, other, principal))
            cash[one], cash[other] = cash[one] + first, cash[other] - first
            claims[one], claims[other] = claims[one] - principal, claims[other] + principal
    summed = rules.summed(entries)
    assert balanced(summed)
    booked = {
        account: Counter({one.entity: one.debit_minor - one.credit_minor for one in summed if one.account in names})
        for account, names in {"cash": (Account.CASH,), "claims": (Account.CLAIMS, Account.COUNTER_CLAIMS)}.items()
    }
    for known, own in ((cash, booked["cash"]), (claims, booked["claims"])):
        assert {name: minor for name, minor in known.items() if minor} == {
            name: minor for name, minor in own.items() if minor
        }
    assert all(one.account is not Account.CLAIMS for one in summed if one.entity in HOUSES)


def test_a_lenders_fee_is_her_expense_though_the_borrower_pays_it() -> None:
    entries = rules.entries_of(Posting(rules.LENDER_FEE, "CNY", 9, None, "platform", "cus_a"))
    back = rules.entries_of(Posting(rules.LENDER_FEE_BACK, "CNY", 9, "platform", None, "cus_a"))
    assert balanced(entries)
    assert balanced(back)
    assert Entry("CNY", "cus_a", Account.FEE_EXPENSE, 9, 0) in entries
    assert Entry("CNY", "cus_a", Account.FEE_EXPENSE, 0, 9) in back
    assert all(one.debit_minor == one.credit_minor for one in rules.summed([*entries, *back]))


def test_a_table_of_no_lines_and_of_some() -> None:
    lines = [Line("platform", Account.CASH, 5, 3, 1), Line("platform", Account.FEE_INCOME, -5, 0, 2)]
    written = trial_balance_csv(date(2026, 11, 24), "CNY", lines).splitlines()
    assert len(trial_balance_csv(date(2026, 11, 24), "CNY", []).splitlines()) == 1
    assert written[1:] == [
        "2026-11-24,CNY,platform,cash,5,0,3,1,7,0",
        "2026-11-24,CNY,platform,fee_income,0,5,0,2,0,7",
        f"2026-11-24,CNY,platform,{TOTAL},5,5,3,3,7,7",
    ]


@pytest.mark.parametrize(
    ("days", "stage", "millionths"),
    [(0, 1, 10_000), (1, 1, 20_000), (30, 1, 20_000), (31, 2, 20_000), (90, 2, 20_000), (91, 3, 250_000), (270, 3, 250_000),
     (271, 3, 500_000), (360, 3, 500_000), (361, 3, 1_000_000), (9_999, 3, 1_000_000)],
)  # fmt: skip
def test_stage_and_rate_by_days_past_due(days: int, stage: int, millionths: int) -> None:
    step = table_on(date(2026, 11, 24)).step(days)
    assert (step.stage, step.rate_millionths) == (stage, millionths)


def test_the_rates_are_those_of_their_source() -> None:
    """Each step's shares are of a class of the guide of 2002, and multiply without a rest."""
    (guide,) = PROVISION_RULES
    shares = {*guide.rates, guide.general_rate}
    for table in TABLES:
        assert [step.from_days for step in table.steps] == sorted({step.from_days for step in table.steps})
        assert table.steps[0].from_days == 0
        for step in table.steps:
            assert step.rate_millionths * 10**6 == step.default_probability * step.loss_given_default
            assert any(step.rate_millionths == int(share * 10**6) for share in shares)


def test_what_was_under_way_explains_what_it_comes_to_and_nothing_else() -> None:
    moving = [[-10, -5], [7]]
    explained = {total for total in range(-30, 30) if explains(moving, total)}
    assert explained == {0, -10, -15, 7, -3, -8}, "a record's second movement never without its first"
    assert not explains([], 1)
    many = [[2**place] for place in range(40)]
    assert explains(many, 2**40 - 1)
    assert not explains(many, 2**40)
    assert not explains(many, -1)
