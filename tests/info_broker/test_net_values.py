"""What a fund was worth, day by day: taken once, corrected by another version, refused where it means nothing."""

from typing import Any

from tests.info_broker.broker import FUNDS, Broker

HEADER = ["code", "valued_on", "unit_value", "distribution"]
DAYS: list[list[Any]] = [
    ["000001", "2026-10-29", "1.2345", None],
    ["000001", "2026-10-30", "1.2500", "分红：每份派现金0.0500元"],
    ["000011", "2026-10-30", "0.998", None],
]


async def take(broker: Broker, rows: list[list[Any]]) -> dict[str, Any]:
    body = {"source": "eastmoney.net_values", "file": "fund.js", "header": HEADER, "first_line": 1, "rows": rows}
    answer = await broker.operator.post("/v1/imports", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def shown(broker: Broker, code: str, **params: Any) -> list[dict[str, Any]]:
    product = await broker.operator.product(code)
    return list((await broker.operator.get(f"/v1/products/{product['id']}/net-values", **params))["items"])


async def test_days_are_taken_once_and_shown_newest_first(broker: Broker) -> None:
    await broker.operator.take("eastmoney.funds", FUNDS)
    first = await take(broker, DAYS)
    assert (first["accepted"], first["refused"]) == (3, [])
    assert (await take(broker, DAYS))["unchanged"] == 3
    values = await shown(broker, "000001")
    assert [(one["valued_on"], float(one["unit_value"]), one["version"]) for one in values] == [
        ("2026-10-30", 1.25, 1),
        ("2026-10-29", 1.2345, 1),
    ]
    assert values[0]["distribution"] == "分红：每份派现金0.0500元"
    assert [one["valued_on"] for one in await shown(broker, "000001", to="2026-10-29")] == ["2026-10-29"]
    page = await broker.operator.get(
        f"/v1/products/{values[0]['product_id']}/net-values", limit=1, **{"from": "2026-10-01"}
    )
    rest = await broker.operator.get(f"/v1/products/{values[0]['product_id']}/net-values", limit=1, after=page["next"])
    assert [one["valued_on"] for one in (*page["items"], *rest["items"])] == ["2026-10-30", "2026-10-29"]


async def test_a_correction_is_another_version(broker: Broker) -> None:
    await broker.operator.take("eastmoney.funds", FUNDS)
    await take(broker, DAYS)
    corrected = await take(broker, [["000001", "2026-10-30", "1.2600", None]])
    assert (corrected["accepted"], corrected["changed"]) == (0, 1)
    newest = (await shown(broker, "000001"))[0]
    assert (float(newest["unit_value"]), newest["version"], newest["distribution"]) == (1.26, 2, None)


async def test_what_means_nothing_is_refused_by_name(broker: Broker) -> None:
    await broker.operator.take("eastmoney.funds", FUNDS)
    done = await take(
        broker,
        [
            DAYS[0],
            DAYS[0],
            ["999999", "2026-10-30", "1", None],
            ["000001", "2026-02-30", "1", None],
            ["000001", "2026-10-28", "0", None],
            ["000001", None, "1", None],
        ],
    )
    assert done["accepted"] == 1
    assert [(one["line"], one["field"], one["code"]) for one in done["refused"]] == [
        (2, "valued_on", "duplicate_in_request"),
        (3, "code", "unknown_fund"),
        (4, "valued_on", "invalid_value"),
        (5, "unit_value", "invalid_value"),
        (6, "valued_on", "missing_field"),
    ]
