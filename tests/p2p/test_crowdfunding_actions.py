"""Stories of crowdfunding called directly, in a transaction that is rolled back: what they refuse, late, twice, by the wrong party."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import commands
from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.ids import encode
from clients.ids import new_id
from services.p2p.deliveries import actions as delivery_actions
from services.p2p.milestones import actions as milestone_actions
from services.p2p.milestones import paying
from services.p2p.milestones import queries as milestone_queries
from services.p2p.pledges import actions as pledge_actions
from services.p2p.pledges import collecting
from services.p2p.pledges import queries as pledge_queries
from services.p2p.pledges import rules as pledge_rules
from services.p2p.pledges.model import Charge, Pledge, PledgeState, Source
from services.p2p.project_refunds import actions as refund_actions
from services.p2p.project_refunds import queries as refund_queries
from services.p2p.project_refunds import rules as refund_rules
from services.p2p.project_refunds.model import Refund, RefundShare, Sending, ShareRefused
from services.p2p.project_refunds.tables import project_refund_shares
from services.p2p.projects import actions, closing, drafting, queries, reviewing, rules
from services.p2p.projects.drafting import Draft
from services.p2p.projects.model import Project, ProjectState
from services.p2p.projects.rules import MilestonePlan, TierPlan
from services.p2p.verification import queries as audit
from tests.conftest import MakeRuntime

P2P = Caller("p2p", "p2p")
MANY = text("""
    INSERT INTO pledges SELECT (jsonb_populate_record(pledges, jsonb_build_object('id', gen_random_uuid(), 'backer', 'cus_' || at,
        'amount_minor', 101 + at % 7, 'account_id', gen_random_uuid()))).* FROM pledges, generate_series(1, :count) AS at
