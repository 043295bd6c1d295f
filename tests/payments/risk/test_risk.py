"""Payments under rules, over HTTP: refused, challenged, reviewed, let through; versions in shadow, live, rolled back."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.payments.confirmations.payer import PASSWORD, set_password
from tests.payments.market import Market, Party
from tests.payments.risk.ruling import (
    BECAUSE,
    above,
    activated,
    code_of,
    drafted,
    listed,
    live,
    rule,
    second,
    sent,
    shadowed,
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
    """Two hundred payments of ten persons to one payee at once: none is counted twice, and none is missed."""
    payers = [await market.customer(100_000) for _ in range(10)]
    payee = await market.customer()
    await live(market, rule("many", "refuse", window("count", ">", 37, subject="payee")))
    said = await asyncio.gather(*(code_of(payers[number % 10], payee, 100) for number in range(200)))
    assert Counter(said) == {"made": 37, "risk_refused": 163}
    assert await payee.balance() == (3_700, 3_700)
    assert await market.failed_checks() == []


async def test_a_sum_holds_for_payments_that_gather(market: Market) -> None:
    """Orders paid at once ride the lane together; each sees those before it, and what is refused is not counted."""
    payer, seller = await market.customer(1_000_000), await market.customer()
    merchant = await market.merchant(seller)
    await live(market, rule("much", "refuse", window("sum", ">", 2_500, kind="order_payment")))
    orders = [await ordered(seller, merchant, 100) for _ in range(60)]
    body = {"method": "wallet", "amount": 100, "currency": "CNY"}
    answers = await asyncio.gather(*(payer.ask(f"/v1/orders/{order}/payments", body) for order in orders))
    assert Counter(answer.status_code for answer in answers) == {201: 25, 409: 35}
    assert await payer.balance() == (997_500, 997_500)
    passed = (await market.operator.get("/v1/risk/decisions", person=payer.id, outcome="pass", limit=200))["items"]
    assert (len(passed), {one["counted"] for one in passed}) == (25, {100})
    assert await market.failed_checks() == []


async def ordered(seller: Party, merchant: dict[str, Any], amount: int) -> str:
    body = {"merchant_id": merchant["id"], "merchant_order_number": uuid4().hex[:20], "subject": "tea"}
    return str((await seller.post("/v1/orders", body | {"amount": amount, "currency": "CNY"}))["id"])


async def test_one_decision_lets_one_payment_through(market: Market) -> None:
    payer, payee = await market.customer(10_000), await market.customer()
    await live(market, rule("any", "review", above(0)))
    # The same payment, asked again while it waits, is the same: nothing more is held.
    asked = [(await sent(payer, payee, 1_000)).json() for _ in range(3)]
    (decision,) = {one["decision_id"] for one in asked}
    assert await payer.balance() == (10_000, 9_000)
    await market.operator.post(f"/v1/risk/reviews/{decision}/approval", BECAUSE)
    said = await asyncio.gather(*(code_of(payer, payee, 1_000, decision=decision) for _ in range(20)))
    assert Counter(said) == {"made": 1, "decision_used": 19}
    assert await payee.balance() == (1_000, 1_000)
    other = await market.customer(10_000)
    assert await code_of(other, payee, 1_000, decision=decision) == "unknown_risk_decision"
    assert await payer.refused(f"/v1/risk/decisions/{decision}/withdrawal") == (409, "decision_used", None)
    assert await other.refused(f"/v1/risk/decisions/{decision}/withdrawal") == (404, "unknown_risk_decision", None)
    assert (await other.http.get(f"/v1/risk/decisions/{decision}")).status_code == 404
    assert await market.failed_checks() == []


async def test_every_parked_payment_has_an_end(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Denied, withdrawn, out of tries, out of time, released and not made: the money is back each time."""
    payer, payee = await market.customer(100_000), await market.customer()
    await set_password(payer.http)
    await live(market, rule("large", "review", above(5_000)), rule("any", "step_up", above(0)))
    ends = {}

    async def parked(amount: int) -> str:
        return str((await sent(payer, payee, amount)).json()["decision_id"])

    ends["denied"] = await parked(6_000)
    await market.operator.post(f"/v1/risk/reviews/{ends['denied']}/denial", BECAUSE)
    again = await market.operator.refused(f"/v1/risk/reviews/{ends['denied']}/approval", BECAUSE)
    assert again == (409, "review_not_open", None)
    assert await code_of(payer, payee, 6_000, decision=ends["denied"]) == "decision_ended"

    ends["withdrawn"] = await parked(6_001)
    for _ in range(2):
        await payer.post(f"/v1/risk/decisions/{ends['withdrawn']}/withdrawal")

    ends["tries_used"] = await parked(100)
    path = f"/v1/risk/challenges/{ends['tries_used']}/answer"
    wrong = [(await payer.http.post(path, json={"password": "111111"})).json()["code"] for _ in range(6)]
    assert wrong == ["payment_password_wrong"] * 5 + ["challenge_not_open"]

    ends["expired"], ends["not_used"] = await parked(6_002), await parked(6_003)
    await market.operator.post(f"/v1/risk/reviews/{ends['not_used']}/approval", BECAUSE)
    monkeypatch.setattr("services.payments.risk.parking.CHALLENGE", timedelta(0))
    late = await parked(101)
    assert await payer.balance() == (100_000, 100_000 - 6_002 - 6_003 - 101)
    await market.stop_clock(timedelta(days=1, hours=1))
    assert await code_of(payer, payee, 6_003, decision=ends["not_used"]) == "decision_expired"
    assert sorted(await market.failed_checks()) == ["parked_payment_past_review"]
    await market.run_periodic("payments.end_parked")

    found = {end: (await payer.get(f"/v1/risk/decisions/{decision}"))["parked"] for end, decision in ends.items()}
    assert {end: one["end_reason"] for end, one in found.items()} == {end: end for end in ends}
    assert (await payer.get(f"/v1/risk/decisions/{late}"))["parked"]["end_reason"] == "expired"
    assert found["denied"]["decided_by"] is None
    assert (await payer.get("/v1/risk/parked-payments"))["items"] == []
    assert await payer.balance() == (100_000, 100_000)
    assert await market.failed_checks() == []


