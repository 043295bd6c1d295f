"""Debts over HTTP: repaid at once by who owes, written off by operators, seen by nobody else."""

from uuid import uuid4

from tests.payments.customer import World
from tests.payments.returned_money.reporting import audited, reported, topped_up, withdrawn


async def test_a_debt_is_repaid_written_off_and_seen_by_its_party_alone(world: World) -> None:
    anna, boris = world.person(), world.person()
    card = await anna.ready()
    await boris.funded(1_000_000)
    top_up = await topped_up(anna, card, 300_000)
    await withdrawn(anna, card, 300_000)
    await reported(world, "charge_reversed", top_up)
    (owed,) = (await anna.get("/v1/receivables", state="open"))["items"]
    path = f"/v1/receivables/{owed['id']}"
    nothing = await anna.post(f"{path}/repayments")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_collect")
    for stranger in (await boris.http.get(path), await boris.post(f"{path}/repayments")):
        assert (stranger.status_code, stranger.json()["code"]) == (404, "unknown_receivable")
    assert (await boris.get("/v1/receivables"))["items"] == []
    barred = await anna.post(f"{path}/write-off", {"reason": "please"})
    assert (barred.status_code, barred.json()["code"]) == (403, "missing_scope")
    await topped_up(anna, card, 100_000)
    # By her, or by the periodic work that was quicker.
    assert (await anna.post(f"{path}/repayments")).status_code in (201, 409)
    assert (await anna.get(path))["outstanding"] == 200_000
    operator = world.payments.client()
    body, headers = {"reason": "hopeless"}, {"idempotency-key": uuid4().hex}
    given_up = (await operator.post(f"{path}/write-off", json=body, headers=headers)).json()
    assert (given_up["state"], given_up["repaid"], given_up["written_off"]) == ("written_off", 100_000, 200_000)
    ended = await anna.post(f"{path}/repayments")
    assert (ended.status_code, ended.json()["code"]) == (409, "receivable_ended")
    assert await anna.balance() == (0, 0)
    await audited(world)