""")
"""So many more like the one pledge that there is."""
STAFF, OTHER = (Caller(name, "suite", frozenset({"p2p:operate"})) for name in ("stf_one", "stf_two"))


def customer() -> Caller:
    return Caller(encode("cus", new_id()), "gateway", frozenset({"p2p:read", "p2p:write"}))


CREATOR = customer()


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


async def live(tx: Tx, **changes: Any) -> Project:
    """For 1,000.00 in five days, with one lamp and two milestones."""
    project = await drafting.draft(tx, CREATOR, draft=draft_of(tx, **changes))
    await drafting.submit(tx, CREATOR, project_id=project.id)
    await reviewing.recommend(tx, STAFF, project_id=project.id)
    await reviewing.approve(tx, OTHER, project_id=project.id)
    return await reviewing.record_opened(
        tx, P2P, project_id=project.id, account_id=new_id(), creator_account_id=new_id()
    )


def draft_of(tx: Tx, **changes: Any) -> Draft:
    day = tx.today + timedelta(days=30)
    terms: dict[str, Any] = {
        "programme": "crowdfunding",
        "title": "A lamp",
        "story": "It is bright.",
        "shipping_note": None,
        "currency": "CNY",
        "goal_minor": 100_000,
        "closes_at": tx.now + timedelta(days=5),
        "surplus": None,
        "tiers": (TierPlan("one", "a lamp", 10_000, 1, day), TierPlan("two", "lamps", 18_000, None, day)),
        "milestones": tuple(MilestonePlan(str(at), Decimal("0.5"), day + timedelta(days=at * 10)) for at in range(2)),
    }
    return Draft(**terms | changes)


async def pledge(tx: Tx, project: Project, amount: int = 100_000, **more: Any) -> Pledge:
    """A gift from a wallet unless told."""
    facts: dict[str, Any] = {"tier_id": None, "currency": "CNY", "source": Source.WALLET, "caller": customer()} | more
    caller = facts.pop("caller")
    return await pledge_actions.pledge(tx, caller, project_id=project.id, amount_minor=amount, **facts)


async def code(story: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as refused:
        await story
    return refused.value.code


async def later(tx: Tx, project_id: UUID, days: float) -> Project:
    """Time passes in this transaction, and ends what is due."""
    tx.now += timedelta(days=days)
    return await closing.close(tx, P2P, project_id=project_id)


async def funded(tx: Tx, project: Project, amount: int = 100_000) -> Project:
    """One gift, charged."""
    made = await pledge(tx, project, amount)
    await later(tx, project.id, 5)
    charge = Charge(made.id, 1, collected=True, account_id=new_id())
    await collecting.record(tx, P2P, project_id=project.id, charges=[charge])
    return await actions.locked(tx, project.id)


async def begun(tx: Tx, refund_id: UUID, after: int = 0) -> Sending:
    """The next batch of a refund, of a run that has sent those up to `after`."""
    sending = await refund_actions.begin_batch(tx, P2P, refund_id=refund_id, after=after)
    assert sending is not None
    return sending


async def sound(tx: Tx) -> None:
    assert {name: ids for name, (_, ids) in (await audit.checks(tx.connection)).items() if ids} == {}


async def test_refusals_of_a_pledge(tx: Tx) -> None:
    project = await live(tx)
    tier, _ = await queries.tiers(tx.connection, project.id)
    backer = customer()
    assert await code(pledge(tx, project, caller=STAFF)) == "customers_only"
    assert await code(pledge(tx, replace(project, id=new_id()))) == "unknown_project"
    assert await code(pledge(tx, project, caller=CREATOR)) == "own_project"
    assert await code(pledge(tx, project, currency="USD")) == "currency_differs"
    assert await code(pledge(tx, project, 9_999, tier_id=tier.id)) == "below_price"
    assert await code(pledge(tx, project, 99)) == "below_price"
    assert await code(pledge(tx, project, 1_000_000_001)) == "pledge_too_large"
    assert await code(pledge(tx, project, tier_id=new_id())) == "unknown_tier"
    first = await pledge(tx, project, 10_000, tier_id=tier.id, caller=backer)
    assert await code(pledge(tx, project, caller=backer)) == "already_pledged"
    assert await code(pledge(tx, project, tier_id=tier.id)) == "tier_sold_out"
    change = {"tier_id": None, "amount_minor": 5_000, "currency": "CNY"}
    assert await code(pledge_actions.change(tx, customer(), pledge_id=first.id, **change)) == "unknown_pledge"
    await pledge_actions.change(tx, backer, pledge_id=first.id, **change)
    await pledge(tx, project, 10_000, tier_id=tier.id)
    assert (await actions.locked(tx, project.id)).pledged_minor == 15_000
    await sound(tx)
    tx.now = project.closes_at
    assert await code(pledge(tx, project)) == "project_closed"
    assert await code(pledge_actions.change(tx, backer, pledge_id=first.id, **change)) == "project_closed"
    assert await code(pledge_actions.withdraw(tx, backer, pledge_id=first.id)) == "project_closed"


async def test_a_project_has_at_most_so_many_pledges(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pledge_rules, "MOST_PLEDGES", 1)
    project = await live(tx)
    await pledge(tx, project)
    assert await code(pledge(tx, project)) == "too_many_pledges"


async def test_a_backer_makes_at_most_so_many_to_a_project(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pledge_rules, "MOST_OF_ONE", 2)
    project, backer = await live(tx), customer()
    for _ in range(2):
        made = await pledge(tx, project, caller=backer)
        await pledge_actions.withdraw(tx, backer, pledge_id=made.id)
    assert await code(pledge(tx, project, caller=backer)) == "too_many_pledges"
    await pledge(tx, project)


async def test_a_mandate_is_signed_in_time_or_the_pledge_gives_back_its_place(tx: Tx) -> None:
    project = await live(tx)
    tier, _ = await queries.tiers(tx.connection, project.id)
    backer = customer()
    made = await pledge(tx, project, 10_000, tier_id=tier.id, source=Source.MANDATE, caller=backer)
    assert made.state is PledgeState.PENDING
    await pledge_actions.record_mandate(tx, P2P, pledge_id=made.id, mandate_id="mdt_1")
    assert (await pledge_actions.record_mandate(tx, P2P, pledge_id=made.id, mandate_id="mdt_2")).mandate_id == "mdt_1"
    assert (await actions.locked(tx, project.id)).backers == 0
    waits = await pledge_actions.record_signature(tx, P2P, pledge_id=made.id, signed=None, last=False)
    assert waits.state is PledgeState.UNSIGNED
    lapsed = await pledge_actions.record_signature(tx, P2P, pledge_id=made.id, signed=None, last=True)
    assert (lapsed.state, lapsed.reason) == (PledgeState.LAPSED, "mandate_not_signed")
    late = await pledge_actions.record_signature(tx, P2P, pledge_id=made.id, signed=True, last=False)
    assert late.state is PledgeState.LAPSED
    assert await code(pledge_actions.ask_signed(tx, backer, pledge_id=made.id)) == "not_allowed_in_state"
    again = await pledge(tx, project, 10_000, tier_id=tier.id, source=Source.MANDATE, caller=backer)
    refused = await pledge_actions.record_no_mandate(tx, P2P, pledge_id=again.id, reason="payee_unclear")
    assert (refused.state, refused.reason) == (PledgeState.LAPSED, "payee_unclear")
    await sound(tx)
    left = [one.id for one in await pledge_queries.mandates_left(tx.connection, tx.now - timedelta(days=3), 10)]
    assert left == [made.id]
    await pledge_actions.record_mandate_ended(tx, P2P, pledge_id=made.id)
    assert await pledge_queries.mandates_left(tx.connection, tx.now - timedelta(days=3), 10) == []


async def test_answers_about_charges_count_once_and_only_of_the_try_they_are_about(tx: Tx) -> None:
    project = await live(tx)
    first, second = await pledge(tx, project, 60_000), await pledge(tx, project, 40_000)
    await later(tx, project.id, 5)
    paid = Charge(first.id, 1, collected=True, account_id=new_id())
    failed = Charge(second.id, 1, collected=False, reason="insufficient_funds")
    for _ in range(2):
        await collecting.record(tx, P2P, project_id=project.id, charges=[paid, failed])
    assert (await actions.locked(tx, project.id)).collected_minor == 60_000
    tx.now += timedelta(hours=47)
    assert await collecting.try_again(tx, P2P, project_id=project.id) == 0
    tx.now += timedelta(hours=1)
    assert await collecting.try_again(tx, P2P, project_id=project.id) == 1
    await collecting.record(tx, P2P, project_id=project.id, charges=[failed])
    waiting = await pledge_queries.load(tx.connection, second.id)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == (PledgeState.CHARGING, 2)
    unknown = Charge(second.id, 2, collected=None, debit_id="mdb_1")
    await collecting.record(tx, P2P, project_id=project.id, charges=[unknown])
    waited = await later(tx, project.id, 5)
    assert (waited.state, waited.due_at) == (ProjectState.COLLECTING, tx.now + timedelta(hours=1))
    late = Charge(second.id, 2, collected=True, account_id=new_id(), debit_id="mdb_1")
    await collecting.record(tx, P2P, project_id=project.id, charges=[late])
    done = await actions.locked(tx, project.id)
    assert (done.state, done.collected_minor) == (ProjectState.FUNDED, 100_000)
    assert await collecting.try_again(tx, P2P, project_id=project.id) == 0
    await sound(tx)


async def test_nothing_collected_is_a_failure(tx: Tx) -> None:
    project = await live(tx)
    made = await pledge(tx, project)
    await later(tx, project.id, 5)
    failed = Charge(made.id, 1, collected=False, reason="no_wallet")
    await collecting.record(tx, P2P, project_id=project.id, charges=[failed])
    ended = await later(tx, project.id, 7)
    assert (ended.state, ended.reason) == (ProjectState.FAILED, "nothing_collected")
    await sound(tx)


async def test_milestones_are_reported_in_order_checked_by_one_and_released_by_another(tx: Tx) -> None:
    planned = await live(tx)
    (early, *_) = await milestone_queries.of_project(tx.connection, planned.id)
    assert await code(paying.release(tx, OTHER, milestone_id=early.id)) == "not_allowed_in_state"
    project = await funded(tx, planned)
    first, second = await milestone_queries.of_project(tx.connection, project.id)
    assert await code(paying.release(tx, OTHER, milestone_id=first.id)) == "not_allowed_in_state", "nobody checked it"

    def report(caller: Caller, milestone_id: UUID) -> Awaitable[Any]:
        return milestone_actions.report(tx, caller, milestone_id=milestone_id, evidence="done", used_minor=None)

    assert await code(report(CREATOR, new_id())) == "unknown_milestone"
    assert await code(report(STAFF, first.id)) == "unknown_milestone"
    assert await code(report(CREATOR, second.id)) == "milestone_out_of_order"
    assert await code(milestone_actions.check(tx, STAFF, milestone_id=first.id)) == "not_allowed_in_state"
    await report(CREATOR, first.id)
    assert await code(report(CREATOR, first.id)) == "not_allowed_in_state"
    assert await code(paying.release(tx, STAFF, milestone_id=first.id)) == "not_allowed_in_state"
    await milestone_actions.return_to_creator(tx, STAFF, milestone_id=first.id, reason="unclear")
    await report(CREATOR, first.id)
    tx.now += timedelta(days=7)
    assert await milestone_actions.watch(tx, P2P, milestone_id=first.id) is False
    await milestone_actions.check(tx, STAFF, milestone_id=first.id)
    assert await code(paying.release(tx, STAFF, milestone_id=first.id)) == "same_reviewer"
    await paying.release(tx, OTHER, milestone_id=first.id)
    assert await code(refund_actions.by_staff(tx, STAFF, project_id=project.id)) == "payout_under_way"
    refused = await paying.record_refused(tx, P2P, milestone_id=first.id, attempt=1, reason="account_closed")
    assert (refused.state.value, refused.reason) == ("checked", "account_closed")
    await paying.release(tx, OTHER, milestone_id=first.id)
    late = await paying.record_refused(tx, P2P, milestone_id=first.id, attempt=1, reason="account_closed")
    assert late.state.value == "paying"
    for _ in range(2):
        await paying.record_paid(tx, P2P, milestone_id=first.id, attempt=2)
    paid = await actions.locked(tx, project.id)
    assert (paid.paid_minor, paid.fee_minor, paid.held_minor) == (48_500, 1_500, 50_000)
    await sound(tx)


async def test_a_milestone_waits_for_those_before_it_though_its_day_is_over(tx: Tx) -> None:
    project = await funded(tx, await live(tx))
    first, second = await milestone_queries.of_project(tx.connection, project.id)
    await milestone_actions.report(tx, CREATOR, milestone_id=first.id, evidence="done", used_minor=None)
    tx.now += timedelta(days=60)
    assert await milestone_actions.watch(tx, P2P, milestone_id=second.id) is False
    states = [one.state.value for one in await milestone_queries.of_project(tx.connection, project.id)]
    assert states == ["reported", "planned"]


async def test_a_refund_divides_what_is_left_and_is_recorded_once(tx: Tx) -> None:
    project = await funded(tx, await live(tx))
    assert await code(refund_actions.by_staff(tx, STAFF, project_id=new_id())) == "unknown_project"
    refund = await refund_actions.by_staff(tx, STAFF, project_id=project.id)
    assert await code(refund_actions.by_staff(tx, STAFF, project_id=project.id)) == "not_allowed_in_state"
    assert await code(refund_actions.stop(tx, STAFF, refund_id=new_id())) == "unknown_project_refund"
    assert await code(refund_actions.resume(tx, STAFF, refund_id=refund.id)) == "not_allowed_in_state"
    first = await begun(tx, refund.id)
    (share,) = first.shares
    assert (await begun(tx, refund.id, after=1)).shares == [share]
    other = new_id()
    refused = {share.pledge_id: ShareRefused("account_closed", other, 0)}
    for _ in range(2):
        going = await refund_actions.record_batch(tx, P2P, refund_id=refund.id, batch=1, paid=[], refused=refused)
    assert going.state.value == "running"
    assert await refund_actions.begin_batch(tx, P2P, refund_id=refund.id, after=1) is None
    stopped = await refund_queries.load(tx.connection, refund.id)
    assert stopped is not None
    assert (stopped.state.value, stopped.reason) == ("stopped", "shares_refused")
    assert await refund_actions.begin_batch(tx, P2P, refund_id=refund.id, after=0) is None
    await sound(tx)
    tx.now += timedelta(days=7)
    resumed = await refund_actions.resume_due(tx, P2P, refund_id=refund.id)
    assert resumed.state.value == "running"
    (again,) = (await begun(tx, refund.id)).shares
    assert (again.account_id, again.tries, again.reason) == (other, 1, "account_closed")
    for _ in range(2):
        done = await refund_actions.record_batch(
            tx, P2P, refund_id=refund.id, batch=1, paid=[share.pledge_id], refused={}
        )
    assert done.state.value == "done"
    ended = await actions.locked(tx, project.id)
    assert (ended.state, ended.refunded_minor, ended.held_minor) == (ProjectState.REFUNDED, 100_000, 0)
    await sound(tx)


async def refunding(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> tuple[Refund, list[RefundShare]]:
    """Three backers, a batch each."""
    monkeypatch.setattr(refund_rules, "BATCH", 1)
    project = await live(tx)
    pledges = [await pledge(tx, project, amount) for amount in (50_000, 30_000, 20_000)]
    await later(tx, project.id, 5)
    charges = [Charge(one.id, 1, collected=True, account_id=new_id()) for one in pledges]
    await collecting.record(tx, P2P, project_id=project.id, charges=charges)
    refund = await refund_actions.by_staff(tx, STAFF, project_id=project.id)
    return refund, [(await refund_queries.unpaid(tx.connection, refund.id, number))[0] for number in (1, 2, 3)]


async def test_one_share_that_is_refused_keeps_no_other_batch_back(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    refund, shares = await refunding(tx, monkeypatch)
    tell = partial(refund_actions.record_batch, tx, P2P, refund_id=refund.id)
    for share in shares:
        sending = await begun(tx, refund.id, after=share.batch - 1)
        assert (sending.batch, sending.shares) == (share.batch, [share])
        if share is shares[0]:
            refused = {share.pledge_id: ShareRefused("account_closed", share.account_id, 0)}
            await tell(batch=1, paid=[], refused=refused)
        else:
            await tell(batch=share.batch, paid=[share.pledge_id], refused={})
    assert await refund_actions.begin_batch(tx, P2P, refund_id=refund.id, after=3) is None
    stopped = await refund_queries.load(tx.connection, refund.id)
    assert stopped is not None
    assert (stopped.state.value, stopped.reason) == ("stopped", "shares_refused")
    assert (await actions.locked(tx, refund.project_id)).held_minor == shares[0].amount_minor
    await refund_actions.resume(tx, STAFF, refund_id=refund.id)
    assert (await begun(tx, refund.id)).batch == 1
    done = await tell(batch=1, paid=[shares[0].pledge_id], refused={})
    assert done.state.value == "done"
    await sound(tx)


async def test_a_batch_that_was_being_sent_is_ended_though_the_refund_was_stopped(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ended after the ledger had paid, then staff stopped it: what was paid is recorded by the next run, and no more."""
    refund, (first, *_) = await refunding(tx, monkeypatch)
    await begun(tx, refund.id)
    await refund_actions.stop(tx, STAFF, refund_id=refund.id)
    moving = [one for one in await audit.movements(tx.connection, 50) if one.kind == "project_refund"]
    assert [one.amount_minor for one in moving] == [100_000]
    assert (await begun(tx, refund.id)).shares == [first]
    await refund_actions.record_batch(tx, P2P, refund_id=refund.id, batch=1, paid=[first.pledge_id], refused={})
    assert await refund_actions.begin_batch(tx, P2P, refund_id=refund.id, after=1) is None
    assert [one for one in await audit.movements(tx.connection, 50) if one.kind == "project_refund"] == []
    stopped = await refund_queries.load(tx.connection, refund.id)
    assert stopped is not None
    assert (stopped.state.value, stopped.reason) == ("stopped", "stopped_by_staff")
    await sound(tx)


