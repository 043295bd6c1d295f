"""Over HTTP: what was confirmed stays in force by whichever door somebody comes back, and one bad record stops none of the others."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis.ids import decode, encode
from services.payments.merchants.queries import merchant_with
from services.payments.screening import actions, jobs, queries
from services.payments.screening.vault import ScreeningVault
from tests.conftest import Serve
from tests.payments.market import Market, Party, refusal
from tests.payments.screening.published import FILES, packed, send

NUMBER = "110101199003070038"


@pytest.fixture
async def market(serve: Serve) -> AsyncIterator[Market]:
    market = await Market.open(await serve("payments"))
    await send(market.operator.http, packed(FILES))
    yield market
    assert not await market.failed_checks()


async def screened(market: Market, party: Party) -> dict[str, Any]:
    await jobs.screen_customer(market.served.runtime, {"id": str(party.uuid)})
    return dict(await market.operator.get(f"/v1/screening/customers/{party.id}"))


async def confirmed(market: Market, party: Party) -> None:
    (hit,) = (await screened(market, party))["hits"]
    await market.operator.post(f"/v1/screening/hits/{hit['id']}/confirmation", {"reason": "passport"})


async def test_whoever_is_confirmed_gets_no_account_that_pays(market: Market) -> None:
    suspect = await market.customer(1_000)
    await suspect.post("/v1/holders/identity", {"name": "Viktor Butt", "number": NUMBER})
    await confirmed(market, suspect)
    dollars = await suspect.post("/v1/wallets", {"currency": "USD"})
    assert (await market.operator.get(f"/v1/accounts/{dollars['account_id']}"))["frozen"]
    # What an operator releases stays so, whatever the job looks for.
    await market.operator.post(f"/v1/accounts/{dollars['account_id']}/release", {"reason": "a court says so"})
    await market.run_periodic("payments.screen_again")
    assert not (await market.operator.get(f"/v1/accounts/{dollars['account_id']}"))["frozen"]
    # She proves who she is: frozen as that person in the same moment, with what she opens from then on.
    await market.operator.post(f"/v1/holders/customers/{suspect.id}/face-to-face", {})
    async with market.served.runtime.reading() as connection:
        assert await queries.confirmed_unfrozen(connection, 9) == []
    euros = await suspect.post("/v1/wallets", {"currency": "EUR"})
    assert (await market.operator.get(f"/v1/accounts/{euros['account_id']}"))["frozen"]


async def test_a_confirmed_merchant_gets_no_proceeds_that_pay(market: Market) -> None:
    owner = await market.customer(None)
    body = {"name": "Orient Shipping Ltd", "currency": "CNY"}
    merchant = await owner.post("/v1/merchants", body)
    await jobs.screen_merchant(market.served.runtime, {"id": str(decode("mer", merchant["id"]))})
    (hit,) = (await market.operator.get(f"/v1/screening/merchants/{merchant['id']}"))["hits"]
    await market.operator.post(f"/v1/screening/hits/{hit['id']}/confirmation", {"reason": "the same ships"})
    tiers = [{"from_minor": 0, "rate": "0.006"}]
    plan = await market.operator.post(
        "/v1/fee-plans", {"code": "standard", "name": "标准", "currency": "CNY", "tiers": tiers}
    )
    await market.operator.post(f"/v1/merchants/{merchant['id']}/contracts", {"fee_plan_id": plan["id"]})
    async with market.served.runtime.reading() as connection:
        found = await merchant_with(connection, decode("mer", merchant["id"]))
    assert found is not None
    proceeds = encode("acc", found.receiving_account_id)
    assert proceeds != merchant["account_id"]
    assert (await market.operator.get(f"/v1/accounts/{proceeds}"))["frozen"]


async def test_another_name_takes_no_hit_away(market: Market) -> None:
    suspect = await market.customer(None)
    await suspect.post("/v1/holders/identity", {"name": "Viktor Butt", "number": NUMBER})
    (hit,) = (await screened(market, suspect))["hits"]
    await suspect.post("/v1/holders/identity", {"name": "王小明", "number": NUMBER})
    shown = await screened(market, suspect)
    assert (shown["outcome"], [one["state"] for one in shown["hits"]]) == ("hit", ["waiting"])
    detail = await market.operator.get(f"/v1/screening/hits/{hit['id']}")
    assert (detail["name"], detail["name_changed"], detail["match"]) == ("王小明", True, None)


async def test_one_bad_record_stops_none_of_the_others(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    parties = [await market.customer(None) for _ in range(3)]
    for party, name in zip(parties, ("王小明", "李雷", "韩梅梅"), strict=True):
        await market.prove(party, name)
        await screened(market, party)
    async with market.served.runtime.reading() as connection:
        before = await queries.remembered(connection, [party.uuid for party in parties])
    opened = ScreeningVault.open

    def broken(self: ScreeningVault, subject_id: Any, details: bytes) -> str:
        if subject_id == min(party.uuid for party in parties):
            raise ValueError("a record that cannot be opened")
        return opened(self, subject_id, details)

    monkeypatch.setattr(ScreeningVault, "open", broken)
    taken = await send(market.operator.http, "id,name\n7,韩梅梅\n".encode(), "own", form="table")
    async with market.served.runtime.reading() as connection:
        ended = await queries.remembered(connection, [min(party.uuid for party in parties)])
    # Nothing that was said of older lists is good any more.
    (one,) = ended.values()
    assert one.expires_at.isoformat()[:19] == taken.json()["taken_at"][:19]
    assert one.expires_at < min(was.expires_at for was in before.values())
    await market.run_periodic("payments.screen_again")
    generations = {
        party.uuid: (await market.operator.get(f"/v1/screening/customers/{party.id}"))["generation"]
        for party in parties
    }
    assert [generations[one] for one in sorted(generations)] == [1, 2, 2]
    monkeypatch.setattr(ScreeningVault, "open", opened)
    await market.run_periodic("payments.screen_again")


async def test_the_names_of_all_lists_are_bounded_together(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_NAMES", 8)
    rows = "id,name\n" + "".join(f"{number},Name {number}\n" for number in range(2))
    answer = await send(market.operator.http, rows.encode(), "own", form="table")
    assert refusal(answer)[:2] == (413, "list_too_large")
    assert (await send(market.operator.http, rows[:16].encode(), "own", form="table")).status_code == 201


async def test_whom_merchants_are_paid_out_to_is_screened(market: Market) -> None:
    owner = await market.customer(None)
    merchant = await market.merchant(owner)
    body = {"bank": "ICBC", "holder_name": "Orient Shipping Ltd", "number": "6222020000000000019"}
    account = await owner.ask(f"/v1/merchants/{merchant['id']}/payout-accounts", body)
    assert account.status_code == 201, account.text
    await jobs.screen_payout_account(market.served.runtime, {"id": str(decode("pac", account.json()["id"]))})
    (hit,) = (await market.operator.get("/v1/screening/hits"))["items"]
    assert (hit["subject_kind"], hit["state"]) == ("payee", "waiting")
    await market.operator.post(f"/v1/screening/hits/{hit['id']}/confirmation", {"reason": "the same ships"})
    assert (await market.operator.get(f"/v1/accounts/{merchant['account_id']}"))["frozen"]
