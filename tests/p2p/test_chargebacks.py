"""What banks take back of pledges, in a transaction that is rolled back: who bears it, in every state of its project."""

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
from services.p2p.chargebacks import debts as debt_actions
from services.p2p.chargebacks import feeds, queries, rules
from services.p2p.chargebacks.model import (
    Chargeback,
    ChargebackEvent,
    ChargebackKind,
    ChargebackState,
    Debt,
    DebtRole,
    DebtState,
    Payer,
)
from services.p2p.deliveries import queries as delivery_queries
from services.p2p.errors import NotAllowedInState
from services.p2p.milestones import actions as milestone_actions
from services.p2p.milestones import paying
from services.p2p.milestones import queries as milestone_queries
from services.p2p.pledges import actions as pledge_actions
from services.p2p.pledges import collecting
from services.p2p.pledges import queries as pledge_queries
from services.p2p.pledges.model import Charge, Pledge, PledgeState, Source
from services.p2p.project_refunds import actions as refund_actions
from services.p2p.project_refunds import queries as refund_queries
from services.p2p.projects import actions
from services.p2p.projects import queries as project_queries
from services.p2p.projects.model import Project, ProjectState, SurplusRule
from services.p2p.verification import queries as audit
from tests.p2p.test_crowdfunding_actions import (
    CREATOR,
    OTHER,
    P2P,
    STAFF,
    begun,
    code,
    customer,
    later,
    live,
    sound,
    tx,
)

__all__ = ["tx"]
Debts = dict[DebtRole, Debt]


async def carded(tx: Tx, project: Project, amount: int, **more: Any) -> Pledge:
    """A pledge by a mandate that was signed."""
    made = await pledge_actions.pledge(
        tx,
        customer(),
        project_id=project.id,
        amount_minor=amount,
        currency="CNY",
        source=Source.MANDATE,
        tier_id=more.get("tier_id"),
    )
    await pledge_actions.record_mandate(tx, P2P, pledge_id=made.id, mandate_id=encode("mdt", made.id))
    return await pledge_actions.record_signature(tx, P2P, pledge_id=made.id, signed=True, last=False)


def debit_of(pledge: Pledge) -> str:
    return encode("mdb", pledge.id)


async def charged(tx: Tx, project: Project, *pledges: Pledge) -> Project:
    """Its time is over, and these were debited."""
    await later(tx, project.id, 5)
    charges = [
        Charge(one.id, 1, collected=True, account_id=new_id(), debit_id=debit_of(one) if one.mandate_id else None)
        for one in pledges
    ]
    await collecting.record(tx, P2P, project_id=project.id, charges=charges)
    return await actions.locked(tx, project.id)


async def paid_out(tx: Tx, project: Project, number: int = 0) -> Project:
    """A milestone reported, checked, released and paid."""
    one = (await milestone_queries.of_project(tx.connection, project.id))[number]
    used = 0 if project.public_benefit else None
    await milestone_actions.report(tx, CREATOR, milestone_id=one.id, evidence="done", used_minor=used)
    await milestone_actions.check(tx, STAFF, milestone_id=one.id)
    await paying.release(tx, OTHER, milestone_id=one.id)
    await paying.record_paid(tx, P2P, milestone_id=one.id, attempt=1)
    return await actions.locked(tx, project.id)


async def noted(tx: Tx, debit_id: str, amount: int, fee: int = 0) -> Chargeback:
    kind = ChargebackKind.DISPUTE_LOST if fee else ChargebackKind.REVERSED
    source = encode("dsp" if fee else "rtn", new_id())
    for _ in range(2):  # a feed may tell it twice
        await chargeback_actions.note(
            tx,
            source=source,
            debit_id=debit_id,
            kind=kind,
            reason="unauthorised",
            amount_minor=amount,
            fee_minor=fee,
            currency="CNY",
        )
    (found,) = [
        one
        for one in await queries.find(tx.connection, project_id=None, state="noted", before=None, limit=50)
        if one.source == source
    ]
    return found


