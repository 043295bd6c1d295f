"""Breaks over HTTP: every event in every state, the money that resolves them, its reversal, and why a line was not matched."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.ids import book_of, decode, encode, with_book
from clients.ids import new_id
from services.payments.channels.reserves import reserve_at
from services.payments.reconciliation import queries, rules
from services.payments.reconciliation.model import RecordState
from services.payments.reconciliation.record_queries import save_records
from tests.payments.market import Market
from tests.payments.reconciliation import files
from tests.payments.reconciliation.book import Shelf
from tests.payments.reconciliation.desk import Desk

BALANCED = [("ICBC1", 1_000, "chi_a"), ("ICBC2", -300, "chi_b")]


@pytest.fixture
async def desk(market: Market) -> Desk:
    """With money of ours at the bank."""
    async with market.served.runtime.transaction() as tx:
        account_id = encode("acc", await reserve_at(tx, "ICBC", "CNY"))
    await market.book.moved(account_id, market.book.source, 100_000)
    return Desk.at(market.served)


async def longs(desk: Desk, *, closing: int | None = None, entries: Any = BALANCED) -> list[dict[str, Any]]:
    """Breaks of a statement of which we know nothing, by their amount."""
    account_id = await desk.open_account()
    await desk.taken(account_id, files.camt(entries, closing=closing), strict=False)
    await desk.run(account_id)
    return sorted(await desk.breaks(type="long"), key=lambda one: -one["amount"])


async def reserve(desk: Desk) -> int:
    """What the ledger has at the bank."""
    items = (await desk.http.get("/v1/verification/reserves")).json()["items"]
    return int(next(one["balance_minor"] for one in items if one["bank"] == "ICBC"))


async def transfers_of(desk: Desk, break_id: str) -> list[dict[str, Any]]:
    return list((await desk.http.get("/v1/transfers", params={"reference": break_id})).json()["items"])


async def test_a_break_is_resolved_by_a_transfer_and_open_again_by_its_reversal(desk: Desk) -> None:
    came, went = await longs(desk)
    before = await reserve(desk)
    resolved = await desk.post(f"breaks/{came['id']}/resolution", {"reason": "found"})
    assert (resolved["state"], resolved["resolved_minor"], resolved["due_at"]) == ("resolved", 1_000, None)
    assert await reserve(desk) == before + 1_000
    await desk.post(f"breaks/{went['id']}/resolution", {"reason": "found"})
    assert await reserve(desk) == before + 700
    opened = await desk.post(f"breaks/{came['id']}/resolution/reversal")
    assert (opened["state"], opened["resolved_minor"]) == ("open", 0)
    assert await reserve(desk) == before - 300
    again = await desk.post(f"breaks/{came['id']}/resolution", {"reason": "after all"})
    assert again["state"] == "resolved"
    codes = [(one["code"], one["amount"]) for one in await transfers_of(desk, came["id"])]
    assert sorted(codes) == [
        ("reconciliation.resolution", 1_000), ("reconciliation.resolution", 1_000), ("reconciliation.reversal", 1_000),
    ]  # fmt: skip
    await desk.run(came["account_id"])
    assert {one["state"] for one in await desk.breaks(type="long")} == {"resolved"}
    assert await desk.failed_checks() == []


async def test_money_goes_to_whom_it_belongs(desk: Desk, market: Market) -> None:
    came, _ = await longs(desk)
    anna = await market.customer()
    body = {"counter_account_id": anna.wallet["account_id"], "reason": "her transfer without a reference"}
    await desk.post(f"breaks/{came['id']}/resolution", body)
    assert await anna.balance() == (1_000, 1_000)
    assert await desk.failed_checks() == []


@pytest.mark.parametrize("more", [{}, {"amount": 400}, {"reference": "desk-1"}])
async def test_a_reversal_by_the_ledgers_own_door_opens_it_as_far_as_it_goes(desk: Desk, more: dict[str, Any]) -> None:
    """Whatever its reference: it is never expected at the bank, though a run comes before it is noted."""
    came, _ = await longs(desk)
    await desk.post(f"breaks/{came['id']}/resolution", {"reason": "found"})
    (transfer,) = await transfers_of(desk, came["id"])
    part = more.get("amount")
    await reversed_at_the_door(desk, transfer["id"], **more)
    await desk.run(came["account_id"])
    await work_breaks(desk)
    assert await desk.breaks(type="short") == []
    opened = await desk.get(f"breaks/{came['id']}")
    assert (opened["state"], opened["resolved_minor"]) == ("open", 1_000 - (part or 1_000))
    resolved = await desk.post(f"breaks/{came['id']}/resolution", {"reason": "again"})
    assert (resolved["state"], resolved["resolved_minor"]) == ("resolved", 1_000)
    assert await desk.failed_checks() == []


async def test_a_reversal_of_the_reversal_resolves_it_again(desk: Desk) -> None:
    came, _ = await longs(desk)
    before = await reserve(desk)
    await desk.post(f"breaks/{came['id']}/resolution", {"reason": "found"})
    (transfer,) = await transfers_of(desk, came["id"])
    back = await reversed_at_the_door(desk, transfer["id"])
    await reversed_at_the_door(desk, back)
    await work_breaks(desk)
    assert (await desk.get(f"breaks/{came['id']}"))["state"] == "resolved"
    assert await reserve(desk) == before + 1_000
    await desk.run(came["account_id"])
    assert await desk.failed_checks() == []
    undone = await desk.post(f"breaks/{came['id']}/resolution/reversal")
    assert (undone["state"], undone["resolved_minor"], await reserve(desk)) == ("open", 0, before)
    assert await desk.failed_checks() == []


async def test_what_is_resolved_twice_over_is_open_until_it_is_moved_back(desk: Desk) -> None:
    came, _ = await longs(desk)
    before = await reserve(desk)
    await desk.post(f"breaks/{came['id']}/resolution", {"reason": "found"})
    (transfer,) = await transfers_of(desk, came["id"])
    back = await reversed_at_the_door(desk, transfer["id"])
    await work_breaks(desk)
    await desk.post(f"breaks/{came['id']}/resolution", {"reason": "after all"})
    await reversed_at_the_door(desk, back)
    await work_breaks(desk)
    twice = await desk.get(f"breaks/{came['id']}")
    assert (twice["state"], twice["resolved_minor"], await reserve(desk)) == ("open", 2_000, before + 2_000)
    assert await desk.failed_checks() == []
    resolved = await desk.post(f"breaks/{came['id']}/resolution", {"reason": "once is enough"})
    assert (resolved["state"], resolved["resolved_minor"], await reserve(desk)) == ("resolved", 1_000, before + 1_000)
    assert await desk.failed_checks() == []


async def reversed_at_the_door(desk: Desk, transfer_id: str, **more: Any) -> str:
    """Its reversal's id."""
    body = {
        "id": encode("trf", with_book(new_id(), book_of(decode("trf", transfer_id)))),
        "code": "desk.mistake",
    } | more
    answer = await desk.http.post(f"/v1/transfers/{transfer_id}/reversal", json=body)
    assert answer.status_code == 201, answer.text
    return str(body["id"])


