"""A marketplace's files: whole, incremental, the same rows again unchanged, bad rows refused one by one, whatever order they come in."""

import asyncio
import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.ecommerce_credit.imports import cells
from services.ecommerce_credit.imports.cells import BadCell, Place
from services.ecommerce_credit.imports.olist import RowReader
from services.ecommerce_credit.sales.model import Kind
from tests.ecommerce_credit.marketplace import HEADERS, Sales, body, key
from tests.ecommerce_credit.people import Door, customer_of
from tests.serving import Served

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared/data/merchants_olist"
SAMPLE = ROOT / "suite/samples/marketplace"
SELLER = [key("seller"), "310000", "杭州", "浙江"]


async def test_new_unchanged_and_changed_rows_are_counted(operator: Door) -> None:
    sales = Sales()
    seller = sales.seller("one")
    order = sales.order(seller, date(2036, 5, 1), "58.90", status="shipped")
    for kind in ("order_items", "orders", "sellers"):
        done = await operator.made("/v1/imports", body(kind, sales.rows[kind]))
        assert (done["accepted"], done["changed"], done["unchanged"], done["refused"]) == (1, 0, 0, [])
        again = await operator.made("/v1/imports", body(kind, sales.rows[kind]))
        assert (again["accepted"], again["changed"], again["unchanged"]) == (0, 0, 1)
    delivered = [*sales.rows["orders"][0]]
    delivered[2], delivered[6] = "delivered", "2036-05-04 09:30:00"
    changed = await operator.made("/v1/imports", body("orders", [delivered], zone=None))
    assert (changed["changed"], changed["changed_fields"]) == (1, {"delivered_at": 1, "status": 1})
    assert await operator.get(f"/v1/imports/{changed['id']}") == changed
    assert len((await operator.get("/v1/imports", marketplace="market"))["items"]) == 7
    shops = (await operator.get("/v1/shops"))["items"]
    assert [(shop["seller_id"], shop["currency"], shop["owner"]) for shop in shops] == [(seller, "CNY", None)]
    market = (await operator.get("/v1/marketplaces"))["items"][0]
    assert (market["shops"], market["orders"], market["known_to_on"]) == (1, 1, "2036-05-01")
    months = await operator.get(f"/v1/shops/{shops[0]['id']}/months")
    assert [(one["month"], one["orders"], one["sales_minor"]) for one in months["items"]] == [("2036-05-01", 1, 5_890)]
    told = (await operator.get("/v1/events", types="ecommerce_credit.import.finished.v1"))["items"]
    assert sum(one["data"]["accepted"] for one in told if one["data"]["source"] == "olist.orders") == 1
    assert order in str(sales.rows["orders"])


@pytest.mark.parametrize(
    ("kind", "column", "cell", "code"),
    [
        ("sellers", "seller_id", "1.2E+31", "not_an_id"),
        ("sellers", "seller_id", "", "missing_value"),
        ("sellers", "seller_city", "a\x07", "not_a_short_text"),
        ("orders", "order_status", "lost", "unknown_value"),
        ("orders", "order_purchase_timestamp", "2036-02-30 00:00:00", "not_a_time"),
        ("orders", "order_purchase_timestamp", "13/05/2036", "not_a_time"),
        ("orders", "order_purchase_timestamp", "0036-05-01 00:00:00", "out_of_range"),
        ("orders", "order_approved_at", "yesterday", "not_a_time"),
        ("order_items", "price", "12.345", "not_an_amount"),
        ("order_items", "price", "-1.00", "not_an_amount"),
        ("order_items", "price", "1e3", "not_an_amount"),
        ("order_items", "freight_value", "99999999999999.99", "out_of_range"),
        ("order_items", "order_item_id", "0", "out_of_range"),
        ("order_items", "order_item_id", "1.0", "not_a_whole_number"),
        ("order_payments", "payment_type", "Credit Card", "not_a_name"),
        ("order_reviews", "review_score", "6", "out_of_range"),
    ],
)
def test_a_bad_cell_is_named(kind: str, column: str, cell: str, code: str) -> None:
    sales = Sales()
    sales.order(sales.seller("one"), date(2036, 5, 1), "58.90")
    reader = RowReader(Kind(kind), HEADERS[kind], Place("CNY", ZoneInfo("Asia/Shanghai")))
    row = [*sales.rows[kind][0]]
    reader.read(row)
    row[HEADERS[kind].index(column)] = cell
    with pytest.raises(BadCell) as refused:
        reader.read(row)
    assert (refused.value.field, refused.value.code) == (column, code)


