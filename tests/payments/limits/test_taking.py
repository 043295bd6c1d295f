"""Room taken and given back, on a real database: by class, by day, by person, by year."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.ids import new_id
from services.payments.limits import actions, queries
from services.payments.limits.actions import give_room_back, take_room
from services.payments.limits.gathered import lock_rooms, save_rooms
from services.payments.limits.model import Payment, Period, Subject, Taking
from tests.conftest import MakeRuntime
from tests.payments.limits.persons import YUAN, at, person

REQUIRED = {"SIFANG_PAYMENTS_VERIFICATION": "required"}
OPERATOR = service_caller("payments")
NOON = at("2026-11-26T12:00:00")


@pytest.fixture
async def runtime(make_runtime: MakeRuntime) -> Runtime:
    return await make_runtime("payments", environment=REQUIRED, pool_size=20)


@pytest.fixture
async def tx(runtime: Runtime) -> AsyncIterator[Tx]:
    async with runtime.database.engine.connect() as connection:
        yield replace(await runtime.database.begin(connection), now=NOON)
        await connection.rollback()


async def pay(tx: Tx, customer_id: UUID, yuan: int, source: str | None = None, factors: int = 2) -> str:
    source = source or f"ord_{new_id().hex}"
    await take_room(tx, customer_id=customer_id, amount=yuan * YUAN, currency="CNY", source=source, factors=factors)
    return source


async def refused(tx: Tx, customer_id: UUID, yuan: int, **more: Any) -> tuple[str, int | None]:
    """The refusal's code, and what it says is left, in yuan. It changes nothing."""
    with pytest.raises(Refusal) as caught:
        await pay(tx, customer_id, yuan, **more)
    left = caught.value.facts.get("left")
    return caught.value.code, None if left is None else left // YUAN


async def used(tx: Tx, holder_id: UUID) -> tuple[int, int]:
    """Of life and of the year, in yuan."""
    usage = await queries.usage_of(tx.connection, holder_id)
    return usage.life // YUAN, usage.year // YUAN


async def takings(tx: Tx, holder_id: UUID) -> list[Taking]:
    return await queries.takings_of(tx.connection, holder_id, None, None, 100)


async def test_a_payment_takes_room_and_the_same_again_takes_none(tx: Tx) -> None:
    anna = await person(tx)
    for _ in range(2):
        await pay(tx, anna.customers[0], 300, "ord_1")
    assert await used(tx, anna.holder_id) == (300, 300)


async def test_another_payment_of_the_same_reference_is_refused(tx: Tx) -> None:
    anna = await person(tx, customers=2)
    await pay(tx, anna.customers[0], 300, "ord_1")
    assert await refused(tx, anna.customers[0], 301, source="ord_1") == ("payment_already_counted", None)
    assert await refused(tx, anna.customers[1], 300, source="ord_1") == ("payment_already_counted", None)
    assert await used(tx, anna.holder_id) == (300, 300)


async def test_what_came_back_can_be_paid_again_under_its_reference(tx: Tx) -> None:
    anna = await person(tx)
    await pay(tx, anna.customers[0], 300, "ord_1")
    await give_room_back(tx, source="ord_1", amount=300 * YUAN)
    await pay(tx, anna.customers[0], 400, "ord_1")
    assert await used(tx, anna.holder_id) == (400, 400)
    assert [(one.round, one.counted - one.counted_back) for one in await takings(tx, anna.holder_id)] == [
        (2, 400 * YUAN),
        (1, 0),
    ]


async def test_no_more_comes_back_than_was_taken(tx: Tx) -> None:
    anna = await person(tx)
    await pay(tx, anna.customers[0], 500, "ord_other")
    await pay(tx, anna.customers[0], 300, "ord_1")
    for yuan in (100, 150, 300, 1):
        await give_room_back(tx, source="ord_1", amount=yuan * YUAN)
    await give_room_back(tx, source="ord_unknown", amount=100)
    assert await used(tx, anna.holder_id) == (500, 500)


@pytest.mark.parametrize(
    ("checks", "seen", "yuan", "code"),
    [
        (1, False, 1_000, "lifetime_limit_exceeded"),
        (2, False, 1_000, "lifetime_limit_exceeded"),
        (3, False, 100_000, "annual_limit_exceeded"),
        (4, False, 100_000, "annual_limit_exceeded"),
        (5, False, 200_000, "annual_limit_exceeded"),
        (0, True, 200_000, "annual_limit_exceeded"),
    ],
)
async def test_each_class_has_its_limit_to_the_fen(tx: Tx, checks: int, seen: bool, yuan: int, code: str) -> None:
    anna = await person(tx, checks, seen=seen, certificate=(date(2030, 1, 1), 10**12))
    await pay(tx, anna.customers[0], yuan)
    assert await used(tx, anna.holder_id) == (yuan, yuan)
    with pytest.raises(Refusal) as caught:
        await take_room(tx, customer_id=anna.customers[0], amount=1, currency="CNY", source="ord_2", factors=2)
    assert (caught.value.code, caught.value.field, caught.value.facts["left"]) == (code, "amount", 0)


