"""Money frozen for a merchant: captured in parts, never above the frozen; the rest always comes back."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chassis.identity import Caller, service_caller
from chassis.ids import decode
from services.payments.preauthorisations import actions
from services.payments.preauthorisations.model import Preauthorisation
from tests.databases import Databases
from tests.payments.market import Market, Party

HOLD_SECONDS = 3600


@dataclass
class Hotel:
    """A merchant and a guest with 1,000.00."""

    market: Market
    owner: Party
    guest: Party
    merchant: dict[str, Any]
    numbers: list[int] = field(default_factory=list)

    @classmethod
    async def open(cls, market: Market) -> "Hotel":
        owner = await market.customer(None)
        return cls(market, owner, await market.customer(100_000), await market.merchant(owner))

    async def ask(self, amount: int = 50_000, **facts: Any) -> str:
        """A path of one that is only asked for."""
        self.numbers.append(len(self.numbers))
        body = {
            "merchant_id": self.merchant["id"], "merchant_number": f"R-{self.numbers[-1]}", "subject": "room 12",
            "amount": amount, "currency": "CNY", "hold_seconds": HOLD_SECONDS, "timeout_seconds": 600,
        }  # fmt: skip
        asked = await self.owner.post("/v1/preauthorisations", body | facts)
        return f"/v1/preauthorisations/{asked['id']}"

    async def frozen(self, amount: int = 50_000) -> str:
        path = await self.ask(amount)
        agreed = await self.guest.post(f"{path}/agreement", {"amount": amount, "currency": "CNY"})
        assert (agreed["state"], agreed["frozen"]) == ("frozen", amount)
        return path

    async def proceeds(self) -> int:
        return await self.market.balance(self.merchant["account_id"])

    async def work(self) -> None:
        await self.market.run_periodic("payments.end_preauthorisations")


@pytest.fixture
async def hotel(market: Market) -> Hotel:
    return await Hotel.open(market)


async def test_it_is_captured_in_parts_and_the_rest_comes_back(hotel: Hotel) -> None:
    path = await hotel.frozen()
    assert await hotel.guest.balance() == (100_000, 50_000)
    first = await hotel.owner.post(f"{path}/captures", {"amount": 20_000})
    assert (first["number"], first["preauthorisation"]["frozen"]) == (1, 30_000)
    assert (await hotel.guest.balance(), await hotel.proceeds()) == ((80_000, 50_000), 20_000)
    assert await hotel.owner.refused(f"{path}/captures", {"amount": 30_001}) == (
        409,
        "capture_exceeds_frozen",
        "amount",
    )
    last = await hotel.owner.post(f"{path}/captures", {"amount": 10_000, "final": True})
    assert (last["preauthorisation"]["state"], last["preauthorisation"]["end_reason"]) == ("ended", "captured")
    assert (await hotel.guest.balance(), await hotel.proceeds()) == ((70_000, 70_000), 30_000)
    seen = await hotel.guest.get(path)
    assert [(one["number"], one["amount"]) for one in seen["captures"]] == [(1, 20_000), (2, 10_000)]
    assert await hotel.market.failed_checks() == []


async def test_two_hundred_captures_at_once_take_exactly_the_frozen(hotel: Hotel) -> None:
    path = await hotel.frozen(49_300)
    facts = {"preauthorisation_id": decode("pre", path.rpartition("/")[2]), "amount": 1_000, "final": False}
    said = await asyncio.gather(*(hotel.market.tried(actions.capture, hotel.owner.caller, **facts) for _ in range(200)))
    assert Counter(said) == {"made": 49, "capture_exceeds_frozen": 151}
    assert (await hotel.proceeds(), await hotel.guest.balance()) == (49_000, (51_000, 50_700))
    await hotel.owner.post(f"{path}/captures", {"amount": 300})
    assert (await hotel.guest.get(path))["end_reason"] == "captured"
    assert (await hotel.proceeds(), await hotel.guest.balance()) == (49_300, (50_700, 50_700))
    orders = (await hotel.owner.get("/v1/orders", merchant_id=hotel.merchant["id"], limit=200))["items"]
    assert Counter((one["state"], one["amount"]) for one in orders) == {
        ("TRADE_SUCCESS", 1_000): 49, ("TRADE_SUCCESS", 300): 1,
    }  # fmt: skip
    assert await hotel.market.failed_checks() == []


async def test_captures_against_release_conserve_the_money(hotel: Hotel) -> None:
    for _ in range(3):
        before = await hotel.proceeds()
        path = await hotel.frozen(1_000)
        answers = await asyncio.gather(
            *(hotel.owner.ask(f"{path}/captures", {"amount": 100}) for _ in range(6)),
            hotel.owner.ask(f"{path}/release"),
        )
        took = sum(answer.status_code == 201 for answer in answers)
        assert {answer.json().get("code") for answer in answers} <= {None, "preauthorisation_not_frozen"}
        assert await hotel.proceeds() == before + 100 * took
        assert (await hotel.guest.balance())[0] == (await hotel.guest.balance())[1] == 100_000 - before - 100 * took
    assert await hotel.market.failed_checks() == []


# Event → state → code of the refusal, or `made`.
EVENTS = ("agree", "capture", "release", "ask_release", "deny_release")
NO_REQUEST, NOT_FROZEN, UNKNOWN = (
    "preauthorisation_not_requested",
    "preauthorisation_not_frozen",
    "unknown_preauthorisation",
)
TABLE = {
    "requested": ("made", NOT_FROZEN, "made", UNKNOWN, NOT_FROZEN),
    "frozen": (NO_REQUEST, "made", "made", "made", "release_not_asked"),
    "asked": (NO_REQUEST, "made", "made", "made", "made"),
    "ended": (NO_REQUEST, NOT_FROZEN, "made", NOT_FROZEN, NOT_FROZEN),
    "closed": (NO_REQUEST, NOT_FROZEN, "made", UNKNOWN, NOT_FROZEN),
    "late_requested": (NO_REQUEST, NOT_FROZEN, "made", UNKNOWN, NOT_FROZEN),
    "late_frozen": (NO_REQUEST, NOT_FROZEN, "made", NOT_FROZEN, NOT_FROZEN),
}
MERCHANTS = {"capture", "release", "deny_release"}


async def _in_state(hotel: Hotel, state: str) -> str:
    if state in ("requested", "late_requested"):
        return await hotel.ask()
    if state == "closed":
        path = await hotel.ask()
        await hotel.owner.post(f"{path}/release")
        return path
    path = await hotel.frozen()
    if state == "asked":
        await hotel.guest.post(f"{path}/release-request")
    if state == "ended":
        await hotel.owner.post(f"{path}/release")
    return path


def _facts(path: str, event: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"preauthorisation_id": decode("pre", path.rpartition("/")[2])}
    if event == "agree":
        facts |= {"wallet_id": None, "amount": 50_000, "currency": "CNY"}
    return facts | ({"amount": 100, "final": False} if event == "capture" else {})


@pytest.mark.parametrize("state", TABLE)
async def test_every_event_in_every_state(hotel: Hotel, state: str) -> None:
    for event, expected in zip(EVENTS, TABLE[state], strict=True):
        path = await _in_state(hotel, state)
        if state.startswith("late"):
            await hotel.market.stop_clock(timedelta(seconds=HOLD_SECONDS))
        action, stranger = getattr(actions, event), await hotel.market.customer(60_000)
        right, wrong = (hotel.owner, hotel.guest) if event in MERCHANTS else (hotel.guest, hotel.owner)
        if event != "agree":
            for party in (wrong, stranger):
                assert (
                    await hotel.market.tried(action, party.caller, **_facts(path, event)) == "unknown_preauthorisation"
                )
        assert await hotel.market.tried(action, right.caller, **_facts(path, event)) == expected, event
        if event == "release":
            assert await hotel.market.tried(action, right.caller, **_facts(path, event)) == "made"
            assert (await hotel.owner.get(path))["state"] in ("ended", "closed")
        else:
            await hotel.owner.post(f"{path}/release")
    held, available = await hotel.guest.balance()
    assert held == available == 100_000 - await hotel.proceeds()
    assert await hotel.market.failed_checks() == []


async def test_the_customer_s_wish_needs_the_merchant_s_consent(hotel: Hotel) -> None:
    path = await hotel.frozen()
    assert await hotel.guest.refused(f"{path}/release") == (404, "unknown_preauthorisation", None)
    wished = await hotel.guest.post(f"{path}/release-request")
    assert (wished["state"], wished["frozen"]) == ("frozen", 50_000)
    assert await hotel.guest.post(f"{path}/release-request") == wished
    denied = await hotel.owner.post(f"{path}/release-denial")
    assert (denied["state"], denied["release_asked_at"]) == ("frozen", None)
    assert await hotel.guest.balance() == (100_000, 50_000)
    await hotel.guest.post(f"{path}/release-request")
    assert (await hotel.owner.post(f"{path}/release"))["end_reason"] == "consented"
    assert await hotel.guest.balance() == (100_000, 100_000)


async def test_the_deadline_gives_it_back_once_whoever_works(hotel: Hotel) -> None:
    await hotel.market.stop_clock()
    paths, asked = [await hotel.frozen(1_000) for _ in range(3)], await hotel.ask()
    await hotel.owner.post(f"{paths[0]}/captures", {"amount": 400})
    await hotel.market.stop_clock(timedelta(seconds=HOLD_SECONDS) - timedelta(microseconds=1))
    await hotel.work()
    assert [(await hotel.guest.get(path))["state"] for path in (*paths, asked)] == ["frozen"] * 3 + ["closed"]
    await hotel.market.stop_clock(timedelta(microseconds=1))
    assert await hotel.owner.refused(f"{paths[0]}/captures", {"amount": 1}) == (
        409,
        "preauthorisation_not_frozen",
        None,
    )
    await asyncio.gather(*(hotel.work() for _ in range(3)))
    assert [(await hotel.guest.get(path))["end_reason"] for path in paths] == ["deadline"] * 3
    assert (await hotel.guest.balance(), await hotel.proceeds()) == ((99_600, 99_600), 400)
    assert await hotel.market.failed_checks() == []


async def test_a_hold_that_an_operator_ended_keeps_nobody_else_s(hotel: Hotel) -> None:
    await hotel.market.stop_clock()
    paths = [await hotel.frozen(1_000) for _ in range(3)]
    made = (await hotel.market.book.get("/v1/transfers", reference=paths[0].rpartition("/")[2]))["items"]
    assert (await hotel.market.book.settle("post", made[0]["id"], amount=1)).status_code == 201
    await hotel.market.stop_clock(timedelta(seconds=HOLD_SECONDS))
    await hotel.work()
    assert [(await hotel.guest.get(path))["state"] for path in paths] == ["ended"] * 3
    assert await hotel.guest.balance() == (99_999, 99_999)
    # It was not given back as the record says: somebody has to look.
    assert await hotel.market.failed_checks() == ["ended_preauthorisations_gave_back"]


async def test_a_freeze_stops_captures_and_not_the_way_back(hotel: Hotel) -> None:
    path, other = await hotel.frozen(40_000), await hotel.frozen(10_000)
    account = f"/v1/accounts/{hotel.guest.wallet['account_id']}"
    await hotel.market.operator.post(f"{account}/freeze", {"reason": "court order"})
    refused = await hotel.owner.refused(f"{path}/captures", {"amount": 100})
    assert refused[:2] == (409, "account_frozen")
    assert (await hotel.guest.get(path))["captured"] == 0
    assert (await hotel.owner.post(f"{other}/release"))["state"] == "ended"
    await hotel.market.operator.post(f"{account}/release", {"reason": "lifted"})
    # An amount that stays leaves too little to hold the rest anew: only a final capture is left.
    await hotel.market.operator.post(f"{account}/freeze", {"reason": "court order", "amount": 70_000})
    assert (await hotel.owner.refused(f"{path}/captures", {"amount": 100}))[:2] == (409, "insufficient_funds")
    assert (await hotel.owner.post(f"{path}/captures", {"amount": 100, "final": True}))["amount"] == 100
    assert await hotel.guest.balance() == (99_900, 29_900)
    assert await hotel.market.failed_checks() == []


async def test_a_final_capture_stays_possible_where_a_contract_was_signed_since(hotel: Hotel) -> None:
    """What it takes is held anew, for whom it is now; not the rest, which the amount frozen leaves no room for."""
    path = await hotel.frozen(40_000)
    plan = {"code": "standard", "name": "标准", "currency": "CNY", "tiers": [{"from_minor": 0, "rate": "0.006"}]}
    terms = {"fee_plan_id": (await hotel.market.operator.post("/v1/fee-plans", plan))["id"]}
    await hotel.market.operator.post(f"/v1/merchants/{hotel.merchant['id']}/contracts", terms)
    account = f"/v1/accounts/{hotel.guest.wallet['account_id']}"
    await hotel.market.operator.post(f"{account}/freeze", {"reason": "court order", "amount": 70_000})
    assert (await hotel.owner.refused(f"{path}/captures", {"amount": 100}))[:2] == (409, "insufficient_funds")
    taken = await hotel.owner.post(f"{path}/captures", {"amount": 20_000, "final": True})
    assert (taken["amount"], taken["preauthorisation"]["state"]) == (20_000, "ended")
    assert (await hotel.guest.balance(), await hotel.proceeds()) == ((80_000, 10_000), 0)
    assert await hotel.market.failed_checks() == []


async def test_a_refund_of_what_was_captured_gives_its_room_back(hotel: Hotel, databases: Databases) -> None:
    """By her token alone, 1,000.00 a day. While some of it is frozen still, and when nothing is."""
    await hotel.market.prove(hotel.guest, "王五")
    await hotel.market.pay_in(hotel.guest.wallet["account_id"], 900_000)
    path = await hotel.frozen(100_000)
    captures = [
        await hotel.owner.post(f"{path}/captures", {"amount": amount, "final": amount == 60_000})
        for amount in (30_000, 60_000)
    ]
    more = await hotel.ask(26_001)
    agreement = {"amount": 26_001, "currency": "CNY"}
    refund = {"currency": "CNY", "reason": "left early"}
    for number, (capture, amount) in enumerate(zip(captures, (6_000, 10_000), strict=True)):
        assert (await hotel.guest.refused(f"{more}/agreement", agreement))[1] == "daily_limit_exceeded"
        asked = refund | {"amount": amount, "merchant_refund_number": f"B-{number}"}
        await hotel.owner.post(f"/v1/orders/{capture['order_id']}/refunds", asked)
    # 10,000 were never taken: with what was refunded there is room for 26,000.
    assert (await hotel.guest.refused(f"{more}/agreement", agreement))[1] == "daily_limit_exceeded"
    last = await hotel.ask(26_000)
    await hotel.guest.post(f"{last}/agreement", agreement | {"amount": 26_000})
    assert await hotel.market.failed_checks() == []
    damage = (
        "UPDATE limit_takings SET given_back = given_back - 1, counted_back = counted_back - 1 WHERE given_back > 0"
    )
    assert "room_comes_back_with_preauthorisations" in await hotel.market.failed_when(databases.admin_url, damage)


async def test_what_is_frozen_counts_against_limits_and_what_comes_back_does_not(hotel: Hotel) -> None:
    """By her token alone, 1,000.00 a day."""
    await hotel.market.prove(hotel.guest, "王五")
    await hotel.market.pay_in(hotel.guest.wallet["account_id"], 900_000)
    path, more = await hotel.frozen(90_000), await hotel.ask(12_000)
    agreement = {"amount": 12_000, "currency": "CNY"}
    assert (await hotel.guest.refused(f"{more}/agreement", agreement))[:2] == (409, "daily_limit_exceeded")
    await hotel.owner.post(f"{path}/captures", {"amount": 86_000, "final": True})
    await hotel.guest.post(f"{more}/agreement", agreement)
    rest = await hotel.ask(2_001)
    assert (await hotel.guest.refused(f"{rest}/agreement", agreement | {"amount": 2_001}))[1] == "daily_limit_exceeded"
    await hotel.owner.post(f"{more}/release")
    await hotel.guest.post(f"{rest}/agreement", agreement | {"amount": 2_001})


async def test_random_captures_agree_with_a_second_model(hotel: Hotel) -> None:
    dice, proceeds = random.Random(27), 0
    for _ in range(3):
        path, left = await hotel.frozen(3_000), 3_000
        while left:
            amount, final = dice.randint(1, min(1_500, left + left // 4 + 1)), dice.random() < 0.15
            answer = await hotel.owner.ask(f"{path}/captures", {"amount": amount, "final": final})
            assert answer.status_code == (201 if amount <= left else 409)
            if amount <= left:
                proceeds, left = proceeds + amount, 0 if final else left - amount
            assert (await hotel.guest.get(path))["frozen"] == left
            assert await hotel.guest.balance() == (100_000 - proceeds, 100_000 - proceeds - left)
        assert await hotel.proceeds() == proceeds
    assert await hotel.market.failed_checks() == []


async def test_refusals(hotel: Hotel, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await hotel.ask()
    body = {
        "merchant_id": hotel.merchant["id"],
        "merchant_number": "R-0",
        "subject": "room",
        "amount": 5,
        "currency": "CNY",
    }
    for party, facts, expected in (
        (hotel.owner, {}, (409, "preauthorisation_number_used", "merchant_number")),
        (hotel.guest, {"merchant_number": "X"}, (404, "unknown_merchant", "merchant_id")),
        (hotel.owner, {"merchant_number": "X", "currency": "USD"}, (422, "currency_mismatch", "currency")),
        (
            hotel.owner,
            {"merchant_number": "X", "hold_seconds": 30 * 86_400 + 1},
            (422, "invalid_value", "hold_seconds"),
        ),
        (hotel.owner, {"merchant_number": "X", "amount": 0}, (422, "invalid_value", "amount")),
    ):
        assert await party.refused("/v1/preauthorisations", body | facts) == expected
    agreement = {"amount": 50_000, "currency": "CNY"}
    poor = await hotel.market.customer(49_999)
    assert await poor.refused(f"{path}/agreement", agreement) == (409, "insufficient_funds", "amount")
    assert await hotel.guest.refused(f"{path}/agreement", agreement | {"amount": 1}) == (
        409,
        "amount_differs",
        "amount",
    )
    for_poor = await hotel.ask(buyer_id=poor.id)
    assert await hotel.guest.refused(f"{for_poor}/agreement", agreement) == (404, "unknown_preauthorisation", None)
    assert (await hotel.guest.http.get(for_poor)).json()["code"] == "unknown_preauthorisation"
    listed = await hotel.guest.http.get("/v1/preauthorisations", params={"merchant_id": hotel.merchant["id"]})
    assert listed.json()["code"] == "unknown_merchant"
    assert [one["id"] for one in (await poor.get("/v1/preauthorisations"))["items"]] == [for_poor.rpartition("/")[2]]
    listed = (await hotel.owner.get("/v1/preauthorisations", merchant_id=hotel.merchant["id"], state="requested"))[
        "items"
    ]
    assert len(listed) == 2
    taken = {"amount": 1, "merchant_order_number": "O-1"}
    first = await hotel.owner.post(f"{await hotel.frozen(1_000)}/captures", taken)
    assert (await hotel.guest.get(f"/v1/orders/{first['order_id']}"))["merchant_order_number"] == "O-1"
    many = await hotel.frozen(1_000)
    assert await hotel.owner.refused(f"{many}/captures", taken) == (409, "order_number_used", "merchant_order_number")
    assert (await hotel.guest.get(many))["captured"] == 0
    monkeypatch.setattr("services.payments.preauthorisations.rules.MOST_CAPTURES", 3)
    for _ in range(2):
        await hotel.owner.post(f"{many}/captures", {"amount": 1})
    assert await hotel.owner.refused(f"{many}/captures", {"amount": 1}) == (409, "too_many_captures", "final")
    assert (await hotel.owner.post(f"{many}/captures", {"amount": 1, "final": True}))["number"] == 3


DAMAGE = {
    "captures_have_their_transfer": "UPDATE preauthorisation_captures SET amount = amount + 1",
    "captures_pay_their_orders": "UPDATE order_payments SET preauthorisation_id = NULL",
    "paid_orders_have_their_payments": "UPDATE orders SET amount = amount + 1",
    "preauthorisations_follow_from_captures": "UPDATE preauthorisations SET captured = 9",
    "frozen_preauthorisations_are_held": "UPDATE preauthorisations SET amount = amount + 1",
    "preauthorisation_holds_are_known": "UPDATE preauthorisations SET hold_id = gen_random_uuid()",
    "preauthorisation_past_deadline": "UPDATE preauthorisations SET due_at = '2020-01-01'",
}


async def test_the_audit_finds_what_was_changed(hotel: Hotel, databases: Databases) -> None:
    await hotel.owner.post(f"{await hotel.frozen()}/captures", {"amount": 10})
    assert await hotel.market.failed_checks() == []
    for check, statement in DAMAGE.items():
        assert check in await hotel.market.failed_when(databases.admin_url, statement)


async def test_what_was_captured_stays_as_it_was(hotel: Hotel) -> None:
    """Captures are append-only by privilege."""
    await hotel.owner.post(f"{await hotel.frozen()}/captures", {"amount": 10})

    async def change(tx: Any, caller: Caller) -> Preauthorisation:
        await tx.connection.exec_driver_sql("UPDATE preauthorisation_captures SET amount = 1")
        raise AssertionError("allowed")

    with pytest.raises(Exception, match="permission denied"):
        await hotel.market.perform(change, service_caller("payments"))