async def work_breaks(desk: Desk) -> None:
    await desk.served.runtime.jobs.periodic["payments.work_due_breaks"][1](desk.served.runtime)


async def test_what_is_matched_meanwhile_is_not_resolved(desk: Desk) -> None:
    """A run has the account while it matches: whoever resolves waits, and sees the pair."""
    came, _ = await longs(desk)
    account_id, line_id = decode("rca", came["account_id"]), decode("sln", came["line_id"])
    resolving = f"breaks/{came['id']}/resolution"
    async with desk.served.runtime.transaction() as tx:
        await queries.account_with(tx.connection, account_id, lock=True)
        await tx.connection.execute(PAIR, {"line_id": line_id, "record_id": new_id()})
        asked = asyncio.create_task(desk.ask(resolving, {"reason": "r"}))
        while not asked.done():
            if await someone_waits(desk):
                break
    answer = await asked
    assert (answer.status_code, answer.json()["code"]) == (409, "break_overtaken")
    assert await transfers_of(desk, came["id"]) == []


PAIR = text("INSERT INTO reconciliation_pairs SELECT :line_id, :record_id, id, 1 FROM reconciliation_runs LIMIT 1")
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def someone_waits(desk: Desk) -> bool:
    async with desk.served.runtime.reading() as connection:
        return bool((await connection.execute(WAITING)).scalar_one())


async def test_money_waits_for_a_result_that_is_to_come_and_a_late_success_is_seen(desk: Desk) -> None:
    """What a channel does not know yet moves by itself. What was failed, and succeeds after all, is missing at the bank."""
    shelf = await Shelf.open(desk.served.runtime)
    shelf.line(500, "a"), shelf.line(600, "b")
    shelf.record(500, "a", state=RecordState.OPEN)
    failed = shelf.record(600, "b", state=RecordState.FAILED)
    await shelf.put()
    await shelf.run()
    late, known = sorted(await desk.breaks(type="status"), key=lambda one: one["amount"])
    where = f"breaks/{late['id']}/resolution"
    assert await desk.refused(where, {"reason": "r"}) == (409, "result_not_known", "break_id")
    await desk.post(f"breaks/{known['id']}/resolution", {"reason": "r"})
    async with desk.served.runtime.transaction() as tx:
        await save_records(tx.connection, shelf.account.id, [replace(failed, state=RecordState.EXPECTED)])
    await shelf.run()
    short = next(one for one in await desk.breaks(type="short") if one["record_id"] == known["record_id"])
    assert (short["amount"], short["state"]) == (-600, "open")