async def taken_back(tx: Tx, pledge: Pledge, amount: int, fee: int = 0) -> tuple[Project, Debts]:
    """Noted and booked, twice; the project, and what this one is owed for it."""
    one = await noted(tx, debit_of(pledge), amount, fee)
    for _ in range(2):
        booked = await chargeback_actions.book(tx, P2P, chargeback_id=one.id)
        assert booked is not None
        assert booked.state is ChargebackState.BOOKED
    await sound(tx)
    every = await queries.find_debts(
        tx.connection, debtor=None, project_id=pledge.project_id, state=None, before=None, limit=50
    )
    owed = {debt.role: debt for debt in every if debt.chargeback_id == one.id}
    return await actions.locked(tx, pledge.project_id), owed


async def pledge_now(tx: Tx, pledge: Pledge) -> Pledge:
    found = await pledge_queries.load(tx.connection, pledge.id)
    assert found is not None
    return found


async def repaid(tx: Tx, debt: Debt, available: int, refused: str | None = None) -> Debt:
    """A try begun and recorded, each twice."""
    for _ in range(2):
        trying = await debt_actions.begin_try(tx, P2P, debt_id=debt.id, available_minor=available)
    for _ in range(2):
        after = await debt_actions.record_try(tx, P2P, debt_id=debt.id, tries=trying.tries, refused=refused)
    await sound(tx)
    return after


async def test_while_the_project_has_money_it_bears_it_and_pays_out_less(tx: Tx) -> None:
    project = await live(tx)
    tier, _ = await project_queries.tiers(tx.connection, project.id)
    lamp, other = await carded(tx, project, 20_000, tier_id=tier.id), await carded(tx, project, 80_000)
    project = await charged(tx, project, lamp, other)
    project, owed = await taken_back(tx, lamp, 20_000)
    assert (project.pledged_minor, project.backers, project.collected_minor) == (100_000, 2, 100_000)
    assert (project.charged_back_minor, project.held_minor, owed) == (20_000, 80_000, {})
    assert (await pledge_now(tx, lamp)).state is PledgeState.CHARGED_BACK
    delivery = await delivery_queries.load(tx.connection, lamp.id)
    assert delivery is not None
    assert delivery.state.value == "closed"
    left = [(one.net_minor, one.fee_minor) for one in await milestone_queries.of_project(tx.connection, project.id)]
    assert left == [(38_800, 1_200), (38_800, 1_200)]
    await paid_out(tx, project)
    project = await paid_out(tx, project, 1)
    assert (project.state, project.paid_minor, project.fee_minor) == (ProjectState.FULFILLED, 77_600, 2_400)
    await sound(tx)


async def test_before_the_end_of_collecting_it_counts_against_the_goal_and_nothing_is_promised_for_it(tx: Tx) -> None:
    project = await live(tx)
    first, second = await carded(tx, project, 60_000), await carded(tx, project, 40_000)
    project = await charged(tx, project, first)
    assert project.state is ProjectState.COLLECTING
    project, owed = await taken_back(tx, first, 60_000)
    assert (project.state, project.held_minor, owed) == (ProjectState.COLLECTING, 0, {})
    charge = Charge(second.id, 1, collected=False, reason="insufficient_funds")
    await collecting.record(tx, P2P, project_id=project.id, charges=[charge])
    ended = await later(tx, project.id, 7)
    assert (ended.state, ended.reason) == (ProjectState.FAILED, "nothing_collected")
    await sound(tx)


