"""Search over HTTP: what is found, in which order, how it is counted and paged; pay stands apart."""

from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest

from services.info_broker.search.model import Wanted
from services.info_broker.search.queries import candidates, facets, find
from tests.info_broker.broker import FUNDS, Broker, Door, profile
from tests.info_broker.test_product_terms import TERMS_BY_KIND

SECONDS = 0.25
"""Far above what a search takes alone (a few milliseconds), so that a busy machine does not fail the test."""


@pytest.fixture
async def catalogue(operator: Door) -> Door:
    await operator.take(
        "institutions",
        [
            profile("huaxia", product_name_prefixes=["华夏"], service_channels=[{"channel": "phone", "hours": "9-17"}]),
            profile("bank", kind="bank", licences=[{"kind": "banking", "issued_by": "NFRA"}]),
        ],
    )
    await operator.take("eastmoney.funds", FUNDS)
    loan = {"code": "L1", "name": "好人贷", "name_en": "Good Loan", "institution_code": "bank"}
    await operator.take("products", [loan | {"terms": {"kind": "loan", **TERMS_BY_KIND["loan"]}}])
    return operator


async def codes(door: Door, **params: Any) -> list[str]:
    return [item["code"] for item in (await door.get("/v1/products", **params))["items"]]


QUERIES = (
    # query, found in this order, how the first was met
    ("000001", ["000001"], "exact_code"),
    ("华夏成长混合", ["000001"], "exact_name"),
    ("hxczhh", ["000001"], "exact_name"),
    ("HXCZ", ["000001"], "code_or_initials_begin"),
    ("华夏", ["000001", "000011", "510050"], "name_begins"),
    ("0000", ["000001", "000011"], "code_or_initials_begin"),
    ("0", ["000001", "000011", "000198"], "code_or_initials_begin"),
    ("huaxiadapan", ["000011"], "pinyin_or_english_begins"),
    ("dapan", ["000011"], "all_terms"),
    ("余额宝", ["000198"], "name_contains"),
    ("混合 华夏", ["000001", "000011"], "all_terms"),
    ("ＥＴＦ", ["159901", "510050"], "name_contains"),
    ("good loan", ["L1"], "exact_name"),
    ("Good", ["L1"], "pinyin_or_english_begins"),
    ("money market", ["000198"], "all_terms"),
    ("宝额余", [], None),
    ("成混", [], None),
    ("pandap", [], None),
)


async def test_what_a_query_finds(catalogue: Door) -> None:
    for query, found, match in QUERIES:
        answer = await catalogue.get("/v1/products", q=query)
        assert [item["code"] for item in answer["items"]] == found, query
        assert [item["match"] for item in answer["items"][:1]] == ([match] if found else []), query
        assert "Paid placements change no score" in answer["ranking"]


async def test_filters_and_facets_agree(catalogue: Door) -> None:
    everything = (await catalogue.get("/v1/products"))["facets"]
    assert everything["total"] == 6
    assert {one["value"]: one["count"] for one in everything["kinds"]} == {"fund": 5, "loan": 1}
    assert {one["value"]: one["count"] for one in everything["types"]} == {
        "mixed": 2, "etf": 2, "money_market": 1, "consumer": 1,
    }  # fmt: skip
    for facet in everything["kinds"]:
        assert len(await codes(catalogue, kind=facet["value"])) == facet["count"]
    for facet in everything["types"]:
        assert len(await codes(catalogue, type=facet["value"])) == facet["count"]
    named = [one for one in everything["institutions"] if one["id"]]
    assert {one["name"]: one["count"] for one in named} == {"huaxia": 3, "bank": 1}
    for facet in named:
        assert len(await codes(catalogue, institution_id=facet["id"])) == facet["count"]
    assert await codes(catalogue, channel="phone") == ["000001", "000011", "510050"]
    assert await codes(catalogue, channel="branch") == []
    assert await codes(catalogue, q="华夏", type="etf") == ["510050"]


async def test_pages_join_without_gap_or_repetition(catalogue: Door) -> None:
    seen, after = [], {}
    while True:
        answer = await catalogue.get("/v1/products", limit=2, **after)
        seen += [item["code"] for item in answer["items"]]
        assert (answer["facets"] is None) == bool(after)
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert seen == ["000001", "000011", "000198", "159901", "510050", "L1"]


BAD: tuple[tuple[dict[str, Any], int, str, str], ...] = (
    ({"q": "%_!"}, 422, "empty_query", "q"),
    ({"q": ""}, 422, "empty_query", "q"),
    ({"q": "x" * 101}, 422, "invalid_value", "q"),
    ({"kind": "lottery"}, 422, "invalid_value", "kind"),
    ({"type": "a b"}, 422, "invalid_value", "type"),
    ({"channel": "fax"}, 422, "invalid_value", "channel"),
    ({"institution_id": "prd_01jdf3q8e7f5bt2m0xk5s8yq4c"}, 422, "malformed_id", "institution_id"),
    ({"after": "forged"}, 400, "malformed_cursor", "after"),
    ({"limit": 201}, 422, "invalid_value", "limit"),
)


