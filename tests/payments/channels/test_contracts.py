"""Contracts, routes and standings over HTTP: terms by day, why this channel and why not the others, closed and probed."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from clients.ids import encode, new_id
from services.payments.channels.contracts import document_of, policy, shipped
from tests.payments.customer import World


@pytest.fixture
async def noon(world: World) -> World:
    await world.thursday_noon()
    return world


async def add(world: World, key: str, **changes: Any) -> httpx.Response:
    """Other terms with ICBC from today on."""
    today = (await world.payments.client().get("/v1/clock")).json()["business_on"]
    body = document_of(shipped()["ICBC"]) | {"valid_from_on": today} | changes
    return await world.payments.client().post("/v1/channels/contracts", json=body, headers={"idempotency-key": key})


async def test_a_route_says_why_this_channel_and_why_not_the_others(noon: World) -> None:
    anna = noon.person()
    card = await anna.ready()
    found = await anna.get("/v1/channels/routes", card_id=card, amount=1_500_000_000)
    assert [one["channel"] for one in found["candidates"]] == ["ICBC", "UNIONLINK"]
    assert found["candidates"][0] | {"success_rate": ""} == {
        "channel": "ICBC", "fee_minor": 30, "success_rate": "", "expected_cost_minor": "40.00",
    }  # fmt: skip
    assert {one["channel"]: one["reason"] for one in found["refused"]} == {
        "CCB": "not_offered", "CMB": "not_offered", "NETSLINK": "above_most",
    }  # fmt: skip
    out = await anna.get("/v1/channels/routes", card_id=card, amount=100, kind="payout")
    assert (out["candidates"], {one["reason"] for one in out["refused"]}) == ([], {"reserve_short"})


async def test_another_s_card_has_no_route_for_us(noon: World) -> None:
    anna, boris = noon.person(), noon.person()
    card = await anna.ready()
    for stranger in (boris.http, noon.payments.client(boris.id)):
        answer = await stranger.get("/v1/channels/routes", params={"card_id": card, "amount": 1})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_card")
    for amount in ("0", str(2**53), "x"):
        answer = await anna.http.get("/v1/channels/routes", params={"card_id": card, "amount": amount})
        assert answer.status_code in (400, 422)


async def test_terms_hold_from_their_day_on_and_the_last_version_counts(noon: World) -> None:
    anna = noon.person()
    card = await anna.ready()
    tomorrow = (await noon.thursday_noon()).date() + timedelta(days=1)
    dear = document_of(shipped()["ICBC"])["offers"]
    dear[0]["fee"] |= {"fixed_minor": 1_000}
    assert (await add(noon, "dear", valid_from_on=tomorrow.isoformat(), offers=dear)).status_code == 201
    assert (await anna.top_up(card, 100)).json()["bank"] == "ICBC"
    client = noon.payments.client()
    for day, fee in ((None, 30), (tomorrow.isoformat(), 1_000)):
        items = (await client.get("/v1/channels/contracts", params={"on": day} if day else {})).json()["items"]
        (ours,) = [one for one in items if one["channel"] == "ICBC"]
        assert ours["offers"][0]["fee"]["fixed_minor"] == fee
    await noon.move_clock(timedelta(days=1))
    assert (await anna.top_up(card, 100)).json()["bank"] == "NETSLINK"
    assert (await add(noon, "as before")).status_code == 201
    assert (await anna.top_up(card, 100)).json()["bank"] == "ICBC"


async def test_a_licence_that_lapsed_and_a_channel_under_repair_carry_nothing(noon: World) -> None:
    anna = noon.person()
    card = await anna.ready()
    now = datetime.fromisoformat((await noon.payments.client().get("/v1/clock")).json()["business_at"])
    licence = document_of(shipped()["ICBC"])["licence"] | {
        "valid_until_on": (now.date() - timedelta(days=1)).isoformat()
    }
    await add(noon, "lapsed", licence=licence)
    assert (await anna.top_up(card, 100)).json()["bank"] == "NETSLINK"
    closed = [{"from_at": now.isoformat(), "until_at": (now + timedelta(hours=2)).isoformat()}]
    await add(noon, "closed", dated_windows=closed)
    found = await anna.get("/v1/channels/routes", card_id=card, amount=100)
    assert {"channel": "ICBC", "reason": "maintenance"} in found["refused"]
    await noon.move_clock(timedelta(hours=2))
    assert (await anna.top_up(card, 100)).json()["bank"] == "ICBC"


async def test_a_card_s_day_is_exact_however_many_ask(noon: World) -> None:
    """Ten at once of 40.00 where each channel takes 100.00 of a card a day: two a channel, the rest refused with reasons."""
    anna = noon.person()
    card = await anna.ready()
    for channel in ("ICBC", "NETSLINK", "UNIONLINK"):
        body = document_of(shipped()[channel]) | {"card_day_minor": 10_000}
        await add(noon, f"day {channel}", **{name: value for name, value in body.items() if name != "valid_from_on"})
    answers = await asyncio.gather(*(anna.top_up(card, 4_000) for _ in range(10)))
    said = sorted(answer.json().get("bank") or answer.json()["code"] for answer in answers)
    assert said == ["ICBC"] * 2 + ["NETSLINK"] * 2 + ["UNIONLINK"] * 2 + ["no_channel"] * 4
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert refused["refused"]["ICBC"] == "over_card_day_limit"
    assert await anna.balance() == (24_000, 24_000)
    await noon.move_clock(timedelta(hours=12))
    assert (await anna.top_up(card, 4_000)).json()["bank"] == "ICBC"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"channel": "NOBODY"}, "unknown_channel", "channel"),
        ({"valid_from_on": "2020-01-01"}, "contract_in_the_past", "valid_from_on"),
        ({"least_minor": 10, "most_minor": 9}, "contract_unclear", "most_minor"),
        (
            {"payment_files": {"form": "pain.001.001.09", "accounts": {"USD": "R"}, "cut_off": "23:00"}},
            "contract_unclear",
            "payment_files",
        ),
        ({"weekly_windows": [{"weekday": 1, "starts": "04:00", "ends": "02:00"}]}, "contract_unclear", "weekly_windows"),
        (
            {"dated_windows": [{"from_at": "2030-01-01T00:00:00Z", "until_at": "2030-01-01T00:00:00Z"}]},
            "contract_unclear",
            "dated_windows",
        ),
        (
            {"licence": {"kind": "banking", "number": "L", "valid_from_on": "2020-01-02", "valid_until_on": "2020-01-01"}},
            "contract_unclear",
            "licence",
        ),
        (
            {"offers": [{"kind": "charge", "banks": None, "fee": {"fixed_minor": 0, "rate": "0", "least_minor": 2, "most_minor": 1}}]},
            "contract_unclear",
            "offers",
        ),
    ],
)  # fmt: skip
async def test_contracts_that_are_refused_change_nothing(
    noon: World, changes: dict[str, Any], code: str, field: str
) -> None:
    answer = await add(noon, "wrong", **changes)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)
    items = (await noon.payments.client().get("/v1/channels/contracts")).json()["items"]
    assert items == [document_of(shipped()[one]) for one in sorted(shipped())]


async def test_only_operators_see_and_change_contracts(noon: World) -> None:
    anna = noon.person()
    for path in ("/v1/channels/contracts", "/v1/channels/standings", "/v1/card-returns"):
        assert (await anna.http.get(path)).status_code == 403
    assert (await anna.post("/v1/channels/contracts", document_of(shipped()["ICBC"]))).status_code == 403
    unknown = await noon.payments.client().get(f"/v1/card-returns/{encode('crt', new_id())}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_card_return")


async def test_silence_closes_a_channel_and_a_probe_opens_it_again(noon: World) -> None:
    anna = noon.person()
    card = await anna.ready()
    await noon.sandbox_away()
    for _ in range(policy().unreached_limit):
        await anna.top_up(card, 100)
    refused = await anna.top_up(card, 100)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_channel")
    assert refused.json()["refused"]["ICBC"] == "unreachable"
    client = noon.payments.client()
    now = datetime.fromisoformat((await client.get("/v1/clock")).json()["business_at"])
    standings = (await client.get("/v1/channels/standings")).json()["items"]
    icbc = next(one for one in standings if (one["channel"], one["kind"]) == ("ICBC", "charge"))
    assert icbc["unreached"] >= policy().unreached_limit
    probe_at = datetime.fromisoformat(icbc["probe_at"])
    assert probe_at == now + policy().probe_after
    await client.put("/v1/clock", json={"business_at": probe_at.isoformat()})
    await noon.run_periodic("payments.probe_channels")
    standings = (await client.get("/v1/channels/standings")).json()["items"]
    again = next(one for one in standings if (one["channel"], one["kind"]) == ("ICBC", "charge"))
    assert datetime.fromisoformat(again["probe_at"]) == probe_at + 2 * policy().probe_after
