"""Tokens and coins over HTTP: of a token circulates what is held for it, of a coin what its schedule released."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from chassis.provision import in_database
from services.payments.money_supply import actions
from tests.conftest import Serve
from tests.databases import Databases
from tests.payments.ledger.book import Book, transfer_id, wire

SCHEDULE = {"subsidy": 5_000_000_000, "halving_blocks": 210_000}


@pytest.fixture
async def book(serve: Serve) -> AsyncIterator[Book]:
    book = await Book.open(await serve("payments"))
    yield book
    await book.audit()


async def ask(
    book: Book, path: str, body: dict[str, Any], http: httpx.AsyncClient | None = None, key: str = ""
) -> httpx.Response:
    return await (http or book.http).post(path, json=body, headers={"idempotency-key": key or uuid4().hex})


async def token(book: Book, code: str = "SFT", **facts: Any) -> dict[str, Any]:
    answer = await ask(book, "/v1/units", {"code": code, "kind": "token", "backed_by": "CNY"} | facts)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def coin(book: Book, code: str = "BTC", schedule: dict[str, int] = SCHEDULE) -> dict[str, Any]:
    answer = await ask(book, "/v1/units", {"code": code, "kind": "coin", "schedule": schedule})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def moved(
    book: Book, what: str, money: str, tokens: str, amount: int, code: str = "SFT", **more: Any
) -> httpx.Response:
    body = {"amount": amount, "money_account_id": money, "token_account_id": tokens}
    return await ask(book, f"/v1/units/{code}/{what}", body, **more)


async def supply(book: Book) -> dict[str, dict[str, Any]]:
    return {one["unit"]: one for one in (await book.get("/v1/money-supply"))["items"]}


async def test_tokens_are_issued_against_money_and_burned(book: Book) -> None:
    unit = await token(book)
    money, shop = await book.funded(1000), await book.funded(0)
    anna, boris = (await book.account(currency="SFT"))["id"], (await book.account(currency="SFT"))["id"]
    answers = await asyncio.gather(*(moved(book, "issues", money, anna, 600, key="once") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    made = answers[0].json()
    assert (made["kind"], made["amount"], made["height"]) == ("issue", 600, None)
    assert (await book.sums(money), await book.sums(anna)) == ((600, 0, 1000, 0), (0, 0, 600, 0))
    assert (await book.move(anna, boris, 250, currency="SFT")).status_code == 201
    redeemed = await moved(book, "redemptions", money, anna, 100)
    spent = await moved(book, "redemptions", shop, boris, 50)
    assert [answer.status_code for answer in (redeemed, spent)] == [201, 201]
    assert (await book.sums(money), await book.sums(shop)) == ((600, 0, 1100, 0), (0, 0, 50, 0))
    told = (await supply(book))["SFT"]
    assert told == {
        "unit": "SFT", "kind": "token", "issued": 600, "burned": 150, "circulating": 450, "backed_by": "CNY", "backing_held": 450,
        "height": None, "imported": None, "schedule_limit": None, "schedule_total": None, "backing": "money_held", "on_chain": None,
        "lost": 0, "balanced": True,
    }  # fmt: skip
    assert (await book.get(f"/v1/accounts/{unit['backing_account_id']}"))["balance"] == 450
    both = await book.get("/v1/transfers", reference=made["id"])
    assert {one["code"] for one in both["items"]} == {"token.issue", "token.issue.backing"}
    assert [one["kind"] for one in (await book.get("/v1/units/SFT/movements"))["items"]] == [
        "redeem",
        "redeem",
        "issue",
    ]
    assert [one["code"] for one in (await book.get("/v1/units"))["items"]] == ["SFT"]


async def test_both_sides_or_none(book: Book) -> None:
    await token(book)
    money, frozen = await book.funded(100), await book.funded(50)
    anna = (await book.account(currency="SFT"))["id"]
    await ask(book, f"/v1/accounts/{frozen}/freeze", {"reason": "tests"})
    assert (await moved(book, "issues", money, anna, 40)).status_code == 201
    for answer, expected in (
        (await moved(book, "issues", money, anna, 61), (409, "insufficient_funds", "amount")),
        (await moved(book, "issues", frozen, anna, 1), (409, "account_frozen", "money_account_id")),
        (await moved(book, "issues", money, money, 1), (422, "currency_mismatch", "token_account_id")),
        (await moved(book, "issues", anna, anna, 1), (422, "currency_mismatch", "money_account_id")),
        (await moved(book, "redemptions", money, anna, 41), (409, "insufficient_funds", "amount")),
        (await moved(book, "redemptions", anna, anna, 1), (422, "currency_mismatch", "money_account_id")),
        (await moved(book, "issues", "acc" + transfer_id()[3:], anna, 1), (404, "unknown_account", "money_account_id")),
        (await moved(book, "issues", money, "acc" + transfer_id()[3:], 1), (404, "unknown_account", "token_account_id")),
        (await moved(book, "issues", money, anna, 1, http=book.served.client("p2p")), (404, "unknown_account", "money_account_id")),
        (await moved(book, "redemptions", money, anna, 1, http=book.served.client("p2p")), (404, "unknown_account", "token_account_id")),
        (await moved(book, "issues", money, anna, 1, "XYZ"), (404, "unknown_unit", "unit")),
        (await moved(book, "issues", money, anna, 1.0), (422, "invalid_value", "amount")),  # type: ignore[arg-type]
    ):  # fmt: skip
        assert await book.refused(answer) == expected
    assert (await book.sums(money), await book.sums(anna)) == ((40, 0, 100, 0), (0, 0, 40, 0))


async def test_nobody_moves_what_is_a_statement(book: Book) -> None:
    """Operators neither: by transfer, hold, batch, posting, pass, another token's story, or a purpose's return."""
    unit, other = await token(book), await token(book, "GFT")
    issuance, backing = unit["issuance_account_id"], unit["backing_account_id"]
    money, anna = await book.funded(100), (await book.account(currency="SFT"))["id"]
    far = (await book.account(book_id=7))["id"]
    await moved(book, "issues", money, anna, 50)
    for debit, credit, currency, field in (
        (backing, money, "CNY", "debit_account_id"),
        (money, backing, "CNY", "credit_account_id"),
        (issuance, anna, "SFT", "debit_account_id"),
        (anna, issuance, "SFT", "credit_account_id"),
    ):
        refused = (422, "account_controlled", field)
        assert await book.refused(await book.move(debit, credit, 1, currency=currency)) == refused
        assert await book.refused(await book.move(debit, credit, 1, currency=currency, kind="pending")) == refused
        bulk = await book.bulk("independent", [wire(debit, credit, 1, currency=currency)])
        assert [one["result"] for one in bulk.json()["results"]] == ["account_controlled"]
        source = {"account_id": debit} | ({"overdraft_limit": 1000} if debit == issuance else {})
        posting = {
            "currency": currency, "code": "tests.split", "amount": 1, "sources": [source], "destinations": [{"account_id": credit}],
        }  # fmt: skip
        side = "sources.0" if debit in (backing, issuance) else "destinations.0"
        expected = (422, "account_controlled", f"{side}.account_id")
        assert await book.refused(await ask(book, "/v1/postings", posting)) == expected
    out = {"debit_account_id": backing, "credit_account_id": far, "amount": 1, "currency": "CNY"}
    assert (await ask(book, "/v1/passes", out)).json()["code"] == "account_controlled"
    assert (
        await ask(book, "/v1/passes", {**out, "debit_account_id": far, "credit_account_id": backing})
    ).status_code == 409
    crossed = await moved(book, "redemptions", other["backing_account_id"], anna, 1)
    assert await book.refused(crossed) == (422, "account_controlled", "money_account_id")
    assert (await moved(book, "issues", backing, anna, 1)).json()["code"] == "account_controlled"
    purpose = {"name": "x", "allowed": [{"kind": "shop"}], "return_account_id": backing}
    assert (await ask(book, "/v1/purposes", purpose)).json()["code"] == "return_account_unfit"
    for account in (issuance, backing):
        assert (await ask(book, f"/v1/accounts/{account}/closure", {"reason": "x"})).json()["code"] == "kind_reserved"
    assert (await ask(book, "/v1/accounts", {"currency": "SFT", "kind": "backing"})).json()["code"] == "kind_reserved"
    told = (await supply(book))["SFT"]
    assert (told["issued"], told["circulating"], told["backing_held"]) == (50, 50, 50)


async def test_a_unit_is_nobody_s_to_make(book: Book) -> None:
    await token(book)
    for facts, expected in (
        ({"rule": "none"}, (422, "rule_not_of_unit", "rule")),
        ({"rule": "credits_must_not_exceed_debits"}, (422, "rule_not_of_unit", "rule")),
        ({"book_id": 7}, (422, "unit_in_another_book", "book_id")),
        ({"currency": "XYZ"}, (422, "unknown_currency", "currency")),
    ):
        body = {"currency": "SFT", "kind": "collection"} | facts
        assert await book.refused(await ask(book, "/v1/accounts", body)) == expected
    await book.account(currency="BTC", rule="none")
    for body, expected in (
        ({"code": "SFT", "kind": "token", "backed_by": "CNY"}, (409, "unit_exists", "code")),
        ({"code": "BTC", "kind": "coin", "schedule": SCHEDULE}, (409, "unit_in_use", "code")),
        ({"code": "USD", "kind": "token", "backed_by": "CNY"}, (422, "unit_unclear", "code")),
        ({"code": "ABC", "kind": "token"}, (422, "unit_unclear", "kind")),
        ({"code": "ABC", "kind": "token", "backed_by": "CNY", "schedule": SCHEDULE}, (422, "unit_unclear", "kind")),
        ({"code": "ABC", "kind": "coin", "backed_by": "CNY"}, (422, "unit_unclear", "kind")),
        ({"code": "ABC", "kind": "coin"}, (422, "unit_unclear", "kind")),
        ({"code": "ABC", "kind": "token", "backed_by": "SFT"}, (422, "unknown_currency", "backed_by")),
        ({"code": "ABC", "kind": "token", "backed_by": "BTC"}, (422, "unknown_currency", "backed_by")),
        ({"code": "ABC", "kind": "coin", "schedule": {"subsidy": 10**12, "halving_blocks": 10**9}}, (422, "unit_unclear", "schedule")),
        ({"code": "ABC", "kind": "money"}, (422, "invalid_value", "kind")),
    ):  # fmt: skip
        assert await book.refused(await ask(book, "/v1/units", body)) == expected
    twice = await asyncio.gather(
        *(ask(book, "/v1/units", {"code": "ABC", "kind": "token", "backed_by": "CNY"}) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in twice) == [201, 409, 409, 409]
    assert (await ask(book, "/v1/units", {"code": "ABD", "kind": "coin"}, book.served.client("p2p"))).status_code == 403
    assert (await book.served.client("p2p").get("/v1/money-supply")).status_code == 403


async def test_coins_never_pass_their_schedule(book: Book) -> None:
    await coin(book)
    anna = (await book.account(currency="BTC"))["id"]

    async def mint(amount: int, height: int, http: httpx.AsyncClient | None = None) -> httpx.Response:
        return await ask(book, "/v1/units/BTC/mints", {"amount": amount, "account_id": anna, "height": height}, http)

    assert (await mint(5 * 10**9, 0)).status_code == 201
    beyond = await mint(1, 0)
    assert await book.refused(beyond) == (409, "beyond_schedule", "amount")
    assert (beyond.json()["schedule_limit"], beyond.json()["left"]) == (5 * 10**9, 0)
    assert await book.refused(await mint(1_050_002_500_000_000 - 5 * 10**9 + 1, 210_000)) == (
        409,
        "beyond_schedule",
        "amount",
    )
    answers = await asyncio.gather(*(mint(3 * 10**9, 2) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    last = 33 * 210_000 - 1
    assert (await mint(2_099_999_997_690_000 - 14 * 10**9, last)).status_code == 201
    assert await book.refused(await mint(1, 10**9)) == (409, "beyond_schedule", "amount")
    assert await book.refused(await mint(1, 10**9 + 1)) == (422, "invalid_value", "height")
    assert (await mint(1, 5, book.served.client("p2p"))).status_code == 403
    told = (await supply(book))["BTC"]
    assert (told["issued"], told["circulating"], told["schedule_limit"], told["schedule_total"]) == (
        2_099_999_997_690_000,
    ) * 4
    assert (told["burned"], told["backing_held"], told["height"]) == (0, None, last)


async def test_units_do_not_become_one_another(book: Book) -> None:
    await token(book)
    await coin(book)
    money, gold = await book.funded(100), (await book.account(currency="BTC"))["id"]
    anna = (await book.account(currency="SFT"))["id"]
    await moved(book, "issues", money, anna, 60)
    assert (await book.move(anna, gold, 1, currency="SFT")).json()["code"] == "currency_mismatch"
    assert (await moved(book, "issues", money, gold, 1, "BTC")).json()["code"] == "no_token"
    mint = await ask(book, "/v1/units/SFT/mints", {"amount": 1, "account_id": anna, "height": 1})
    assert await book.refused(mint) == (422, "no_coin", "unit")
    told = await supply(book)
    assert {unit: one["circulating"] for unit, one in told.items()} == {"BTC": 0, "CNY": 100, "SFT": 60}
    assert (told["CNY"]["kind"], told["CNY"]["backing_held"]) == ("money", 0)


async def test_what_was_imported_is_told_apart(book: Book) -> None:
    """Money on accounts of another bank's history circulates, and is in no reserve of ours."""
    money = await book.funded(100)
    await token(book)
    await moved(book, "issues", money, (await book.account(currency="SFT", opened_at="2020-01-01T00:00:00Z"))["id"], 60)
    side = await book.account("bank_history_side", rule="none", opened_at="2020-01-01T00:00:00Z")
    old = await book.account("bank_history", opened_at="2020-01-01T00:00:00Z")
    past = {"posted_at": "2020-01-02T04:00:00Z", "value_on": "2020-01-02", "flags": ["imported"]}
    await book.moved(side["id"], old["id"], 70, **past)
    told = await supply(book)
    assert (told["CNY"]["circulating"], told["CNY"]["imported"], told["CNY"]["backing_held"]) == (170, 70, 0)
    assert told["SFT"]["imported"] is None
    await book.moved(old["id"], money, 20)
    assert (await supply(book))["CNY"]["imported"] == 50