async def test_a_bad_search_says_what_is_wrong(operator: Door) -> None:
    for params, status, code, field in BAD:
        problem = await operator.get("/v1/products", status=status, **params)
        assert (problem["code"], problem["field"]) == (code, field), params


async def test_strange_characters_are_only_text(catalogue: Door) -> None:
    assert await codes(catalogue, q="华夏\x00成长") == ["000001"]
    assert await codes(catalogue, q="华夏'; DROP TABLE products; --") == []
    assert len(await codes(catalogue)) == 6


async def test_a_withdrawn_product_is_not_found_but_can_be_read(catalogue: Door) -> None:
    loan = await catalogue.product("L1")
    row = {"code": "L1", "name": "好人贷", "institution_code": "bank", "status": "withdrawn"}
    await catalogue.take("products", [row | {"terms": {"kind": "loan", **TERMS_BY_KIND["loan"]}}])
    assert await codes(catalogue, q="好人贷") == []
    assert (await catalogue.get(f"/v1/products/{loan['id']}"))["status"] == "withdrawn"


async def test_pay_buys_a_marked_place_and_no_rank(broker: Broker, catalogue: Door) -> None:
    before = await catalogue.get("/v1/products", q="华夏")
    paid = await catalogue.product("510050")
    now = (await catalogue.get("/v1/clock"))["business_at"]
    body = {
        "product_id": paid["id"], "advertiser": "某广告主", "begins_at": now, "ends_at": "2999-01-01T00:00:00+00:00",
    }  # fmt: skip
    placed = await catalogue.post("/v1/placements", body)
    assert placed.status_code == 201, placed.text
    after = await catalogue.get("/v1/products", q="华夏")
    assert after["items"] == before["items"]
    assert not any(item["paid_placement"] for item in after["items"])
    (shown,) = after["sponsored"]
    assert (shown["id"], shown["paid_placement"], shown["advertiser"]) == (paid["id"], True, "某广告主")
    assert shown["placement_id"] == placed.json()["id"]
    assert (await catalogue.get("/v1/products", q="余额宝"))["sponsored"] == []
    async with broker.customer() as customer:
        assert (await customer.get("/v1/placements"))["items"] == [placed.json()]


async def test_a_placement_ends(broker: Broker, catalogue: Door) -> None:
    product = await catalogue.product("000001")
    now = await broker.freeze()
    body = {"product_id": product["id"], "advertiser": "某", "begins_at": now.isoformat()}
    await catalogue.post("/v1/placements", body | {"ends_at": (now + timedelta(days=1)).isoformat()})
    assert len((await catalogue.get("/v1/products"))["sponsored"]) == 1
    await broker.pass_time(timedelta(days=1))
    assert (await catalogue.get("/v1/products"))["sponsored"] == []


async def test_placements_that_cannot_be(broker: Broker, catalogue: Door) -> None:
    product = await catalogue.product("000001")
    good = {
        "product_id": product["id"], "advertiser": "某",
        "begins_at": "2026-12-01T00:00:00+08:00", "ends_at": "2026-12-02T00:00:00+08:00",
    }  # fmt: skip
    assert (await catalogue.post("/v1/placements", good)).status_code == 201
    for change, status, code in (
        ({}, 409, "placement_overlaps"),
        ({"product_id": "prd_01jdf3q8e7f5bt2m0xk5s8yq4c"}, 404, "no_such_product"),
        ({"ends_at": "2026-12-01T00:00:00+08:00"}, 422, "invalid_value"),
        ({"ends_at": "2026-12-03T00:00:00"}, 422, "invalid_value"),
    ):
        answer = await catalogue.post("/v1/placements", good | change)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    async with broker.customer() as customer:
        answer = await customer.post("/v1/placements", good)
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


async def test_a_search_among_eleven_thousand_is_quick_and_uses_the_index(broker: Broker) -> None:
    marks = "甲乙丙丁戊己庚辛壬癸"
    names = ["".join(marks[int(digit)] for digit in f"{number:05d}") for number in range(11_000)]
    rows = [
        [f"{number:06d}", f"F{number:05d}", f"{name}混合", "混合型", f"PINYIN{number:05d}"]
        for number, name in enumerate(names)
    ]
    for start in range(0, len(rows), 1000):
        await broker.operator.take("eastmoney.funds", rows[start : start + 1000])
    async with broker.runtime.reading() as connection:
        await connection.exec_driver_sql("SET enable_seqscan = off")
        wanted = candidates(Wanted("乙丙丁"))
        compiled = wanted.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[0] for row in await connection.exec_driver_sql(f"EXPLAIN {compiled}"))
        assert "ix_products_tokens" in plan
    for query in ("乙丙丁", "000123", "f00012", "pinyin0", "混合", None):
        async with broker.runtime.reading() as connection:
            await find(connection, Wanted(query), after=None, limit=50)
            began = perf_counter()
            assert await find(connection, Wanted(query), after=None, limit=50)
            assert await facets(connection, Wanted(query))
            assert perf_counter() - began < SECONDS, query
