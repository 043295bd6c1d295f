"""A sandbox bank over HTTP: every documented behaviour, and books that are its own and balance."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from starlette.responses import Response

from tests.clients.neighbour import Neighbour, neighbour
from tests.sandbox.door import HOLDER, MOBILE, Door, magic

BASE = 990_000
SHORT = 3.0
"""Seconds that a caller of a silent bank waits."""


async def test_a_charge_moves_money_from_the_card_into_the_reserve(door: Door) -> None:
    card = await door.open_card(balance_minor=50_000)
    answer = await door.charge(card, 20_000)
    document = answer.json()
    assert (document["state"], document["amount"], document["fee_minor"]) == ("succeeded", 20_000, 30)
    assert document["booked_at"] is not None
    assert await door.reserve() == 20_000


async def test_the_fee_comes_from_the_operating_account_and_never_from_the_reserve(door: Door) -> None:
    await door.charge(await door.open_card(), 20_000)
    operating = (await door.get("accounts/operating")).json()
    assert operating["balance_minor"] == -30


async def test_the_same_reference_is_executed_once(door: Door) -> None:
    card = await door.open_card()
    first, second = [await door.charge(card, 5_000, "same-1") for _ in range(2)]
    assert first.json() == second.json()
    assert await door.reserve() == 5_000


async def test_simultaneous_duplicates_are_executed_once(door: Door) -> None:
    card = await door.open_card()
    await door.agree(card)
    answers = await asyncio.gather(*(door.charge(card, 5_000, "same-2") for _ in range(8)))
    assert len({answer.text for answer in answers}) == 1
    assert await door.reserve() == 5_000


async def test_a_reference_used_for_something_else_is_refused(door: Door) -> None:
    card = await door.open_card()
    await door.charge(card, 5_000, "same-3")
    answer = await door.charge(card, 6_000, "same-3")
    assert (answer.status_code, answer.json()["code"]) == (409, "reference_reused")


@pytest.mark.parametrize(
    ("amount", "code"),
    [(BASE + 1, "card_restricted"), (BASE + 2, "insufficient_funds"), (9_000_000_000, "amount_limit")],
)
async def test_magic_amounts_decline(door: Door, amount: int, code: str) -> None:
    answer = await door.charge(await door.open_card(), amount)
    assert (answer.json()["state"], answer.json()["decline_code"]) == ("declined", code)
    assert await door.reserve() == 0


async def test_magic_cards_behave_whatever_the_amount(door: Door) -> None:
    answer = await door.charge(magic("ICBC", "declines"), 777)
    assert answer.json()["decline_code"] == "card_restricted"


async def test_a_poor_card_is_declined(door: Door) -> None:
    answer = await door.charge(await door.open_card(balance_minor=99), 100)
    assert answer.json()["decline_code"] == "insufficient_funds"


async def test_no_agreement_no_charge(door: Door) -> None:
    card = await door.open_card()
    door.agreements[card] = "never-made"
    assert (await door.charge(card, 100)).json()["decline_code"] == "no_agreement"


async def state_of(door: Door, reference: str) -> str:
    """Of a charge whose answer nobody waited for: on a busy machine the bank may be about to begin with it."""
    async with asyncio.timeout(20):
        while True:
            found = (await door.get("charges", reference=reference)).json()
            if "state" in found:
                return str(found["state"])
            await asyncio.sleep(0.05)


async def test_an_answer_can_come_late(door: Door) -> None:
    card = await door.open_card(balance_minor=2_000_000)
    await door.agree(card)
    with pytest.raises(httpx.ReadTimeout):
        await door.charge(card, BASE + 3, "late-1", patience=SHORT)
    assert await state_of(door, "late-1") == "succeeded"


@pytest.mark.parametrize(("cents", "state"), [(4, "succeeded"), (11, "declined")])
async def test_silence_hides_a_result_that_a_query_shows(door: Door, cents: int, state: str) -> None:
    card = await door.open_card(balance_minor=2_000_000)
    await door.agree(card)
    with pytest.raises(httpx.ReadTimeout):
        await door.charge(card, BASE + cents, f"silent-{cents}", patience=SHORT)
    assert await state_of(door, f"silent-{cents}") == state


async def test_a_lost_instruction_never_appears(door: Door) -> None:
    card = await door.open_card(balance_minor=2_000_000)
    await door.agree(card)
    with pytest.raises(httpx.ReadTimeout):
        await door.charge(card, BASE + 5, "lost-1", patience=SHORT)
    await door.move_clock(timedelta(hours=2))
    answer = await door.get("charges", reference="lost-1")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_instruction")
    assert await door.reserve() == 0


async def test_not_found_for_ten_minutes_and_then_succeeded(door: Door) -> None:
    card = await door.open_card(balance_minor=2_000_000)
    await door.agree(card)
    with pytest.raises(httpx.ReadTimeout):
        await door.charge(card, BASE + 6, "hidden-1", patience=SHORT)
    assert (await door.get("charges", reference="hidden-1")).status_code == 404
    await door.move_clock(timedelta(minutes=9))
    assert (await door.get("charges", reference="hidden-1")).status_code == 404
    await door.move_clock(timedelta(minutes=1))
    assert (await door.get("charges", reference="hidden-1")).json()["state"] == "succeeded"
    assert await door.reserve() == BASE + 6


@pytest.mark.parametrize(("cents", "final"), [(8, "succeeded"), (9, "declined")])
async def test_processing_ends_after_five_minutes(door: Door, cents: int, final: str) -> None:
    card = await door.open_card(balance_minor=2_000_000)
    answer = await door.charge(card, BASE + cents, f"slow-{cents}")
    assert answer.json()["state"] == "processing"
    assert await door.reserve() == 0
    await door.move_clock(timedelta(minutes=5))
    assert (await door.get("charges", reference=f"slow-{cents}")).json()["state"] == final


async def test_a_failure_may_hide_a_booking(door: Door) -> None:
    card = await door.open_card(balance_minor=2_000_000)
    answer = await door.charge(card, BASE + 10, "failed-1")
    assert answer.status_code == 500
    assert (await door.get("charges", reference="failed-1")).json()["state"] == "succeeded"


async def reports(there: Neighbour, count: int) -> list[str]:
    """The paths reported to, once so many have come and a moment for one too many has passed."""
    async with asyncio.timeout(10):
        while len(there.seen) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.7)
    return [request.url.path for request in there.seen]


@pytest.mark.parametrize(("amount", "times"), [(5_000, 1), (BASE + 7, 2)])
async def test_results_are_reported_once_and_twice_on_demand(door: Door, amount: int, times: int) -> None:
    card = await door.open_card(balance_minor=2_000_000)
    async with neighbour() as there:
        there.answers = [Response(status_code=202)]
        await door.charge(card, amount, notify_url=f"{there.url}/told")
        assert await reports(there, times) == ["/told"] * times


async def test_a_payout_to_a_card_of_the_same_bank(door: Door) -> None:
    card = await door.open_card(balance_minor=50_000)
    await door.charge(card, 40_000)
    answer = await door.payout(card, 15_000)
    assert answer.json()["state"] == "succeeded"
    assert await door.reserve() == 25_000


async def test_a_payout_to_another_bank_passes_through_interbank_accounts(door: Door) -> None:
    await door.charge(await door.open_card(), 40_000)
    theirs = await door.open_card(balance_minor=0, bank="CMB")
    assert (await door.payout(theirs, 15_000)).json()["state"] == "succeeded"
    ours, other = (await door.get("accounts/interbank")).json(), (await door.get("accounts/interbank", "CMB")).json()
    assert (ours["balance_minor"], other["balance_minor"]) == (15_000, -15_000)


async def test_payouts_are_declined_for_an_empty_reserve_or_another_holder(door: Door) -> None:
    card = await door.open_card()
    assert (await door.payout(card, 100)).json()["decline_code"] == "insufficient_reserve"
    assert (await door.payout(card, 100, holder_name="别人")).json()["decline_code"] == "holder_mismatch"
    assert (await door.payout("6217007000000000000", 100)).json()["decline_code"] == "unknown_card"


async def test_the_statement_adds_up_to_the_balance(door: Door) -> None:
    card = await door.open_card()
    for amount in (1_000, 2_000, 3_000):
        await door.charge(card, amount)
    await door.payout(card, 500)
    first = (await door.get("statements", limit=3)).json()
    rest = (await door.get("statements", limit=3, after=first["next"])).json()
    amounts = [entry["amount"] for entry in first["items"] + rest["items"]]
    assert amounts == [1_000, 2_000, 3_000, -500]
    assert rest["next"] is None
    assert sum(amounts) == rest["account"]["balance_minor"]


async def test_bookings_after_the_cut_off_carry_the_next_day(door: Door) -> None:
    card = await door.open_card()
    now = (await door.http.get("/v1/clock")).json()["business_on"]
    before = (await door.http.put("/v1/clock", json={"business_at": f"{now}T23:59:59.5+08:00"})).json()
    answer = (await door.charge(card, 100)).json()
    assert answer["value_on"] > before["business_on"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"card_number": "6217007000000000000"}, "unknown_card"),
        ({"holder_name": "别人"}, "holder_mismatch"),
        ({"mobile": "13900000000"}, "mobile_mismatch"),
    ],
)
async def test_agreements_are_refused_to_strangers(door: Door, body: dict[str, str], code: str) -> None:
    card = await door.open_card()
    asked = {"reference": "agr-1", "card_number": card, "holder_name": HOLDER, "mobile": MOBILE} | body
    answer = (await door.post("agreements", asked)).json()
    assert (answer["state"], answer["refusal_code"]) == ("refused", code)


async def test_a_wrong_code_costs_a_try_and_five_end_it(door: Door) -> None:
    card = await door.open_card()
    asked = {"reference": "agr-2", "card_number": card, "holder_name": HOLDER, "mobile": MOBILE}
    await door.post("agreements", asked)
    right = await door.newest_code()
    wrong = {"sms_code": "000000" if right != "000000" else "000001"}
    for left in (4, 3, 2, 1, 0):
        answer = await door.post("agreements/agr-2/confirmation", wrong)
        assert (answer.status_code, answer.json()["code"], answer.json()["tries_left"]) == (422, "wrong_code", left)
    answer = await door.post("agreements/agr-2/confirmation", {"sms_code": right})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_tries")


async def test_a_code_expires_after_five_minutes(door: Door) -> None:
    card = await door.open_card()
    await door.post("agreements", {"reference": "a", "card_number": card, "holder_name": HOLDER, "mobile": MOBILE})
    await door.move_clock(timedelta(minutes=5))
    answer = await door.post("agreements/a/confirmation", {"sms_code": await door.newest_code()})
    assert answer.json()["code"] == "code_expired"


async def test_the_same_agreement_asked_twice_sends_one_message(door: Door) -> None:
    card = await door.open_card()
    asked = {"reference": "agr-3", "card_number": card, "holder_name": HOLDER, "mobile": MOBILE}
    await door.post("agreements", asked)
    await door.post("agreements", asked)
    inbox = await door.http.get("/sms/v1/messages", params={"mobile": MOBILE})
    assert len(inbox.json()["items"]) == 1


async def test_unknown_things_are_refused(door: Door) -> None:
    assert (await door.get("terms", "NOBANK")).json()["code"] == "unknown_bank"
    assert (await door.get("agreements/none")).json()["code"] == "unknown_agreement"
    assert (
        await door.post("cards", {"holder_name": HOLDER, "mobile": MOBILE, "number": "6222020000000000001"})
    ).json()["code"] == "malformed_card"
    answer = await door.charge(await door.open_card(), 100, currency="USD")
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_currency")


async def test_a_card_is_opened_once(door: Door) -> None:
    body = {"holder_name": HOLDER, "mobile": MOBILE, "number": await door.open_card()}
    assert (await door.post("cards", body)).json()["code"] == "card_exists"


async def test_the_register_shows_a_lapsed_licence(door: Door) -> None:
    answer = (await door.http.get("/institutions/v1/institutions/SOUTHPAY", params={"on": "2017-06-26"})).json()
    assert answer["valid"] is True
    answer = (await door.http.get("/institutions/v1/institutions/SOUTHPAY", params={"on": "2017-06-27"})).json()
    assert answer["valid"] is False
    assert len((await door.http.get("/institutions/v1/institutions", params={"kind": "bank"})).json()["items"]) == 3
    assert (await door.http.get("/institutions/v1/institutions/NOBODY")).json()["code"] == "unknown_institution"


async def test_the_first_magic_value_succeeds(door: Door) -> None:
    assert (await door.charge(await door.open_card(balance_minor=2_000_000), BASE)).json()["state"] == "succeeded"


async def test_a_carrier_declines_for_itself(door: Door) -> None:
    answer = await door.charge(await door.open_card(), BASE + 13)
    assert answer.json()["decline_code"] == "channel_unavailable"
    assert (await door.charge(magic("ICBC", "declines_for_itself"), 5)).json()["decline_code"] == "channel_unavailable"


async def test_a_success_that_comes_after_its_finality(door: Door) -> None:
    """404 still at two hours less a moment, though the bank says that half an hour is the end of it."""
    card = await door.open_card(balance_minor=2_000_000)
    await door.agree(card)
    with pytest.raises(httpx.ReadTimeout):
        await door.charge(card, BASE + 12, "late-12", patience=SHORT)
    await door.move_clock(timedelta(hours=1, minutes=59))
    assert (await door.get("charges", reference="late-12")).status_code == 404
    await door.move_clock(timedelta(minutes=2))
    assert (await door.get("charges", reference="late-12")).json()["state"] == "succeeded"


@pytest.mark.parametrize("carrier", ["NETSLINK", "UNIONLINK"])
async def test_a_payment_institution_carries_for_every_bank_and_keeps_its_own_books(door: Door, carrier: str) -> None:
    card = await door.open_card(balance_minor=50_000, bank="CMB")
    await door.agree(card, "CMB")
    body = {
        "reference": "x-1",
        "agreement_reference": door.agreements[card],
        "card_number": card,
        "amount": 20_000,
        "currency": "CNY",
    }
    charged = (await door.post("charges", body, carrier)).json()
    assert charged["state"] == "succeeded"
    assert (await door.reserve(carrier), await door.reserve("CMB")) == (20_000, 0)
    balances = [(await door.get("accounts/interbank", bank)).json()["balance_minor"] for bank in (carrier, "CMB")]
    assert balances == [-20_000, 20_000]
    poor = (await door.post("charges", body | {"reference": "x-2", "amount": 40_000}, carrier)).json()
    assert poor["decline_code"] == "insufficient_funds"
    unagreed = (await door.post("charges", body | {"reference": "x-3", "agreement_reference": "none"}, carrier)).json()
    assert unagreed["decline_code"] == "no_agreement"
    back = {"reference": "x-4", "card_number": card, "holder_name": HOLDER, "amount": 5_000, "currency": "CNY"}
    assert (await door.post("payouts", back, carrier)).json()["state"] == "succeeded"
    assert await door.reserve(carrier) == 15_000


@pytest.mark.parametrize("number", [1, 13])
async def test_trouble_of_a_card_s_own_bank_alone(door: Door, number: int) -> None:
    card = await door.open_card(balance_minor=2_000_000)
    await door.agree(card)
    body = {
        "reference": "own-1", "agreement_reference": door.agreements[card], "card_number": card,
        "amount": BASE + 50 + number, "currency": "CNY",
    }  # fmt: skip
    assert (await door.post("charges", body)).json()["state"] == "declined"
    assert (await door.post("charges", body, "NETSLINK")).json()["state"] == "succeeded"


async def test_a_payment_institution_issues_no_cards(door: Door) -> None:
    answer = await door.post("cards", {"holder_name": HOLDER, "mobile": MOBILE}, "NETSLINK")
    assert (answer.status_code, answer.json()["code"]) == (422, "issues_no_cards")
    asked = {"reference": "agr-n", "card_number": await door.open_card(), "holder_name": HOLDER, "mobile": MOBILE}
    assert (await door.post("agreements", asked, "NETSLINK")).json()["refusal_code"] == "unknown_card"
