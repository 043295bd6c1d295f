"""Breaks over HTTP: every event in every state, the money that resolves them, its reversal, and why a line was not matched."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.ids import book_of, decode, encode, with_book
from clients.ids import new_id
from services.payments.channels.reserves import reserve_at
from tests.payments.market import Market
from tests.payments.reconciliation import files
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


@pytest.mark.parametrize("part", [None, 400])
async def test_a_reversal_by_the_ledgers_own_door_opens_it_as_far_as_it_goes(desk: Desk, part: int | None) -> None:
    came, _ = await longs(desk)
    await desk.post(f"breaks/{came['id']}/resolution", {"reason": "found"})
    (transfer,) = await transfers_of(desk, came["id"])
    body = {"id": encode("trf", _in_book(transfer["id"])), "code": "desk.mistake"} | ({"amount": part} if part else {})
    answer = await desk.http.post(f"/v1/transfers/{transfer['id']}/reversal", json=body)
    assert answer.status_code == 201, answer.text
    await desk.served.runtime.jobs.periodic["payments.work_due_breaks"][1](desk.served.runtime)
    opened = await desk.get(f"breaks/{came['id']}")
    assert (opened["state"], opened["resolved_minor"]) == ("open", 1_000 - (part or 1_000))
    resolved = await desk.post(f"breaks/{came['id']}/resolution", {"reason": "again"})
    assert (resolved["state"], resolved["resolved_minor"]) == ("resolved", 1_000)
    assert await desk.failed_checks() == []


def _in_book(transfer_id: str) -> Any:
    return with_book(new_id(), book_of(decode("trf", transfer_id)))


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
