"""Mandates over HTTP against a real sandbox bank, and every event in every state in a transaction of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from chassis.provision import in_database
from services.payments.cards.model import Card, CardKind, CardState
from services.payments.cards.queries import add_card
from services.payments.channels.model import Answer, BankAnswer
from services.payments.ledger import actions as ledger
from services.payments.mandates import actions, debiting, queries, rules
from services.payments.mandates.model import Debit, DebitState, MandateState, Period, Source
from services.payments.mandates.refusals import meaning_of
from services.payments.verification.channel_queries import CHANNELS
from services.payments.verification.mandate_queries import MANDATES
from services.payments.verification.queries import checks
from tests.conftest import MakeRuntime
from tests.databases import Databases
from tests.payments.customer import Person, World
from tests.payments.funding import fund, money_on
from tests.payments.limits.persons import person
from tests.payments.mandates.signing import (
    SCOPES,
    Stage,
    as_signed,
    asked,
    debit,
    declare,
    payee,
    signature,
    signed,
    stage,
)
from tests.payments.returned_money.reporting import audited, reported, reserves_agree

PAYMENTS = service_caller("payments")


async def proceeds(gym: Person) -> int:
    return int((await gym.get("/v1/merchants"))["items"][0]["balance"])


async def test_a_journey_of_a_mandate(world: World) -> None:
    """Asked for, signed, debited, a debit short of funds tried again by plan, revoked: from the wallet and from the card."""
    anna = world.person()
    card = await anna.funded(40_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card)
    first = await debit(gym, mandate, "N-1", 30_000)
    assert (first.status_code, first.json()["state"]) == (201, "succeeded")
    second = (await debit(gym, mandate, "N-2", 20_000)).json()
    assert (second["state"], second["failure_code"]) == ("retrying", "insufficient_funds")
    await anna.top_up(card, 20_000)
    # Its other day may fall into the next month; the plan says tomorrow.
    await world.move_clock(timedelta(days=1))
    await world.run_periodic("payments.work_due_mandates")
    (again, _) = (await gym.get(f"/v1/mandates/{mandate}/debits"))["items"]
    assert (again["state"], again["attempts"]) == ("succeeded", 2)
    assert (await anna.balance(), await proceeds(gym)) == ((10_000, 10_000), 50_000)
    other, by_card = await signed(world, anna, card, "card")
    paid = await debit(other, by_card, "C-1", 25_000)
    assert (paid.status_code, paid.json()["state"]) == (201, "succeeded"), paid.text
    assert (await anna.balance(), await proceeds(other)) == ((10_000, 10_000), 25_000)
    await anna.post(f"/v1/mandates/{mandate}/revocation")
    refused = await debit(gym, mandate, "N-3", 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "mandate_revoked")
    await reserves_agree(world)
    await audited(world)


async def test_a_card_debit_that_is_reversed_is_owed_by_its_payee(world: World) -> None:
    anna = world.person()
    card = await anna.funded(500_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card, "card")
    paid = (await debit(gym, mandate, "C-1", 25_000)).json()
    await reported(world, "charge_reversed", paid["id"], amount=10_000)
    assert await proceeds(gym) == 15_000
    await reported(world, "dispute_opened", paid["id"], amount=15_000)
    (dispute,) = (await gym.get("/v1/card-disputes"))["items"]
    assert (dispute["original"], dispute["held"]) == (paid["id"], 15_000)
    assert (await anna.get("/v1/card-disputes"))["items"] == []
    await audited(world)


async def test_a_bank_that_hesitates_is_asked_and_one_that_refuses_is_tried_again_or_not(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    await declare(anna)
    wide = {"max_per_debit": 2_000_000, "max_per_period": 9_000_000}
    gym, mandate = await signed(world, anna, card, "card", **wide)
    hesitates = (await debit(gym, mandate, "slow", 990_004)).json()
    assert hesitates["state"] == "sent"
    short = (await debit(gym, mandate, "short", 990_002)).json()
    assert (short["state"], short["failure_code"]) == ("retrying", "insufficient_funds")
    restricted = (await debit(gym, mandate, "restricted", 990_001)).json()
    assert (restricted["state"], restricted["failure_code"]) == ("failed", "card_restricted")
    refused = await gym.post(f"/v1/mandates/{mandate}/debits/{hesitates['id']}/cancellation")
    assert (refused.status_code, refused.json()["code"]) == (409, "debit_not_waiting")
    await anna.post(f"/v1/mandates/{mandate}/revocation")
    assert (await gym.get(f"/v1/mandates/{mandate}/debits/{short['id']}"))["state"] == "cancelled"
    # What went to the bank before the revocation has its result.
    await world.run("payments.collect_debit", hesitates["id"])
    assert (await gym.get(f"/v1/mandates/{mandate}/debits/{hesitates['id']}"))["state"] == "succeeded"
    assert await proceeds(gym) == 990_004
    await audited(world)


async def test_two_hundred_debits_at_once_stay_within_the_cap(world: World) -> None:
    anna = world.person()
    card = await anna.funded(1_000_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card, max_per_debit=1_000, max_per_period=37_000)

    async def insisting(number: str) -> httpx.Response:
        """Under one key, until it is not told to come back later."""
        body = {"number": number, "amount": 1_000, "currency": "CNY"}
        while True:
            answer = await gym.post(f"/v1/mandates/{mandate}/debits", body, key=number)
            if answer.status_code != 503:
                return answer

    answers = await asyncio.gather(*(insisting(f"N-{number}") for number in range(200)))
    told = [answer.json().get("state") or answer.json()["code"] for answer in answers]
    assert (told.count("succeeded"), told.count("period_cap_reached")) == (37, 163)
    assert await proceeds(gym) == 37_000
    assert await anna.balance() == (963_000, 963_000)
    await audited(world)


async def test_it_is_signed_with_four_factors_and_five_tries(world: World) -> None:
    anna, boris = world.person(), world.person()
    card = await anna.ready()
    gym, merchant = await payee(world)
    mandate = (await gym.post("/v1/mandates", asked(anna.id, merchant))).json()
    path = f"/v1/mandates/{mandate['id']}/signature"
    undeclared = await anna.post(path, signature(anna, card))
    assert (undeclared.status_code, undeclared.json()["code"]) == (409, "identity_not_declared")
    await declare(anna)
    stolen = await boris.post(path, signature(anna, card))
    assert (stolen.status_code, stolen.json()["code"]) == (404, "unknown_mandate")
    wrong: list[dict[str, Any]] = [
        {"name": "李四"},
        {"identity_number": "110101199003070038"},
        {"mobile": "13900000000"},
    ]
    for left, differs in zip((4, 3, 2), wrong, strict=True):
        tried = (await anna.post(path, signature(anna, card, **differs))).json()
        assert (tried["state"], tried["refusal_code"], tried["tries_left"]) == ("requested", "factors_differ", left)
    for state in ("requested", "refused"):
        assert (await anna.post(path, signature(anna, card, **wrong[0]))).json()["state"] == state
    ended = await anna.post(path, signature(anna, card))
    assert (ended.status_code, ended.json()["code"]) == (409, "mandate_not_open")
    refused = await debit(gym, mandate["id"], "N-1", 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "mandate_refused")


async def test_refusals_of_asking_and_debiting(world: World) -> None:
    anna = world.person()
    card = await anna.funded(100_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card)
    _, merchant = await payee(world)
    own = (await gym.get("/v1/merchants"))["items"][0]
    account = (await anna.wallet())["account_id"]
    await debit(gym, mandate, "TWICE", 100)
    first = (await gym.get(f"/v1/mandates/{mandate}/debits"))["items"][0]["id"]
    cases = [
        (await gym.post("/v1/mandates", asked(anna.id, merchant)), 404, "unknown_merchant"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"], account_id=account)), 422, "payee_unclear"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"]) | {"merchant_id": None, "account_id": account}), 422, "payee_unclear"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"], currency="USD")), 422, "currency_mismatch"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"], max_per_debit=60_000)), 422, "caps_unclear"),
        (await gym.post("/v1/mandates", asked(anna.id, own["id"], valid_until="2020-01-01")), 422, "beyond_validity"),
        (await debit(gym, mandate, "TWICE", 100), 409, "debit_number_used"),
        (await debit(gym, mandate, "ABOVE", 30_001), 422, "amount_above_mandate"),
        (await debit(gym, mandate, "USD", 100, currency="USD"), 422, "currency_mismatch"),
        (await debit(gym, mandate, "LATER", 100, due_on="2028-01-01"), 422, "beyond_validity"),
        (await debit(gym, mandate, "ZERO", 0), 422, "invalid_value"),
        (await debit(anna, mandate, "MINE", 100), 404, "unknown_mandate"),
        (await world.person().http.get(f"/v1/mandates/{mandate}"), 404, "unknown_mandate"),
        (await gym.post(f"/v1/mandates/{mandate}/debits/{first}/cancellation"), 409, "debit_not_waiting"),
        (await anna.post(f"/v1/mandates/{mandate}/debits/{first}/cancellation"), 404, "unknown_debit"),
        (await gym.http.get(f"/v1/mandates/{mandate}/debits/{encode('mdb', UUID(int=7))}"), 404, "unknown_debit"),
        (await gym.post(f"/v1/mandates/{mandate}/suspension"), 404, "unknown_mandate"),
        (await anna.post(f"/v1/mandates/{mandate}/resumption"), 200, None),
    ]  # fmt: skip
    for answer, status, code in cases:
        assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert await anna.balance() == (99_900, 99_900)
    assert [one["id"] for one in (await gym.get("/v1/mandates", as_payee=True))["items"]] == [mandate]
    assert [one["id"] for one in (await anna.get("/v1/mandates"))["items"]] == [mandate]


async def test_the_audit_finds_a_debit_that_was_changed(world: World, databases: Databases) -> None:
    anna = world.person()
    card = await anna.funded(100_000)
    await declare(anna)
    gym, mandate = await signed(world, anna, card)
    paid = (await debit(gym, mandate, "N-1", 30_000)).json()
    database = world.payments.runtime.settings.database_url.rpartition("/")[2]
    connection = await asyncpg.connect(in_database(databases.admin_url, database))
    try:
        await connection.execute("UPDATE mandate_debits SET amount = 60000")
    finally:
        await connection.close()
    report = (await world.payments.client().get("/v1/verification")).json()
    failed = {one["name"]: one["offending"] for one in report["checks"] if one["failed"]}
    assert failed["debits_have_their_transfers"] == [paid["id"]]
    assert failed["debits_stay_within_their_mandates"] == [mandate]


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    """A transaction that is rolled back."""
    runtime = await make_runtime("payments")
    async with runtime.database.engine.connect() as connection:
        yield await runtime.database.begin(connection, seed=uuid4().hex)


async def any_card(tx: Tx, state: CardState = CardState.BOUND) -> UUID:
    card = Card(
        tx.ids.new(), tx.ids.new(), "ICBC", "工商银行", CardKind.DEBIT, "6222", b"sealed", uuid4().bytes, state, None, None, tx.now,
        tx.now, None,
    )  # fmt: skip
    await add_card(tx.connection, card)
    return card.id


async def asked_for(tx: Tx, scene: Stage, amount: int, number: str = "", due_on: date | None = None) -> Debit:
    return await debiting.request_debit(
        tx,
        scene.gym,
        mandate_id=scene.mandate.id,
        number=number or uuid4().hex,
        amount=amount,
        currency="CNY",
        due_on=due_on,
    )


async def on_day(tx: Tx, scene: Stage, day: date) -> list[Debit]:
    """What periodic work does at the beginning of a day; all debits, the oldest first."""
    tx.now = start_of_day(day)
    await actions.end_due_mandates(tx, PAYMENTS)
    for debit_id in await queries.due_debits(tx.connection, tx.now, 100):
        await debiting.attempt_debit(tx, PAYMENTS, debit_id=debit_id)
    found = await queries.debits_of(tx.connection, scene.mandate.id, None, 100)
    return sorted(found, key=lambda one: one.requested_at)


async def test_a_debit_is_announced_and_made_when_the_notice_is_over(tx: Tx) -> None:
    scene = await stage(tx, 40_000, await any_card(tx), notice_days=3)
    today = tx.today
    announced = await asked_for(tx, scene, 10_000)
    assert (announced.state, announced.planned_on) == (DebitState.ANNOUNCED, today + timedelta(days=3))
    assert "payments.mandate_debit.announced.v1" in [one.type for one in tx.events.take()]
    (before,) = await on_day(tx, scene, today + timedelta(days=2))
    assert before.state is DebitState.ANNOUNCED
    tx.now = start_of_day(today + timedelta(days=3)) - timedelta(seconds=1)
    assert await queries.due_debits(tx.connection, tx.now, 10) == []
    (made,) = await on_day(tx, scene, today + timedelta(days=3))
    assert (made.state, made.counted_on) == (DebitState.SUCCEEDED, today + timedelta(days=3))


async def test_a_debit_without_funds_follows_its_plan_to_the_end(tx: Tx) -> None:
    scene = await stage(tx, 0, await any_card(tx), period=Period.YEAR, valid_until=tx_day(400))
    tx.now = start_of_day(date(2026, 12, 1))
    first = await asked_for(tx, scene, 10_000)
    days = [first.counted_on]
    for after in range(1, 12):
        (now,) = await on_day(tx, scene, date(2026, 12, 1) + timedelta(days=after))
        days.append(now.counted_on)
        if now.state is DebitState.FAILED:
            break
    assert (now.state, now.failure_code, now.attempts) == (DebitState.FAILED, "insufficient_funds", 4)
    assert sorted(set(days)) == [date(2026, 12, day) for day in (2, 4, 8)]


def tx_day(after: int) -> date:
    return date(2026, 11, 26) + timedelta(days=after)


async def test_a_cap_counts_what_is_planned_and_each_period_by_itself(tx: Tx) -> None:
    scene = await stage(tx, 200_000, await any_card(tx), valid_until=tx_day(300))
    tx.now = start_of_day(date(2026, 12, 30))
    await asked_for(tx, scene, 30_000)
    await asked_for(tx, scene, 20_000, due_on=date(2026, 12, 31))
    assert await code_of(asked_for(tx, scene, 1, due_on=date(2026, 12, 31))) == "period_cap_reached"
    january = await asked_for(tx, scene, 30_000, due_on=date(2027, 1, 1))
    await on_day(tx, scene, date(2026, 12, 31))
    tx.now = start_of_day(date(2027, 1, 1)) - timedelta(seconds=1)
    assert (await debiting.attempt_debit(tx, PAYMENTS, debit_id=january.id)).state is DebitState.ANNOUNCED
    assert await code_of(asked_for(tx, scene, 1)) == "period_cap_reached"
    made = await on_day(tx, scene, date(2027, 1, 1))
    assert [one.state for one in made] == [DebitState.SUCCEEDED] * 3
    assert (await asked_for(tx, scene, 20_000)).state is DebitState.SUCCEEDED
    assert await code_of(asked_for(tx, scene, 1)) == "period_cap_reached"


async def test_a_retry_waits_for_a_period_with_room(tx: Tx) -> None:
    scene = await stage(tx, 0, await any_card(tx), period=Period.DAY, max_per_period=30_000, valid_until=tx_day(300))
    tx.now = start_of_day(date(2026, 12, 1))
    await asked_for(tx, scene, 20_000, due_on=date(2026, 12, 2))
    refused = await asked_for(tx, scene, 20_000)
    # Tomorrow has no room for it: it goes to the third day of its plan.
    assert (refused.state, refused.counted_on) == (DebitState.RETRYING, date(2026, 12, 4))


async def test_a_suspended_mandate_lets_nothing_through_and_is_resumed(tx: Tx) -> None:
    scene = await stage(tx, 50_000, await any_card(tx), notice_days=1, valid_until=tx_day(300))
    await asked_for(tx, scene, 10_000)
    await actions.suspend_mandate(tx, scene.customer, mandate_id=scene.mandate.id)
    assert await code_of(asked_for(tx, scene, 1)) == "mandate_suspended"
    (waits,) = await on_day(tx, scene, tx.today + timedelta(days=1))
    assert (waits.state, waits.failure_code) == (DebitState.RETRYING, "mandate_suspended")
    await actions.resume_mandate(tx, scene.customer, mandate_id=scene.mandate.id)
    (made,) = await on_day(tx, scene, tx.today + timedelta(days=1))
    assert made.state is DebitState.SUCCEEDED


async def test_a_mandate_expires_after_its_last_day(tx: Tx) -> None:
    scene = await stage(tx, 50_000, await any_card(tx), valid_until=tx.today + timedelta(days=2))
    last = scene.mandate.valid_until
    tx.now = start_of_day(last + timedelta(days=1)) - timedelta(seconds=1)
    assert (await asked_for(tx, scene, 100)).state is DebitState.SUCCEEDED
    await on_day(tx, scene, last + timedelta(days=1))
    ended = await queries.mandate_with(tx.connection, scene.mandate.id)
    assert ended is not None
    assert ended.state is MandateState.EXPIRED
    assert await code_of(asked_for(tx, scene, 100)) == "mandate_expired"


async def test_a_card_that_is_no_longer_bound_and_a_frozen_wallet(tx: Tx) -> None:
    scene = await stage(tx, 50_000, await any_card(tx, CardState.REMOVED), valid_until=tx_day(300))
    await ledger.freeze_account(tx, PAYMENTS, account_id=scene.wallet.account_id, reason="court order", amount=None)
    frozen = await asked_for(tx, scene, 100)
    assert (frozen.state, frozen.failure_code) == (DebitState.RETRYING, "payer_restricted")
    by_card = replace(scene.mandate, source=Source.CARD, wallet_account_id=None)
    await queries.save_mandate(tx.connection, by_card)
    gone = await asked_for(tx, scene, 100)
    assert (gone.state, gone.failure_code) == (DebitState.FAILED, "card_not_bound")


async def test_wallet_debits_count_against_the_person_s_limits(tx: Tx) -> None:
    """1,000.00 for life with one check: what is beyond is refused, and the room that a refused debit took is given back."""
    proved = await person(tx, 1)
    card = await any_card(tx)
    customer = Caller(encode("cus", proved.customers[0]), "gateway", SCOPES)
    scene = await stage(tx, 0, card, customer=customer, max_per_debit=90_000, max_per_period=500_000, retry_days=())
    assert (await asked_for(tx, scene, 60_000)).failure_code == "insufficient_funds"
    await fund(tx, await ledger.account_with(tx, scene.wallet.account_id), 200_000)
    assert (await asked_for(tx, scene, 60_000)).state is DebitState.SUCCEEDED
    beyond = await asked_for(tx, scene, 50_000)
    assert (beyond.state, beyond.failure_code) == (DebitState.FAILED, "payer_limit_reached")
    assert (await asked_for(tx, scene, 40_000)).state is DebitState.SUCCEEDED


def test_refusals_mean_what_the_table_says() -> None:
    assert meaning_of("insufficient_funds").again
    assert not meaning_of("card_restricted").again
    assert (meaning_of("never seen before").code, meaning_of("never seen before").again) == ("bank_refused", False)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(Period))
def test_periods_are_without_gaps_and_hold_their_day(day: date, period: Period) -> None:
    first, last = rules.bounds(day, period)
    assert first <= day <= last
    assert rules.bounds(last + timedelta(days=1), period)[0] == last + timedelta(days=1)
    assert rules.bounds(first, period) == rules.bounds(last, period) == (first, last)


async def code_of(asking: Awaitable[Any]) -> str:
    try:
        after = await asking
    except Refusal as refusal:
        return refusal.code
    return str(after.state)


MANDATE_WAYS: dict[MandateState, tuple[str, ...]] = {
    MandateState.REQUESTED: (),
    MandateState.ACTIVE: ("sign",),
    MandateState.SUSPENDED: ("sign", "suspend"),
    MandateState.REVOKED: ("sign", "revoke"),
    MandateState.EXPIRED: ("sign", "expire"),
    MandateState.REFUSED: ("expire",),
}
MANDATE_EVENTS = (
    "suspend",
    "resume",
    "revoke",
    "revoke by payee",
    "expire",
    "debit",
    "suspend by payee",
    "revoke by another",
)
NOT_OPEN, UNKNOWN = "mandate_not_open", "unknown_mandate"
# Every event in every state, in the order of MANDATE_EVENTS: the state after, or the refusal's code.
MANDATE_TABLE = {
    MandateState.REQUESTED: (
        NOT_OPEN,
        NOT_OPEN,
        "revoked",
        "revoked",
        "refused",
        "mandate_requested",
        UNKNOWN,
        UNKNOWN,
    ),
    MandateState.ACTIVE: ("suspended", "active", "revoked", "revoked", "expired", "succeeded", UNKNOWN, UNKNOWN),
    MandateState.SUSPENDED: (
        "suspended",
        "active",
        "revoked",
        "revoked",
        "expired",
        "mandate_suspended",
        UNKNOWN,
        UNKNOWN,
    ),
    MandateState.REVOKED: (NOT_OPEN, NOT_OPEN, "revoked", "revoked", "revoked", "mandate_revoked", UNKNOWN, UNKNOWN),
    MandateState.EXPIRED: (NOT_OPEN, NOT_OPEN, NOT_OPEN, NOT_OPEN, "expired", "mandate_expired", UNKNOWN, UNKNOWN),
    MandateState.REFUSED: (NOT_OPEN, NOT_OPEN, NOT_OPEN, NOT_OPEN, "refused", "mandate_refused", UNKNOWN, UNKNOWN),
}


async def mandate_event(tx: Tx, scene: Stage, card_id: UUID, event: str) -> str:
    stranger = Caller(encode("cus", tx.ids.new()), "gateway", SCOPES)
    who = scene.gym if event.endswith("payee") else stranger if event.endswith("another") else scene.customer
    if event == "sign":
        return str((await as_signed(tx, scene.mandate, scene.wallet, card_id)).state)
    if event == "expire":
        now = tx.now
        tx.now = start_of_day(scene.mandate.valid_until + timedelta(days=1))
        await actions.end_due_mandates(tx, PAYMENTS)
        tx.now = now
        after = await queries.mandate_with(tx.connection, scene.mandate.id)
        assert after is not None
        return str(after.state)
    if event == "debit":
        return await code_of(asked_for(tx, scene, 100))
    acts: dict[str, Callable[..., Awaitable[Any]]] = {
        "suspend": actions.suspend_mandate,
        "resume": actions.resume_mandate,
        "revoke": actions.revoke_mandate,
    }
    return await code_of(acts[event.split()[0]](tx, who, mandate_id=scene.mandate.id))


async def test_every_event_in_every_state_of_a_mandate(tx: Tx) -> None:
    for state, outcomes in MANDATE_TABLE.items():
        for event, wanted in zip(MANDATE_EVENTS, outcomes, strict=True):
            async with tx.connection.begin_nested() as savepoint:
                card_id = await any_card(tx)
                scene = await stage(tx, 10_000, card_id)
                await queries.save_mandate(tx.connection, _unsigned(scene))
                for step in MANDATE_WAYS[state]:
                    await mandate_event(tx, scene, card_id, step)
                assert await mandate_event(tx, scene, card_id, event) == wanted, (state, event)
                await savepoint.rollback()


def _unsigned(scene: Stage) -> Any:
    return replace(
        scene.mandate, state=MandateState.REQUESTED, source=None, card_id=None, wallet_account_id=None, signed_at=None,
        due_at=scene.mandate.requested_at + timedelta(days=7),
    )  # fmt: skip


DEBIT_EVENTS = ("day comes", "day comes without funds", "cancel", "cancel by customer", "revoke", "too early")
# Every event in every state, in the order of DEBIT_EVENTS: the state after, or the refusal's code.
DEBIT_TABLE = {
    "announced": ("succeeded", "retrying", "cancelled", "unknown_debit", "cancelled", "announced"),
    "retrying": ("succeeded", "retrying", "cancelled", "unknown_debit", "cancelled", "retrying"),
    "sent": ("sent", "sent", "debit_not_waiting", "unknown_debit", "sent", "sent"),
    "succeeded": ("succeeded", "succeeded", "debit_not_waiting", "unknown_debit", "succeeded", "succeeded"),
    "failed": ("failed", "failed", "debit_not_waiting", "unknown_debit", "failed", "failed"),
    "cancelled": ("cancelled", "cancelled", "cancelled", "unknown_debit", "cancelled", "cancelled"),
}


async def debit_in(tx: Tx, state: str) -> tuple[Stage, Debit]:
    scene = await stage(
        tx,
        0,
        await any_card(tx),
        retry_days=() if state == "failed" else (1, 3, 7),
        notice_days=2 if state == "announced" else 0,
    )
    if state == "sent":
        await queries.save_mandate(tx.connection, replace(scene.mandate, source=Source.CARD, wallet_account_id=None))
    if state == "succeeded":
        await fund(tx, await ledger.account_with(tx, scene.wallet.account_id), 100)
    made = await asked_for(tx, scene, 100)
    if state == "cancelled":
        made = await debiting.cancel_debit(tx, scene.gym, mandate_id=scene.mandate.id, debit_id=made.id)
    assert made.state == state
    return scene, made


async def debit_event(tx: Tx, scene: Stage, made: Debit, event: str) -> str:
    if event == "day comes":
        await fund(tx, await ledger.account_with(tx, scene.wallet.account_id), 100)
    if event.startswith("day comes"):
        now, tx.now = tx.now, tx.now + timedelta(days=2)
        again = await code_of(debiting.attempt_debit(tx, PAYMENTS, debit_id=made.id))
        # The same day twice: what was made is not made again, what waits waits for its next day.
        assert await code_of(debiting.attempt_debit(tx, PAYMENTS, debit_id=made.id)) == again
        tx.now = now
        return again
    if event == "too early":
        return await code_of(debiting.attempt_debit(tx, PAYMENTS, debit_id=made.id))
    if event == "revoke":
        await actions.revoke_mandate(tx, scene.customer, mandate_id=scene.mandate.id)
        after = await queries.debit_with(tx.connection, made.id)
        assert after is not None
        return str(after.state)
    who = scene.customer if event.endswith("customer") else scene.gym
    return await code_of(debiting.cancel_debit(tx, who, mandate_id=scene.mandate.id, debit_id=made.id))


async def test_every_event_in_every_state_of_a_debit(tx: Tx) -> None:
    for state, outcomes in DEBIT_TABLE.items():
        for event, wanted in zip(DEBIT_EVENTS, outcomes, strict=True):
            async with tx.connection.begin_nested() as savepoint:
                scene, made = await debit_in(tx, state)
                assert await debit_event(tx, scene, made, event) == wanted, (state, event)
                balance, _ = await money_on(tx, await ledger.account_with(tx, scene.merchant.account_id))
                assert balance == (100 if "succeeded" in (wanted, state) else 0)
                await savepoint.rollback()


async def test_a_card_debit_is_tried_on_another_channel_and_what_comes_twice_goes_back(tx: Tx) -> None:
    scene = await stage(tx, 0, await any_card(tx))
    by_card = replace(scene.mandate, source=Source.CARD, wallet_account_id=None)
    await queries.save_mandate(tx.connection, by_card)
    sent = await asked_for(tx, scene, 20_000)
    assert (sent.state, sent.attempts) == (DebitState.SENT, 1)

    async def answered(which: Debit, answer: Answer) -> Debit:
        assert which.instruction_id is not None
        await debiting.record_debit_answer(
            tx, PAYMENTS, debit_id=which.id, instruction_id=which.instruction_id, answer=BankAnswer(answer)
        )
        after = await queries.debit_with(tx.connection, which.id)
        assert after is not None
        return after

    await answered(sent, Answer.NO_ANSWER)
    tx.now += timedelta(hours=3)
    second = await answered(sent, Answer.NOT_FOUND)
    assert second.state is DebitState.SENT
    assert second.instruction_id != sent.instruction_id
    paid = await answered(second, Answer.SUCCEEDED)
    assert (paid.state, paid.late) == (DebitState.SUCCEEDED, False)
    assert await answered(sent, Answer.SUCCEEDED) == paid
    payee = await ledger.account_with(tx, scene.merchant.account_id)
    assert await money_on(tx, payee) == (20_000, 20_000)
    looked = await checks(tx.connection)
    assert [name for name in CHANNELS | MANDATES if looked[name][1]] == []
    assert looked["surplus_charges_are_returned"][0] == 1
