"""Money taken back by a transfer of its own that names the one it takes back: never more than was moved, never twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from tests.conftest import DatabaseUrls, Serve
from tests.payments.ledger.book import Book, transfer_id


@pytest.fixture
async def book(serve: Serve) -> AsyncIterator[Book]:
    book = await Book.open(await serve("payments"))
    yield book
    await book.audit()


async def back(
    book: Book, reversed_id: str, amount: int | None = None, http: httpx.AsyncClient | None = None, **facts: Any
) -> httpx.Response:
    body = {"id": transfer_id(), **({} if amount is None else {"amount": amount}), **facts}
    return await (http or book.http).post(f"/v1/transfers/{reversed_id}/reversal", json=body)


async def corrections(book: Book, one: str) -> dict[str, Any]:
    return dict(await book.get(f"/v1/transfers/{one}/reversals"))


async def test_all_of_it_comes_back(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    moved = await book.moved(anna, boris, 60, reference="ord_1")
    answer = await back(book, moved["id"])
    made = answer.json()
    assert (answer.status_code, made["result"], made["rest"], made["amount"]) == (201, "created", 0, 60)
    assert (made["debit_account_id"], made["credit_account_id"]) == (boris, anna)
    assert (made["code"], made["reference"], made["reverses_id"]) == ("ledger.reversal", "ord_1", moved["id"])
    assert (await book.sums(anna), await book.sums(boris)) == ((60, 0, 160, 0), (60, 0, 60, 0))
    assert await book.refused(await back(book, moved["id"])) == (409, "already_reversed", "transfer_id")
    told = await book.get("/v1/events", types="payments.transfer.reversed.v1")
    assert [one["data"] for one in told["items"]] == [
        {"transfer_id": made["id"], "reversed_id": moved["id"], "amount": 60, "rest": 0}
    ]


async def test_in_parts_it_is_never_more_than_was_moved_and_seen_from_both_sides(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(50)
    moved = (await book.moved(anna, boris, 60))["id"]
    first = (await back(book, moved, 25, code="tests.mistake", reference="r", value_on="2026-11-20")).json()
    assert (first["rest"], first["code"], first["reference"], first["value_on"]) == (
        35,
        "tests.mistake",
        "r",
        "2026-11-20",
    )
    refused = await back(book, moved, 36)
    assert await book.refused(refused) == (422, "amount_exceeds_rest", "amount")
    assert refused.json()["rest"] == 35
    rest = (await back(book, moved)).json()
    assert (rest["amount"], rest["rest"]) == (35, 0)
    seen = await corrections(book, moved)
    assert (seen["amount"], seen["rest"], seen["reverses"]) == (60, 0, None)
    assert [(one["transfer_id"], one["part"], one["amount"], one["rest"]) for one in seen["reversals"]] == [
        (first["id"], 1, 25, 35), (rest["id"], 2, 35, 0),
    ]  # fmt: skip
    other = await corrections(book, rest["id"])
    assert (other["reverses"]["reversed_id"], other["rest"], other["reversals"]) == (moved, 35, [])
    assert await corrections(book, transfer := (await book.moved(anna, boris, 1))["id"]) == {
        "transfer_id": transfer, "amount": 1, "rest": 1, "reverses": None, "reversals": [],
    }  # fmt: skip


async def test_a_retry_is_harmless_and_another_wish_under_the_id_is_refused(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    moved, other = [(await book.moved(anna, boris, 30))["id"] for _ in range(2)]
    mine = transfer_id()
    made = await back(book, moved, 20, id=mine)
    assert made.status_code == 201
    for amount in (20, None):
        again = await back(book, moved, amount, id=mine)
        assert (again.status_code, again.json()["result"], again.json()["rest"]) == (200, "exists", 10)
        assert {**again.json(), "result": "created"} == made.json()
    assert await book.refused(await back(book, moved, 10, id=mine)) == (409, "exists_with_different_amount", "amount")
    assert await book.refused(await back(book, moved, 20, id=mine, code="x")) == (
        409,
        "exists_with_different_code",
        "code",
    )
    assert await book.refused(await back(book, other, 20, id=mine)) == (409, "exists_with_different_reversed_id", "id")
    await back(book, moved)
    assert (await back(book, moved, 20, id=mine)).json()["result"] == "exists"
    plain = (await book.moved(boris, anna, 5, code="ledger.reversal"))["id"]
    assert await book.refused(await back(book, other, 5, id=plain)) == (409, "exists_with_different_reversed_id", "id")
    assert (await corrections(book, other))["rest"] == 30
    assert await book.sums(boris) == (35, 0, 60, 0)


async def test_a_correction_may_be_wrong_and_be_corrected(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    moved = (await book.moved(anna, boris, 60))["id"]
    wrong = (await back(book, moved)).json()["id"]
    again = (await back(book, wrong)).json()
    assert (again["reverses_id"], again["debit_account_id"]) == (wrong, anna)
    assert await book.sums(boris) == (60, 0, 120, 0)
    assert await book.refused(await back(book, moved)) == (409, "already_reversed", "transfer_id")
    assert (await back(book, again["id"])).status_code == 201


async def test_what_a_hold_moved_comes_back_and_a_hold_itself_does_not(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    hold, voided = await book.hold(anna, boris, 60), await book.hold(anna, boris, 10)
    void = (await book.settle("void", voided)).json()["id"]
    for one in (hold, void):
        assert await book.refused(await back(book, one)) == (422, "not_reversible", "transfer_id")
    posted = (await book.settle("post", hold, amount=40)).json()["id"]
    assert (await back(book, posted)).json()["amount"] == 40
    assert await book.sums(boris) == (40, 0, 40, 0)


async def test_what_the_ledger_refuses_is_recorded_and_links_nothing(book: Book) -> None:
    anna, boris, carl = await book.funded(100), await book.funded(0), await book.funded(0)
    moved = (await book.moved(anna, boris, 60))["id"]
    await book.moved(boris, carl, 60)
    mine = transfer_id()
    assert await book.refused(await back(book, moved, id=mine)) == (409, "insufficient_funds", "amount")
    assert (await book.get(f"/v1/transfers/{mine}/refusal"))["code"] == "insufficient_funds"
    await book.moved(carl, boris, 60)
    assert await book.refused(await back(book, moved, id=mine)) == (409, "id_already_failed", "id")
    assert (await corrections(book, moved))["rest"] == 60
    assert (await back(book, moved)).status_code == 201


async def test_refusals(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0, owner="p2p")
    moved = (await book.moved(anna, boris, 60))["id"]
    unknown = await book.http.post(f"/v1/transfers/{transfer_id()}/reversal", json={"id": transfer_id()})
    assert await book.refused(unknown) == (404, "unknown_transfer", "transfer_id")
    assert await book.refused(await book.http.get(f"/v1/transfers/{transfer_id()}/reversals")) == (
        404, "unknown_transfer", "transfer_id",
    )  # fmt: skip
    assert await book.refused(await back(book, moved, 0)) == (422, "invalid_value", "amount")
    assert await book.refused(await back(book, moved, id=transfer_id(7))) == (422, "id_in_another_book", "id")
    payee, stranger = book.served.client("p2p"), book.served.client("ecommerce_credit")
    assert await book.refused(await back(book, moved, http=stranger)) == (404, "unknown_account", "debit_account_id")
    assert (await stranger.get(f"/v1/transfers/{moved}/reversals")).json()["code"] == "unknown_transfer"
    assert (await payee.get(f"/v1/transfers/{moved}/reversals")).json()["rest"] == 60
    forged = await back(book, moved, http=payee, code="clearing.pass")
    assert await book.refused(forged) == (403, "code_reserved", "code")
    assert (await back(book, moved, http=payee)).status_code == 201


async def test_of_many_at_once_as_many_are_made_as_fit(book: Book) -> None:
    anna, boris = await book.funded(200), await book.funded(100)
    moved = (await book.moved(anna, boris, 100))["id"]
    answers = await asyncio.gather(*(back(book, moved, 30) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [422] * 5
    one = transfer_id()
    same = await asyncio.gather(*(back(book, moved, 10, id=one) for _ in range(6)))
    assert sorted(answer.status_code for answer in same) == [200] * 5 + [201]
    assert (await corrections(book, moved))["rest"] == 0


async def test_a_transfer_and_reversals_of_two_under_one_id_make_one(book: Book) -> None:
    """Of other accounts, so that no lock keeps them apart: whoever commits second sees the first."""
    one, two, three, four, five, six = [await book.funded(200) for _ in range(6)]
    moved, other = (await book.moved(one, two, 50))["id"], (await book.moved(three, four, 50))["id"]
    for _ in range(20):
        same = transfer_id()
        answers = await asyncio.gather(
            back(book, moved, 1, id=same), back(book, other, 1, id=same), book.move(five, six, 1, id=same)
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409], [answer.text for answer in answers]


async def test_the_last_part_allowed_takes_the_rest(book: Book) -> None:
    anna, boris = await book.funded(1000), await book.funded(0)
    moved = (await book.moved(anna, boris, 200))["id"]
    for _ in range(99):
        assert (await back(book, moved, 1)).status_code == 201
    assert await book.refused(await back(book, moved, 1)) == (409, "too_many_parts", "amount")
    assert (await back(book, moved)).json()["rest"] == 0
    assert len((await corrections(book, moved))["reversals"]) == 100


DAMAGE = {
    "rest": "UPDATE ledger_reversals SET rest = rest + 1",
    "amount": "UPDATE ledger_reversals SET amount = amount + 1",
    "part": "UPDATE ledger_reversals SET part = part + 1",
    "other": "UPDATE ledger_reversals SET reversed_id = (SELECT id FROM ledger_transfers WHERE amount = 100)",
    "gone": "UPDATE ledger_reversals SET reversed_id = gen_random_uuid()",
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_is_found(serve: Serve, database_urls: DatabaseUrls, damage: str) -> None:
    book = await Book.open(await serve("payments"))
    anna, boris = await book.funded(100), await book.funded(0)
    made = (await back(book, (await book.moved(anna, boris, 60))["id"], 20)).json()["id"]
    await book.audit()
    _, owner_url = await database_urls("payments")
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(DAMAGE[damage])
    finally:
        await connection.close()
    report = await book.get("/v1/verification")
    (check,) = (one for one in report["checks"] if one["name"] == "reversals_follow_from_transfers")
    assert check["offending"] == [made]
