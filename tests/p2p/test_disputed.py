"""Evidence where cardholders dispute what they paid; and what is made up of a loan's debit that its bank takes back."""

import importlib
from dataclasses import replace
from datetime import timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.database import Tx
from chassis.events import Event
from chassis.ids import encode
from clients.ids import new_id
from services.p2p.chargebacks import actions as chargeback_actions
from services.p2p.chargebacks import feeds
from services.p2p.chargebacks import queries as chargeback_queries
from services.p2p.chargebacks import rules as chargeback_rules
from services.p2p.debiting import debit_queries, mandate_queries
from services.p2p.debiting.model import DebitState, LoanDebit, MandateState, RepaymentMandate
from services.p2p.dispute_evidence import actions, queries, rules
from services.p2p.dispute_evidence.model import DisputeEvidence, EvidenceEvent, EvidenceState, Known
from services.p2p.errors import NotAllowedInState
from services.p2p.loans import actions as loan_actions
from services.p2p.pledges import actions as pledge_actions
from services.p2p.pledges import collecting
from services.p2p.pledges.schemas import pledge_answer
from services.p2p.repayments import actions as repayment_actions
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments import reversal
from services.p2p.repayments.model import Funds, RepaymentSource, RepaymentState
from tests.p2p.test_chargebacks import carded, charged, debit_of, noted
from tests.p2p.test_crowdfunding_actions import P2P, STAFF, code, live, tx
from tests.p2p.test_money import Book, book, runtime

__all__ = ["book", "runtime", "tx"]
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
def test_what_a_bank_paid_late_is_the_borrowers_and_all_of_it_is_owed_when_it_is_taken_back(state: DebitState) -> None:
    """Its repayment was taken back when the bank had refused, for who had advanced it: it makes up nothing more."""
    chargeback: Any = SimpleNamespace(amount_minor=10, whole_minor=12)
    debit: Any = SimpleNamespace(state=state, used_minor=10)
    late = state.value in ("late", "returned")
    assert chargeback_rules.made_up(chargeback, debit, RepaymentState.REVERSED, 0) == (0 if late else 10)


@pytest.mark.parametrize("state", list(DebitState))
def test_a_debit_that_is_not_final_here_is_waited_for(state: DebitState) -> None:
    debit: Any = SimpleNamespace(state=state, used_minor=10)
    undecided = state.value in ("asked", "sent", "advanced", "bounced")
    assert chargeback_rules.waits(debit, RepaymentState.SHARED) == undecided
    assert chargeback_rules.waits(debit, RepaymentState.PENDING)


async def debited(book: Book, row: int) -> LoanDebit:
    """What is due is paid by a mandate, finally."""
    amount, tx = await book.due(row), book.tx
    mandate = RepaymentMandate(
        id=new_id(),
        loan_id=book.loan.id,
        borrower=book.loan.borrower,
        currency="CNY",
        most_minor=amount,
        most_monthly_minor=amount,
        valid_until=tx.today,
        state=MandateState.ACTIVE,
        reason=None,
        account_id=new_id(),
        mandate_id=encode("mdt", new_id()),
        requested_at=tx.now,
        changed_at=tx.now,
        due_at=None,
    )
    await mandate_queries.add(tx.connection, mandate)
    assert mandate.account_id is not None
    funds = Funds(mandate.account_id, None)
    made = await repayment_actions.receive(tx, book.loan, amount, None, RepaymentSource.COLLECTION, funds)
    await repayment_actions.record_shared(tx, P2P, repayment_id=made.id)
    book.loan = await loan_actions.locked(tx, book.loan.id)
    debit = LoanDebit(
        id=new_id(),
        loan_id=book.loan.id,
        repayment_mandate_id=mandate.id,
        number=row,
        on_day=tx.today,
        amount_minor=amount,
        used_minor=amount,
        currency="CNY",
        state=DebitState.SETTLED,
        reason=None,
        debit_id=encode("mdb", new_id()),
        repayment_id=made.id,
        advanced=False,
        requested_at=tx.now,
        changed_at=tx.now,
        due_at=None,
    )
    await debit_queries.add(tx.connection, debit)
    return debit