async def test_twenty_five_thousand_pledges_are_refunded_in_a_few_statements(tx: Tx) -> None:
    project = await funded(tx, await live(tx, goal_minor=100_000))
    count = 25_000
    await tx.connection.execute(MANY, {"count": count})
    more = sum(101 + at % 7 for at in range(1, count + 1))
    project = await actions.save(
        tx,
        replace(
            project,
            pledged_minor=project.pledged_minor + more,
            backers=count + 1,
            collected_minor=project.collected_minor + more,
        ),
    )
    refund = await refund_actions.by_staff(tx, STAFF, project_id=project.id)
    assert (refund.shares, refund.batches, refund.amount_minor) == (count + 1, 4, 100_000 + more)
    for batch in range(4):
        sending = await begun(tx, refund.id, after=batch)
        assert (sending.batch, len(sending.shares) <= 8_000) == (batch + 1, True)
        paid = [share.pledge_id for share in sending.shares]
        await refund_actions.record_batch(tx, P2P, refund_id=refund.id, batch=sending.batch, paid=paid, refused={})
    assert (await actions.locked(tx, project.id)).state is ProjectState.REFUNDED
    failing = {name for name, (_, ids) in (await audit.checks(tx.connection)).items() if ids}
    assert failing == set()


async def test_what_time_does_to_a_project_before_and_after_its_money(tx: Tx) -> None:
    terms: dict[str, Any] = {
        "programme": "crowdfunding_flexible",
        "title": "x",
        "story": "x",
        "shipping_note": None,
        "currency": "CNY",
        "goal_minor": 100_000,
        "closes_at": tx.now + timedelta(days=50),
        "surplus": None,
        "tiers": (TierPlan("one", "a lamp", 10_000, 1, tx.today + timedelta(days=70)),),
        "milestones": (MilestonePlan("all", Decimal(1), tx.today + timedelta(days=60)),),
    }
    draft = await drafting.draft(tx, CREATOR, draft=Draft(**terms))
    assert (await later(tx, draft.id, 89)).state is ProjectState.DRAFT
    assert (await later(tx, draft.id, 1)).reason == "draft_forgotten"
    assert await code(drafting.revise(tx, CREATOR, project_id=draft.id, draft=Draft(**terms))) == "not_allowed_in_state"
    later_terms = terms | {"closes_at": tx.now + timedelta(days=50)}
    assert await code(drafting.draft(tx, STAFF, draft=Draft(**terms))) == "customers_only"
    unknown = later_terms | {"programme": "open_auction"}
    assert await code(drafting.draft(tx, CREATOR, draft=Draft(**unknown))) == "unknown_programme"
    waits = await drafting.draft(tx, CREATOR, draft=Draft(**later_terms))
    assert await code(drafting.submit(tx, CREATOR, project_id=waits.id)) == "project_contradicts_itself"
    day = tx.today + timedelta(days=60)
    whole = later_terms | {
        "tiers": (TierPlan("one", "a lamp", 10_000, 1, day),),
        "milestones": (MilestonePlan("all", Decimal(1), day),),
    }
    await drafting.revise(tx, CREATOR, project_id=waits.id, draft=Draft(**whole))
    await drafting.submit(tx, CREATOR, project_id=waits.id)
    back = await later(tx, waits.id, 14)
    assert (back.state, back.reason) == (ProjectState.DRAFT, "not_reviewed_in_time")
    await drafting.submit(tx, CREATOR, project_id=waits.id)
    await reviewing.recommend(tx, STAFF, project_id=waits.id)
    await reviewing.approve(tx, OTHER, project_id=waits.id)
    unopened = await later(tx, waits.id, 1)
    assert (unopened.state, unopened.reason) == (ProjectState.CANCELLED, "not_opened_in_time")
    nobody = await live(tx)
    assert (await later(tx, nobody.id, 5)).reason == "nobody_pledged"
    await sound(tx)