async def test_what_was_paid_out_its_creator_owes_and_the_house_bears_what_she_never_has(tx: Tx) -> None:
    project = await live(tx)
    lamp, other = await carded(tx, project, 70_000), await carded(tx, project, 30_000)
    project = await paid_out(tx, await charged(tx, project, lamp, other))
    project, owed = await taken_back(tx, lamp, 70_000, fee=2_000)
    assert project.held_minor == -22_000
    debt = owed[DebtRole.CREATOR]
    assert (debt.debtor, debt.amount_minor, debt.account_id) == (CREATOR.party, 22_000, project.creator_account_id)
    assert await code(refund_actions.by_staff(tx, STAFF, project_id=project.id)) == "nothing_left"
    waiting = await debt_actions.begin_try(tx, P2P, debt_id=debt.id, available_minor=0)
    assert (waiting.trying_minor, waiting.due_at) == (0, tx.now + timedelta(days=1))
    part = await repaid(tx, debt, 5_000)
    assert (part.state, part.repaid_minor, part.left_minor) == (DebtState.OWED, 5_000, 17_000)
    assert (await actions.locked(tx, project.id)).held_minor == -17_000
    refused = await repaid(tx, debt, 17_000, refused="account_frozen")
    assert (refused.repaid_minor, refused.reason, refused.tries) == (5_000, "account_frozen", 2)
    tx.now += timedelta(days=rules.HOUSE_DAYS)
    hers = await repaid(tx, debt, 1_000)
    assert (hers.repaid_minor, hers.covered_minor) == (6_000, 0)
    done = await repaid(tx, debt, 0)
    assert (done.state, done.repaid_minor, done.covered_minor) == (DebtState.SETTLED, 6_000, 16_000)
    assert (await actions.locked(tx, project.id)).held_minor == 0
    assert await code(debt_actions.cover(tx, STAFF, debt_id=debt.id)) == "not_allowed_in_state"
    assert await code(debt_actions.cover(tx, STAFF, debt_id=new_id())) == "unknown_chargeback_debt"


async def test_a_project_that_chargebacks_emptied_does_not_wait_for_milestones_for_ever(tx: Tx) -> None:
    project = await live(tx)
    tier, _ = await project_queries.tiers(tx.connection, project.id)
    first, second = await carded(tx, project, 90_000), await carded(tx, project, 10_000, tier_id=tier.id)
    project = await paid_out(tx, await charged(tx, project, first, second))
    project, owed = await taken_back(tx, first, 90_000)
    await debt_actions.cover(tx, STAFF, debt_id=owed[DebtRole.CREATOR].id)
    await repaid(tx, owed[DebtRole.CREATOR], 0)
    _, last = await milestone_queries.of_project(tx.connection, project.id)
    assert (last.net_minor, last.fee_minor) == (0, 0)
    tx.now += timedelta(days=60)
    assert await milestone_actions.watch(tx, P2P, milestone_id=last.id) is False
    tx.now += timedelta(days=31)
    assert await milestone_actions.watch(tx, P2P, milestone_id=last.id) is True
    assert await refund_actions.for_missed(tx, P2P, milestone_id=last.id) is None
    assert (await actions.locked(tx, project.id)).state is ProjectState.DELIVERING
    await sound(tx)


async def test_in_the_middle_of_a_refund_her_own_share_pays_and_nobody_elses(tx: Tx) -> None:
    project = await live(tx)
    pledges = [await carded(tx, project, amount) for amount in (50_000, 30_000, 20_000)]
    project = await paid_out(tx, await charged(tx, project, *pledges))
    refund = await refund_actions.by_staff(tx, STAFF, project_id=project.id)
    first, second, third = pledges
    # A part, then the rest, before anything is sent: half of it had gone to the creator.
    project, owed = await taken_back(tx, first, 10_000)
    assert (project.state, owed) == (ProjectState.REFUNDING, {})
    project, owed = await taken_back(tx, first, 40_000)
    assert owed[DebtRole.CREATOR].amount_minor == 25_000
    assert (await pledge_now(tx, first)).state is PledgeState.CHARGED_BACK
    sending = await begun(tx, refund.id)
    assert {share.pledge_id: share.due_minor for share in sending.shares} == {second.id: 15_000, third.id: 10_000}
    # While her share is being sent nobody knows whether she has it.
    waits = await noted(tx, debit_of(second), 30_000)
    again = await chargeback_actions.book(tx, P2P, chargeback_id=waits.id)
    assert again is not None
    assert (again.state, again.due_at) == (ChargebackState.NOTED, tx.now + rules.LOOK_AGAIN)
    assert "project_chargeback" in {one.kind for one in await audit.movements(tx.connection, 50)}
    await refund_actions.record_batch(tx, P2P, refund_id=refund.id, batch=1, paid=[second.id], refused={})
    project, owed = await booked(tx, again)
    assert (owed[DebtRole.BACKER].amount_minor, owed[DebtRole.CREATOR].amount_minor) == (15_000, 15_000)
    assert owed[DebtRole.BACKER].debtor == second.backer
    # What is still promised to the third is owed to the project by those two.
    assert await refund_actions.begin_batch(tx, P2P, refund_id=refund.id, after=1) is None
    await repaid(tx, owed[DebtRole.BACKER], 15_000)
    stopped = await refund_queries.load(tx.connection, refund.id)
    assert stopped is not None
    assert stopped.due_at == tx.now
    await refund_actions.resume_due(tx, P2P, refund_id=refund.id)
    await begun(tx, refund.id)
    await refund_actions.record_batch(tx, P2P, refund_id=refund.id, batch=1, paid=[third.id], refused={})
    ended = await actions.locked(tx, project.id)
    assert (ended.state, ended.refunded_minor, ended.held_minor) == (
        ProjectState.REFUNDED,
        25_000,
        -40_000,
    )
    await sound(tx)