@pytest.mark.parametrize("later", ["nothing", "pending", "shared"])
async def test_what_later_repayments_stand_on_stays_and_the_borrower_owes_it(book: Book, later: str) -> None:
    debit = await debited(book, 1)
    if later != "nothing":
        amount = await book.due(2)
        await (book.ask if later == "pending" else book.pay)(amount)
    assert debit.debit_id is not None
    assert debit.repayment_id is not None
    one = await noted(book.tx, debit.debit_id, debit.amount_minor, fee=20)
    for _ in range(2):
        booked = await chargeback_actions.book(book.tx, P2P, chargeback_id=one.id)
    assert booked is not None
    repayment = await repayment_queries.load(book.tx.connection, debit.repayment_id)
    assert repayment is not None
    owed = await chargeback_queries.find_debts(
        book.tx.connection, debtor=book.loan.borrower, project_id=None, state=None, before=None, limit=9
    )
    expected = {
        "nothing": ("booked", "reversing", [20]),
        "pending": ("noted", "shared", []),
        "shared": ("booked", "shared", [debit.amount_minor + 20]),
    }
    found = (booked.state.value, repayment.state.value, [debt.amount_minor for debt in owed])
    assert found == expected[later]


@pytest.mark.parametrize("less", [0, 1])
async def test_what_the_borrower_owes_for_is_not_taken_back_of_the_holders_besides(book: Book, less: int) -> None:
    """All of it while something later stood on it, or a part."""
    debit = await debited(book, 1)
    later = None if less else await book.pay(await book.due(2))
    assert debit.debit_id is not None
    assert debit.repayment_id is not None
    one = await noted(book.tx, debit.debit_id, debit.amount_minor - less)
    await chargeback_actions.book(book.tx, P2P, chargeback_id=one.id)
    if later is not None:
        await book.bounce(later)
    asked = reversal.request_reversal(book.tx, STAFF, repayment_id=debit.repayment_id, reason="its bank told us")
    assert await code(asked) == "charged_back_already"
    rest = await noted(book.tx, debit.debit_id, debit.amount_minor)
    booked = await chargeback_actions.book(book.tx, P2P, chargeback_id=rest.id)
    assert booked is not None
    assert booked.borne_minor == debit.amount_minor, "what a bank takes back is made up all the same"


async def test_what_an_earlier_version_found_nothing_for_is_looked_for_again(book: Book) -> None:
    debit, tx = await debited(book, 1), book.tx
    assert debit.debit_id is not None
    mine, other = [await noted(tx, its_id, 10) for its_id in (debit.debit_id, "mdb_of_nobody")]
    await tx.connection.execute(text("UPDATE chargebacks SET state = 'unmatched', due_at = NULL"))
    migration = importlib.import_module("services.p2p.migrations.2026_12_07_charges")
    await tx.connection.execute(text(migration.LOOKED_FOR_AGAIN))
    found = [await chargeback_queries.load(tx.connection, one.id) for one in (mine, other)]
    assert [one and one.state.value for one in found] == ["noted", "unmatched"]
    booked = await chargeback_actions.book(tx, P2P, chargeback_id=mine.id)
    assert booked is not None
    assert (booked.state.value, booked.loan_debit_id) == ("booked", debit.id)


async def test_a_review_that_the_version_before_left_at_a_pledge_says_nothing(tx: Tx) -> None:
    """It knows no reviews, and leaves what it does not know."""
    project = await live(tx)
    pledge = await carded(tx, project, 100_000)
    await charged(tx, project, pledge)
    left = text("UPDATE pledges SET decision_id = 'rdc_left' WHERE id = :id")
    await tx.connection.execute(left, {"id": pledge.id})
    await collecting.hear_decision(tx, decision_id="rdc_left")
    _, stands = await pledge_actions.locked(tx, pledge.id)
    assert (stands.state.value, stands.due_at, pledge_answer(stands).decision_id) == ("collected", None, None)


async def test_what_a_partner_has_is_passed_on_whole_however_little_of_it_is_due(book: Book) -> None:
    tx, first = book.tx, await book.due(1)
    amount = first + 1_234
    assert await code(book.ask(amount)) == "amount_differs"
    made = await repayment_actions.receive(
        tx, book.loan, amount, None, RepaymentSource.PARTNER, Funds(new_id(), payer=book.lenders[0])
    )
    await repayment_actions.record_shared(tx, P2P, repayment_id=made.id)
    book.loan = await loan_actions.locked(tx, book.loan.id)
    await book.holds()
    await book.pay(await book.due(2) - 1_234)
    await book.holds()
    assert not (await repayment_queries.serviced(tx.connection, book.loan)).on(tx.today).arrears_minor