async def test_a_creator_has_at_most_so_many_undecided(
    tx: Tx, make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where she asks for several at once."""
    monkeypatch.setattr(rules, "MOST_DRAFTS", 1)
    runtime, creator, wanted = await make_runtime("p2p"), customer(), draft_of(tx)

    async def one(number: int) -> str:
        try:
            made = await commands.perform(runtime, drafting.draft, creator, seed=f"tests {number}", draft=wanted)
        except Refusal as refusal:
            return refusal.code
        return made.state.value

    assert sorted(await asyncio.gather(*map(one, range(6)))) == ["draft", *["too_many_drafts"] * 5]


async def test_what_is_never_delivered_is_told(tx: Tx) -> None:
    project = await live(tx)
    tier, _ = await queries.tiers(tx.connection, project.id)
    backer = customer()
    owed = await pledge(tx, project, 10_000, tier_id=tier.id, caller=backer)
    gift = await pledge(tx, project)
    await later(tx, project.id, 5)
    charges = [Charge(one.id, 1, collected=True, account_id=new_id()) for one in (owed, gift)]
    await collecting.record(tx, P2P, project_id=project.id, charges=charges)
    for milestone in await milestone_queries.of_project(tx.connection, project.id):
        await milestone_actions.report(tx, CREATOR, milestone_id=milestone.id, evidence="done", used_minor=None)
        await milestone_actions.check(tx, STAFF, milestone_id=milestone.id)
        await paying.release(tx, OTHER, milestone_id=milestone.id)
        await paying.record_paid(tx, P2P, milestone_id=milestone.id, attempt=1)
    assert (await actions.locked(tx, project.id)).state is ProjectState.DELIVERING
    receive = delivery_actions.receive
    assert await code(receive(tx, backer, pledge_id=owed.id)) == "not_allowed_in_state"
    assert await code(receive(tx, CREATOR, pledge_id=owed.id)) == "unknown_delivery"
    assert await code(delivery_actions.ship(tx, STAFF, project_id=project.id, tracking={})) == "unknown_project"
    assert (await later(tx, project.id, 204)).state is ProjectState.DELIVERING
    ended = await later(tx, project.id, 7)
    assert (ended.state, ended.reason) == (ProjectState.UNDELIVERED, "not_delivered_in_time")
    await sound(tx)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE projects SET paid_minor = collected_minor + 1",
        "UPDATE projects SET state = 'delivering', due_at = changed_at",
        "UPDATE project_tiers SET taken = 2 WHERE number = 1",
        "UPDATE milestones SET state = 'paid', checked_by = 'a', released_by = 'a', due_at = NULL",
        "UPDATE pledges SET refunded_minor = amount_minor + 1",
        "DELETE FROM project_steps",
    ],
)
async def test_what_the_tables_themselves_refuse(tx: Tx, damage: str) -> None:
    await funded(tx, await live(tx))
    with pytest.raises(DBAPIError):
        await tx.connection.execute(text(damage))


async def test_a_share_that_was_changed_is_found(tx: Tx) -> None:
    project = await funded(tx, await live(tx))
    await refund_actions.by_staff(tx, STAFF, project_id=project.id)
    changed = project_refund_shares.update().values(amount_minor=project_refund_shares.c.amount_minor + 1)
    await tx.connection.execute(changed)
    failing = {name for name, (_, ids) in (await audit.checks(tx.connection)).items() if ids}
    assert failing == {"shares_make_up_the_refund", "refund_batches_are_their_shares"}


async def test_a_damaged_row_is_found(tx: Tx) -> None:
    await pledge(tx, await live(tx))
    await tx.connection.execute(text("UPDATE project_tiers SET taken = taken + 1 WHERE number = 1"))
    await tx.connection.execute(text("UPDATE projects SET pledged_minor = pledged_minor + 1"))
    failing = {name for name, (_, ids) in (await audit.checks(tx.connection)).items() if ids}
    assert failing == {"rewards_taken_are_pledged", "pledges_make_up_the_project"}
