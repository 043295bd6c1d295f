"""What a user saw on a date can be shown again."""

from datetime import timedelta
from typing import Any

import pytest

from services.info_broker.products import queries
from tests.info_broker.broker import FUNDS, READ, Broker, profile

UNKNOWN = "01jdf3q8e7f5bt2m0xk5s8yq4c"


async def test_a_product_is_shown_as_it_was(broker: Broker) -> None:
    operator = broker.operator
    began = await broker.freeze()
    await operator.take("institutions", [profile("huaxia", short_name="华夏基金", product_name_prefixes=["华夏"])])
    await operator.take("eastmoney.funds", FUNDS)
    product_id = (await operator.product("000001"))["id"]
    renamed = await broker.pass_time(timedelta(days=1))
    await operator.take("eastmoney.funds", [[*FUNDS[0][:2], "华夏成长混合A", *FUNDS[0][3:]]])
    moved = await broker.pass_time(timedelta(days=1))
    await operator.take("institutions", [profile("huaxia", short_name="新华夏", product_name_prefixes=["华夏"])])

    async def shown(at: Any) -> tuple[str, int, str]:
        seen = await operator.get(f"/v1/products/{product_id}", at=at.isoformat())
        return seen["name"], seen["version"], seen["institution"]["short_name"]

    assert await shown(began) == ("华夏成长混合", 1, "华夏基金")
    assert await shown(renamed - timedelta(microseconds=1)) == ("华夏成长混合", 1, "华夏基金")
    assert await shown(renamed) == ("华夏成长混合A", 2, "华夏基金")
    assert await shown(moved) == ("华夏成长混合A", 2, "新华夏")
    now = await operator.get(f"/v1/products/{product_id}")
    assert (now["name"], now["institution"]["short_name"]) == ("华夏成长混合A", "新华夏")
    before = await operator.get(f"/v1/products/{product_id}", 404, at=(began - timedelta(seconds=1)).isoformat())
    assert before["code"] == "not_yet_known"
    versions = await operator.get(f"/v1/products/{product_id}/versions", limit=1)
    assert [item["version"] for item in versions["items"]] == [2]
    rest = await operator.get(f"/v1/products/{product_id}/versions", after=versions["next"])
    assert [item["name"] for item in rest["items"]] == ["华夏成长混合"]


async def test_an_institution_is_shown_as_it_was_with_its_licence_of_that_day(broker: Broker) -> None:
    operator = broker.operator
    began = await broker.freeze()
    ends = (began + timedelta(days=2)).date().isoformat()
    licence = {"kind": "public_fund_management", "issued_by": "CSRC", "valid_until_on": ends}
    listing = {"exchange": "SSE", "ticker": "600000"}
    await operator.take("institutions", [profile("huaxia", licences=[licence], listing=listing, custody_bank="某银行")])
    (now,) = (await operator.get("/v1/institutions"))["items"]
    assert (now["licence_state"], now["listing"], now["custody_bank"]) == ("valid", listing, "某银行")
    later = await broker.pass_time(timedelta(days=4))
    expired = await operator.get(f"/v1/institutions/{now['id']}")
    assert (expired["licence_state"], expired["version"]) == ("expired", 1)
    assert await operator.get(f"/v1/institutions/{now['id']}", at=began.isoformat()) == now
    await operator.take("institutions", [profile("huaxia")])
    again = await operator.get(f"/v1/institutions/{now['id']}", at=later.isoformat())
    assert (again["licence_state"], again["version"]) == ("valid", 2)
    problem = await operator.get(f"/v1/institutions/{now['id']}", 404, at="2001-01-01T00:00:00Z")
    assert problem["code"] == "not_yet_known"


