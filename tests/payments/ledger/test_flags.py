"""What transfers ask for beyond their kind: linked, balancing, closing, imported."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.payments.ledger.book import Book, transfer_id, wire


async def results(book: Book, transfers: list[dict[str, Any]], mode: str = "independent") -> list[str]:
    answer = await book.bulk(mode, transfers)
    return [one["result"] for one in answer.json()["results"]]


async def test_linked_transfers_are_made_together_or_not_at_all(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    chains = [
        wire(anna, boris, 60, flags=["linked"]),
        wire(anna, boris, 60),
        wire(anna, boris, 10),
        wire(anna, boris, 20, flags=["linked"]),
        wire(boris, anna, 5),
    ]
    assert await results(book, chains) == [
        "linked_transfer_failed",
        "insufficient_funds",
        "created",
        "created",
        "created",
    ]
    assert await book.sums(anna) == (30, 0, 105, 0)
    # Again as a whole: made is made, refused is refused, and a chain of which a part is new is none.
    assert await results(book, chains[2:]) == ["exists"] * 3
    grown = [chains[3], wire(boris, anna, 1, flags=["linked"]), chains[4]]
    assert await results(book, grown) == ["exists_outside_batch", "linked_transfer_failed", "exists_outside_batch"]
    assert await book.sums(anna) == (30, 0, 105, 0)


async def test_a_chain_must_end(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    assert await results(book, [wire(anna, boris, 1, flags=["linked"]), wire(anna, boris, 1, flags=["linked"])]) == [
        "linked_transfer_failed",
        "linked_chain_open",
    ]
    alone = await book.move(anna, boris, 1, flags=["linked"])
    assert await book.refused(alone) == (422, "linked_chain_open", "flags")
    atomic = await book.bulk("atomic", [wire(anna, boris, 1), wire(anna, boris, 1, flags=["linked"])])
    assert await book.refused(atomic) == (422, "linked_chain_open", "transfers.1.flags")
    # No id was spent by that.
    again = wire(anna, boris, 1, flags=["linked"])
    assert await results(book, [again]) == ["linked_chain_open"]
    assert await results(book, [again, wire(anna, boris, 1)]) == ["created", "created"]


async def test_a_balancing_transfer_moves_what_there_is(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    await book.hold(anna, boris, 30)
    made = await book.moved(anna, boris, 1_000, flags=["balancing_debit"])
    assert (made["amount"], made["flags"]) == (70, ["balancing_debit"])
    nothing = await book.move(anna, boris, 1_000, flags=["balancing_debit"])
    assert await book.refused(nothing) == (409, "insufficient_funds", "amount")
    some = await book.moved(boris, anna, 20, flags=["balancing_debit"])
    assert some["amount"] == 20


async def test_a_retry_of_a_balancing_transfer_is_the_same_one(book: Book) -> None:
    anna, boris = await book.funded(70), await book.funded(0)
    name = transfer_id()
    await book.moved(anna, boris, 1_000, id=name, flags=["balancing_debit"])
    again = await book.move(anna, boris, 1_000, id=name, flags=["balancing_debit"])
    assert (again.status_code, again.json()["result"], again.json()["amount"]) == (200, "exists", 70)
    less = await book.move(anna, boris, 69, id=name, flags=["balancing_debit"])
    assert await book.refused(less) == (409, "exists_with_different_amount", "amount")
    plain = await book.move(anna, boris, 70, id=name)
    assert await book.refused(plain) == (409, "exists_with_different_flags", "flags")


async def test_balancing_the_account_credited_pays_what_it_owes(book: Book) -> None:
    owing = (await book.account(rule="credits_must_not_exceed_debits"))["id"]
    anna, boris = await book.funded(100), await book.funded(0)
    await book.moved(owing, boris, 50)
    await book.hold(anna, owing, 10)
    assert (await book.moved(anna, owing, 100, flags=["balancing_credit"]))["amount"] == 40
    both = await book.moved(boris, anna, 100, flags=["balancing_debit"])
    assert both["amount"] == 50
    settled = await book.move(anna, owing, 100, flags=["balancing_debit", "balancing_credit"])
    assert await book.refused(settled) == (409, "insufficient_funds", "amount")


async def test_nobody_learns_another_ones_balance_by_balancing_it(book: Book) -> None:
    stranger = book.served.client("p2p")
    mine = await stranger.post(
        "/v1/accounts", json={"currency": "CNY", "kind": "tests"}, headers={"idempotency-key": "mine"}
    )
    assert mine.status_code == 201, mine.text
    owing = (await book.account(rule="credits_must_not_exceed_debits"))["id"]
    await book.moved(owing, await book.funded(0), 50)
    await book.moved(book.source, mine.json()["id"], 100)
    facts = {"debit_account_id": mine.json()["id"], "credit_account_id": owing, "amount": 100, "currency": "CNY"}
    asked = await book.send(stranger, flags=["balancing_credit"], **facts)
    assert await book.refused(asked) == (404, "unknown_account", "credit_account_id")
    for flags, code in ((["closing_credit"], "flag_not_allowed"), (["closing_debit"], "flag_not_allowed")):
        closing = await book.send(stranger, kind="pending", flags=flags, **facts)
        assert await book.refused(closing) == (403, code, "flags")
    for code in ("escrow.release", "clearing.pass"):
        reserved = await book.send(stranger, **(facts | {"code": code}))
        assert await book.refused(reserved) == (403, "code_reserved", "code")


async def test_a_closing_hold_closes_until_it_is_given_back(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    hold = await book.hold(anna, boris, 100, flags=["closing_debit"])
    assert (await book.get(f"/v1/accounts/{anna}"))["closed"]
    assert await book.refused(await book.move(book.source, anna, 1)) == (409, "account_closed", "credit_account_id")
    assert await book.refused(await book.settle("post", hold)) == (409, "account_closed", "debit_account_id")
    assert (await book.settle("void", hold)).status_code == 201
    assert not (await book.get(f"/v1/accounts/{anna}"))["closed"]
    await book.moved(anna, boris, 100)
    both = await book.hold(boris, anna, 1, flags=["closing_debit", "closing_credit"])
    assert [(await book.get(f"/v1/accounts/{one}"))["closed"] for one in (anna, boris)] == [True, True]
    assert (await book.settle("void", both)).status_code == 201
    assert [(await book.get(f"/v1/accounts/{one}"))["closed"] for one in (anna, boris)] == [False, False]


async def test_a_chain_that_fails_closes_nothing(book: Book) -> None:
    anna, boris = await book.funded(10), await book.funded(0)
    chain = [wire(anna, boris, 5, kind="pending", flags=["linked", "closing_debit"]), wire(boris, anna, 1)]
    assert await results(book, chain) == ["linked_transfer_failed", "account_closed"]
    assert not (await book.get(f"/v1/accounts/{anna}"))["closed"]
    assert await results(book, [chain[0] | {"id": transfer_id()}, wire(book.source, boris, 1)]) == ["created"] * 2


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "post", "flags": ["balancing_debit"]}, "flags"),
        ({"kind": "void", "flags": ["closing_credit"]}, "flags"),
        ({"kind": "single", "flags": ["closing_debit"]}, "flags"),
        ({"kind": "single", "flags": ["imported"]}, "posted_at"),
        ({"kind": "single", "posted_at": "2026-01-01T00:00:00Z"}, "posted_at"),
        ({"kind": "single", "flags": ["imported"], "posted_at": "2026-01-01T00:00:00Z"}, "value_on"),
    ],
)
async def test_flags_that_make_no_sense(book: Book, facts: dict[str, Any], field: str) -> None:
    anna, boris = await book.funded(10), await book.funded(0)
    if facts["kind"] == "single":
        answer = await book.move(anna, boris, 1, **facts)
    else:
        answer = await book.settle(facts.pop("kind"), await book.hold(anna, boris, 1), **facts)
    assert await book.refused(answer) == (422, "incomplete_transfer", field)


@pytest.mark.parametrize("flags", [["overdraft"], "linked", ["linked"] * 7, [1]])
async def test_unknown_flags(book: Book, flags: Any) -> None:
    anna, boris = await book.funded(10), await book.funded(0)
    status, _, field = await book.refused(await book.move(anna, boris, 1, flags=flags))
    assert status == 422
    assert field is not None
    assert field.startswith("flags")


def imported(at: datetime, **facts: Any) -> dict[str, Any]:
    return {"flags": ["imported"], "posted_at": at.isoformat(), "value_on": at.date().isoformat()} | facts


async def test_history_is_imported_with_its_own_instants(book: Book) -> None:
    opened = datetime(2020, 1, 1, tzinfo=UTC)
    bank = (await book.account(rule="none", opened_at=opened.isoformat()))["id"]
    anna = (await book.account(opened_at=opened.isoformat()))["id"]
    days = [opened + timedelta(days=number, hours=9) for number in range(3)]
    history = [wire(bank, anna, 10, **imported(day)) for day in days]
    assert await results(book, history, "atomic") == ["created"] * 3
    assert await results(book, history, "atomic") == ["exists"] * 3
    made = await book.get(f"/v1/transfers/{history[1]['id']}")
    assert (made["posted_at"], made["value_on"]) == ("2020-01-02T09:00:00Z", "2020-01-02")
    then = await book.get(f"/v1/accounts/{anna}/balance", at="2020-01-02T12:00:00Z")
    assert then["balance"] == 20
    statement = await book.get(f"/v1/accounts/{anna}/statement", **{"from": "2020-01-01", "to": "2020-01-02"})
    assert [(entry["amount"], entry["balance"]) for entry in statement["items"]] == [(10, 10), (10, 20)]
    later = await book.moved(anna, bank, 5)
    assert later["posted_at"] > "2026"
    moved = await book.move(bank, anna, 10, **(imported(days[0]) | {"id": history[0]["id"]}))
    assert moved.json()["result"] == "exists"
    other = await book.move(bank, anna, 10, **(imported(days[1]) | {"id": history[0]["id"]}))
    assert await book.refused(other) == (409, "exists_with_different_posted_at", "posted_at")


async def test_what_cannot_have_happened_is_not_imported(book: Book) -> None:
    opened = datetime(2020, 1, 1, tzinfo=UTC)
    bank = (await book.account(rule="none", opened_at=opened.isoformat()))["id"]
    anna = (await book.account(opened_at=opened.isoformat()))["id"]
    await book.moved(bank, anna, 10, **imported(opened + timedelta(days=5)))
    for at, code in (
        (opened - timedelta(seconds=1), "posted_at_before_opening"),
        (opened + timedelta(days=5), "posted_at_before_last"),
        (opened + timedelta(days=4), "posted_at_before_last"),
        (datetime(2100, 1, 1, tzinfo=UTC), "posted_at_in_future"),
    ):
        refused = await book.refused(await book.move(bank, anna, 10, **imported(at)))
        assert refused == (422, code, "posted_at")
    # Before the opening of one account and the last transfer of the other.
    young = (await book.account(opened_at=(opened + timedelta(days=7)).isoformat()))["id"]
    refused = await book.refused(await book.move(bank, young, 10, **imported(opened + timedelta(days=4))))
    assert refused == (422, "posted_at_before_opening", "posted_at")
    far = await book.move(bank, anna, 10, **(imported(opened + timedelta(days=6)) | {"value_on": "2024-01-01"}))
    assert await book.refused(far) == (422, "value_date_out_of_range", "value_on")
    timed = await book.move(bank, anna, 1, kind="pending", timeout_seconds=5, **imported(opened + timedelta(days=6)))
    assert await book.refused(timed) == (422, "incomplete_transfer", "timeout_seconds")
    # The rule of the account holds for history too.
    over = await book.move(anna, bank, 11, **imported(opened + timedelta(days=6)))
    assert await book.refused(over) == (409, "insufficient_funds", "amount")


async def test_importing_is_for_operators(book: Book) -> None:
    party = book.served.client("p2p")
    wanted = {"currency": "CNY", "kind": "tests", "opened_at": "2020-01-01T00:00:00Z"}
    opening = await party.post("/v1/accounts", json=wanted, headers={"idempotency-key": "then"})
    assert await book.refused(opening) == (403, "owner_not_allowed", "opened_at")
    anna, boris = await book.funded(10, owner="p2p"), await book.funded(0)
    facts = wire(anna, boris, 1, **imported(datetime(2026, 1, 1, tzinfo=UTC)))
    assert await book.refused(await book.send(party, **facts)) == (403, "flag_not_allowed", "flags")
    early = {"currency": "CNY", "kind": "tests", "opened_at": "2100-01-01T00:00:00Z"}
    refused = await book.http.post("/v1/accounts", json=early, headers={"idempotency-key": "early"})
    assert await book.refused(refused) == (422, "in_future", "opened_at")
