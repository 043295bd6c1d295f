"""Money bound to a purpose: whichever way it leaves its purse, it goes where the purpose allows, or back."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.provision import in_database
from services.payments.ledger.model import Account, Allowed, Restriction
from services.payments.ledger.restrictions import against_purpose
from tests.conftest import Serve
from tests.databases import Databases
from tests.payments.ledger.book import Book, wire

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KINDS = ("shop", "fees", "purse")
OWNERS = ("anna", "boris")


@pytest.fixture
async def book(serve: Serve) -> AsyncIterator[Book]:
    book = await Book.open(await serve("payments"))
    yield book
    await book.audit()


async def ask(book: Book, path: str, body: dict[str, Any], http: httpx.AsyncClient | None = None) -> httpx.Response:
    return await (http or book.http).post(path, json=body, headers={"idempotency-key": uuid4().hex})


async def purpose(book: Book, back: str, allowed: list[dict[str, Any]], **facts: Any) -> str:
    answer = await ask(book, "/v1/purposes", {"name": "school", "allowed": allowed, "return_account_id": back} | facts)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def purse(book: Book, purpose_id: str, owner: str, amount: int = 0) -> str:
    answer = await ask(book, "/v1/purses", {"purpose_id": purpose_id, "owner": owner})
    assert answer.status_code == 201, answer.text
    account = str(answer.json()["account_id"])
    if amount:
        await book.moved(book.source, account, amount)
    return account


async def test_it_is_spent_on_its_purpose_alone(book: Book) -> None:
    shop, other, giver = await book.funded(0, kind="shop"), await book.funded(0, kind="pub"), await book.funded(0)
    friend = await book.funded(0, owner="cus_friend", kind="pub")
    school = await purpose(book, giver, [{"kind": "shop"}, {"kind": "pub", "owner": "cus_friend"}])
    mine = await purse(book, school, "cus_anna", 100)
    refused = (409, "purpose_not_met", "credit_account_id")
    assert await book.refused(await book.move(mine, other, 1)) == refused
    assert await book.refused(await book.move(mine, other, 1, kind="pending")) == refused
    bulk = await book.bulk("independent", [wire(mine, shop, 10), wire(mine, other, 10), wire(mine, friend, 5)])
    assert [one["result"] for one in bulk.json()["results"]] == ["created", "purpose_not_met", "created"]
    hold = await book.hold(mine, shop, 20)
    assert (await book.settle("post", hold, amount=15)).status_code == 201
    assert (await book.move(mine, giver, 5)).status_code == 201
    body = {
        "currency": "CNY", "code": "tests.split", "amount": 20, "sources": [{"account_id": mine}],
        "destinations": [{"account_id": shop, "portion": "0.5"}, {"account_id": other}],
    }  # fmt: skip
    split = await ask(book, "/v1/postings", body)
    assert await book.refused(split) == (409, "purpose_not_met", "destinations.1.account_id")
    foreseen = await book.http.post("/v1/postings/preview", json=body)
    assert foreseen.json()["code"] == "purpose_not_met"
    assert await book.sums(mine) == (35, 0, 100, 0)
    # The id is spent: what it met was a state.
    tried = await book.move(mine, other, 1)
    again = await book.move(mine, other, 1, id=tried.json()["id"])
    assert await book.refused(again) == (409, "id_already_failed", "id")


async def test_colours_do_not_mix(book: Book) -> None:
    giver = await book.funded(0)
    school = await purpose(book, giver, [{"kind": "purse"}, {"kind": "shop"}])
    health = await purpose(book, giver, [{"kind": "shop"}])
    mine, theirs, other = (
        await purse(book, school, "cus_anna", 50), await purse(book, school, "cus_boris"), await purse(book, health, "cus_anna", 50),
    )  # fmt: skip
    assert (await book.move(mine, theirs, 10)).status_code == 201
    for debit, credit in ((mine, other), (other, mine)):
        assert (await book.move(debit, credit, 1)).json()["code"] == "purpose_not_met"
    both = {
        "currency": "CNY", "code": "tests.split", "amount": 60, "sources": [{"account_id": mine}, {"account_id": other}],
        "destinations": [{"account_id": theirs}],
    }  # fmt: skip
    assert await book.refused(await ask(book, "/v1/postings", both)) == (
        409,
        "purpose_not_met",
        "destinations.0.account_id",
    )
    assert await book.sums(theirs) == (0, 0, 10, 0)


async def test_what_is_left_goes_back(book: Book) -> None:
    giver, shop = await book.funded(0), await book.funded(0, kind="shop")
    now = await book.served.runtime.database.now()
    school = await purpose(book, giver, [{"kind": "shop"}], expires_at=(now + timedelta(days=1)).isoformat())
    mine, frozen = await purse(book, school, "cus_anna", 100), await purse(book, school, "cus_boris", 7)
    hold = await book.hold(mine, shop, 30)
    await ask(book, f"/v1/accounts/{frozen}/freeze", {"reason": "tests"})
    later = await book.http.put("/v1/clock", json={"business_at": (now + timedelta(days=1)).isoformat()})
    assert later.status_code == 200
    assert await book.refused(await book.move(mine, shop, 1)) == (409, "purpose_expired", "credit_account_id")
    assert (await ask(book, "/v1/purses", {"purpose_id": school, "owner": "cus_carl"})).json()["code"] == "purpose_over"
    await asyncio.gather(*(sent_back(book) for _ in range(3)))
    assert (await book.sums(mine), await book.sums(frozen)) == ((70, 30, 100, 0), (0, 0, 7, 0))
    assert (await book.settle("post", hold, amount=20)).status_code == 201
    await ask(book, f"/v1/accounts/{frozen}/release", {"reason": "tests"})
    await sent_back(book)
    assert (await book.sums(mine), await book.sums(frozen)) == ((100, 0, 100, 0), (7, 0, 7, 0))
    assert (await book.sums(giver), await book.sums(shop)) == ((0, 0, 87, 0), (0, 0, 20, 0))
    back = await book.get("/v1/transfers", account_id=giver, code="purpose.return")
    assert {one["reference"] for one in back["items"]} == {school}


async def sent_back(book: Book) -> None:
    await book.served.runtime.jobs.periodic["payments.return_leftovers"][1](book.served.runtime)


async def test_who_makes_and_opens(book: Book) -> None:
    lending = book.served.client("p2p")
    theirs = await book.funded(0, owner="p2p")
    mine = await book.funded(0)
    asked = {"name": "school", "allowed": [{"kind": "shop"}]}
    for facts, expected in (
        ({"return_account_id": mine}, (404, "unknown_account", "return_account_id")),
        (
            {"return_account_id": "acc" + (await purpose(book, mine, []))[3:]},
            (404, "unknown_account", "return_account_id"),
        ),
        ({"return_account_id": theirs, "expires_at": "2020-01-01T00:00:00Z"}, (422, "expiry_in_past", "expires_at")),
        ({"return_account_id": theirs, "allowed": [{}]}, (422, "invalid_value", "allowed.0")),
        ({"return_account_id": theirs, "name": ""}, (422, "invalid_value", "name")),
    ):
        assert await book.refused(await ask(book, "/v1/purposes", asked | facts, lending)) == expected
    made = (await ask(book, "/v1/purposes", asked | {"return_account_id": theirs}, lending)).json()
    assert (made["owner"], made["currency"]) == ("p2p", "CNY")
    opened = (await ask(book, "/v1/purses", {"purpose_id": made["id"], "owner": "cus_anna"}, lending)).json()
    same = (await ask(book, "/v1/purses", {"purpose_id": made["id"], "owner": "cus_anna"})).json()
    assert same == opened
    account = await book.get(f"/v1/accounts/{opened['account_id']}")
    assert (account["kind"], account["owner"], account["reference"]) == ("purse", "cus_anna", made["id"])
    credit = book.served.client("ecommerce_credit")
    stranger = await ask(book, "/v1/purses", {"purpose_id": made["id"], "owner": "cus_anna"}, credit)
    assert await book.refused(stranger) == (403, "purse_not_yours", "owner")
    own = await ask(book, "/v1/purses", {"purpose_id": made["id"]}, credit)
    assert (own.status_code, own.json()["owner"]) == (201, "ecommerce_credit")
    nobody = await ask(book, "/v1/purses", {"purpose_id": opened["id"].replace("prs", "ppo")}, credit)
    assert await book.refused(nobody) == (404, "unknown_purpose", "purpose_id")
    unfit = await ask(book, "/v1/purposes", asked | {"return_account_id": opened["account_id"]})
    assert await book.refused(unfit) == (422, "return_account_unfit", "return_account_id")
    assert (await ask(book, "/v1/accounts", {"currency": "CNY", "kind": "purse"})).json()["code"] == "kind_reserved"
    other = await purpose(book, mine, [])
    assert (await credit.get(f"/v1/purposes/{other}")).json()["code"] == "unknown_purpose"
    assert (await credit.get(f"/v1/purposes/{made['id']}")).json() == made
    assert (await credit.get("/v1/purposes")).json()["items"] == []
    assert [one["id"] for one in (await lending.get("/v1/purposes")).json()["items"]] == [made["id"]]
    assert {one["owner"] for one in (await lending.get("/v1/purses", params={"purpose_id": made["id"]})).json()["items"]} == {
        "cus_anna", "ecommerce_credit",
    }  # fmt: skip
    assert [one["owner"] for one in (await credit.get("/v1/purses")).json()["items"]] == ["ecommerce_credit"]


async def test_opened_and_spent_by_many_at_once(book: Book) -> None:
    giver, shop, pub = await book.funded(0), await book.funded(0, kind="shop"), await book.funded(0, kind="pub")
    school = await purpose(book, giver, [{"kind": "shop"}])
    accounts = set(await asyncio.gather(*(purse(book, school, "cus_anna") for _ in range(6))))
    assert len(accounts) == 1
    (mine,) = accounts
    await book.moved(book.source, mine, 100)
    answers = await asyncio.gather(*(book.move(mine, shop if n % 2 else pub, 7) for n in range(60)))
    assert sum(answer.status_code == 201 for answer in answers) == 100 // 7
    assert (await book.sums(pub), await book.sums(shop)) == ((0, 0, 0, 0), (0, 0, 98, 0))


async def test_random_spending_is_that_of_a_naive_model(book: Book) -> None:
    """Pots of money that know their colour, played by hand beside the ledger."""
    chance = random.Random(5)
    giver = await book.funded(0)
    school = await purpose(book, giver, [{"kind": "purse"}, {"kind": "shop"}])
    health = await purpose(book, giver, [{"kind": "doctor"}])
    names = {
        "wallet": await book.funded(60), "giver": giver, "shop": await book.funded(0, kind="shop"),
        "doctor": await book.funded(0, kind="doctor"), "school": await purse(book, school, "cus_a", 40),
        "school_too": await purse(book, school, "cus_b", 40), "health": await purse(book, health, "cus_a", 40),
    }  # fmt: skip
    pots = {"wallet": 60, "giver": 0, "shop": 0, "doctor": 0, "school": 40, "school_too": 40, "health": 40}
    serves = {
        "school": {"school_too", "shop", "giver"},
        "school_too": {"school", "shop", "giver"},
        "health": {"doctor", "giver"},
    }
    for _ in range(120):
        first, second, target = chance.sample(sorted(pots), 3)
        amount = chance.randint(1, 30)
        drawn = min(amount, pots[first])
        by_posting = chance.random() < 0.5
        wanted = {first: drawn, second: amount - drawn} if by_posting else {first: amount}
        fits = all(target in serves.get(pot, {target}) for pot, part in wanted.items() if part)
        covered = all(part <= pots[pot] for pot, part in wanted.items())
        if by_posting:
            body = {
                "currency": "CNY", "code": "tests.split", "amount": amount, "destinations": [{"account_id": names[target]}],
                "sources": [{"account_id": names[first]}, {"account_id": names[second]}],
            }  # fmt: skip
            answer = await ask(book, "/v1/postings", body)
        else:
            answer = await book.move(names[first], names[target], amount)
        assert (answer.status_code == 201) == (fits and covered), answer.text
        if answer.status_code == 201:
            for pot, part in wanted.items():
                pots[pot] -= part
                pots[target] += part
    assert [(await book.get(f"/v1/accounts/{names[pot]}"))["balance"] for pot in sorted(pots)] == [
        pots[pot] for pot in sorted(pots)
    ]


DAMAGE = {
    "bound_money_is_spent_on_its_purpose": "UPDATE purposes SET allowed = '[]'",
    "purses_have_their_accounts": "UPDATE ledger_accounts SET owner = 'x' WHERE kind = 'purse'",
    "postings_agree_with_their_transfers": "UPDATE posting_legs SET amount = amount + 1",
}


@pytest.mark.parametrize("check", DAMAGE)
async def test_damage_is_found(serve: Serve, databases: Databases, check: str) -> None:
    served = await serve("payments")
    book = await Book.open(served)
    shop = await book.funded(0, kind="shop")
    mine = await purse(book, await purpose(book, await book.funded(0), [{"kind": "shop"}]), "cus_anna", 100)
    body = {
        "currency": "CNY",
        "code": "tests.split",
        "amount": 20,
        "sources": [{"account_id": mine}],
        "destinations": [{"account_id": shop}],
    }
    assert (await ask(book, "/v1/postings", body)).status_code == 201
    await book.audit()
    database = served.runtime.settings.database_url.rpartition("/")[2]
    connection = await asyncpg.connect(in_database(databases.admin_url, database))
    try:
        await connection.execute(DAMAGE[check])
    finally:
        await connection.close()
    report = await book.get("/v1/verification")
    assert [one["name"] for one in report["checks"] if one["failed"]] == [check]


def _id(number: int) -> UUID:
    return UUID(int=number << 16 | 1)


@given(
    st.lists(st.tuples(st.none() | st.sampled_from(KINDS), st.none() | st.sampled_from(OWNERS), st.none() | st.integers(1, 4)), max_size=3),
    st.none() | st.integers(-1, 1),
    st.sampled_from(KINDS), st.sampled_from(OWNERS), st.integers(1, 4), st.integers(1, 4),
    st.none() | st.integers(1, 2),
)  # fmt: skip
def test_the_rule_is_what_its_words_say(
    allowed: list[tuple[str | None, str | None, int | None]], hours: int | None, kind: str, owner: str, number: int, back: int,
    colour: int | None,
) -> None:  # fmt: skip
    """Against the sentence, read one condition after the other."""
    entries = tuple(Allowed(a, b, None if c is None else _id(c)) for a, b, c in allowed)
    expires_at = None if hours is None else NOW + timedelta(hours=hours)
    bound = Restriction(_id(101), entries, _id(back), expires_at)
    known = {_id(9): bound}
    if colour is not None:
        known[_id(number)] = Restriction(_id(100 + colour), (), _id(back))
    said = against_purpose(_id(9), Account(_id(number), "CNY", kind, owner), known, NOW)
    over = hours is not None and hours <= 0
    fits = False
    for a, b, c in allowed:
        if (a is None or a == kind) and (b is None or b == owner) and (c is None or c == number):
            fits = True
    same_colour = kind != "purse" or colour == 1
    if number == back:
        assert said is None
    elif over:
        assert said == "purpose_expired"
    else:
        assert said == (None if fits and same_colour else "purpose_not_met")


def test_a_purse_that_nothing_is_known_of_gives_nothing() -> None:
    assert against_purpose(_id(9), Account(_id(1), "CNY", "shop", "anna"), {}, NOW) == "purpose_not_met"