async def test_institutions_are_listed_by_kind_and_channel(broker: Broker) -> None:
    atm = [{"channel": "atm", "hours": "0-24", "fee": "2 CNY"}]
    await broker.operator.take("institutions", [profile("house"), profile("bank", kind="bank", service_channels=atm)])
    async with broker.customer() as customer:
        for params, found in (({}, ["bank", "house"]), ({"kind": "bank"}, ["bank"]), ({"channel": "atm"}, ["bank"])):
            assert [one["code"] for one in (await customer.get("/v1/institutions", **params))["items"]] == found
        first = await customer.get("/v1/institutions", limit=1)
        rest = await customer.get("/v1/institutions", after=first["next"])
        assert [one["code"] for one in first["items"] + rest["items"]] == ["bank", "house"]


ABSENT = (
    (f"/v1/products/prd_{UNKNOWN}", 404, "no_such_product"),
    (f"/v1/products/prd_{UNKNOWN}/versions", 404, "no_such_product"),
    (f"/v1/products/ins_{UNKNOWN}", 422, "malformed_id"),
    (f"/v1/institutions/ins_{UNKNOWN}", 404, "no_such_institution"),
    (f"/v1/products/prd_{UNKNOWN}?at=yesterday", 422, "invalid_value"),
    (f"/v1/products/prd_{UNKNOWN}?at=2026-11-24T00:00:00", 422, "invalid_value"),
)


async def test_what_cannot_be_shown(broker: Broker) -> None:
    for path, status, code in ABSENT:
        assert (await broker.operator.get(path, status))["code"] == code, path


async def test_reading_needs_its_scope(broker: Broker) -> None:
    async with broker.caller("cus_x", "p2p:read") as stranger:
        for path in ("products", "institutions", "placements", "leads", "consent-texts", "verification"):
            assert (await stranger.get(f"/v1/{path}", 403))["code"] == "missing_scope"
    answer = await broker.operator.http.get("/v1/products", headers={"authorization": ""})
    assert answer.status_code == 401


async def test_history_cannot_be_edited_by_the_service(broker: Broker) -> None:
    await broker.operator.take("eastmoney.funds", FUNDS[:1])
    for statement in (
        "UPDATE product_versions SET name = 'x'",
        "DELETE FROM imports",
        "DELETE FROM institution_versions",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with broker.runtime.transaction() as tx:
                await tx.connection.exec_driver_sql(statement)
    async with broker.runtime.reading() as connection:
        examined, offending = await queries.without_own_version(connection)
    assert (examined, offending) == (1, [])


async def test_looks_are_counted_and_make_popular(broker: Broker) -> None:
    await broker.operator.take("eastmoney.funds", FUNDS)
    product = await broker.operator.product("510050")
    path = f"/v1/products/{product['id']}/views"
    for number in range(1, 4):
        async with broker.customer(number) as customer:
            first = await customer.post(path)
            assert (first.status_code, first.json()["views"]) == (201, 1)
            assert (await customer.post(path)).json()["views"] == 2
    told = await broker.events("info_broker.product.viewed.v1")
    assert len(told) == 6
    assert told[0]["subject"] == product["id"]
    assert set(told[0]["data"]) == {"product_id", "product_kind", "viewer", "viewed_on", "first_of_day"}
    assert [event["data"]["first_of_day"] for event in told] == [True, False] * 3
    await broker.refresh_popularity()
    found = (await broker.operator.get("/v1/products"))["items"]
    assert (found[0]["code"], found[0]["score"]) == ("510050", 2), "three people are two"
    await broker.pass_time(timedelta(days=31))
    await broker.refresh_popularity()
    assert (await broker.operator.get("/v1/products"))["items"][0]["score"] == 0


async def test_a_look_at_nothing_and_without_scope(broker: Broker) -> None:
    unknown = await broker.operator.post(f"/v1/products/prd_{UNKNOWN}/views")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_product")
    async with broker.caller("cus_x", READ) as reader:
        answer = await reader.post(f"/v1/products/prd_{UNKNOWN}/views")
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    keyless = await broker.operator.http.post(f"/v1/products/prd_{UNKNOWN}/views")
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