async def test_class_i_is_of_life_whatever_the_year(tx: Tx) -> None:
    anna = await person(tx, 1)
    await pay(tx, anna.customers[0], 900)
    later = replace(tx, now=at("2027-11-26T12:00:00"))
    assert await refused(later, anna.customers[0], 101) == ("lifetime_limit_exceeded", 100)
    await pay(later, anna.customers[0], 100)


async def test_without_two_factors_a_thousand_a_day_with_two_five_thousand(tx: Tx) -> None:
    anna = await person(tx)
    await pay(tx, anna.customers[0], 1_000, factors=1)
    assert await refused(tx, anna.customers[0], 1, factors=1) == ("daily_limit_exceeded", 0)
    assert await refused(tx, anna.customers[0], 1, factors=0) == ("daily_limit_exceeded", 0)
    await pay(tx, anna.customers[0], 5_000)
    assert await refused(tx, anna.customers[0], 1) == ("daily_limit_exceeded", 0)
    assert await used(tx, anna.holder_id) == (6_000, 6_000)


async def test_with_a_certificate_what_was_agreed_and_only_beside_a_second_factor(tx: Tx) -> None:
    anna = await person(tx, certificate=(date(2026, 11, 26), 20_000 * YUAN))
    await pay(tx, anna.customers[0], 20_000)
    assert await refused(tx, anna.customers[0], 1) == ("daily_limit_exceeded", 0)
    assert await refused(tx, anna.customers[0], 1_001, factors=1) == ("daily_limit_exceeded", 1_000)
    tomorrow = replace(tx, now=at("2026-11-27T00:00:00"))
    assert await refused(tomorrow, anna.customers[0], 5_001) == ("daily_limit_exceeded", 5_000)


async def test_the_day_ends_at_midnight_in_shanghai(tx: Tx) -> None:
    anna = await person(tx)
    last = replace(tx, now=at("2026-11-26T23:59:59"))
    await pay(last, anna.customers[0], 5_000)
    assert await refused(last, anna.customers[0], 1) == ("daily_limit_exceeded", 0)
    first = replace(tx, now=at("2026-11-27T00:00:00"))
    await pay(first, anna.customers[0], 5_000)
    assert await used(tx, anna.holder_id) == (10_000, 10_000)


async def test_the_year_ends_at_midnight_in_shanghai(tx: Tx) -> None:
    anna = await person(tx, certificate=(date(2030, 1, 1), 10**12))
    last = replace(tx, now=at("2026-12-31T23:59:59"))
    await pay(last, anna.customers[0], 200_000)
    assert await refused(last, anna.customers[0], 1) == ("annual_limit_exceeded", 0)
    first = replace(tx, now=at("2027-01-01T00:00:00"))
    await pay(first, anna.customers[0], 200_000)
    assert await used(tx, anna.holder_id) == (400_000, 200_000)


async def test_a_refund_gives_room_back_in_the_year_it_was_taken_in(tx: Tx) -> None:
    anna = await person(tx, certificate=(date(2030, 1, 1), 10**12))
    await pay(replace(tx, now=at("2026-12-31T23:59:59")), anna.customers[0], 200_000, "ord_old")
    first = replace(tx, now=at("2027-01-01T00:00:00"))
    await pay(first, anna.customers[0], 200_000, "ord_new")
    await give_room_back(first, source="ord_old", amount=50_000 * YUAN)
    assert await refused(first, anna.customers[0], 1) == ("annual_limit_exceeded", 0)
    assert await used(tx, anna.holder_id) == (350_000, 200_000)
    assert {one.source: (one.taken_on.year, one.counted_back) for one in await takings(tx, anna.holder_id)} == {
        "ord_new": (2027, 0),
        "ord_old": (2026, 50_000 * YUAN),
    }
    await give_room_back(first, source="ord_new", amount=50_000 * YUAN)
    await pay(first, anna.customers[0], 50_000)


async def test_a_refund_of_another_day_gives_nothing_back_to_today(tx: Tx) -> None:
    anna = await person(tx)
    await pay(tx, anna.customers[0], 5_000, "ord_old")
    tomorrow = replace(tx, now=at("2026-11-27T08:00:00"))
    await pay(tomorrow, anna.customers[0], 4_000, "ord_new")
    await give_room_back(tomorrow, source="ord_old", amount=5_000 * YUAN)
    assert await refused(tomorrow, anna.customers[0], 1_001) == ("daily_limit_exceeded", 1_000)
    await give_room_back(tomorrow, source="ord_new", amount=4_000 * YUAN)
    await pay(tomorrow, anna.customers[0], 5_000)