async def test_only_so_much_is_of_paper_as_its_statement_misses(desk: Desk) -> None:
    """5 are shown too much: 1,000 are money that came."""
    came, shown = await longs(desk, entries=[("ICBC1", 1_000, "chi_a"), ("ICBC2", 5, "chi_b")], closing=1_000)
    refused = await desk.refused(f"breaks/{came['id']}/explanation", {"reason": "r"})
    assert refused == (409, "break_has_money", "break_id")
    assert (await desk.post(f"breaks/{shown['id']}/explanation", {"reason": "r"}))["state"] == "explained"
    assert (await desk.refused(f"breaks/{came['id']}/explanation", {"reason": "r"}))[1] == "break_has_money"


@pytest.mark.parametrize(
    ("amount", "missing", "explained", "others", "of_paper"),
    [
        (5, 5, 0, [], True), (5, 9, 4, [], True), (5, 9, 5, [], False), (-5, 5, 0, [], False), (1_000, 5, 0, [5], False),
        (-5, 5, 0, [10], True), (-5, 5, 0, [4, 6, 50], True), (-5, 5, 0, [9, 3], False), (7, 0, 0, [], False),
        (1, 500, 0, [1] * 400, True), (-1, 500, 0, [10**9] * 400, False),
    ],
)  # fmt: skip
def test_what_may_be_of_paper(amount: int, missing: int, explained: int, others: list[int], of_paper: bool) -> None:
    assert rules.of_paper(amount, missing, explained, others) is of_paper


EVENTS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "owner": ("owner", {"owner": "stf_berta"}),
    "resolution": ("resolution", {"reason": "r"}),
    "reversal": ("resolution/reversal", None),
    "explanation": ("explanation", {"reason": "r"}),
}
NOT_OPEN = (409, "break_not_open", "break_id")
NOTHING = (409, "nothing_to_undo", "break_id")
TABLE: dict[str, dict[str, Any]] = {
    "open": {
        "owner": "open",
        "resolution": "resolved",
        "reversal": NOTHING,
        "explanation": (409, "break_has_money", "break_id"),
    },
    "resolved": {"owner": NOT_OPEN, "resolution": NOT_OPEN, "reversal": "open", "explanation": NOT_OPEN},
    "of paper": {"owner": "open", "resolution": "resolved", "reversal": NOTHING, "explanation": "explained"},
    "explained": {"owner": NOT_OPEN, "resolution": NOT_OPEN, "reversal": NOTHING, "explanation": NOT_OPEN},
}


@pytest.mark.parametrize("state", TABLE)
async def test_every_event_in_every_state(desk: Desk, state: str) -> None:
    """Each on a break of its own; the wrong party never gets so far."""
    entries = [(f"ICBC{place}", 100 + place, f"chi_{place}") for place in range(len(EVENTS))]
    paper = state in ("of paper", "explained")
    breaks = await longs(desk, entries=entries, closing=0 if paper else None)
    customer = desk.served.client(encode("cus", new_id()))
    for one, (event, (path, body)) in zip(breaks, EVENTS.items(), strict=True):
        where = f"breaks/{one['id']}"
        if state in ("resolved", "explained"):
            await desk.post(f"{where}/{'resolution' if state == 'resolved' else 'explanation'}", {"reason": "first"})
        headers = {"idempotency-key": uuid4().hex}
        assert (
            await customer.post(f"/v1/reconciliation/{where}/{path}", json=body, headers=headers)
        ).status_code == 403
        key = uuid4().hex
        answer = await desk.ask(f"{where}/{path}", body, key)
        again = await desk.ask(f"{where}/{path}", body, key)
        assert again.json() == answer.json()
        told = answer.json()
        expected = TABLE[state][event]
        if isinstance(expected, str):
            assert (answer.status_code, told["state"]) == (200, expected), (event, told)
        else:
            assert (answer.status_code, told["code"], told.get("field")) == expected, event
    assert await desk.failed_checks() == []


