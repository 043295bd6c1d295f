import asyncio

import httpx
import pytest
from sqlalchemy import func, select

from gateway.operations.jobs import fold
from gateway.operations.tables import daily_figures, figure_news
from tests.gateway.counting import NOVEMBER, figures, happened, topped_up
from tests.gateway.people import refused, sign_up
from tests.serving import Served

LIN, WEN = "cus_01jdf3q8e7f5bt2m0xk5s8yq4c", "cus_01jdf3q8e7f5bt2m0xk5s8yq4d"


@pytest.fixture
def http(gateway: Served) -> httpx.AsyncClient:
    return gateway.client()


async def values(http: httpx.AsyncClient, code: str, **params: str) -> list[tuple[str | None, int | None]]:
    figure = (await figures(http, **params))[code]
    return [(value["currency"], value["value"]) for value in figure["values"]]


async def test_the_summary_has_the_five_groups_and_the_five_sources(http: httpx.AsyncClient) -> None:
    summary = (await http.get("/v1/operations/summary")).json()
    assert [group["name"] for group in summary["groups"]] == ["users", "products", "channels", "campaigns", "risk"]
    assert [source["name"] for source in summary["sources"]] == [
        "gateway", "payments", "p2p", "ecommerce_credit", "info_broker",
    ]  # fmt: skip
    for figure in (await figures(http)).values():
        assert figure["definition"]["en"]
        assert figure["definition"]["zh"]


async def test_a_sign_up_is_counted_at_once(http: httpx.AsyncClient) -> None:
    await sign_up(http, channel="poster")
    summary = (await http.get("/v1/operations/summary")).json()
    registrations = summary["groups"][0]["figures"][0]
    assert (registrations["code"], registrations["values"]) == ("registrations", [{"currency": None, "value": 1}])
    assert registrations["degraded"] is False
    days = (await http.get("/v1/operations/figures/registrations/days", params={"by": "channel"})).json()["items"]
    assert [(day["label"], day["quantity"]) for day in days] == [("poster", 1)]
    record = (await http.get(registrations["records"])).json()["items"][0]
    event = (await http.get("/v1/events")).json()["items"][0]
    assert (record["event_id"], record["subject"]) == (event["id"], event["subject"])


async def test_amounts_stay_apart_by_currency(gateway: Served, http: httpx.AsyncClient) -> None:
    await topped_up(gateway.runtime, LIN, 500)
    await topped_up(gateway.runtime, LIN, 250)
    await topped_up(gateway.runtime, WEN, 90, "BRL")
    assert await values(http, "topped_up") == [("BRL", 90), ("CNY", 750)]
    assert await values(http, "first_money_customers") == [(None, 2)]
    assert await values(http, "monthly_active") == [(None, 2)]


async def test_figures_do_not_change_when_news_is_folded(gateway: Served, http: httpx.AsyncClient) -> None:
    for number in range(10):
        await topped_up(gateway.runtime, LIN, number + 1, at=f"2026-11-{number + 1:02}T04:00:00")
    before = await figures(http)
    await fold(gateway.runtime)
    async with gateway.runtime.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(figure_news))).scalar_one() == 0
        assert (await connection.execute(select(func.count()).select_from(daily_figures))).scalar_one() > 10
    assert await figures(http) == before
    await topped_up(gateway.runtime, LIN, 45)
    assert await values(http, "topped_up") == [("CNY", 100)]


async def test_figures_are_right_while_facts_arrive_and_are_folded(gateway: Served, http: httpx.AsyncClient) -> None:
    """Every reading is a whole number of events: none twice, none missing between news and sums."""

    async def arrive() -> None:
        for _ in range(30):
            await topped_up(gateway.runtime, LIN, 7)

    async def folding() -> None:
        for _ in range(30):
            await fold(gateway.runtime)

    async def reading() -> None:
        last = 0
        for _ in range(20):
            found = dict(await values(http, "topped_up")).get("CNY") or 0
            counted = (await values(http, "top_up_success"))[0][1]
            assert found % 7 == 0
            assert found >= last
            assert counted in (None, 1_000_000)
            last = found

    await asyncio.gather(arrive(), folding(), reading())
    assert await values(http, "topped_up") == [("CNY", 210)]


async def test_the_day_turns_at_midnight_in_shanghai(gateway: Served, http: httpx.AsyncClient) -> None:
    await topped_up(gateway.runtime, LIN, 1, at="2026-11-23T15:59:59")
    await topped_up(gateway.runtime, LIN, 2, at="2026-11-23T16:00:00")
    assert await values(http, "topped_up", **{"from": "2026-11-23", "to": "2026-11-23"}) == [("CNY", 1)]
    assert await values(http, "topped_up", **{"from": "2026-11-24", "to": "2026-11-24"}) == [("CNY", 2)]


async def test_active_customers_look_back_from_the_last_day(gateway: Served, http: httpx.AsyncClient) -> None:
    await topped_up(gateway.runtime, LIN, at="2026-11-24T01:00:00")
    await topped_up(gateway.runtime, LIN, at="2026-11-24T02:00:00")
    await topped_up(gateway.runtime, WEN, at="2026-11-18T01:00:00")
    day = {"from": "2026-11-24", "to": "2026-11-24"}
    assert await values(http, "daily_active", **day) == [(None, 1)]
    assert await values(http, "weekly_active", **day) == [(None, 2)]


async def test_records_add_up_to_the_figure(gateway: Served, http: httpx.AsyncClient) -> None:
    for number in range(5):
        await topped_up(gateway.runtime, LIN, 100 + number)
    await happened(gateway.runtime, "payments.top_up.failed.v1", customer_id=LIN, bank="icbc")
    amounts, after = [], None
    while True:
        params = NOVEMBER | {"limit": "2"} | ({"after": after} if after else {})
        page = (await http.get("/v1/operations/figures/topped_up/records", params=params)).json()
        amounts += [item["amount"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert amounts == [104, 103, 102, 101, 100]
    narrowed = await http.get("/v1/operations/figures/topped_up/records", params=NOVEMBER | {"channel": "boc"})
    assert narrowed.json()["items"] == []


async def test_what_operations_refuse(http: httpx.AsyncClient) -> None:
    refused(await http.get("/v1/operations/figures/nonsense/records"), 404, "unknown_figure", "code")
    refused(await http.get("/v1/operations/summary", params={"from": "yesterday"}), 422, "invalid_value", "from")
    refused(await http.get("/v1/operations/summary", params={"to": "7827-04-19"}), 422, "invalid_value", "to")
    for wrong in ({"from": "2026-11-02", "to": "2026-11-01"}, {"from": "2020-01-01", "to": "2026-11-01"}):
        refused(await http.get("/v1/operations/summary", params=wrong), 422, "period_too_long", "from")
    path = "/v1/operations/figures/topped_up/records"
    refused(await http.get(path, params={"after": "AAAA"}), 400, "malformed_cursor", "after")
    refused(await http.get(path, params={"limit": "201"}), 422, "invalid_value", "limit")
    refused(await http.get("/v1/operations/figures/topped_up/days", params={"by": "name"}), 422, "invalid_value", "by")


async def test_figures_are_for_staff(gateway: Served) -> None:
    customer = gateway.client(LIN)
    for path in ("summary", "figures/topped_up/days", "figures/topped_up/records"):
        refused(await customer.get(f"/v1/operations/{path}"), 403, "missing_scope")
    async with httpx.AsyncClient(verify=False, base_url=gateway.url) as stranger:
        refused(await stranger.get("/v1/operations/summary"), 401, "unauthenticated")
