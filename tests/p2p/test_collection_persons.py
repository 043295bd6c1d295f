"""Caps, pauses and complaints are a borrower's, and no loan's: who owes two loans is not called twice as often."""

import asyncio
from datetime import timedelta
from uuid import UUID

from chassis import commands
from chassis.clock import set_business_time
from chassis.errors import Refusal
from services.p2p.collections import actions, ageing, contact_actions, contact_queries, queries, request_actions
from services.p2p.collections.contact_actions import Wanted
from services.p2p.collections.model import CaseState, Channel, Direction, RequestKind
from tests.conftest import MakeRuntime
from tests.p2p.test_collection_actions import CLOCK, DUE, STAFF, Scene, lend, local, refused, scene

__all__ = ["scene"]


async def another(scene: Scene) -> Scene:
    """Another loan of hers, as late, its case looked at and taken by staff."""
    loan = await lend(scene.tx)
    (case,) = await ageing.open_cases(scene.tx, CLOCK, loan_ids=[loan.id])
    second = Scene(scene.tx, loan, case.id)
    await ageing.look(scene.tx, CLOCK, case_ids=[case.id])
    await second.take()
    return second


async def test_caps_count_contacts_about_all_of_her_loans(scene: Scene) -> None:
    await scene.take()
    second = await another(scene)
    for one in (scene, second):
        found = await contact_queries.of_case(scene.tx.connection, one.case_id, before=None, limit=10)
        assert len(found) == 1, "she was reminded of each"
    await scene.ask()
    for one in (scene, second):
        refusal = await refused(one.ask(), "contact_cap_reached", "channel")
        assert (refusal.facts["per"], refusal.facts["most"]) == ("day", 3)
    assert not await scene.offending()


async def test_a_case_that_closed_and_opened_anew_begins_no_new_count(scene: Scene) -> None:
    await scene.take()
    for _ in range(2):
        await scene.ask()
    await scene.pay()
    closed = await scene.at(1)
    assert closed.state is CaseState.CLOSED
    second = await another(scene)
    await refused(second.ask(), "contact_cap_reached", "channel")
    assert await contact_queries.of_case(scene.tx.connection, second.case_id, before=None, limit=10) == []


async def test_a_slice_of_her_cases_reminds_no_oftener_than_a_case_does(scene: Scene) -> None:
    """All looked at together: the first is reminded of, then two more, and the rest wait for the next day."""
    opened = []
    for _ in range(4):
        loan = await lend(scene.tx)
        opened += [case.id for case in await ageing.open_cases(scene.tx, CLOCK, loan_ids=[loan.id])]
    await ageing.look(scene.tx, CLOCK, case_ids=opened)
    days = await contact_queries.recent_days(scene.tx.connection, ["cus_borrower"], scene.tx.today)
    assert len(days["cus_borrower"]) == 3
    assert not await scene.offending()
    cases = [await actions.locked(scene.tx, case_id) for case_id in opened]
    assert sorted(case.next_step == "reminder" for case in cases) == [False, False, True, True]


async def test_who_asked_to_be_left_alone_about_one_loan_is_not_called_about_another(scene: Scene) -> None:
    second = await another(scene)
    request_id = await scene.request()
    await refused(second.ask(), "contacts_stopped", "case_id")
    await request_actions.decide(scene.tx, STAFF, request_id=request_id, grant=True, answer="we stop")
    refusal = await refused(second.ask(), "contacts_stopped", "case_id")
    assert refusal.facts["reason"] == "stop_contact"
    waiting = await queries.queue(
        scene.tx.connection, DUE + timedelta(days=60), party=STAFF.party, bucket=None, step=None, after=None, limit=10
    )
    assert waiting == []
    third = await lend(scene.tx)
    (case,) = await ageing.open_cases(scene.tx, CLOCK, loan_ids=[third.id])
    await ageing.look(scene.tx, CLOCK, case_ids=[case.id])
    assert await contact_queries.of_case(scene.tx.connection, case.id, before=None, limit=10) == []
    await actions.resume(scene.tx, STAFF, case_id=scene.case_id, note="she called")
    await second.ask()


async def test_hardship_is_hers_and_not_a_loans(scene: Scene) -> None:
    second = await another(scene)
    request_id = await scene.request(RequestKind.HARDSHIP)
    await second.ask()
    await request_actions.decide(scene.tx, STAFF, request_id=request_id, grant=True, answer="get well")
    await refused(second.ask(Channel.EMAIL), "contacts_stopped", "case_id")


async def test_two_who_work_on_two_of_her_cases_at_once_stay_within_the_cap(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("p2p")
    async with runtime.transaction(seed="tests") as tx:
        loans = [await lend(tx) for _ in range(2)]
        await set_business_time(tx.connection, local(DUE + timedelta(days=1)), frozen=True)
    loan_ids = [loan.id for loan in loans]
    cases = await commands.perform(runtime, ageing.open_cases, CLOCK, seed="open", loan_ids=loan_ids)
    for number, case in enumerate(cases):
        await commands.perform(runtime, actions.take, STAFF, seed=f"take {number}", case_id=case.id)
    wanted = Wanted(Direction.OUTBOUND, Channel.EMAIL, "borrower", None, None)

    async def ask(number: int, case_id: UUID) -> str:
        try:
            await commands.perform(
                runtime, contact_actions.ask, STAFF, seed=f"ask {number}", case_id=case_id, wanted=wanted
            )
        except Refusal as refusal:
            return refusal.code
        return "allowed"

    answers = await asyncio.gather(*(ask(number, cases[number % 2].id) for number in range(12)))
    assert sorted(answers) == ["allowed"] * 3 + ["contact_cap_reached"] * 9
