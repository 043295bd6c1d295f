"""Over HTTP: a list is taken, names of it are found, operators decide and wallets are frozen; what changes is compared again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.ids import decode
from services.payments.screening import jobs
from services.payments.screening.rules import DECIDED_WITHIN, REMEMBERED
from tests.conftest import Serve
from tests.payments.market import Market, Party, refusal
from tests.payments.risk.ruling import BECAUSE, live, rule, second
from tests.payments.screening.published import COMMENTS, FILES, SDN, packed, send


@pytest.fixture
async def market(serve: Serve) -> AsyncIterator[Market]:
    market = await Market.open(await serve("payments"))
    yield market
    assert not await market.failed_checks()


async def screened(market: Market, party: Party) -> dict[str, Any]:
    """Her name compared now, whichever of her own job and this comes first."""
    await jobs.screen_customer(market.served.runtime, {"id": str(party.uuid)})
    return dict(await market.operator.get(f"/v1/screening/customers/{party.id}"))


async def test_a_hit_that_nobody_decided_yet_is_what_rules_ask_for(market: Market) -> None:
    """A rule on names lets nobody pay whose name may be on a list, until it is cleared."""
    await live(market, rule("name_resembles", "refuse", {"fact": "screening", "op": "==", "value": "possible"}))
    assert (await send(market.operator.http, packed(FILES))).status_code == 201
    suspect, payee = await market.customer(5_000), await market.customer()
    await suspect.post("/v1/holders/identity", {"name": "Бут Виктор", "number": "110101199003070038"})
    hit_id = (await screened(market, suspect))["hits"][0]["id"]
    pay = {"payee_id": payee.id, "amount": 100, "currency": "CNY"}
    assert (await suspect.refused("/v1/person-transfers", pay))[1] == "risk_refused"
    for http in (market.operator.http, second(market)):
        headers = {"idempotency-key": uuid4().hex}
        cleared = await http.post(f"/v1/screening/hits/{hit_id}/clearance", json=BECAUSE, headers=headers)
        assert cleared.status_code == 200, cleared.text
    assert (await suspect.post("/v1/person-transfers", pay))["state"] == "arrived"


async def of_merchant(market: Market, merchant: dict[str, Any]) -> dict[str, Any]:
    await jobs.screen_merchant(market.served.runtime, {"id": str(decode("mer", merchant["id"]))})
    return dict(await market.operator.get(f"/v1/screening/merchants/{merchant['id']}"))


async def test_a_name_of_the_list_is_found_decided_and_frozen(market: Market, admin_url: str) -> None:
    operator = market.operator
    taken = await send(operator.http, packed(FILES))
    assert taken.status_code == 201, taken.text
    counted = ("number", "generation", "entries", "names", "added", "removed", "refused")
    assert [taken.json()[name] for name in counted] == [1, 1, 3, 7, 3, 0, 1]
    (bad,) = (await operator.get("/v1/screening/lists/ofac/refused"))["items"]
    assert (bad["file"], bad["line"], bad["code"]) == ("alt.csv", 2, "unknown_entry")
    assert (await send(operator.http, packed(FILES))).json()["id"] == taken.json()["id"]

    suspect, innocent = await market.customer(50_000), await market.customer(50_000)
    await suspect.post("/v1/holders/identity", {"name": "Бут Виктор", "number": "110101199003070038"})
    await market.prove(innocent, "王小明")
    assert (await screened(market, innocent))["outcome"] == "clear"
    found = await screened(market, suspect)
    assert (found["outcome"], len(found["hits"])) == ("hit", 1)
    hit_id = found["hits"][0]["id"]
    detail = await operator.get(f"/v1/screening/hits/{hit_id}")
    assert (detail["name"], detail["entry"]["names"][0]) == ("Бут Виктор", "BOUT, Viktor Anatolijevich")
    assert {(word["asked"], word["listed"]) for word in detail["match"]["words"]} == {
        ("but", "butt"),
        ("viktor", "viktor"),
    }
    waiting = (await operator.get("/v1/desk/screening_hits"))["items"]
    assert [(one["id"], one["subject"]) for one in waiting] == [(hit_id, suspect.id)]

    at_once = [
        operator.ask(f"/v1/screening/hits/{hit_id}/confirmation", {"reason": "passport agrees"}) for _ in range(8)
    ]
    assert sorted(answer.status_code for answer in await asyncio.gather(*at_once)) == [200, *[409] * 7]
    assert (await screened(market, suspect))["outcome"] == "confirmed"
    pay = {"payee_id": innocent.id, "payee_name": "王小明", "amount": 100, "currency": "CNY"}
    assert refusal(await suspect.ask("/v1/person-transfers", pay))[1] == "account_frozen"
    assert await suspect.balance() == (50_000, 50_000)
    assert not (await operator.get("/v1/desk/screening_hits"))["items"]
    again = await operator.refused(f"/v1/screening/hits/{hit_id}/confirmation", {"reason": "again"})
    assert again == (409, "hit_decided", "hit_id")
    broken = "UPDATE screenings SET outcome = 'clear', score = 0 WHERE outcome = 'confirmed'"
    assert await market.failed_when(admin_url, broken) == ["screenings_follow_from_their_hits"]
    assert await market.failed_when(admin_url, "DELETE FROM screening_entries WHERE key = '2'") == [
        "lists_follow_from_their_entries"
    ]


async def test_a_new_version_is_compared_with_everybody_again(market: Market) -> None:
    operator = market.operator
    owner = await market.customer(None)
    merchant = await market.merchant(owner, 1_000)
    assert (await of_merchant(market, merchant))["outcome"] == "clear"
    listed = "id,name,kind,aliases\n7,Tea Shop of Evil,entity,茶叶店;Chayedian\n8,,entity,\n"
    columns = {"form": "table", "kind": "kind", "aliases": "aliases"}
    taken = (await send(operator.http, listed.encode(), "own", **columns)).json()
    assert (taken["entries"], taken["names"], taken["refused"]) == (1, 3, 1)
    await market.run_periodic("payments.screen_again")
    (hit,) = (await of_merchant(market, merchant))["hits"]
    assert (hit["state"], hit["subject_id"], hit["score"]) == ("waiting", merchant["id"], 1000)
    shrinking = await send(operator.http, b"id,name\n9,Somebody Else\n", "own", form="table")
    assert refusal(shrinking) == (409, "list_shrinks", "shrink")
    assert (
        await send(operator.http, b"id,name\n9,Somebody Else\n", "own", form="table", shrink=True)
    ).status_code == 201
    await market.run_periodic("payments.screen_again")
    shown = await of_merchant(market, merchant)
    assert (shown["outcome"], shown["hits"][0]["state"]) == ("clear", "withdrawn")
    versions = (await operator.get("/v1/screening/lists/own/versions"))["items"]
    assert [(one["number"], one["added"], one["removed"]) for one in versions] == [(2, 1, 1), (1, 1, 0)]
    assert [one["key"] for one in (await operator.get("/v1/screening/lists/own/entries"))["items"]] == ["9"]
    # The first version again is a version of its own, and the hit is back.
    assert (await send(operator.http, listed.encode(), "own", shrink=True, **columns)).json()["number"] == 3
    await market.run_periodic("payments.screen_again")
    hits = (await of_merchant(market, merchant))["hits"]
    waiting = next(one for one in hits if one["state"] == "waiting")
    await operator.post(f"/v1/screening/hits/{waiting['id']}/confirmation", {"reason": "it is"})
    account = await operator.get(f"/v1/accounts/{merchant['account_id']}")
    assert account["frozen"]


async def test_two_operators_clear_a_hit_and_it_stays_so(market: Market) -> None:
    operator, second = market.operator, market.served.client("stf_second")
    await send(operator.http, packed(FILES))
    customer = await market.customer(0)
    await market.prove(customer, "Viktor Butt")
    (hit,) = (await screened(market, customer))["hits"]
    path = f"/v1/screening/hits/{hit['id']}/clearance"
    assert (await operator.post(path, {"reason": "born 1990"}))["state"] == "clearance_proposed"
    assert await operator.refused(path, {"reason": "born 1990"}) == (409, "second_operator_needed", "hit_id")
    answer = await second.post(path, json={"reason": "agreed"}, headers={"idempotency-key": "second"})
    assert answer.json()["state"] == "cleared"
    assert (await screened(market, customer))["outcome"] == "cleared_by_operator"
    await market.stop_clock(REMEMBERED + timedelta(seconds=1))
    await market.run_periodic("payments.screen_again")
    shown = await screened(market, customer)
    assert (shown["outcome"], len(shown["hits"])) == ("cleared_by_operator", 1)
    # The entry has changed: what was said of the old one is not said of the new.
    changed = FILES | {"sdn.csv": SDN.replace("13 Jan 1970", "14 Jan 1970")}
    assert (await send(operator.http, packed(changed))).json()["added"] == 1
    await market.run_periodic("payments.screen_again")
    assert (await screened(market, customer))["outcome"] == "hit"
    await market.stop_clock(DECIDED_WITHIN)
    await market.run_periodic("payments.screen_again")
    waiting = (await operator.get("/v1/screening/hits", state="waiting"))["items"]
    assert [one["overdue_at"] is not None for one in waiting] == [True]


async def test_what_is_refused(market: Market) -> None:
    operator = market.operator
    nobody = f"/v1/screening/hits/sch_{'0' * 26}/clearance"
    assert await operator.refused(nobody, {"reason": "x"}) == (404, "unknown_hit", "hit_id")
    unknown = await operator.http.get("/v1/screening/lists/none/refused")
    assert refusal(unknown) == (404, "unknown_list", "name")
    assert refusal(await operator.http.get(f"/v1/screening/merchants/mer_{'0' * 26}"))[1] == "unknown_subject"
    lacking = {name: text for name, text in FILES.items() if name != "alt.csv"}
    for content, form in (
        (b"no archive", "ofac"), (packed(lacking), "ofac"), (packed({"sdn.csv": "1\r\n", "alt.csv": ""}), "ofac"),
        (b"a,b\n1,2\n", "table"), (b"", "table"), (b"id,name\n\0,x\n", "table"),
    ):  # fmt: skip
        assert refusal(await send(operator.http, content, form=form))[1:] == ("unreadable_list", "body")
    customer = await market.customer(None)
    assert (await customer.ask("/v1/screening/preview", {"name": "x"})).status_code == 403
    assert (await operator.post("/v1/screening/preview", {"name": "Viktor Bout"}))["items"] == []
    assert COMMENTS.endswith("\x1a")
