"""Card disputes: notice with a hold, evidence by its deadline, the bank's word; over HTTP, and every event in every state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.ids import decode, encode
from services.payments.card_disputes import actions, queries
from services.payments.card_disputes.model import Dispute, DisputeState
from services.payments.card_disputes.terms import terms_of
from services.payments.returned_money import queries as reports
from services.payments.returned_money.actions import take_reports
from services.payments.returned_money.model import Original, ReportedByBank, ReportKind
from tests.payments.customer import Person, World
from tests.payments.funding import funded_account
from tests.payments.returned_money.reporting import (
    audited,
    bank_works,
    read,
    reported,
    reserves_agree,
    topped_up,
    until_booked,
    withdrawn,
)

PAYMENTS = service_caller("payments")
FEE = 2_000


async def one_dispute(person: Person) -> dict[str, Any]:
    (dispute,) = (await person.get("/v1/card-disputes"))["items"]
    return dict(dispute)


async def decided(world: World, reference: str, *, won: bool) -> None:
    answer = await world.door.post(f"disputes/{reference}/decision", {"won": won})
    assert answer.status_code == 200, answer.text
    await read(world)


async def evidence(person: Person, dispute_id: str, text: str = "the goods were delivered") -> httpx.Response:
    return await person.post(f"/v1/card-disputes/{dispute_id}/evidence", {"text": text})


async def test_a_dispute_by_a_magic_amount_is_answered_and_won(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    top_up = await topped_up(anna, card, 990_099)
    await world.move_clock(timedelta(days=1, minutes=1))
    await bank_works(world)
    await until_booked(anna, 1, world)
    dispute = await one_dispute(anna)
    assert (dispute["state"], dispute["held"], dispute["original"]) == ("noticed", 990_099, top_up)
    assert await anna.balance() == (990_099, 0)
    assert (await evidence(anna, dispute["id"])).json()["state"] == "answered"
    await world.run_periodic("payments.work_due_disputes")
    assert (await one_dispute(anna))["evidence_sent_at"] is not None
    await world.move_clock(timedelta(days=6))
    await bank_works(world)
    await until_booked(anna, 2, world)
    assert (await one_dispute(anna))["state"] == "won"
    assert await anna.balance() == (990_099, 990_099)
    await reserves_agree(world)
    await audited(world)


async def test_a_dispute_that_is_lost_takes_the_amount_and_its_fee(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    top_up = await topped_up(anna, card, 300_000)
    await topped_up(anna, card, 50_000)
    reference = await reported(world, "dispute_opened", top_up)
    await decided(world, reference, won=False)
    dispute = await one_dispute(anna)
    assert (dispute["state"], dispute["fee_minor"]) == ("lost", FEE)
    assert await anna.balance() == (50_000 - FEE, 50_000 - FEE)
    assert (await anna.get("/v1/receivables"))["items"] == []
    await reserves_agree(world)
    await audited(world)


async def test_what_is_not_there_of_a_lost_dispute_is_owed(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    await world.person().funded(1_000_000)
    top_up = await topped_up(anna, card, 300_000)
    await withdrawn(anna, card, 200_000)
    reference = await reported(world, "dispute_opened", top_up)
    assert (await one_dispute(anna))["held"] == 100_000
    await decided(world, reference, won=False)
    owed = {one["cause"]: one["outstanding"] for one in (await anna.get("/v1/receivables"))["items"]}
    assert owed == {"dispute_lost": 200_000, "dispute_fee": FEE}
    await topped_up(anna, card, 250_000)
    await world.run_periodic("payments.collect_receivables")
    assert await anna.balance() == (250_000 - 200_000 - FEE, 250_000 - 200_000 - FEE)
    await reserves_agree(world)
    await audited(world)


async def test_without_evidence_the_deadline_passes_and_the_bank_decides_for_its_cardholder(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    top_up = await topped_up(anna, card, 300_000)
    await reported(world, "dispute_opened", top_up)
    dispute = await one_dispute(anna)
    await world.move_clock(timedelta(days=7))
    late = await evidence(anna, dispute["id"])
    assert (late.status_code, late.json()["code"]) == (409, "dispute_closed_to_evidence")
    await world.run_periodic("payments.work_due_disputes")
    assert (await one_dispute(anna))["state"] == "unanswered"
    await bank_works(world)
    await until_booked(anna, 2, world)
    assert (await one_dispute(anna))["state"] == "lost"
    await audited(world)


async def test_evidence_is_given_once_and_by_who_got_the_money(world: World) -> None:
    anna, boris = world.person(), world.person()
    card = await anna.ready()
    top_up = await topped_up(anna, card, 300_000)
    await reported(world, "dispute_opened", top_up)
    dispute = await one_dispute(anna)
    for answer in (await evidence(boris, dispute["id"]), await boris.http.get(f"/v1/card-disputes/{dispute['id']}")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_dispute")
    empty = await evidence(anna, dispute["id"], "")
    assert (empty.status_code, empty.json()["code"]) == (422, "invalid_value")
    first = await evidence(anna, dispute["id"])
    again = await evidence(anna, dispute["id"])
    assert first.json()["evidence_hash"] == again.json()["evidence_hash"]
    other = await evidence(anna, dispute["id"], "another story")
    assert (other.status_code, other.json()["code"], other.json()["field"]) == (409, "evidence_given", "text")


async def test_the_banks_word_counts_also_after_the_hold_was_given_back(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    top_up = await topped_up(anna, card, 300_000)
    reference = await reported(world, "dispute_opened", top_up)
    dispute = await one_dispute(anna)
    await evidence(anna, dispute["id"])
    async with world.payments.runtime.transaction(seed="as if the bank were silent") as tx:
        tx.now += timedelta(days=40)
        released = await actions.pass_deadline(tx, PAYMENTS, dispute_id=_id(dispute["id"]))
    assert released.state is DisputeState.RELEASED
    assert await anna.balance() == (300_000, 300_000)
    await decided(world, reference, won=False)
    assert (await one_dispute(anna))["state"] == "lost"
    assert await anna.balance() == (0, -FEE)
    await audited(world)


def test_terms_are_dated_data() -> None:
    assert terms_of("ICBC", "CNY", date(2026, 1, 1)).fee_minor == FEE
    assert terms_of("ICBC", "USD", date(2026, 1, 1)).fee_minor == 0
    assert terms_of("NONE", "CNY", date(2026, 1, 1)).decision_within == timedelta(days=30)


# Every event in every state: (state, event) → the state after, or the refusal's code.
TABLE = {
    (DisputeState.NOTICED, "evidence"): DisputeState.ANSWERED,
    (DisputeState.NOTICED, "evidence by another"): "unknown_dispute",
    (DisputeState.NOTICED, "evidence, late"): "dispute_closed_to_evidence",
    (DisputeState.NOTICED, "deadline"): DisputeState.UNANSWERED,
    (DisputeState.NOTICED, "won"): DisputeState.WON,
    (DisputeState.NOTICED, "lost"): DisputeState.LOST,
    (DisputeState.ANSWERED, "evidence"): DisputeState.ANSWERED,
    (DisputeState.ANSWERED, "evidence by another"): "unknown_dispute",
    (DisputeState.ANSWERED, "evidence, late"): DisputeState.ANSWERED,
    (DisputeState.ANSWERED, "deadline"): DisputeState.RELEASED,
    (DisputeState.ANSWERED, "won"): DisputeState.WON,
    (DisputeState.ANSWERED, "lost"): DisputeState.LOST,
    (DisputeState.UNANSWERED, "evidence"): "dispute_closed_to_evidence",
    (DisputeState.UNANSWERED, "evidence by another"): "unknown_dispute",
    (DisputeState.UNANSWERED, "evidence, late"): "dispute_closed_to_evidence",
    (DisputeState.UNANSWERED, "deadline"): DisputeState.RELEASED,
    (DisputeState.UNANSWERED, "won"): DisputeState.WON,
    (DisputeState.UNANSWERED, "lost"): DisputeState.LOST,
    (DisputeState.RELEASED, "evidence"): DisputeState.RELEASED,
    (DisputeState.RELEASED, "evidence by another"): "unknown_dispute",
    (DisputeState.RELEASED, "evidence, late"): DisputeState.RELEASED,
    (DisputeState.RELEASED, "deadline"): DisputeState.RELEASED,
    (DisputeState.RELEASED, "won"): DisputeState.WON,
    (DisputeState.RELEASED, "lost"): DisputeState.LOST,
    (DisputeState.WON, "evidence"): DisputeState.WON,
    (DisputeState.WON, "evidence by another"): "unknown_dispute",
    (DisputeState.WON, "evidence, late"): DisputeState.WON,
    (DisputeState.WON, "deadline"): DisputeState.WON,
    (DisputeState.WON, "won"): DisputeState.WON,
    (DisputeState.WON, "lost"): DisputeState.WON,
    (DisputeState.LOST, "evidence"): DisputeState.LOST,
    (DisputeState.LOST, "evidence by another"): "unknown_dispute",
    (DisputeState.LOST, "evidence, late"): DisputeState.LOST,
    (DisputeState.LOST, "deadline"): DisputeState.LOST,
    (DisputeState.LOST, "won"): DisputeState.LOST,
    (DisputeState.LOST, "lost"): DisputeState.LOST,
}
WAY = {
    DisputeState.NOTICED: (),
    DisputeState.ANSWERED: ("evidence",),
    DisputeState.UNANSWERED: ("deadline",),
    DisputeState.RELEASED: ("evidence", "deadline"),
    DisputeState.WON: ("evidence", "won"),
    DisputeState.LOST: ("evidence", "lost"),
}
AMOUNT = 1_000


async def noticed(tx: Tx) -> tuple[Dispute, Caller]:
    """A dispute of a charge that brought its owner 10.00, and the owner."""
    owner = Caller(encode("cus", tx.ids.new()), "gateway", frozenset({"payments:write"}))
    account = await funded_account(tx, owner.party, AMOUNT)
    told = ReportedByBank(
        1, "ref", ReportKind.DISPUTE_OPENED, "charge", "none", AMOUNT, "CNY", "why", tx.now + timedelta(days=7)
    )
    await take_reports(tx, PAYMENTS, bank="ICBC", reported=[told])
    (report,) = await reports.due_reports(tx.connection, tx.now, 1)
    original = Original("tup_x", report.id, report.id, owner.party, account.id, "ICBC", AMOUNT, "CNY", True)
    return await actions.open_dispute(tx, report=report, original=original), owner


async def happens(tx: Tx, event: str, dispute: Dispute, owner: Caller) -> DisputeState | str:
    stranger = replace(owner, subject=encode("cus", tx.ids.new()))
    now: datetime = tx.now
    try:
        if event.startswith("evidence"):
            tx.now = now + timedelta(days=8) if event.endswith("late") else now
            caller = stranger if "another" in event else owner
            after = await actions.give_evidence(tx, caller, dispute_id=dispute.id, text="proof")
        elif event == "deadline":
            tx.now = now + timedelta(days=60)
            after = await actions.pass_deadline(tx, PAYMENTS, dispute_id=dispute.id)
        else:
            after = await actions.record_decision(tx, PAYMENTS, report_id=dispute.report_id, won=event == "won")
    except Refusal as refusal:
        return refusal.code
    finally:
        tx.now = now
    return after.state


async def test_every_event_in_every_state(tx: Tx) -> None:
    for state, event in TABLE:
        async with tx.connection.begin_nested() as savepoint:
            await _looked_at(tx, state, event)
            await savepoint.rollback()


async def _looked_at(tx: Tx, state: DisputeState, event: str) -> None:
    """Once and again: what happens twice happens once."""
    dispute, owner = await noticed(tx)
    for step in WAY[state]:
        await happens(tx, step, dispute, owner)
    before = await queries.dispute_with(tx.connection, dispute.id)
    assert before is not None
    assert before.state is state
    wanted = TABLE[(state, event)]
    assert await happens(tx, event, dispute, owner) == wanted, (state, event)
    after = await queries.dispute_with(tx.connection, dispute.id)
    assert after is not None
    if not isinstance(wanted, DisputeState):
        assert after == before
    elif event not in ("deadline",):
        assert await happens(tx, event, dispute, owner) == wanted
        assert await queries.dispute_with(tx.connection, dispute.id) == after


def _id(text: str) -> UUID:
    return decode("dsp", text)