async def test_where_the_clock_was_put_back_it_counts_on_the_later_day(tx: Tx) -> None:
    anna = await person(tx)
    await pay(tx, anna.customers[0], 5_000)
    assert await refused(replace(tx, now=at("2026-11-25T12:00:00")), anna.customers[0], 1) == (
        "daily_limit_exceeded",
        0,
    )


async def test_one_person_has_one_limit_however_many_customers_she_is(tx: Tx) -> None:
    anna = await person(tx, customers=3)
    await pay(tx, anna.customers[0], 2_000)
    await pay(tx, anna.customers[1], 2_000)
    assert await refused(tx, anna.customers[2], 1_001) == ("daily_limit_exceeded", 1_000)


async def test_another_currency_counts_at_the_day_s_rate_rounded_up(tx: Tx) -> None:
    anna = await person(tx)
    await actions.state_rate(
        tx, OPERATOR, currency="USD", rate_on=date(2026, 11, 26), rate=Decimal("7.0801"), source="PBOC"
    )
    await take_room(tx, customer_id=anna.customers[0], amount=10_001, currency="USD", source="ord_1", factors=2)
    (taken,) = await takings(tx, anna.holder_id)
    assert (taken.amount, taken.counted) == (10_001, 70_809)  # 708.0808… yuan
    for part in (3_333, 3_333, 3_335):
        await give_room_back(tx, source="ord_1", amount=part)
    assert await used(tx, anna.holder_id) == (0, 0)


async def test_without_a_rate_of_that_day_another_currency_is_refused(tx: Tx) -> None:
    anna = await person(tx)
    await actions.state_rate(
        tx, OPERATOR, currency="USD", rate_on=date(2026, 11, 27), rate=Decimal("7.08"), source="PBOC"
    )
    with pytest.raises(Refusal) as caught:
        await take_room(tx, customer_id=anna.customers[0], amount=1, currency="USD", source="ord_1", factors=2)
    assert (caught.value.code, caught.value.field) == ("rate_not_stated", "currency")


async def test_the_rate_stated_last_counts(tx: Tx) -> None:
    anna = await person(tx)
    for rate in ("70.8", "7.08"):
        await actions.state_rate(
            tx, OPERATOR, currency="JPY", rate_on=date(2026, 11, 26), rate=Decimal(rate), source="PBOC"
        )
    await take_room(tx, customer_id=anna.customers[0], amount=100, currency="JPY", source="ord_1", factors=2)
    assert await used(tx, anna.holder_id) == (708, 708)


async def test_a_figure_counts_from_its_day(tx: Tx) -> None:
    anna = await person(tx)
    await actions.state_figure(
        tx, OPERATOR, subject=Subject.TWO_FACTORS, amount=300 * YUAN, valid_from=date(2026, 11, 27), source="a draft",
        period=Period.DAY, checks=None, face_to_face=False, wealth_products=False,
    )  # fmt: skip
    await pay(tx, anna.customers[0], 5_000)
    midnight = replace(tx, now=at("2026-11-27T00:00:00"))
    assert await refused(midnight, anna.customers[0], 301) == ("daily_limit_exceeded", 300)


async def test_before_the_law_was_in_force_nothing_is_limited_but_counted(tx: Tx) -> None:
    anna = await person(tx, 1)
    await pay(replace(tx, now=at("2016-06-30T23:59:59")), anna.customers[0], 300_000)
    assert await used(tx, anna.holder_id) == (300_000, 300_000)
    assert (await refused(replace(tx, now=at("2016-07-01T00:00:00")), anna.customers[0], 1))[0] == (
        "lifetime_limit_exceeded"
    )


async def test_who_has_proved_nothing_pays_nothing_where_it_is_required(tx: Tx) -> None:
    assert await refused(tx, new_id(), 1) == ("identity_not_verified", None)


