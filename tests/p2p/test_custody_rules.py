"""Rules of custody: every event in every state, whose leave a movement needs, and what a difference is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.ids import new_id
from services.p2p.custody import rules
from services.p2p.custody.errors import (
    AuthorisationNotOpen,
    DifferenceClosed,
    InstructionNotOpen,
    NotAuthorised,
    PaymentNotOpen,
)
from services.p2p.custody.model import (
    Authorisation,
    AuthorisationEvent,
    AuthorisationState,
    CustodyAccount,
    CustodyKind,
    DifferenceEvent,
    DifferenceKind,
    DifferenceState,
    Held,
    InstructionEvent,
    InstructionState,
    Line,
    LineKind,
    Movement,
    PaymentEvent,
    PaymentState,
    Scope,
    Underway,
)

NOW = datetime(2026, 12, 7, 4, tzinfo=UTC)
MACHINES: list[tuple[type[StrEnum], type[StrEnum], Mapping[Any, Any], Any, type[Exception]]] = [
    (AuthorisationState, AuthorisationEvent, rules.AUTHORISATION, rules.authorisation_after, AuthorisationNotOpen),
    (InstructionState, InstructionEvent, rules.INSTRUCTION, rules.instruction_after, InstructionNotOpen),
    (PaymentState, PaymentEvent, rules.PAYMENT, rules.payment_after, PaymentNotOpen),
    (DifferenceState, DifferenceEvent, rules.DIFFERENCE, rules.difference_after, DifferenceClosed),
]


@pytest.mark.parametrize(("states", "events", "table", "after", "refusal"), MACHINES)
def test_every_event_in_every_state(
    states: type[StrEnum], events: type[StrEnum], table: Mapping[Any, Any], after: Any, refusal: type[Exception]
) -> None:
    told = {
        (cells[0], cells[1]): cells[3]
        for cells in ([cell.strip() for cell in line.split("|")[1:-1]] for line in (rules.__doc__ or "").splitlines())
        if len(cells) == 4
    }
    for state in states:
        for event in events:
            if (state, event) in table:
                assert after(state, event) is table[state, event]
                assert any(
                    state.value in one.split(", ") and event.value == its and to == table[state, event].value
                    for (one, its), to in told.items()
                ), (state, event)
            else:
                with pytest.raises(refusal):
                    after(state, event)


def account(kind: CustodyKind, holder: str, behind: str | None = None) -> CustodyAccount:
    number = None if kind is CustodyKind.BANK else f"ICBC{holder}"
    return CustodyAccount(new_id(), "ICBC", holder, kind, behind, "CNY", number, new_id(), NOW)


LENDER, BORROWER = account(CustodyKind.CUSTOMER, "lender"), account(CustodyKind.CUSTOMER, "borrower")
PROJECT, FEES, KEPT = (
    account(CustodyKind.PROJECT, "listing", "borrower"),
    account(CustodyKind.HOUSE, "fees"),
    account(CustodyKind.BANK, "bank"),
)
EVERY = {one.account_id: one for one in (LENDER, BORROWER, PROJECT, FEES, KEPT)}
LEAVES = {(holder, scope): new_id() for holder in ("lender", "borrower") for scope in Scope}


def line(code: str, debit: CustodyAccount, credit: CustodyAccount, kind: str = "single", **changes: Any) -> Line:
    moved = Movement(new_id(), kind, debit.account_id, credit.account_id, 100, code, None)
    return rules.line_of(replace(moved, **changes), new_id(), 1, EVERY, {}, LEAVES)


@pytest.mark.parametrize(
    ("code", "debit", "credit", "kind", "becomes", "leave"),
    [
        ("p2p.bid.hold", LENDER, PROJECT, "pending", LineKind.FREEZE, ("lender", Scope.INVEST)),
        ("p2p.disbursement.payout", PROJECT, BORROWER, "single", LineKind.TRANSFER, None),
        ("p2p.fee.origination", PROJECT, FEES, "single", LineKind.TRANSFER, ("borrower", Scope.FEE)),
        ("p2p.repayment.interest", BORROWER, LENDER, "single", LineKind.TRANSFER, ("borrower", Scope.REPAY)),
        ("p2p.fee.prepayment", BORROWER, FEES, "single", LineKind.TRANSFER, ("borrower", Scope.FEE)),
        ("p2p.resale.principal", LENDER, BORROWER, "single", LineKind.TRANSFER, ("lender", Scope.INVEST)),
        ("p2p.fee.resale", LENDER, FEES, "single", LineKind.TRANSFER, ("lender", Scope.FEE)),
        ("p2p.custody.top_up", KEPT, LENDER, "single", LineKind.TOP_UP, None),
        ("p2p.custody.withdrawal", LENDER, KEPT, "single", LineKind.WITHDRAWAL, None),
    ],
)
def test_each_movement_names_whose_leave_it_needs(
    code: str,
    debit: CustodyAccount,
    credit: CustodyAccount,
    kind: str,
    becomes: LineKind,
    leave: tuple[str, Scope] | None,
) -> None:
    said = line(code, debit, credit, kind)
    assert said.kind is becomes
    assert said.authorisation_id == (LEAVES[leave] if leave else None)


def test_what_ends_a_hold_is_of_the_hold() -> None:
    frozen = line("p2p.bid.hold", LENDER, PROJECT, "pending")
    ends = Movement(new_id(), "post", None, None, None, "p2p.disbursement.principal", frozen.transfer_id)
    held = {frozen.transfer_id: frozen}
    settled = rules.line_of(ends, new_id(), 1, {}, held, {})
    assert (settled.kind, settled.authorisation_id, settled.credit_account_id, settled.amount_minor) == (
        LineKind.SETTLE,
        frozen.authorisation_id,
        PROJECT.account_id,
        100,
    )
    released = rules.line_of(replace(ends, kind="void"), new_id(), 1, {}, held, {})
    assert (released.kind, released.authorisation_id, released.credit_account_id) == (LineKind.RELEASE, None, None)
    assert rules.ledger_done(replace(released, ledger_result="hold_already_voided"))
    assert not rules.ledger_done(replace(settled, ledger_result="hold_already_voided"))


def test_what_is_missing_is_told() -> None:
    stands = Authorisation(
        new_id(), new_id(), "ICBC", "lender", Scope.INVEST, 1, date(2027, 1, 1), AuthorisationState.STANDING, None,
        NOW, NOW, None,
    )  # fmt: skip
    rules.require_allowed([stands], [Scope.INVEST])
    with pytest.raises(NotAuthorised) as refused:
        rules.require_allowed([stands], [Scope.INVEST, Scope.FEE])
    assert refused.value.facts["scope"] == "fee"


@pytest.mark.parametrize(
    ("bank", "ledger", "kind"),
    [
        (Held(5, 1), Held(5, 1), None),
        (Held(5, 1), Held(5, 0), DifferenceKind.AMOUNT),
        (Held(4, 1), Held(5, 1), DifferenceKind.AMOUNT),
        (None, Held(5, 1), DifferenceKind.MISSING),
        (None, Held(0, 0), None),
        (Held(5, 1), None, DifferenceKind.UNKNOWN),
        (Held(0, 0), None, None),
    ],
)
def test_what_a_difference_is(bank: Held | None, ledger: Held | None, kind: DifferenceKind | None) -> None:
    assert rules.difference_kind(bank, ledger) is kind


amounts = st.integers(-1_000, 1_000)
moves = st.lists(st.tuples(amounts, amounts, st.booleans()), max_size=rules.MOST_COMBINED)


@given(st.integers(0, 10_000), st.integers(0, 10_000), moves)
def test_any_of_what_was_under_way_explains_and_nothing_else_does(
    total: int, frozen: int, each: list[tuple[int, int, bool]]
) -> None:
    """The ledger lacked those that are marked; a second count goes through every choice of them by bits."""
    way = [Underway(UUID(int=at), UUID(int=0), whole, held) for at, (whole, held, _) in enumerate(each)]
    bank = Held(total, frozen)
    ledger = Held(
        total - sum(whole for whole, _, lacks in each if lacks), frozen - sum(held for _, held, lacks in each if lacks)
    )
    assert rules.explained_by(bank, ledger, way)
    other = Held(ledger.total_minor + 1, ledger.frozen_minor)
    choices = {
        (
            sum(each[at][0] for at in range(len(each)) if choice >> at & 1),
            sum(each[at][1] for at in range(len(each)) if choice >> at & 1),
        )
        for choice in range(2 ** len(each))
    }
    wanted = (bank.total_minor - other.total_minor, bank.frozen_minor - other.frozen_minor)
    assert rules.explained_by(bank, other, way) is (wanted in choices)


def test_of_all_money_only_cards_change_the_whole() -> None:
    lines = [
        line("p2p.custody.top_up", KEPT, LENDER),
        line("p2p.repayment.interest", BORROWER, LENDER),
        line("p2p.bid.hold", LENDER, PROJECT, "pending"),
        line("p2p.custody.withdrawal", LENDER, KEPT),
    ]
    outside = rules.from_outside([one for each in lines for one in rules.effects(each)])
    assert [one.total_minor for one in outside] == [100, -100]