async def test_a_challenge_lifts_no_review(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small payments that wait are in no window: those that are much by now are reviewed, though each was answered. What is over, or was
    parked for less, is parked anew."""
    payer, payee = await market.customer(100_000), await market.customer()
    await set_password(payer.http)
    await live(market, rule("much", "review", window("sum", ">", 10_000)), rule("large", "step_up", above(1_000)))
    parked = {amount: str((await sent(payer, payee, amount)).json()["decision_id"]) for amount in (5_000, 4_999, 4_998)}
    for decision in parked.values():
        await payer.http.post(f"/v1/risk/challenges/{decision}/answer", json={"password": PASSWORD})
    assert [await code_of(payer, payee, amount, decision=parked[amount]) for amount in (5_000, 4_999)] == ["made"] * 2
    reviewed = (await sent(payer, payee, 4_998, decision=parked[4_998])).json()
    assert (reviewed["code"], reviewed["state"]) == ("review_required", "waiting_review")
    assert reviewed["decision_id"] != parked[4_998]
    before = await payer.get(f"/v1/risk/decisions/{parked[4_998]}")
    assert before["parked"]["end_reason"] == "superseded"
    assert await payer.balance() == (90_001, 90_001 - 4_998)
    assert await code_of(payer, payee, 4_998, decision=parked[4_998]) == "decision_ended"
    await market.operator.post(f"/v1/risk/reviews/{reviewed['decision_id']}/approval", BECAUSE)
    assert await code_of(payer, payee, 4_998, decision=reviewed["decision_id"]) == "made"
    other = await market.customer(100_000)
    with monkeypatch.context() as patched:
        patched.setattr("services.payments.risk.parking.CHALLENGE", timedelta(0))
        over = (await sent(other, payee, 2_000)).json()["decision_id"]
    again = (await sent(other, payee, 2_000)).json()
    assert (again["state"], again["decision_id"] == over) == ("waiting_challenge", False)
    assert await other.balance() == (100_000, 98_000)
    assert await market.failed_checks() == []


async def test_versions_run_in_shadow_go_live_and_back(market: Market) -> None:
    """A ruleset in shadow never acts; live it does; the one before is put back; a refusal is remembered as long as its rule says."""
    payer, payee = await market.customer(100_000), await market.customer()
    shadow = await shadowed(market, rule("never", "refuse", above(1_000), remember_seconds=600))
    assert await code_of(payer, payee, 2_000) == "made"
    report = await market.operator.get(f"/v1/risk/rulesets/{shadow}/shadow-report")
    assert report["pairs"] == [{"outcome": "pass", "shadow_outcome": "refuse", "decisions": 1}]
    assert report["rules"] == [{"code": "never", "decisions": 1}]
    seen = await market.operator.get(f"/v1/risk/decisions/{report['different'][0]}")
    assert (seen["outcome"], seen["shadows"][0]["codes"]) == ("pass", ["never"])

    path = f"/v1/risk/rulesets/{shadow}/activation"
    assert (await market.operator.refused(path, BECAUSE))[1] == "second_person_needed"
    await activated(market, shadow)
    assert await code_of(payer, payee, 2_000) == "risk_refused"
    again = (await sent(payer, payee, 2_000)).json()
    assert [reason["code"] for reason in again["reasons"]] == ["refused_before"]

    milder = await live(market, rule("large", "refuse", above(10_000)))
    assert await code_of(payer, payee, 2_000) == "made"
    await activated(market, shadow)
    assert await code_of(payer, payee, 3_000) == "risk_refused"
    whole = await market.operator.get(f"/v1/risk/rulesets/{shadow}")
    assert [(step["after"], step["rollback"]) for step in whole["steps"]] == [
        ("draft", False),
        ("shadow", False),
        ("live", False),
        ("retired", False),
        ("live", True),
    ]
    states = {one["id"]: one["state"] for one in (await market.operator.get("/v1/risk/rulesets"))["items"]}
    assert states == {shadow: "live", milder: "retired"}
    await market.operator.post(f"/v1/risk/rulesets/{shadow}/retirement", BECAUSE)
    assert await code_of(payer, payee, 3_000) == "made"


async def test_what_operators_are_refused(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    operator, listing = market.operator, rule("listed", "refuse", {"in_list": "bad_ones", "of": "payee"})
    body = {"document": {"rules": [listing]}, "note": "a test"}
    assert await operator.refused("/v1/risk/rulesets", body) == (422, "ruleset_names_unknown_list", "document")
    await listed(market, "bad_ones", "person", "cus_one")
    assert await operator.refused("/v1/risk/rulesets", body) == (422, "ruleset_names_unknown_list", "document")
    assert (await operator.refused("/v1/risk/lists", {"name": "bad_ones", "holds": "card"}))[1] == "risk_list_exists"
    with monkeypatch.context() as patched:
        patched.setattr("services.payments.risk.ruleset_actions.MOST_LISTS", 1)
        one_more = await operator.refused("/v1/risk/lists", {"name": "more", "holds": "card"})
    assert one_more == (409, "too_many_risk_lists", None)
    change = {"add": ["cus_two", "cus_one"], "remove": ["cus_three"]} | BECAUSE
    assert (await operator.post("/v1/risk/lists/bad_ones/changes", change))["entries"] == 2
    assert (await operator.refused("/v1/risk/lists/other/changes", change))[1] == "unknown_risk_list"
    assert [one["entries"] for one in (await operator.get("/v1/risk/lists"))["items"]] == [2]
    draft = await drafted(market, rule("any", "refuse", above(1)))
    answer = await second(market).post(
        f"/v1/risk/rulesets/{draft}/activation", json=BECAUSE, headers={"idempotency-key": uuid4().hex}
    )
    assert answer.json()["code"] == "ruleset_not_in_state"
    for _ in range(3):
        await shadowed(market, rule("any", "refuse", above(1)))
    assert (await operator.refused(f"/v1/risk/rulesets/{draft}/shadow", BECAUSE))[1] == "too_many_shadows"
    unknown = f"rls{draft[3:-1]}{'0' if draft[-1] != '0' else '1'}"
    assert (await operator.refused(f"/v1/risk/rulesets/{unknown}/shadow", BECAUSE))[1] == "unknown_risk_ruleset"
    customer = await market.customer(None)
    assert (await customer.refused("/v1/risk/rulesets", body))[0] == 403


async def test_too_many_are_not_parked_and_headers_are_read_strictly(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, payee = await market.customer(100_000), await market.customer()
    await live(market, rule("any", "review", above(0)))
    monkeypatch.setattr("services.payments.risk.parking.MOST_PARKED", 2)
    said = [await code_of(payer, payee, amount) for amount in (1, 2, 3, 1)]
    assert said == ["review_required", "review_required", "too_many_parked_payments", "review_required"]
    assert await code_of(payer, payee, 200_000) == "too_many_parked_payments"
    assert await payer.balance() == (100_000, 99_997)
    poor = await market.customer(10)
    assert await code_of(poor, payee, 20) == "insufficient_funds"
    for headers in ({"device": "a b"}, {"country": "cn"}, {"decision": "ptr_1"}):
        assert await code_of(payer, payee, 1, **headers) == "invalid_value"
    # Of one that is repeated the first counts, whose form is checked.
    body = {"payee_id": payee.id, "amount": 7, "currency": "CNY"}
    twice = [("idempotency-key", uuid4().hex), ("sifang-country", "CN"), ("sifang-country", "x" * 1_000)]
    refused = (await poor.http.post("/v1/person-transfers", json=body, headers=twice)).json()
    decision = await market.operator.get(f"/v1/risk/decisions/{refused['decision_id']}")
    assert (refused["code"], decision["country"]) == ("review_required", "CN")


BREAKS = {
    "parked_payments_have_their_hold": "UPDATE risk_parkings SET amount = amount + 1 WHERE state = 'waiting_review'",
    "carried_out_payments_were_decided_once": "UPDATE risk_parkings SET person = 'cus_x' WHERE state = 'carried_out'",
    "risk_totals_follow_from_entries": "UPDATE risk_series SET amount = amount + 1",
    "risk_entries_follow_from_decisions": "UPDATE risk_decisions SET counted = counted + 1 WHERE outcome = 'pass'",
    "risk_take_backs_follow_from_entries": "UPDATE risk_take_backs SET amount = amount + 1",
    "passed_decisions_have_their_payment": "UPDATE risk_decisions SET amount = amount + 1 WHERE presented IS NULL",
    "parked_payment_past_review": "UPDATE risk_parkings SET review_until = '2020-01-01' WHERE state = 'waiting_review'",
    "parked_payment_past_challenge": "UPDATE risk_parkings SET challenge_until = '2020-01-01', review_until = NULL,"
    " state = 'waiting_challenge' WHERE state = 'waiting_review'",
}


async def test_the_audit_sees_what_is_broken(market: Market, admin_url: str) -> None:
    """All within one instant: what is carried out is as old as the oldest decision."""
    await market.stop_clock()
    payer, payee = await market.customer(100_000), await market.customer()
    await live(market, rule("large", "review", above(1_000)), rule("many", "refuse", window("count", ">", 100)))
    body = {"payee_id": payee.id, "amount": 5, "currency": "CNY", "arrival": "after_2_hours"}
    later = await payer.post("/v1/person-transfers", body)
    await payer.post(f"/v1/person-transfers/{later['id']}/revocation")
    for amount in (10, 20):
        assert await code_of(payer, payee, amount) == "made"
    decision = (await sent(payer, payee, 2_000)).json()["decision_id"]
    await market.operator.post(f"/v1/risk/reviews/{decision}/approval", BECAUSE)
    assert await code_of(payer, payee, 2_000, decision=decision) == "made"
    await sent(payer, payee, 3_000)
    for check, statement in BREAKS.items():
        assert check in await market.failed_when(admin_url, statement), check
    assert await market.failed_checks() == []