async def test_many_issue_and_redeem_at_once(book: Book) -> None:
    """Whoever asks while they do sees as much held as circulates."""
    await token(book)
    chance = random.Random(7)
    money = [await book.funded(300) for _ in range(3)]
    holders = [(await book.account(currency="SFT"))["id"] for _ in range(3)]

    async def one() -> int:
        what = chance.choice(["issues", "issues", "redemptions", "moves"])
        if what == "moves":
            return (await book.move(*chance.sample(holders, 2), chance.randint(1, 50), currency="SFT")).status_code
        return (
            await moved(book, what, chance.choice(money), chance.choice(holders), chance.randint(1, 60))
        ).status_code

    async def look() -> None:
        told = (await supply(book))["SFT"]
        assert told["issued"] - told["burned"] == told["circulating"] == told["backing_held"]

    answers = await asyncio.gather(*([one() for _ in range(60)] + [look() for _ in range(10)]))
    assert {answer for answer in answers if answer is not None} <= {201, 409, 503}
    circulating = (await supply(book))["SFT"]["circulating"]
    assert sum([(await book.get(f"/v1/accounts/{one}"))["balance"] for one in money]) == 900 - circulating


async def test_what_is_not_backed_is_not_committed(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours that issues tokens for less money is stopped before the commit."""
    await token(book)
    money, anna = await book.funded(100), (await book.account(currency="SFT"))["id"]
    real = actions.moved

    def short(*facts: Any) -> Any:
        return real(*facts[:5], facts[5] - 1 if facts[1] == "token.issue.backing" else facts[5], facts[6])

    monkeypatch.setattr(actions, "moved", short)
    assert (await moved(book, "issues", money, anna, 60)).status_code == 500
    assert (await book.sums(money), await book.sums(anna)) == ((0, 0, 100, 0), (0, 0, 0, 0))


DAMAGE = {
    "tokens_are_backed": "UPDATE ledger_accounts SET debits_posted = debits_posted + 1 WHERE kind = 'backing'",
    "units_agree_with_their_movements": "UPDATE unit_movements SET amount = amount + 1 WHERE kind = 'issue'",
    "unit_movements_have_their_transfers": "UPDATE unit_movements SET money_transfer_id = id WHERE kind = 'redeem'",
    "coins_are_within_their_schedule": "UPDATE unit_movements SET height = 1 WHERE kind = 'mint'",
    "units_are_made_by_their_issuance_alone": "UPDATE ledger_accounts SET rule = 'none' WHERE currency = 'SFT' AND kind = 'collection'",
}


@pytest.mark.parametrize("check", DAMAGE)
async def test_damage_is_found(serve: Serve, databases: Databases, check: str) -> None:
    served = await serve("payments")
    book = await Book.open(served)
    await token(book)
    await coin(book)
    money, anna = await book.funded(100), (await book.account(currency="SFT"))["id"]
    gold = (await book.account(currency="BTC"))["id"]
    await moved(book, "issues", money, anna, 60)
    await moved(book, "redemptions", money, anna, 20)
    minted = await ask(book, "/v1/units/BTC/mints", {"amount": 15 * 10**9, "account_id": gold, "height": 2})
    assert minted.status_code == 201
    await book.audit()
    connection = await asyncpg.connect(
        in_database(databases.admin_url, served.runtime.settings.database_url.rpartition("/")[2])
    )
    try:
        await connection.execute(DAMAGE[check])
    finally:
        await connection.close()
    report = await book.get("/v1/verification")
    assert check in [one["name"] for one in report["checks"] if one["failed"]]
