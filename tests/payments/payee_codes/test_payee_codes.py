"""Static payee codes: paid by anybody to whom they belong, within the day's caps, until they are revoked."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from chassis.ids import encode
from clients.ids import new_id
from services.payments.payee_codes import actions
from services.payments.payee_codes.errors import CapsUnclear
from services.payments.payee_codes.model import Caps
from services.payments.payee_codes.rules import require_clear
from tests.databases import Databases
from tests.payments.market import Market, Party

PATH = "/v1/payee-codes"


def pay(amount: int = 2_000, **facts: Any) -> dict[str, Any]:
    return {"amount": amount, "currency": "CNY", "note": "tea"} | facts


async def code_of(owner: Party, **facts: Any) -> str:
    """Its path."""
    return f"{PATH}/{(await owner.post(PATH, facts))['id']}"


async def test_a_merchant_s_code_makes_a_paid_order(market: Market) -> None:
    seller, buyer = await market.customer(None), await market.customer(50_000)
    merchant = await market.merchant(seller)
    path = await code_of(seller, merchant_id=merchant["id"], label="counter 3")
    shown = await buyer.get(path)
    assert (shown["payload"], shown["payee_name"]) == (f"sifang://payee/{shown['id']}", merchant["name"])
    paid = await buyer.post(f"{path}/payments", pay())
    order = await buyer.get(f"/v1/orders/{paid['order_id']}")
    assert (order["state"], order["amount"], order["merchant_id"], order["subject"]) == (
        "TRADE_SUCCESS", 2_000, merchant["id"], "counter 3",
    )  # fmt: skip
    assert (await buyer.balance(), await market.balance(merchant["account_id"])) == ((48_000, 48_000), 2_000)
    assert [one["id"] for one in (await seller.get(f"{path}/payments"))["items"]] == [paid["id"]]
    assert await market.failed_checks() == []


async def test_a_person_s_code_makes_a_transfer_and_shows_a_mask(market: Market) -> None:
    anna, buyer = await market.customer(), await market.customer(50_000)
    await market.prove(anna, "欧阳修")
    path = await code_of(anna)
    assert (await buyer.get(path))["payee_name"] == "欧**"
    paid = await buyer.post(f"{path}/payments", pay())
    sent = await anna.get(f"/v1/person-transfers/{paid['person_transfer_id']}")
    assert (sent["state"], sent["note"], paid["order_id"]) == ("arrived", "tea", None)
    assert await anna.balance() == (2_000, 2_000)
    assert await market.failed_checks() == []


async def test_a_revoked_code_refuses_and_one_at_that_instant_has_one_answer(market: Market) -> None:
    anna, buyer, stranger = await market.customer(), await market.customer(50_000), await market.customer()
    path = await code_of(anna)
    assert await stranger.refused(f"{path}/revocation") == (404, "unknown_payee_code", None)
    answers = await asyncio.gather(
        *(buyer.ask(f"{path}/payments", pay(100)) for _ in range(6)), anna.ask(f"{path}/revocation")
    )
    said = Counter(answer.json().get("code") for answer in answers[:-1])
    assert set(said) <= {None, "payee_code_revoked"}
    assert await anna.balance() == (100 * said[None],) * 2
    for _ in range(2):
        assert (await anna.post(f"{path}/revocation"))["state"] == "revoked"
    assert await buyer.refused(f"{path}/payments", pay()) == (409, "payee_code_revoked", None)
    assert await market.failed_checks() == []


async def test_a_payer_s_day_is_capped_however_many_codes_and_payments_at_once(market: Market) -> None:
    anna, boris, buyer = await market.customer(), await market.customer(), await market.customer(200_000)
    codes = [await code_of(anna), await code_of(boris)]
    assert await buyer.refused(f"{codes[0]}/payments", pay(50_001)) == (409, "code_payment_too_large", "amount")
    answers = await asyncio.gather(*(buyer.ask(f"{codes[n % 2]}/payments", pay(7_000)) for n in range(20)))
    assert Counter(answer.json().get("code") for answer in answers) == {None: 7, "payer_daily_cap_reached": 13}
    assert await buyer.balance() == (151_000, 151_000)
    # 23:59:59 and 00:00:00 local are different days.
    zone = market.served.runtime.settings.zone
    midnight = (await market.now()).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
        days=1
    )
    await market.stop_clock(midnight - timedelta(seconds=1) - await market.now())
    assert (await buyer.refused(f"{codes[0]}/payments", pay(1_001)))[1] == "payer_daily_cap_reached"
    await market.stop_clock(timedelta(seconds=1))
    assert (await buyer.ask(f"{codes[0]}/payments", pay(50_000))).status_code == 201
    assert await market.failed_checks() == []


async def test_a_code_s_day_is_capped_and_caps_are_said_from_a_day_on(market: Market) -> None:
    anna = await market.customer()
    path = await code_of(anna)
    today = (await market.now()).astimezone(market.served.runtime.settings.zone).date()
    caps = {"currency": "CNY", "per_payment": 300, "payer_per_day": 500, "code_per_day": 1_000, "source": "tests"}
    said = await market.operator.post("/v1/payee-code-caps", caps | {"from_on": today.isoformat()})
    assert (await anna.get("/v1/payee-code-caps"))["items"][0] == said
    assert await market.operator.refused("/v1/payee-code-caps", caps | {"from_on": today.isoformat()}) == (
        409, "caps_said", "from_on",
    )  # fmt: skip
    payers = [await market.customer(1_000) for _ in range(6)]
    answers = await asyncio.gather(*(payer.ask(f"{path}/payments", pay(300)) for payer in payers))
    assert Counter(answer.json().get("code") for answer in answers) == {None: 3, "code_daily_cap_reached": 3}
    assert await anna.balance() == (900, 900)
    assert await market.failed_checks() == []


@pytest.mark.parametrize("facts", [{"from_on": date(2026, 1, 1)}, {"per_payment": 6}, {"code_per_day": 2}])
def test_caps_that_contradict_themselves(facts: dict[str, Any]) -> None:
    good = {"currency": "CNY", "from_on": date(2026, 1, 2), "per_payment": 3, "payer_per_day": 5, "code_per_day": 9}
    require_clear(Caps(**good, source="x"), date(2026, 1, 2))
    with pytest.raises(CapsUnclear):
        require_clear(Caps(**good | facts, source="x"), date(2026, 1, 2))


async def test_refusals(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, buyer, dollars = await market.customer(5_000), await market.customer(100), await market.customer(0, "USD")
    merchant = await market.merchant(anna)
    path = await code_of(anna)
    for party, body, expected in (
        (buyer, {"merchant_id": merchant["id"]}, (404, "unknown_merchant", "merchant_id")),
        (anna, {"currency": "USD"}, (404, "unknown_wallet", "currency")),
        (dollars, {"currency": "USD"}, (409, "static_codes_not_offered", "currency")),
    ):
        assert await party.refused(PATH, body) == expected
    for party, body, expected in (
        (buyer, pay(101), (409, "insufficient_funds", "amount")),
        (buyer, pay(0), (422, "invalid_value", "amount")),
        (buyer, pay(1, currency="USD"), (422, "currency_mismatch", "currency")),
        (anna, pay(1), (422, "transfer_to_oneself", "payee_id")),
    ):
        assert await party.refused(f"{path}/payments", body) == expected
    # What was refused counts against no cap.
    assert (await buyer.ask(f"{path}/payments", pay(100))).status_code == 201
    assert await buyer.refused(f"{PATH}/{encode('pyc', new_id())}/payments", pay()) == (404, "unknown_payee_code", None)
    for seen in (f"{PATH}/{encode('pyc', new_id())}", f"{path}/payments"):
        assert (await buyer.http.get(seen)).json()["code"] == "unknown_payee_code"
    assert (await anna.refused("/v1/payee-code-caps", {}))[:2] == (403, "missing_scope")
    monkeypatch.setattr("services.payments.payee_codes.rules.MOST_CODES", 1)
    assert await anna.refused(PATH, {}) == (409, "too_many_payee_codes", None)
    assert await market.tried(actions.revoke_code, buyer.caller, code_id=new_id()) == "unknown_payee_code"


DAMAGE = {
    "code_payments_have_their_payment": "UPDATE payee_code_payments SET amount = amount + 1",
    "code_totals_follow_from_payments": "UPDATE payee_code_totals SET amount = amount + 1",
}


async def test_the_audit_finds_what_was_changed(market: Market, databases: Databases) -> None:
    anna, buyer = await market.customer(), await market.customer(5_000)
    await buyer.post(f"{await code_of(anna)}/payments", pay())
    assert await market.failed_checks() == []
    for check, statement in DAMAGE.items():
        assert check in await market.failed_when(databases.admin_url, statement)
