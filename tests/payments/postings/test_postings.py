"""Postings over HTTP: made at once or not at all, repeated harmlessly, foreseen without a trace."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Serve
from tests.payments.ledger.book import Book, transfer_id, wire


@pytest.fixture
async def book(serve: Serve) -> AsyncIterator[Book]:
    book = await Book.open(await serve("payments"))
    yield book
    await book.audit()


async def post(
    book: Book, body: dict[str, Any], key: str | None = None, http: httpx.AsyncClient | None = None
) -> httpx.Response:
    asked = {"currency": "CNY", "code": "tests.split"} | body
    return await (http or book.http).post("/v1/postings", json=asked, headers={"idempotency-key": key or uuid4().hex})


async def preview(book: Book, body: dict[str, Any], http: httpx.AsyncClient | None = None) -> httpx.Response:
    return await (http or book.http).post(
        "/v1/postings/preview", json={"currency": "CNY", "code": "tests.split"} | body
    )


async def balances(book: Book, *accounts: str) -> list[int]:
    return [(await book.get(f"/v1/accounts/{one}"))["balance"] for one in accounts]


def thirds(source: str, first: str, second: str, third: str, amount: int | None = 15) -> dict[str, Any]:
    lines = [
        {"account_id": one, "portion": portion} for one, portion in ((first, "0.8"), (second, "0.08"), (third, "0.12"))
    ]
    return {"sources": [{"account_id": source}], "destinations": lines} | ({"amount": amount} if amount else {})


async def test_an_amount_is_split_and_told(book: Book) -> None:
    source, *to = [await book.funded(amount) for amount in (20, 0, 0, 0)]
    body = thirds(source, *to) | {"reference": "order 7", "value_on": "2026-11-20"}
    foreseen = (await preview(book, body)).json()
    assert await balances(book, source, *to) == [20, 0, 0, 0]
    answer = await post(book, body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert await balances(book, source, *to) == [5, 13, 1, 1]
    assert (made["amount"], made["kept"], made["reference"], made["made_by"]) == (15, 0, "order 7", "stf_tests")
    assert [one["amount"] for one in made["transfers"]] == [13, 1, 1]
    assert [{name: one[name] for name in one if name != "transfer_id"} for one in made["transfers"]] == foreseen[
        "transfers"
    ]
    assert made["request"]["destinations"][1] == {"account_id": to[1], "portion": "0.08"}
    told = await book.get("/v1/transfers", reference="order 7")
    assert [(one["id"], one["value_on"]) for one in told["items"]] == [
        (one["transfer_id"], "2026-11-20") for one in made["transfers"]
    ]
    assert await book.get(f"/v1/postings/{made['id']}") == made
    unnamed = (await post(book, thirds(source, *to, amount=5))).json()
    assert unnamed["reference"] == unnamed["id"]
    assert [one["id"] for one in (await book.get("/v1/postings", limit=1))["items"]] == [unnamed["id"]]
    assert [one["id"] for one in (await book.get("/v1/postings"))["items"]] == [unnamed["id"], made["id"]]


async def test_all_there_is_from_several_sources(book: Book) -> None:
    first, second = await book.funded(30), await book.funded(0, rule="none")
    one, two = await book.funded(0), await book.funded(0)
    sources = [{"account_id": first, "at_most": 25}, {"account_id": second, "overdraft_limit": 10}]
    lines = [
        {"account_id": one, "amount": 7},
        {"destinations": [{"account_id": two, "portion": "1/2"}, {"kept": True}]},
    ]
    swept = (await post(book, {"sources": sources, "destinations": lines})).json()
    assert (swept["amount"], swept["kept"]) == (25, 9)
    assert await balances(book, first, second, one, two) == [14, 0, 7, 9]
    drawn = (await post(book, {"amount": 24, "sources": sources, "destinations": [{"account_id": one}]})).json()
    assert [(leg["source"], leg["amount"]) for leg in drawn["transfers"]] == [(0, 14), (1, 10)]
    assert await balances(book, first, second, one) == [0, -10, 31]
    short = await post(book, {"amount": 1, "sources": sources, "destinations": [{"account_id": one}]})
    assert await book.refused(short) == (409, "insufficient_funds", "amount")
    assert (short.json()["missing"], short.json()["spendable"]) == (1, [0, 0])


async def test_the_same_again_answers_the_same(book: Book) -> None:
    source, *to = [await book.funded(amount) for amount in (20, 0, 0, 0)]
    answers = await asyncio.gather(*(post(book, thirds(source, *to), "one") for _ in range(8)))
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert answers[0].status_code == 201
    assert await balances(book, source) == [5]
    other = await post(book, thirds(source, *to, amount=4), "one")
    assert await book.refused(other) == (422, "idempotency_key_reused", "Idempotency-Key")
    refused = await post(book, thirds(source, *to), "two")
    assert await book.refused(refused) == (409, "insufficient_funds", "amount")
    await book.moved(book.source, source, 100)
    assert (await post(book, thirds(source, *to), "two")).json() == refused.json()
    assert await balances(book, source) == [105]


async def test_refused_by_the_ledger_in_the_words_of_the_request(book: Book) -> None:
    source, frozen, fine, closed = [await book.funded(amount) for amount in (5, 50, 0, 0)]
    for account, step in ((frozen, "freeze"), (closed, "closure")):
        answer = await book.http.post(
            f"/v1/accounts/{account}/{step}", json={"reason": "tests"}, headers={"idempotency-key": account}
        )
        assert answer.status_code == 200, answer.text
    sources = [{"account_id": source}, {"account_id": frozen}]
    for body, expected in (
        (
            {"amount": 9, "sources": sources, "destinations": [{"account_id": fine}]},
            (409, "account_frozen", "sources.1.account_id"),
        ),
        (
            {
                "amount": 5,
                "sources": sources,
                "destinations": [{"account_id": fine, "amount": 4}, {"account_id": closed}],
            },
            (409, "account_closed", "destinations.1.account_id"),
        ),
    ):
        assert await book.refused(await post(book, body)) == expected
        assert await book.refused(await preview(book, body)) == expected
    assert await balances(book, source, frozen, fine) == [5, 50, 0]
    reached = await post(book, {"amount": 5, "sources": sources, "destinations": [{"account_id": fine}]})
    assert reached.status_code == 201


async def test_malformed_and_not_allowed(book: Book) -> None:
    source, to = await book.funded(5), await book.funded(0)
    pay = {"amount": 5, "sources": [{"account_id": source}]}
    for line, expected in (
        ({}, ("line_unclear", "destinations.0")),
        ({"account_id": to, "kept": True}, ("line_unclear", "destinations.0")),
        ({"account_id": to, "amount": 1, "at_most": 2}, ("line_unclear", "destinations.0.amount")),
        ({"account_id": to, "portion": "0.0"}, ("line_unclear", "destinations.0.portion")),
        ({"account_id": to, "portion": "3/2"}, ("line_unclear", "destinations.0.portion")),
        ({"account_id": to, "portion": "1/0"}, ("invalid_value", "destinations.0.portion")),
        ({"account_id": to, "portion": 0.5}, ("invalid_value", "destinations.0.portion")),
        ({"account_id": to, "portion": "1e-3"}, ("invalid_value", "destinations.0.portion")),
        ({"account_id": to, "amount": 1.0}, ("invalid_value", "destinations.0.amount")),
        ({"destinations": [{"destinations": [{"destinations": [{"account_id": to}]}]}]}, (
            "split_too_large", "destinations.0.destinations.0.destinations.0.destinations")),
        ({"account_id": source}, ("account_named_twice", "destinations.0.account_id")),
        ({"account_id": to, "amount": 6}, ("destinations_exceed_amount", "destinations.0.amount")),
        ({"account_id": to, "at_most": 4}, ("nothing_takes_the_rest", "destinations")),
    ):  # fmt: skip
        status, code, field = await book.refused(await post(book, pay | {"destinations": [line]}))
        assert (status, (code, field)) == (422, expected)
    lines = [{"account_id": to}]
    for sources, expected in (
        ([], ("invalid_value", "sources")),
        ([{"account_id": source, "overdraft_limit": 1}], ("overdraft_not_allowed", "sources.0.overdraft_limit")),
        ([{"account_id": source, "overdraft_limit": -1}], ("invalid_value", "sources.0.overdraft_limit")),
    ):
        status, code, field = await book.refused(
            await post(book, {"amount": 5, "sources": sources, "destinations": lines})
        )
        assert (status, (code, field)) == (422, expected)
    keyless = await book.http.post(
        "/v1/postings", json={"currency": "CNY", "code": "x"} | pay | {"destinations": lines}
    )
    assert keyless.json()["code"] == "idempotency_key_required"
    lending = book.served.client("p2p")
    stolen = await post(book, pay | {"destinations": lines}, http=lending)
    assert await book.refused(stolen) == (404, "unknown_account", "sources.0.account_id")
    assert await book.refused(await preview(book, pay | {"destinations": lines}, http=lending)) == (
        404, "unknown_account", "sources.0.account_id",
    )  # fmt: skip
    for ask in (post, preview):
        forged = await ask(book, pay | {"destinations": lines, "code": "escrow.release"}, http=lending)
        assert await book.refused(forged) == (403, "code_reserved", "code")
    made = (await post(book, pay | {"destinations": lines})).json()
    assert (await lending.get(f"/v1/postings/{made['id']}")).json()["code"] == "unknown_posting"
    assert (await lending.get("/v1/postings")).json()["items"] == []
    customer = book.served.client("cus_" + made["id"].partition("_")[2])
    assert (await post(book, pay | {"destinations": lines}, http=customer)).json()["code"] == "missing_scope"


async def test_many_at_once_neither_lose_nor_overdraw(book: Book) -> None:
    """Postings, plain transfers and sweeps over the same accounts, from both ends: nothing is drawn that was not there."""
    chance = random.Random(11)
    accounts = [await book.funded(200) for _ in range(4)]
    debt = await book.funded(0, rule="none")

    async def one(number: int) -> httpx.Response:
        mixed = chance.sample(accounts, 4)
        sources = [
            {"account_id": mixed[0], "at_most": 40},
            {"account_id": debt, "overdraft_limit": 25},
            {"account_id": mixed[1]},
        ]
        lines = [{"account_id": mixed[2], "portion": "2/3"}, {"account_id": mixed[3]}]
        if number % 3 == 0:
            return await book.move(mixed[0], mixed[1], chance.randint(1, 60))
        if number % 3 == 1:
            return await post(book, {"sources": [{"account_id": mixed[0]}], "destinations": lines})
        return await post(book, {"amount": chance.randint(1, 90), "sources": sources, "destinations": lines})

    answers = await asyncio.gather(*(one(number) for number in range(90)))
    codes = {answer.json().get("code") for answer in answers if answer.status_code != 201}
    assert codes <= {"insufficient_funds", "nothing_to_move", "busy"}
    assert sum(answer.status_code == 201 for answer in answers) > 30
    left = await balances(book, *accounts, debt)
    assert sum(left) == 800
    assert min(left[:4]) >= 0
    assert left[4] >= -25
    # A plan is made of what is there: once made, the ledger had nothing against any part of it.
    for answer in answers:
        if (
            answer.status_code == 409
            and answer.json()["code"] == "insufficient_funds"
            and "/postings" in str(answer.request.url)
        ):
            assert answer.json()["missing"] > 0


async def test_transfers_are_foreseen_without_a_trace(book: Book) -> None:
    source, to = await book.funded(10), await book.funded(0)
    wanted = [wire(source, to, 6), wire(source, to, 5), wire(to, source, 6)]

    async def foreseen(mode: str, transfers: list[dict[str, Any]], http: httpx.AsyncClient | None = None) -> Any:
        answer = await (http or book.http).post("/v1/transfers/preview", json={"mode": mode, "transfers": transfers})
        assert answer.status_code == 200, answer.text
        return answer.json()

    independent = await foreseen("independent", wanted)
    assert [one["result"] for one in independent["results"]] == ["created", "insufficient_funds", "created"]
    assert independent["results"][0]["transfer"]["amount"] == 6
    assert independent["results"][1]["seen"]["debit"]["debits_posted"] == 6
    atomic = await foreseen("atomic", wanted)
    assert [one["result"] for one in atomic["results"]] == ["batch_refused", "insufficient_funds", "batch_refused"]
    assert (independent["accepted"], atomic["accepted"]) == (False, False)
    assert (await foreseen("atomic", [wanted[0]]))["accepted"] is True
    assert await book.sums(source) == (0, 0, 10, 0)
    # No id is spent by what was foreseen, not even by a refusal.
    await book.moved(book.source, source, 10)
    made = await book.bulk("independent", wanted)
    assert [one["result"] for one in made.json()["results"]] == ["created", "created", "created"]
    again = await foreseen("independent", [*wanted, wire(source, to, 5, id=wanted[0]["id"])])
    assert [one["result"] for one in again["results"]] == ["exists"] * 3 + ["exists_with_different_amount"]
    assert again["results"][3]["transfer"] is None
    hold = await book.hold(source, to, 5)
    post_hold = {"id": transfer_id(), "kind": "post", "pending_id": hold, "code": "tests.move"}
    assert (await foreseen("atomic", [post_hold]))["accepted"] is True
    assert (await book.settle("void", hold)).status_code == 201
    assert (await foreseen("atomic", [post_hold]))["results"][0]["result"] == "hold_already_voided"
    stranger = await foreseen("atomic", [wire(source, to, 1)], book.served.client("p2p"))
    assert [(one["result"], one["seen"]) for one in stranger["results"]] == [("unknown_account", None)]
    several = await book.http.post(
        "/v1/transfers/preview",
        json={"mode": "atomic", "transfers": [wire(source, to, 1), wire(source, to, 1, id=transfer_id(7))]},
    )
    assert await book.refused(several) == (422, "several_books", "transfers.1.id")
