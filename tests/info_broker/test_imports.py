"""Imports over HTTP: whole, row by row, and the same again changing nothing."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.info_broker.broker import FUNDS, READ, Broker, Door, profile
from tests.info_broker.test_product_terms import TERMS_BY_KIND

REFERENCE = Path(__file__).parents[2] / "services" / "info_broker" / "reference" / "fund_houses.csv"
REAL_FUNDS = Path(__file__).parents[3] / "shared" / "data" / "funds_eastmoney" / "fundcode_search.js"


def counts(done: dict[str, Any]) -> tuple[int, int, int, int]:
    return done["accepted"], done["changed"], done["unchanged"], len(done["refused"])


async def test_the_same_rows_again_change_nothing(operator: Door) -> None:
    assert counts(await operator.take("eastmoney.funds", FUNDS)) == (5, 0, 0, 0)
    assert counts(await operator.take("eastmoney.funds", FUNDS)) == (0, 0, 5, 0)
    renamed = [[*FUNDS[0][:2], "华夏成长混合A", *FUNDS[0][3:]], *FUNDS[1:]]
    assert counts(await operator.take("eastmoney.funds", renamed)) == (0, 1, 4, 0)


async def test_a_bad_row_is_refused_alone_with_file_line_field_and_reason(operator: Door) -> None:
    rows = [FUNDS[0], ["1", "X", "短", "混合型", "DUAN"], FUNDS[1], FUNDS[1], ["000009", "X", "怪", "怪型", "GUAI"]]
    done = await operator.take("eastmoney.funds", rows, file="funds.js", first_line=100)
    assert counts(done) == (2, 0, 0, 3)
    assert [(row["file"], row["line"], row["field"], row["code"]) for row in done["refused"]] == [
        ("funds.js", 101, "code", "invalid_value"),
        ("funds.js", 103, "code", "duplicate_in_request"),
        ("funds.js", 104, "source_class", "unknown_fund_class"),
    ]
    assert await operator.get(f"/v1/imports/{done['id']}") == done
    assert (await operator.get("/v1/imports"))["items"] == [done]


async def test_a_fund_is_recognised_by_its_name_also_when_the_house_comes_later(broker: Broker) -> None:
    operator = broker.operator
    await operator.take("eastmoney.funds", FUNDS)
    before = await operator.product("000001")
    assert (before["institution"], before["institution_note"]) == (None, "institution not identified")
    done = await operator.take("institutions", [profile("huaxia", product_name_prefixes=["华夏"])])
    assert counts(done) == (1, 0, 0, 0)
    after = await operator.product("000001")
    assert (after["institution"]["code"], after["institution_note"], after["version"]) == ("huaxia", None, 2)
    assert (await operator.product("159901"))["institution"] is None
    assert counts(await operator.take("eastmoney.funds", FUNDS)) == (0, 0, 5, 0)


async def test_a_prefix_belongs_to_one_institution(operator: Door) -> None:
    await operator.take("institutions", [profile("first", product_name_prefixes=["华夏"])])
    rows = [
        profile("second", product_name_prefixes=["华夏"]),
        profile("third", product_name_prefixes=["天弘", "天弘"]),
        profile("fourth", product_name_prefixes=["嘉实"]),
        profile("fifth", product_name_prefixes=["嘉实"]),
    ]
    done = await operator.take("institutions", rows)
    assert counts(done) == (1, 0, 0, 3)
    assert {row["code"] for row in done["refused"]} == {"prefix_taken"}
    freed = await operator.take("institutions", [profile("first")])
    assert counts(freed) == (0, 1, 0, 0)
    assert counts(await operator.take("institutions", [rows[0]])) == (1, 0, 0, 0)


async def test_funds_follow_a_longer_prefix_and_a_new_name_is_searched(operator: Door) -> None:
    await operator.take("eastmoney.funds", FUNDS)
    await operator.take("institutions", [profile("huaxia", product_name_prefixes=["华夏"])])
    await operator.take("institutions", [profile("shangzheng", product_name_prefixes=["华夏上证"])])
    assert (await operator.product("510050"))["institution"]["code"] == "shangzheng"
    await operator.take("institutions", [profile("huaxia", name_en="Great Summer", product_name_prefixes=["华夏"])])
    found = await operator.get("/v1/products", q="great summer")
    assert {item["code"] for item in found["items"]} == {"000001", "000011"}


async def test_products_of_every_kind_come_as_objects_or_as_cells(operator: Door) -> None:
    await operator.take("institutions", [profile("bank", kind="bank")])
    rows = [
        {"code": kind, "name": f"产品 {kind}", "institution_code": "bank", "terms": {"kind": kind, **terms}}
        for kind, terms in TERMS_BY_KIND.items()
    ]
    assert counts(await operator.take("products", rows)) == (7, 0, 0, 0)
    header = ["code", "name", "institution_code", "terms.kind"]
    fields = ["currency", "tenor_days", "rate_annual", "minimum_minor", "insured"]
    cells = ["deposit", "产品 deposit", "bank", "deposit", "CNY", "365", "0.0150", "5000", "true"]
    done = await operator.take("products", [cells], header=[*header, *(f"terms.{name}" for name in fields)])
    assert counts(done) == (0, 0, 1, 0), "the same product, written the other way"
    kinds = (await operator.get("/v1/products"))["facets"]["kinds"]
    assert {facet["value"]: facet["count"] for facet in kinds} == dict.fromkeys(TERMS_BY_KIND, 1)


async def test_a_product_names_a_known_institution_and_keeps_its_kind(operator: Door) -> None:
    await operator.take("institutions", [profile("bank", kind="bank")])
    row = {
        "code": "x",
        "name": "存",
        "institution_code": "bank",
        "terms": {"kind": "deposit", **TERMS_BY_KIND["deposit"]},
    }
    await operator.take("products", [row])
    wealth = row | {"terms": {"kind": "wealth", **TERMS_BY_KIND["wealth"]}}
    for bad, field, code in (
        (row | {"institution_code": "nobody"}, "institution_code", "unknown_institution"),
        (wealth, "terms.kind", "kind_changed"),
        (row | {"terms": {"kind": "deposit"}}, "terms.deposit.currency", "missing_field"),
        (row | {"terms": row["terms"] | {"minimum_minor": 100.0}}, "terms.deposit.minimum_minor", "invalid_value"),
    ):
        (refused,) = (await operator.take("products", [bad]))["refused"]
        assert (refused["field"], refused["code"]) == (field, code)


MALFORMED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"source": "rumours"}, "invalid_value", "source"),
    ({"rows": []}, "invalid_value", "rows"),
    ({"rows": [FUNDS[0]] * 1001}, "invalid_value", "rows"),
    ({"first_line": 0}, "invalid_value", "first_line"),
    ({"first_line": "1"}, "invalid_value", "first_line"),
    ({"file": "nul\x00"}, "invalid_value", "file"),
    ({"colour": "red"}, "unknown_field", "colour"),
    ({"source": "products"}, "wrong_header", "header"),
    ({"header": ["code", "code"]}, "wrong_header", "header"),
)


async def test_a_malformed_import_is_refused_whole(operator: Door) -> None:
    body = {"source": "eastmoney.funds", "file": "f", "first_line": 1, "rows": [FUNDS[0]]}
    for change, code, field in MALFORMED:
        answer = await operator.post("/v1/imports", body | change)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field), change
    assert (await operator.get("/v1/products"))["items"] == []


async def test_imports_are_for_operators(broker: Broker) -> None:
    async with broker.customer() as customer:
        body = {"source": "eastmoney.funds", "file": "f", "first_line": 1, "rows": FUNDS}
        answer = await customer.post("/v1/imports", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
        assert (await customer.get("/v1/imports", status=403))["code"] == "missing_scope"
    unknown = "imp_01jdf3q8e7f5bt2m0xk5s8yq4c"
    assert (await broker.operator.get(f"/v1/imports/{unknown}", status=404))["code"] == "no_such_import"
    async with broker.caller("stf_other", READ) as reader:
        assert (await reader.get(f"/v1/imports/{unknown}", status=403))["code"] == "missing_scope"


async def test_an_import_tells_what_it_did(broker: Broker) -> None:
    await broker.operator.take("institutions", [profile("huaxia", product_name_prefixes=["华夏"])])
    done = await broker.operator.take("eastmoney.funds", [*FUNDS, FUNDS[0]])
    (told,) = await broker.events("info_broker.products.imported.v1")
    assert told["data"] == {
        "import_id": done["id"], "source": "eastmoney.funds", "accepted": 5, "changed": 0, "unchanged": 0, "refused": 1,
    }  # fmt: skip
    assert len(await broker.events("info_broker.institutions.imported.v1")) == 1


async def test_one_key_imports_once(operator: Door) -> None:
    body = {"source": "eastmoney.funds", "file": "f", "first_line": 1, "rows": FUNDS}
    first = await operator.post("/v1/imports", body, key="once")
    again = await operator.post("/v1/imports", body, key="once")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await operator.post("/v1/imports", body | {"rows": FUNDS[:1]}, key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def reference_rows() -> tuple[list[str], list[list[str]]]:
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def real_funds() -> list[list[str]]:
    if not REAL_FUNDS.exists():
        pytest.skip("the real fund list lies outside the project, in ../shared/data, and is not here")
    text = REAL_FUNDS.read_text(encoding="utf-8-sig")
    rows: list[list[str]] = json.loads(text[text.index("[") : text.rindex("]") + 1])
    return rows


async def test_the_fund_houses_that_are_shipped_import_whole(operator: Door) -> None:
    header, rows = reference_rows()
    done = await operator.take("institutions", rows, file=REFERENCE.name, header=header, first_line=2)
    assert counts(done) == (len(rows), 0, 0, 0)


async def test_the_real_fund_list_imports_whole_twice_and_is_searched(operator: Door) -> None:
    rows = real_funds()
    header, houses = reference_rows()
    await operator.take("institutions", houses, header=header)
    for expected in ((len(rows), 0, 0, 0), (0, 0, len(rows), 0)):
        told = [0, 0, 0, 0]
        for start in range(0, len(rows), 1000):
            done = await operator.take(
                "eastmoney.funds", rows[start : start + 1000], file=REAL_FUNDS.name, first_line=start + 1
            )
            told = [sum(pair) for pair in zip(told, counts(done), strict=True)]
        assert tuple(told) == expected
    facets = (await operator.get("/v1/products", limit=1))["facets"]
    unknown = [one["count"] for one in facets["institutions"] if one["id"] is None]
    assert facets["total"] == len(rows) == 11_007
    assert unknown in ([], [35])
    for query, first in (
        ("000001", "000001"),
        ("hxcz", "000001"),
        ("华夏成长混合", "000001"),
        ("huaxiachengzhang", "000001"),
    ):
        assert (await operator.get("/v1/products", q=query))["items"][0]["code"] == first