async def booked(tx: Tx, one: Chargeback) -> tuple[Project, Debts]:
    """One that had to wait."""
    done = await chargeback_actions.book(tx, P2P, chargeback_id=one.id)
    assert done is not None
    assert done.project_id is not None
    await sound(tx)
    every = await queries.find_debts(
        tx.connection, debtor=None, project_id=done.project_id, state=None, before=None, limit=50
    )
    project = await actions.locked(tx, done.project_id)
    return project, {debt.role: debt for debt in every if debt.chargeback_id == one.id}


async def test_the_last_share_may_be_one_that_a_bank_has_paid(tx: Tx) -> None:
    project = await live(tx)
    only = await carded(tx, project, 100_000)
    project = await charged(tx, project, only)
    refund = await refund_actions.by_staff(tx, STAFF, project_id=project.id)
    project, owed = await taken_back(tx, only, 100_000)
    assert (project.state, project.refunded_minor, project.held_minor, owed) == (ProjectState.REFUNDED, 0, 0, {})
    done = await refund_queries.load(tx.connection, refund.id)
    assert done is not None
    assert done.state.value == "done"


async def test_who_was_refunded_before_owes_it_back(tx: Tx) -> None:
    project = await live(tx)
    only = await carded(tx, project, 100_000)
    project = await charged(tx, project, only)
    refund = await refund_actions.by_staff(tx, STAFF, project_id=project.id)
    await begun(tx, refund.id)
    await refund_actions.record_batch(tx, P2P, refund_id=refund.id, batch=1, paid=[only.id], refused={})
    assert (await pledge_now(tx, only)).state is PledgeState.REFUNDED
    project, owed = await taken_back(tx, only, 100_000)
    assert (project.state, project.held_minor) == (ProjectState.REFUNDED, -100_000)
    assert {role: debt.amount_minor for role, debt in owed.items()} == {DebtRole.BACKER: 100_000}
    await repaid(tx, owed[DebtRole.BACKER], 200_000)
    assert (await actions.locked(tx, project.id)).held_minor == 0


async def test_of_a_public_benefit_the_surplus_bears_it_first(tx: Tx) -> None:
    project = await live(tx, programme="public_benefit", tiers=(), surplus=SurplusRule.RETURN)
    first, second = await carded(tx, project, 100_000), await carded(tx, project, 50_000)
    project = await charged(tx, project, first, second)
    project, owed = await taken_back(tx, second, 50_000)
    assert (project.held_minor, owed) == (100_000, {})
    left = [one.net_minor for one in await milestone_queries.of_project(tx.connection, project.id)]
    assert sum(one or 0 for one in left) == 100_000
    project = await paid_out(tx, await paid_out(tx, project), 1)
    assert (project.state, project.refunded_minor) == (ProjectState.DELIVERING, 0)
    await sound(tx)


