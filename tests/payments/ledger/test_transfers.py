"""Transfers over HTTP: made once, refused with a code, two-phase, in batches."""

import asyncio
from typing import Any

import pytest

from chassis.ids import decode, encode
from services.payments.ledger import actions, batch_queries
from services.payments.ledger.model import TransferCommand, TransferKind
from tests.payments.customer import World
from tests.payments.ledger.book import Book, transfer_id, wire


async def test_money_moves_once_however_often_it_is_asked(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    order = wire(anna, boris, 60, reference="ord_1", value_on="2026-11-20")
    first, again = await book.http.post("/v1/transfers", json=order), await book.http.post("/v1/transfers", json=order)
    assert (first.status_code, first.json()["result"]) == (201, "created")
    assert (again.status_code, again.json()) == (200, first.json() | {"result": "exists"})
    assert await book.sums(anna) == (60, 0, 100, 0)
    assert await book.sums(boris) == (0, 0, 60, 0)
    assert (await book.get(f"/v1/transfers/{order['id']}"))["value_on"] == "2026-11-20"


async def test_an_id_belongs_to_one_wish(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    order = wire(anna, boris, 60, reference="one")
    assert (await book.http.post("/v1/transfers", json=order)).status_code == 201
    for name, other in {"amount": 61, "reference": "two", "code": "tests.other", "kind": "pending"}.items():
        answer = await book.http.post("/v1/transfers", json=order | {name: other})
        assert await book.refused(answer) == (409, f"exists_with_different_{name}", name)


async def test_simultaneous_duplicates_give_one_transfer(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    order = wire(anna, boris, 10)
    answers = await asyncio.gather(*(book.http.post("/v1/transfers", json=order) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert await book.sums(anna) == (10, 0, 100, 0)


async def test_an_account_is_never_overdrawn_by_many_at_once(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    answers = await asyncio.gather(*(book.move(anna, boris, 7) for _ in range(30)))
    assert [answer.status_code for answer in answers].count(201) == 14
    assert {await book.refused(answer) for answer in answers if answer.status_code != 201} == {
        (409, "insufficient_funds", "amount")
    }
    assert await book.sums(anna) == (98, 0, 100, 0)


async def test_a_refusal_spends_the_id_and_can_be_explained(book: Book) -> None:
    anna, boris = await book.funded(10), await book.funded(0)
    order = wire(anna, boris, 11)
    assert await book.refused(await book.http.post("/v1/transfers", json=order)) == (
        409,
        "insufficient_funds",
        "amount",
    )
    await book.moved(book.source, anna, 100)
    late = await book.http.post("/v1/transfers", json=order)
    assert await book.refused(late) == (409, "id_already_failed", "id")
    assert late.json()["refused_with"] == "insufficient_funds"
    why = await book.get(f"/v1/transfers/{order['id']}/refusal")
    assert (why["code"], why["command"]["amount"], why["seen"]["debit"]["credits_posted"]) == (
        "insufficient_funds",
        11,
        10,
    )
    assert (await book.http.get(f"/v1/transfers/{transfer_id()}/refusal")).json()["code"] == "refusal_unknown"


async def test_refusals_of_a_transfer(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    dollars = (await book.account(currency="USD"))["id"]
    nobody = anna[:-6] + boris[-6:] if anna[:-6] + boris[-6:] != anna else boris
    unknown = "acc_" + "0" * 22 + nobody[-4:]
    far = await book.funded(0, book_id=7)
    for facts, expected in (
        ({"debit_account_id": unknown}, (404, "unknown_account", "debit_account_id")),
        ({"credit_account_id": unknown}, (404, "unknown_account", "credit_account_id")),
        ({"credit_account_id": anna}, (422, "same_account", "credit_account_id")),
        ({"credit_account_id": dollars}, (422, "currency_mismatch", "credit_account_id")),
        ({"currency": "USD"}, (422, "currency_mismatch", "currency")),
        ({"credit_account_id": far}, (422, "accounts_in_different_books", "credit_account_id")),
        ({"id": transfer_id(7)}, (422, "id_in_another_book", "id")),
        ({"value_on": "2020-01-01"}, (422, "value_date_out_of_range", "value_on")),
        ({"amount": 101}, (409, "insufficient_funds", "amount")),
        (
            {"amount": 2**53 - 1, "debit_account_id": book.source, "credit_account_id": anna},
            (409, "balance_would_overflow", "amount"),
        ),
    ):
        answer = await book.http.post("/v1/transfers", json=wire(anna, boris, 10) | facts)
        assert await book.refused(answer) == expected, facts
    assert await book.sums(anna) == (0, 0, 100, 0)


async def test_a_hold_is_set_aside_and_posted_in_part(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    hold_id = await book.hold(anna, boris, 80)
    assert await book.sums(anna) == (0, 80, 100, 0)
    assert await book.refused(await book.move(anna, boris, 21)) == (409, "insufficient_funds", "amount")
    assert await book.refused(await book.settle("post", hold_id, amount=81)) == (422, "amount_exceeds_hold", "amount")
    assert await book.refused(await book.settle("post", hold_id, currency="USD")) == (
        422, "hold_has_different_currency", "currency",
    )  # fmt: skip
    posted = await book.settle("post", hold_id, amount=30)
    assert (posted.status_code, posted.json()["amount"]) == (201, 30)
    assert (await book.sums(anna), await book.sums(boris)) == ((30, 0, 100, 0), (0, 0, 30, 0))
    for kind in ("post", "void"):
        assert await book.refused(await book.settle(kind, hold_id)) == (409, "hold_already_posted", "pending_id")
    unknown = await book.settle("post", transfer_id())
    assert await book.refused(unknown) == (404, "unknown_hold", "pending_id")


async def test_one_of_simultaneous_posts_and_voids_wins(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    for _ in range(3):
        hold_id = await book.hold(anna, boris, 10)
        answers = await asyncio.gather(*(book.settle(kind, hold_id) for kind in ("post", "void") * 5))
        assert [answer.status_code for answer in answers].count(201) == 1
        assert {answer.json()["code"] for answer in answers if answer.status_code != 201} < {
            "hold_already_posted", "hold_already_voided",
        }  # fmt: skip


async def test_a_hold_committed_while_its_post_is_decided_is_not_known_yet(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its accounts were looked for before it was there, so they are not under lock."""
    anna, boris = await book.funded(100), await book.funded(0)
    hold_id = decode("trf", transfer_id())
    hold = TransferCommand(
        hold_id, TransferKind.PENDING, "tests.move", "", decode("acc", anna), decode("acc", boris), 60, "CNY"
    )
    look = batch_queries.accounts_of_holds

    async def then_it_commits(*asked: Any) -> Any:
        found = await look(*asked)
        async with book.served.runtime.transaction() as tx:
            await actions.post(tx, [hold])
        return found

    monkeypatch.setattr(batch_queries, "accounts_of_holds", then_it_commits)
    early = await book.settle("post", encode("trf", hold_id))
    assert await book.refused(early) == (404, "unknown_hold", "pending_id")
    monkeypatch.undo()
    assert (await book.settle("post", encode("trf", hold_id))).status_code == 201


async def test_a_refused_hold_can_never_be_posted(book: Book) -> None:
    anna, boris = await book.funded(10), await book.funded(0)
    refused = wire(anna, boris, 11, kind="pending")
    assert (await book.http.post("/v1/transfers", json=refused)).status_code == 409
    await book.moved(book.source, anna, 100)
    assert await book.refused(await book.settle("post", refused["id"])) == (404, "unknown_hold", "pending_id")


async def test_an_atomic_batch_is_made_whole_or_not_at_all(book: Book) -> None:
    anna, boris, carl = await book.funded(100), await book.funded(0), await book.funded(0)
    through = [wire(anna, boris, 100), wire(boris, carl, 100)]
    made = await book.bulk("atomic", through)
    assert [one["result"] for one in made.json()["results"]] == ["created", "created"]
    assert (await book.bulk("atomic", through)).json()["results"][0]["result"] == "exists"
    broken = await book.bulk("atomic", [wire(carl, anna, 100), wire(carl, anna, 1)])
    assert await book.refused(broken) == (409, "insufficient_funds", "transfers.1.amount")
    assert [one["result"] for one in broken.json()["results"]] == ["batch_refused", "insufficient_funds"]
    assert await book.sums(carl) == (0, 0, 100, 0)


async def test_an_atomic_batch_is_new_or_repeated_as_a_whole(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    before, fresh = wire(anna, boris, 60), wire(anna, boris, 10)
    assert (await book.http.post("/v1/transfers", json=before)).status_code == 201
    partly = await book.bulk("atomic", [fresh, before])
    assert await book.refused(partly) == (409, "exists_outside_batch", "transfers.1.id")
    assert [one["result"] for one in partly.json()["results"]] == ["batch_refused", "exists_outside_batch"]
    twice = await book.bulk("atomic", [fresh, fresh])
    assert await book.refused(twice) == (409, "exists_outside_batch", "transfers.1.id")
    assert (await book.bulk("atomic", [fresh])).json()["results"][0]["result"] == "created"
    assert await book.sums(anna) == (70, 0, 100, 0)


async def test_a_void_that_names_an_amount_names_the_holds(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    hold_id = await book.hold(anna, boris, 80)
    part = await book.settle("void", hold_id, amount=30)
    assert await book.refused(part) == (422, "hold_has_different_amount", "amount")
    whole = {"id": transfer_id(), "kind": "void", "code": "tests.move", "pending_id": hold_id, "amount": 80}
    answers = [await book.http.post("/v1/transfers", json=whole) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]


async def test_another_partys_transfer_is_not_told(book: Book) -> None:
    """Post and void leave out what follows from the hold: who may not settle it is not told by asking under a known id either."""
    anna, boris = await book.funded(100, owner="p2p"), await book.funded(0, owner="p2p")
    hold_id = await book.hold(anna, boris, 80)
    post = {"id": transfer_id(), "kind": "post", "code": "tests.move", "pending_id": hold_id}
    p2p = book.served.client("p2p")
    credit = book.served.client("ecommerce_credit")
    assert (await p2p.post("/v1/transfers", json=post)).status_code == 201
    assert (await p2p.post("/v1/transfers", json=post)).status_code == 200
    stranger = await credit.post("/v1/transfers", json=post)
    assert await book.refused(stranger) == (409, "exists_with_different_owner", "id")
    assert anna not in stranger.text


async def test_an_independent_batch_gives_each_its_own_outcome(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    twice = wire(anna, boris, 60)
    answer = await book.bulk(
        "independent", [twice, wire(anna, boris, 60), twice, wire(anna, boris, 40), wire(anna, anna, 1)]
    )
    assert [(one["result"], one["field"]) for one in answer.json()["results"]] == [
        ("created", None), ("insufficient_funds", "amount"), ("exists", None), ("created", None), ("same_account", "credit_account_id"),
    ]  # fmt: skip


async def test_a_hold_made_and_posted_in_one_batch(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    hold = wire(anna, boris, 60, kind="pending")
    post = {"id": transfer_id(), "kind": "post", "code": "tests.move", "pending_id": hold["id"]}
    answer = await book.bulk("atomic", [hold, post])
    assert answer.status_code == 200, answer.text
    assert await book.sums(anna) == (60, 0, 100, 0)


async def test_books_balance_by_themselves(book: Book) -> None:
    source = (await book.account("suspense", rule="none", book_id=7))["id"]
    far = await book.funded(0, book_id=7)
    moved = await book.moved(source, far, 10, id=transfer_id(7))
    assert (await book.get(f"/v1/accounts/{far}"))["book_id"] == 7
    assert (await book.get(f"/v1/transfers/{moved['id']}"))["amount"] == 10
    near = wire(book.source, await book.funded(0), 10)
    both = await book.bulk("atomic", [near, wire(source, far, 1, id=transfer_id(7))])
    assert await book.refused(both) == (422, "several_books", "transfers.1.id")
    apart = await book.bulk("independent", [near, wire(source, far, 1, id=transfer_id(7))])
    assert [one["result"] for one in apart.json()["results"]] == ["created", "created"]


async def test_who_may_debit(book: Book) -> None:
    mine = await book.funded(100, owner="p2p")
    other = await book.funded(100, owner="ecommerce_credit")
    hers = await book.funded(100, owner="cus_01jdf3q8e7f5bt2m0xk5s8yq4c")
    lending = book.served.client("p2p")
    acting = book.served.client("p2p", acting_for="cus_01jdf3q8e7f5bt2m0xk5s8yq4c")
    facts = {"amount": 1, "currency": "CNY"}
    assert (await book.send(lending, debit_account_id=mine, credit_account_id=other, **facts)).status_code == 201
    stolen = await book.send(lending, debit_account_id=other, credit_account_id=mine, **facts)
    assert await book.refused(stolen) == (404, "unknown_account", "debit_account_id")
    unasked = await book.send(lending, debit_account_id=hers, credit_account_id=mine, **facts)
    assert await book.refused(unasked) == (404, "unknown_account", "debit_account_id")
    assert (await book.send(acting, debit_account_id=hers, credit_account_id=mine, **facts)).status_code == 201
    hold_id = await book.hold(hers, mine, 5)
    stranger = book.served.client("ecommerce_credit")
    foreign = await book.send(stranger, kind="post", pending_id=hold_id)
    assert await book.refused(foreign) == (404, "unknown_hold", "pending_id")
    assert (await book.send(lending, kind="post", pending_id=hold_id)).status_code == 201


async def test_customers_may_not_speak_to_the_ledger(world: World) -> None:
    anna = world.person()
    answer = await anna.http.post("/v1/transfers", json={"id": transfer_id(), "code": "tests.move"})
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