def test_times_are_the_marketplaces_own() -> None:
    brazil = Place("BRL", ZoneInfo("America/Sao_Paulo"))
    assert cells.instant("at", "2018-08-15 23:10:37", brazil) == datetime(2018, 8, 16, 2, 10, 37, tzinfo=UTC)
    assert cells.day("at", "2018-08-15 23:10:37", brazil) == date(2018, 8, 15)
    assert cells.instant("at", "2018-02-17 23:30:00", brazil) == datetime(2018, 2, 18, 1, 30, tzinfo=UTC)  # shown twice
    assert cells.instant("at", "2018-11-04 00:30:00", brazil) == datetime(2018, 11, 4, 3, 30, tzinfo=UTC)  # skipped
    assert cells.amount("price", "1200", Place("JPY", brazil.zone)) == 1_200
    assert cells.amount("price", "58.9", brazil) == 5_890


async def test_bad_rows_are_refused_one_by_one_and_the_others_taken(operator: Door) -> None:
    rows = [SELLER, ["1.2E+31", *SELLER[1:]], SELLER, SELLER[:3], [key("other"), "1", None, "粤"]]
    rows += [["\x00", *SELLER[1:]], [key("third"), "1", "x\x00y", "粤"]]
    done = await operator.made("/v1/imports", body("sellers", rows, first_line=100))
    assert done["accepted"] == 1
    assert [(one["file"], one["line"], one["field"], one["code"]) for one in done["refused"]] == [
        ("sellers.csv", 101, "seller_id", "not_an_id"),
        ("sellers.csv", 102, "seller_id", "duplicate_in_request"),
        ("sellers.csv", 103, None, "wrong_number_of_fields"),
        ("sellers.csv", 104, "seller_city", "missing_value"),
        ("sellers.csv", 105, "seller_id", "not_an_id"),
        ("sellers.csv", 106, "seller_city", "not_a_short_text"),
    ]
    assert done["rows"] == done["accepted"] + done["changed"] + done["unchanged"] + len(done["refused"])


async def test_what_an_import_must_say(lender: Served, operator: Door) -> None:
    await operator.made("/v1/imports", body("sellers", [SELLER]))
    for changes, expected in (
        ({"currency": "BRL"}, (422, "marketplace_differs", "currency")),
        ({"zone": "America/Sao_Paulo"}, (422, "marketplace_differs", "zone")),
        ({"marketplace": "new", "currency": "ZZZ"}, (422, "unknown_currency", "currency")),
        ({"marketplace": "new", "zone": "Mars/Olympus"}, (422, "unknown_zone", "zone")),
        ({"header": HEADERS["orders"]}, (422, "wrong_header", "header")),
        ({"header": ["seller_id", "seller_id", "seller_city", "seller_state"]}, (422, "wrong_header", "header")),
        ({"rows": []}, (422, "invalid_value", "rows")),
        ({"rows": [SELLER] * 1001}, (422, "invalid_value", "rows")),
        ({"rows": [[1, 2, 3, 4]]}, (422, "invalid_value", "rows.0.0")),
        ({"source": "olist.secrets"}, (422, "invalid_value", "source")),
        ({"first_line": True}, (422, "invalid_value", "first_line")),
        ({"marketplace": "No Name"}, (422, "invalid_value", "marketplace")),
        ({"more": 1}, (422, "unknown_field", "more")),
    ):
        assert await operator.refused("/v1/imports", body("sellers", [SELLER]) | changes) == expected, changes
    assert len((await operator.get("/v1/marketplaces"))["items"]) == 1
    customer = customer_of(lender)
    assert await customer.refused("/v1/imports", body("sellers", [SELLER])) == (403, "missing_scope", None)
    assert (await operator.get("/v1/imports/imp_01jdf3q8e7f5bt2m0xk5s8yq4c", 404))["code"] == "unknown_import"


