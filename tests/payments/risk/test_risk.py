"""Payments under rules, over HTTP: refused, challenged, reviewed, let through; versions in shadow, live, rolled back."""

import asyncio
from collections import Counter

from tests.payments.confirmations.payer import PASSWORD, set_password
from tests.payments.market import Market
from tests.payments.risk.ruling import (
    BECAUSE,
    above,
    code_of,
    listed,
    live,
    rule,
    sent,
    window,
)


async def test_journey(market: Market) -> None:
    """A small payment passes, a larger one is challenged, a large one reviewed, one to a listed payee refused; the audit is clean."""
    payer, payee, crook = await market.customer(100_000), await market.customer(), await market.customer()
    await set_password(payer.http)
    await listed(market, "denied_payees", "payee", crook.id)
    await live(
        market,
        rule("denied", "refuse", {"in_list": "denied_payees", "of": "payee"}),
        rule("large", "review", above(50_000)),
        rule("larger", "step_up", above(10_000)),
    )
    assert await code_of(payer, payee, 5_000) == "made"

    refused = (await sent(payer, crook, 5_000)).json()
    assert refused["code"] == "risk_refused"
    assert [reason["code"] for reason in refused["reasons"]] == ["denied"]
    told = await payer.get(f"/v1/risk/decisions/{refused['decision_id']}")
    assert (told["outcome"], told["reasons"][0]["en"], told["reasons"][0]["seen"]) == (
        "refuse",
        "because of denied",
        None,
    )
    whole = await market.operator.get(f"/v1/risk/decisions/{refused['decision_id']}")
    assert whole["reasons"][0]["seen"] == {"denied_payees of payee": True}

    parked = (await sent(payer, payee, 20_000, device="phone")).json()
    assert (parked["code"], parked["state"]) == ("step_up_required", "waiting_challenge")
    assert await payer.balance() == (95_000, 75_000)
    decision = parked["decision_id"]
    assert await code_of(payer, payee, 20_000, device="phone", decision=decision) == "decision_pending"
    answered = await payer.http.post(f"/v1/risk/challenges/{decision}/answer", json={"password": PASSWORD})
    assert answered.json()["state"] == "released"
    for other in ({"device": "another"}, {}):
        assert await code_of(payer, payee, 20_000, decision=decision, **other) == "decision_differs"
    assert await code_of(payer, payee, 20_001, device="phone", decision=decision) == "decision_differs"
    assert await code_of(payer, payee, 20_000, device="phone", decision=decision) == "made"
    assert await code_of(payer, payee, 20_000, device="phone", decision=decision) == "decision_used"
    assert await payer.balance() == (75_000, 75_000)

    parked = (await sent(payer, payee, 60_000)).json()
    assert parked["code"] == "review_required"
    assert await payer.balance() == (75_000, 15_000)
    desk = await market.operator.get("/v1/desk/risk_reviews")
    assert [one["id"] for one in desk["items"]] == [parked["decision_id"]]
    approved = await market.operator.post(f"/v1/risk/reviews/{parked['decision_id']}/approval", BECAUSE)
    assert (approved["state"], approved["words"]) == ("released", "a test")
    assert await code_of(payer, payee, 60_000, decision=parked["decision_id"]) == "made"
    assert await payer.balance() == (15_000, 15_000)
    assert await market.failed_checks() == []


async def test_a_window_lets_exactly_its_limit_through(market: Market) -> None:
    """Two hundred payments of forty persons to one payee at once, in sums that would differ if any were counted twice or not at all."""
    payers = [await market.customer(100_000) for _ in range(10)]
    payee = await market.customer()
    await live(market, rule("many", "refuse", window("count", ">", 37, subject="payee")))
    said = await asyncio.gather(*(code_of(payers[number % 10], payee, 100) for number in range(200)))
    assert Counter(said) == {"made": 37, "risk_refused": 163}
    assert await payee.balance() == (3_700, 3_700)
    assert await market.failed_checks() == []
