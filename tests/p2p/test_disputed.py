"""Evidence where cardholders dispute what they paid; and what is made up of a loan's debit that its bank takes back."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.database import Tx
from chassis.events import Event
from services.p2p.chargebacks import feeds
from services.p2p.chargebacks import rules as chargeback_rules
from services.p2p.debiting.model import DebitState
from services.p2p.dispute_evidence import actions, queries, rules
from services.p2p.dispute_evidence.model import DisputeEvidence, EvidenceEvent, EvidenceState, Known
from services.p2p.errors import NotAllowedInState
from services.p2p.repayments.model import RepaymentState
from tests.p2p.test_chargebacks import carded, charged, debit_of
from tests.p2p.test_crowdfunding_actions import P2P, STAFF, code, live, tx

__all__ = ["tx"]
TABLE = {
    ("noted", "fix"): "giving",
    ("noted", "give_up"): "unmatched",
    ("giving", "give"): "given",
    ("giving", "refuse"): "refused",
}


@pytest.mark.parametrize(("state", "event"), list(product(EvidenceState, EvidenceEvent)))
def test_every_event_in_every_state(state: EvidenceState, event: EvidenceEvent) -> None:
    record: Any = SimpleNamespace(state=state)
    expected = TABLE.get((state.value, event.value))
    if expected is None:
        with pytest.raises(NotAllowedInState):
            rules.next_state(record, event)
    else:
        assert rules.next_state(record, event).value == expected


def test_what_staff_says_stands_first_and_nothing_is_longer_than_a_bank_takes() -> None:
    found = rules.text_of(Known(("y" * 3_000, "z" * 3_000)), "x" * 1_500)
    assert (len(found), found[:1_500]) == (rules.LONGEST, "x" * 1_500)


async def disputed(tx: Tx, debit_id: str) -> DisputeEvidence:
    """Told twice."""
    told = {"dispute_id": f"dsp_{debit_id}", "original": debit_id, "owner": "p2p", "amount": 100_000, "currency": "CNY"}
    answer_by = tx.now + timedelta(days=4)
    told |= {"reason": "not_received", "answer_by": answer_by.isoformat()}
    for _ in range(2):
        await feeds.hear(tx, Event(1, "1", "payments", feeds.NOTICED, "x", tx.now, told))
    (found,) = [
        one
        for one in await queries.find(tx.connection, state="noted", before=None, limit=9)
        if one.debit_id == debit_id
    ]
    assert found.due_at == tx.now + timedelta(days=2)
    return found


async def test_a_pledge_is_answered_for_with_what_is_known_of_it_and_what_staff_adds(tx: Tx) -> None:
    project = await live(tx)
    pledge = await carded(tx, project, 100_000)
    await charged(tx, project, pledge)
    noted = await disputed(tx, debit_of(pledge))
    waits = await actions.fix(tx, P2P, evidence_id=noted.id)
    assert waits.state is EvidenceState.NOTED, "not before its time"
    await actions.add(tx, STAFF, evidence_id=noted.id, text="She wrote that it came.", give_now=True)
    fixed = await actions.fix(tx, P2P, evidence_id=noted.id)
    assert (fixed.state, fixed.pledge_id) == (EvidenceState.GIVING, pledge.id)
    assert fixed.evidence is not None
    assert fixed.evidence.startswith("She wrote that it came.\nPledge plg_")
    assert "100000 CNY" in fixed.evidence
    assert str(pledge.mandate_id) in fixed.evidence
    late = actions.add(tx, STAFF, evidence_id=noted.id, text="more", give_now=False)
    assert await code(late) == "not_allowed_in_state"
    for refusal in ("evidence_given", None):
        given_ = await actions.record_given(tx, P2P, evidence_id=noted.id, refusal=refusal)
        assert (given_.state, given_.refusal, given_.due_at) == (EvidenceState.REFUSED, "evidence_given", None)


async def test_what_nothing_was_paid_with_is_looked_for_until_the_deadline(tx: Tx) -> None:
    noted = await disputed(tx, "mdb_unknown")
    for later, state in ((timedelta(days=2), EvidenceState.NOTED), (timedelta(days=4), EvidenceState.UNMATCHED)):
        then = replace(tx, now=noted.noted_at + later)
        assert (await actions.fix(then, P2P, evidence_id=noted.id)).state is state


@given(
    amount=st.integers(1, 1_000),
    used=st.integers(0, 1_000),
    back=st.lists(st.integers(1, 1_000), min_size=1, max_size=5),
    fee=st.integers(0, 30),
    stands=st.booleans(),
    by_staff=st.booleans(),
)
def test_what_a_bank_takes_back_of_a_debit_is_made_up_once_and_the_rest_is_owed(
    amount: int, used: int, back: list[int], fee: int, stands: bool, by_staff: bool
) -> None:
    """However it is divided. The loan's account had the debit and gave out all of it: the repayment taken back and debts leave it empty.

    stands: later payments keep the repayment from being taken back; by_staff: it was before the bank told anything.
    """
    used = min(used, amount)
    repayment = None if not used else RepaymentState.REVERSED if by_staff else RepaymentState.SHARED
    debit: Any = SimpleNamespace(used_minor=used, state=DebitState.SETTLED)
    account, made_up = used if by_staff else 0, 0
    for taken in back:
        taken = min(taken, amount)
        amount -= taken
        if not taken:
            break
        chargeback: Any = SimpleNamespace(amount_minor=taken, whole_minor=taken + fee)
        assert not chargeback_rules.waits(debit, repayment)
        if not stands and chargeback_rules.to_take_back(chargeback, debit, repayment):
            repayment, account = RepaymentState.REVERSING, account + used
        found = chargeback_rules.made_up(chargeback, debit, repayment, made_up)
        made_up += found
        assert 0 <= found <= taken + fee
        account += (taken + fee - found) - (taken + fee)
    reversed_ = repayment in (RepaymentState.REVERSING, RepaymentState.REVERSED)
    assert account == (used - made_up if reversed_ else 0)
    assert 0 <= made_up <= (used if reversed_ else 0)


@pytest.mark.parametrize("state", list(DebitState))
def test_a_debit_that_is_not_final_here_is_waited_for(state: DebitState) -> None:
    debit: Any = SimpleNamespace(state=state, used_minor=10)
    undecided = state.value in ("asked", "sent", "advanced", "bounced")
    assert chargeback_rules.waits(debit, RepaymentState.SHARED) == undecided
    assert chargeback_rules.waits(debit, RepaymentState.PENDING)
