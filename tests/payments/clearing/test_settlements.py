"""Windows and settlements over HTTP: what is netted, reserved, paid and settled, and what is refused."""

from tests.payments.clearing.clearing_house import ClearingHouse


async def test_a_window_is_settled_once_by_its_net_positions(house: ClearingHouse) -> None:
    await house.open("ABC", caps=1_000, money=500)
    await house.owe("A", "B", 300)
    await house.owe("B", "C", 200)
    await house.owe("C", "A", 100)
    assert await house.positions() == [(200, 500), (-100, 500), (-100, 500)]
    window = await house.close()
    made = await house.settle(window)
    assert made["state"] == "SETTLED"
    assert await house.positions() == [(0, 300), (0, 600), (0, 600)]
    report = await house.get(f"settlements/{made['id']}/report")
    assert report["figures"] == {
        "obligations": 3, "participants": 3, "gross_minor": 600, "bilateral_net_minor": 600, "bilateral_efficiency": "0.000000",
        "multilateral_net_minor": 200, "multilateral_efficiency": "0.666667",
    }  # fmt: skip
    assert [(one["participant"], one["net_minor"], one["state"]) for one in report["participants"]] == [
        ("BANK_A", 200, "SETTLED"), ("BANK_B", -100, "SETTLED"), ("BANK_C", -100, "SETTLED"),
    ]  # fmt: skip
    assert await house.refused("settlements", {"window_ids": [window]}) == (409, "window_settled", "window_ids")
    assert await house.positions() == [(0, 300), (0, 600), (0, 600)]
    assert await house.market.failed_checks() == []