async def test_a_debit_that_paid_for_nothing_is_told_after_a_week(tx: Tx) -> None:
    one = await noted(tx, encode("mdb", new_id()), 500)
    waiting = await chargeback_actions.book(tx, P2P, chargeback_id=one.id)
    assert waiting is not None
    assert waiting.state is ChargebackState.NOTED
    tx.now += timedelta(days=rules.LOOK_DAYS)
    for _ in range(2):
        ended = await chargeback_actions.book(tx, P2P, chargeback_id=one.id)
        assert ended is not None
        assert (ended.state, ended.due_at) == (ChargebackState.UNMATCHED, None)
    assert await chargeback_actions.book(tx, P2P, chargeback_id=new_id()) is None


async def test_a_milestone_that_is_being_paid_is_waited_for(tx: Tx) -> None:
    project = await live(tx)
    only = await carded(tx, project, 100_000)
    project = await charged(tx, project, only)
    first, _ = await milestone_queries.of_project(tx.connection, project.id)
    await milestone_actions.report(tx, CREATOR, milestone_id=first.id, evidence="done", used_minor=None)
    await milestone_actions.check(tx, STAFF, milestone_id=first.id)
    await paying.release(tx, OTHER, milestone_id=first.id)
    one = await noted(tx, debit_of(only), 100_000)
    waits = await chargeback_actions.book(tx, P2P, chargeback_id=one.id)
    assert waits is not None
    assert waits.state is ChargebackState.NOTED
    await paying.record_refused(tx, P2P, milestone_id=first.id, attempt=1, reason="insufficient_funds")
    project, owed = await booked(tx, waits)
    assert (project.held_minor, owed) == (0, {})


async def test_what_is_heard_and_what_is_not(tx: Tx) -> None:
    told = {
        "report_id": "rtn_1",
        "dispute_id": "dsp_1",
        "kind": "charge_reversed",
        "original": "mdb_1",
        "owner": "p2p",
        "amount": 700,
        "fee_minor": 20,
        "currency": "CNY",
        "reason": "fraud",
        "late": False,
        "payee": "p2p",
        "mandate_id": "mdt_1",
        "debit_id": "mdb_1",
    }

    async def hear(event_type: str, **changes: Any) -> None:
        await feeds.hear(tx, Event(1, "1", "payments", event_type, "x", tx.now, told | changes))

    for changes in ({"kind": "dispute_opened"}, {"owner": "mer_1"}, {"original": "tup_1"}, {"original": None}):
        await hear(feeds.RETURNED, **changes)
    await hear(feeds.LOST, owner="ecommerce_credit")
    await hear(feeds.SUCCEEDED, late=True)
    found = await queries.find(tx.connection, project_id=None, state=None, before=None, limit=9)
    assert found == []
    await hear(feeds.RETURNED)
    await hear(feeds.LOST)
    found = await queries.find(tx.connection, project_id=None, state=None, before=None, limit=9)
    seen = sorted((one.source, one.kind.value, one.amount_minor, one.fee_minor) for one in found)
    assert seen == [("dsp_1", "dispute_lost", 700, 20), ("rtn_1", "reversed", 700, 0)]