async def test_where_it_is_voluntary_she_is_outside_the_limits(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("payments")
    async with runtime.transaction() as tx:
        await take_room(tx, customer_id=new_id(), amount=10**12, currency="BRL", source="ord_1", factors=1)
        await give_room_back(tx, source="ord_1", amount=10**12)
        anna = await person(tx, 1)
        assert (await refused(tx, anna.customers[0], 1_001))[0] == "lifetime_limit_exceeded"


async def test_many_of_one_story_are_all_made_or_none(tx: Tx) -> None:
    """Of one person they count after one another, of others by themselves."""
    anna, boris = await person(tx, customers=2), await person(tx)
    payers = [*anna.customers, boris.customers[0], *anna.customers]
    payments = [Payment(payer, 1_200 * YUAN, "CNY", f"ord_{place}", 2) for place, payer in enumerate(payers)]
    await actions.take_rooms(tx, payments)
    assert (await used(tx, anna.holder_id), await used(tx, boris.holder_id)) == ((4_800, 4_800), (1_200, 1_200))
    await actions.take_rooms(tx, payments)
    await actions.take_rooms(tx, [])
    more = [Payment(payer, 150 * YUAN, "CNY", f"ord_more_{place}", 2) for place, payer in enumerate(payers)]
    with pytest.raises(Refusal) as caught:
        await actions.take_rooms(tx, more)
    assert (caught.value.code, caught.value.facts["left"]) == ("daily_limit_exceeded", 50 * YUAN)
    assert (await used(tx, anna.holder_id), await used(tx, boris.holder_id)) == ((4_800, 4_800), (1_200, 1_200))


@pytest.mark.parametrize("required", [True, False])
async def test_a_lane_counts_what_was_made_of_what_was_tried(tx: Tx, required: bool) -> None:
    anna, stranger = await person(tx), new_id()
    direct = await direct_of(tx.connection)
    await actions.state_rate(
        tx, OPERATOR, currency="USD", rate_on=date(2026, 11, 26), rate=Decimal("7.08"), source="PBOC"
    )
    payers = [anna.customers[0], stranger, anna.customers[0], anna.customers[0], anna.customers[0]]
    amounts, currencies = [2_000, 9_000, 3_001, 10, 1], ["CNY", "CNY", "CNY", "USD", "JPY"]
    payments = [
        Payment(payer, yuan * YUAN, currency, f"ord_{place}", 2)
        for place, (payer, yuan, currency) in enumerate(zip(payers, amounts, currencies, strict=True))
    ]
    rooms = await lock_rooms(direct, payers, tx.today, required=required)
    tried = rooms.again()
    assert [tried.takes(payment, tx.now) for payment in payments] == [True, not required, False, True, False]
    assert rooms.takes(payments[3], tx.now)
    await save_rooms(direct, rooms)
    assert [(one.source, one.counted) for one in await takings(tx, anna.holder_id)] == [("ord_3", 70_80)]
    assert (await queries.usage_of(tx.connection, anna.holder_id)).two_factors == 70_80


async def test_a_lane_knows_nobody_where_nobody_has_proved_anything(tx: Tx) -> None:
    direct = await direct_of(tx.connection)
    rooms = await lock_rooms(direct, [new_id()], tx.today, required=True)
    assert not rooms.takes(Payment(new_id(), 1, "CNY", "ord_1", 2), tx.now)
    await save_rooms(direct, rooms)


async def test_two_hundred_payments_at_once_of_one_person_as_two_customers(runtime: Runtime) -> None:
    """Each of 100.00: fifty are within 5,000.00 a day, whoever comes first."""
    async with runtime.transaction() as tx:
        anna = await person(tx, customers=2)

    async def one(number: int) -> str:
        async with runtime.transaction() as tx:
            try:
                await pay(replace(tx, now=NOON), anna.customers[number % 2], 100, f"ord_{number}")
            except Refusal as refusal:
                return refusal.code
        return "taken"

    answers = await asyncio.gather(*(one(number) for number in range(200)))
    assert (answers.count("taken"), answers.count("daily_limit_exceeded")) == (50, 150)
    async with runtime.transaction() as tx:
        assert await used(tx, anna.holder_id) == (5_000, 5_000)
        assert len(await takings(tx, anna.holder_id)) == 50


async def test_refunds_and_payments_at_once_never_exceed_the_limit(runtime: Runtime) -> None:
    async with runtime.transaction() as tx:
        anna = await person(tx, customers=2)
        for number in range(50):
            await pay(replace(tx, now=NOON), anna.customers[0], 100, f"ord_old_{number}")

    async def back(number: int) -> str:
        async with runtime.transaction() as tx:
            await give_room_back(tx, source=f"ord_old_{number}", amount=100 * YUAN)
        return "back"

    async def one(number: int) -> str:
        async with runtime.transaction() as tx:
            try:
                await pay(replace(tx, now=NOON), anna.customers[1], 100, f"ord_new_{number}")
            except Refusal:
                return "refused"
        return "taken"

    answers = await asyncio.gather(*(step(number) for number in range(30) for step in (back, one)))
    async with runtime.transaction() as tx:
        expected = (50 - 30 + answers.count("taken")) * 100
        assert await used(tx, anna.holder_id) == (expected, expected)
        assert expected <= 5_000