async def test_two_at_once_take_each_row_once(operator: Door) -> None:
    rows = [[key("seller", number), "1", "x", "y"] for number in range(200)]
    answers = await asyncio.gather(*(operator.made("/v1/imports", body("sellers", rows)) for _ in range(4)))
    assert sum(answer["accepted"] for answer in answers) == 200
    assert sum(answer["unchanged"] for answer in answers) == 600
    assert len((await operator.get("/v1/shops", limit=200))["items"]) == 200


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the suite's own sample is not here")
async def test_the_own_sample_gives_a_limit(lender: Served, operator: Door) -> None:
    counts = await _take_folder(operator, SAMPLE, "{}.csv", marketplace="sample_market")
    assert counts["sellers"] == 12
    shops = (await operator.get("/v1/shops", limit=200))["items"]
    states = []
    for shop in shops:
        owner = customer_of(lender)
        await operator.made(f"/v1/shops/{shop['id']}/owner", {"customer": owner.party})
        states.append((await owner.made("/v1/limits", {"shop_id": shop["id"]}))["state"])
    assert states.count("approved") >= 3
    assert "declined" in states


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files of merchants_olist are not here")
async def test_olist_is_taken_whole_and_again_changes_nothing(lender: Served, operator: Door) -> None:
    facts = {"marketplace": "olist", "currency": "BRL", "zone": "America/Sao_Paulo"}
    counts = await _take_folder(operator, REAL, "olist_{}_dataset.csv", **facts)
    assert counts == {
        "sellers": 1_610,
        "customers": 8_135,
        "products": 5_460,
        "orders": 8_135,
        "order_items": 8_365,
        "order_payments": 8_924,
        "order_reviews": 8_225,
    }
    market = (await operator.get("/v1/marketplaces"))["items"][0]
    assert (market["shops"], market["orders"], market["known_to_on"]) == (1_610, 8_135, "2018-10-17")
    again = await operator.made("/v1/imports", _batches(REAL / "olist_orders_dataset.csv", "orders", facts)[3])
    assert (again["unchanged"], again["changed"]) == (1_000, 0)
    await _check_months(lender, operator, REAL, "cc419e0650a3c5ba77189a1882b7556a")


async def _take_folder(operator: Door, folder: Path, name: str, **facts: str) -> dict[str, int]:
    """Every file whole; how many new rows of each. Nothing is refused."""
    counts = {}
    for kind in HEADERS:
        counts[kind] = 0
        for batch in _batches(folder / name.format(kind), kind, facts):
            done = await operator.made("/v1/imports", batch)
            assert done["refused"] == [], done["refused"][:3]
            counts[kind] += done["accepted"]
    return counts


def _batches(file: Path, kind: str, facts: dict[str, str]) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as opened:
        header, *rows = csv.reader(opened)
    return [
        body(kind, rows[start : start + 1000], header=header, first_line=start + 2, **facts)
        for start in range(0, len(rows), 1000)
    ]


async def _check_months(lender: Served, operator: Door, folder: Path, seller: str) -> None:
    """The busiest seller's months, counted once more the slow way."""
    with (folder / "olist_orders_dataset.csv").open(encoding="utf-8", newline="") as opened:
        orders = {row["order_id"]: row for row in csv.DictReader(opened)}
    sold: dict[str, dict[str, int]] = {}
    with (folder / "olist_order_items_dataset.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            if row["seller_id"] == seller:
                whole, _, cents = row["price"].partition(".")
                price = int(whole) * 100 + int((cents + "00")[:2])
                sold.setdefault(row["order_id"], {}).setdefault("price", 0)
                sold[row["order_id"]]["price"] += price
    expected: dict[str, list[int]] = {}
    for order_id, found in sold.items():
        order = orders[order_id]
        month = expected.setdefault(order["order_purchase_timestamp"][:7] + "-01", [0, 0, 0])
        cancelled = order["order_status"] in ("canceled", "unavailable")
        month[0] += 1
        month[1] += cancelled
        month[2] += 0 if cancelled else found["price"]
    shop = (await operator.get("/v1/shops", seller_id=seller))["items"][0]
    months = (await operator.get(f"/v1/shops/{shop['id']}/months"))["items"]
    assert {one["month"]: [one["orders"], one["cancelled_orders"], one["sales_minor"]] for one in months} == expected