async def test_a_late_debit_is_counted_at_once_where_its_pledge_waits_and_else_returned(tx: Tx) -> None:
    project = await live(tx)
    waits, fine = await carded(tx, project, 60_000), await carded(tx, project, 40_000)
    await later(tx, project.id, 5)
    failed = Charge(waits.id, 1, collected=False, reason="insufficient_funds", debit_id=debit_of(waits))
    paid = Charge(fine.id, 1, collected=True, account_id=new_id(), debit_id=debit_of(fine))
    await collecting.record(tx, P2P, project_id=project.id, charges=[failed, paid])
    assert waits.mandate_id is not None
    tx.now += timedelta(hours=1)
    await collecting.hear_late(tx, mandate_id="mdt_nobody")
    await collecting.hear_late(tx, mandate_id=waits.mandate_id)
    assert (await pledge_now(tx, waits)).due_at == tx.now
    assert await collecting.try_again(tx, P2P, project_id=project.id) == 1
    tx.jobs.take()
    assert fine.mandate_id is not None
    await collecting.hear_late(tx, mandate_id=fine.mandate_id)
    assert [job.name for job in tx.jobs.take()] == [collecting.LATE_JOB]


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE pledges SET reversed_minor = 59_999 WHERE reversed_minor > 0", "pledges_taken_back_by_chargebacks"),
        ("UPDATE projects SET charged_back_minor = charged_back_minor + 1", "chargebacks_make_up_the_project"),
        ("UPDATE projects SET charged_back_minor = charged_back_minor + 1", "what_a_project_lacks_is_owed_to_it"),
        ("UPDATE chargebacks SET borne_minor = borne_minor - 1", "chargeback_is_borne_by_somebody"),
        ("UPDATE projects SET recovered_minor = recovered_minor + 1", "debts_repaid_make_up_what_came_back"),
        ("UPDATE chargeback_debts SET due_at = due_at - interval '1 hour'", "chargeback_debt_past_deadline"),
    ],
)
async def test_a_damaged_row_is_named(tx: Tx, damage: str, check: str) -> None:
    project = await live(tx)
    lamp, other = await carded(tx, project, 60_000), await carded(tx, project, 40_000)
    await paid_out(tx, await charged(tx, project, lamp, other))
    await taken_back(tx, lamp, 60_000)
    await tx.connection.execute(text(damage))
    looked = await audit.checks(tx.connection) | await audit.past_deadline(tx.connection, tx.now - timedelta(minutes=5))
    assert check in {name for name, (_, ids) in looked.items() if ids}
    assert audit.PREFIXES[check]


def test_every_event_in_every_state() -> None:
    table = {("noted", "book"): "booked", ("noted", "give_up"): "unmatched"}
    for state, event in product(ChargebackState, ChargebackEvent):
        expected = table.get((state.value, event.value))
        record: Any = SimpleNamespace(state=state)
        if expected is None:
            with pytest.raises(NotAllowedInState):
                rules.next_state(record, event)
        else:
            assert rules.next_state(record, event).value == expected


@given(
    paid=st.integers(1, 1_000),
    back=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    fee=st.integers(0, 30),
    refunded=st.integers(0, 1_000),
    state=st.sampled_from(ProjectState),
    has=st.integers(-50, 2_000),
)
def test_everything_is_borne_once_and_a_backer_keeps_what_she_paid(
    paid: int, back: list[int], fee: int, refunded: int, state: ProjectState, has: int
) -> None:
    """However a bank divides what it takes back: a backer owes just what she has beyond what she paid, and no money is promised twice."""
    refunded, reversed_minor, hers, left = min(refunded, paid), 0, 0, has
    for amount in back:
        amount = min(amount, paid - reversed_minor)
        if not amount:
            break
        chargeback: Any = SimpleNamespace(amount_minor=amount, whole_minor=amount + fee)
        pledge: Any = SimpleNamespace(amount_minor=paid, refunded_minor=refunded, reversed_minor=reversed_minor)
        held = (
            {"held_minor": left, "share_minor": 0}
            if state in rules.SPENDING
            else {"held_minor": 9_999, "share_minor": left}
        )
        found = rules.bearing(chargeback, pledge, state, **held)
        assert found.project_minor + found.creator_minor + found.backer_minor == amount + fee
        assert min(found.project_minor, found.creator_minor, found.backer_minor) >= 0
        assert found.project_minor <= max(left, 0)
        assert found.creator_minor == 0 or found.project_minor == max(left, 0)
        left, hers, reversed_minor = left - found.project_minor, hers + found.backer_minor, reversed_minor + amount
    assert hers == max(0, refunded + reversed_minor - paid)


@given(left=st.integers(1, 1_000), available=st.integers(-10, 2_000), overdue=st.booleans())
def test_a_try_takes_what_she_has_and_the_house_what_she_has_not(left: int, available: int, overdue: bool) -> None:
    at = timedelta(days=1)
    debt: Any = SimpleNamespace(left_minor=left, house_at=at if not overdue else timedelta(0))
    now: Any = timedelta(hours=1)
    found = rules.a_try(debt, available, now)
    if available > 0:
        assert found == (Payer.DEBTOR, min(left, available))
    else:
        assert found == ((Payer.HOUSE, left) if overdue else None)