async def test_what_does_not_fit_is_refused(desk: Desk, market: Market) -> None:
    came, _ = await longs(desk)
    where = f"breaks/{came['id']}/resolution"
    for counter in (encode("acc", new_id()), await dollars(market), await reserve_id(desk)):
        body = {"counter_account_id": counter, "reason": "r"}
        assert await desk.refused(where, body) == (422, "counter_account_unfit", "counter_account_id")
    poor = await market.customer(0)
    went = next(one for one in await desk.breaks(type="long") if one["amount"] < 0)
    body = {"counter_account_id": poor.wallet["account_id"], "reason": "r"}
    assert (await desk.refused(f"breaks/{went['id']}/resolution", body))[1] == "insufficient_funds"
    for path, given in EVENTS.values():
        assert (await desk.refused(f"breaks/{encode('brk', new_id())}/{path}", given))[:2] == (404, "unknown_break")
    assert {one["state"] for one in await desk.breaks()} == {"open"}


async def dollars(market: Market) -> str:
    return str((await market.customer(0, "USD")).wallet["account_id"])


async def reserve_id(desk: Desk) -> str:
    async with desk.served.runtime.transaction() as tx:
        return encode("acc", await reserve_at(tx, "ICBC", "CNY"))


async def test_breaks_age_are_owned_and_told_when_their_time_has_passed(desk: Desk, market: Market) -> None:
    came, _ = await longs(desk)
    assert (came["age_days"], came["age_band"], came["owner"], came["escalations"]) == (0, "0-1", "payments", 0)
    mine = await desk.post(f"breaks/{came['id']}/owner", {})
    assert mine["owner"] == "stf_tests"
    assert [one["id"] for one in await desk.breaks(owner="stf_tests")] == [came["id"]]
    await market.stop_clock(timedelta(days=8))
    await market.run_periodic("payments.work_due_breaks")
    aged = await desk.get(f"breaks/{came['id']}")
    assert (aged["age_days"], aged["age_band"], aged["escalations"], aged["state"]) == (8, "8-30", 1, "open")
    assert await market.failed_checks() == []


async def test_why_a_line_was_not_matched(desk: Desk) -> None:
    came, _ = await longs(desk)
    why = await desk.get(f"lines/{came['line_id']}/why")
    assert [one["rule"] for one in why["tried"]] == [
        "reference",
        "group",
        "parts",
        "text",
        "amount",
        "reference_tolerance",
    ]
    assert {one["outcome"] for one in why["tried"]} == {"no_candidate"}
    assert (why["pairs"], [one["id"] for one in why["breaks"]]) == ([], [came["id"]])
    assert why["line"]["reference"] == "chi_a"


BROKEN = {
    "statements_are_their_lines": "UPDATE statements SET sum_minor = sum_minor + 1, difference_minor = difference_minor - 1",
    "breaks_agree_with_their_transfers": "UPDATE reconciliation_resolutions SET amount = amount - 1",
    "transfers_of_breaks_are_known": "DELETE FROM reconciliation_resolutions",
    "break_past_deadline": "UPDATE reconciliation_breaks SET due_at = '2000-01-01' WHERE state = 'open'",
    "matching_past_patience": "UPDATE reconciliation_runs SET ended_at = NULL, began_at = '2000-01-01'",
    "pairs_agree_in_amount": "INSERT INTO reconciliation_pairs (line_id, record_id, run_id, rule)"
    " SELECT id, id, id, 1 FROM statement_lines LIMIT 1",
    "breaks_are_of_what_has_no_pair": "INSERT INTO reconciliation_pairs (line_id, record_id, run_id, rule)"
    " SELECT line_id, line_id, (SELECT id FROM reconciliation_runs LIMIT 1), 1 FROM reconciliation_breaks"
    " WHERE line_id IS NOT NULL AND state = 'open' LIMIT 1",
}


async def test_the_audit_sees_what_was_changed(desk: Desk, market: Market, admin_url: str) -> None:
    came, _ = await longs(desk)
    await desk.post(f"breaks/{came['id']}/resolution", {"reason": "r"})
    assert await desk.failed_checks() == []
    for check, statement in BROKEN.items():
        assert check in await market.failed_when(admin_url, statement), check
    the_other_way = (
        "WITH made AS (UPDATE reconciliation_resolutions SET amount = -amount)"
        " UPDATE reconciliation_breaks SET amount = -amount, resolved_minor = -resolved_minor"
    )
    assert "breaks_agree_with_their_transfers" in await market.failed_when(admin_url, the_other_way)
    await desk.post(f"breaks/{came['id']}/resolution/reversal")
    await market.stop_clock(timedelta(days=1))
    unnoted = "DELETE FROM reconciliation_resolutions WHERE reverses_id IS NOT NULL"
    assert "reversal_of_resolution_not_noted" in await market.failed_when(admin_url, unnoted)
