"""A day's content in one hash: the same for the same business, whenever and in whatever order it was done."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.clock import business_day
from chassis.runtime import Runtime
from chassis.settings import Settings
from clients.payments import evidence
from services.payments.evidence import queries
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule, TransferCommand, TransferKind
from tests.databases import Databases
from tests.payments.evidence.chain import Chain
from tests.payments.ledger.book import wire

DAY = date(2026, 11, 20)
ANNA, BORIS = UUID(int=1 << 16 | 1), UUID(int=2 << 16 | 1)


def moved(number: int, **facts: Any) -> TransferCommand:
    named = TransferCommand(
        UUID(int=number << 16 | 1), TransferKind.SINGLE, "tests.move", f"ref {number}", ANNA, BORIS, number, "CNY", value_on=DAY
    )  # fmt: skip
    return named._replace(**facts)


def pending(number: int) -> list[TransferCommand]:
    hold = moved(number, kind=TransferKind.PENDING, timeout_seconds=900)
    post = TransferCommand(
        UUID(int=number + 1 << 16 | 1), TransferKind.POST, "tests.move", pending_id=hold.id, value_on=DAY
    )
    return [hold, post]


BUSINESS = [[moved(number)] for number in range(100, 110)] + [pending(200), pending(300)]


class Fresh:
    """Databases of payments that nobody else has, without a server."""

    def __init__(self, databases: Databases, keys: Path) -> None:
        self._databases, self._keys = databases, keys
        self.runtimes: list[Runtime] = []

    async def open(self) -> Runtime:
        url, _ = await self._databases.fresh("payments")
        runtime = Runtime(Settings("payments", "test", url, url, self._keys, {}, environment={}))
        self.runtimes.append(runtime)
        async with runtime.transaction(seed="accounts") as tx:
            for account_id in (ANNA, BORIS):
                await ledger.open_account(
                    tx, account_id=account_id, currency="CNY", kind="tests", owner="payments", rule=Rule.NONE
                )
        return runtime


@pytest.fixture
async def fresh(databases: Databases, keys: Path) -> AsyncIterator[Fresh]:
    fresh = Fresh(databases, keys)
    yield fresh
    for runtime in fresh.runtimes:
        await runtime.database.close()


async def run(runtime: Runtime, business: Sequence[Sequence[TransferCommand]]) -> bytes:
    """The business done step by step, and the root of its day."""
    for number, commands in enumerate(business):
        async with runtime.transaction(seed=f"step {number}") as tx:
            await ledger.post(tx, commands)
    async with runtime.reading() as connection:
        return (await queries.day_root(connection, 1, DAY)).root


async def test_the_same_business_has_the_same_root_in_another_order_and_other_batches(fresh: Fresh) -> None:
    whole = [[command for commands in BUSINESS for command in commands]]
    one, backwards, together = [
        await run(await fresh.open(), business) for business in (BUSINESS, BUSINESS[::-1], whole)
    ]
    assert one == backwards == together


CHANGES = {
    "amount": {"amount": 7},
    "code": {"code": "tests.other"},
    "reference": {"reference": "other"},
    "sides": {"debit_account_id": BORIS, "credit_account_id": ANNA},
    "id": {"id": UUID(int=999 << 16 | 1)},
    "kind": {"kind": TransferKind.PENDING},
    "day": {"value_on": DAY + timedelta(days=1)},
}


async def test_one_difference_makes_another_root(fresh: Fresh) -> None:
    roots = {await run(await fresh.open(), BUSINESS)}
    for change in CHANGES.values():
        roots.add(await run(await fresh.open(), [[moved(100, **change)], *BUSINESS[1:]]))
    assert len(roots) == len(CHANGES) + 1
    # What went to another day is missing on this one, and nothing else is.
    assert await run(await fresh.open(), BUSINESS[1:]) in roots


async def test_the_auditor_finds_the_same_root_of_many_transfers(chain: Chain) -> None:
    """More than are hashed in one chunk, read over HTTP in the ledger's order."""
    anna = await chain.book.funded(0)
    for _ in range(2):
        many = [wire(chain.book.source, anna, 1 + number % 7, value_on="2026-11-20") for number in range(4_100)]
        assert (await chain.book.bulk("atomic", many)).status_code == 200
    await chain.book.moved(chain.book.source, anna, 1, value_on="2026-11-19")
    day = await chain.day("2026-11-20")
    listed: list[dict[str, Any]] = []
    params: dict[str, Any] = {"account_id": anna, "limit": 200}
    while True:
        answer = await chain.book.get("/v1/transfers", **params)
        listed += [one for one in answer["items"] if one["value_on"] == "2026-11-20"]
        if answer["next"] is None:
            break
        params["after"] = answer["next"]
    more = {"book_id": 1, "timeout_seconds": None, "reverses_id": None}
    assert (day["transfers"], len(listed)) == (8_200, 8_200)
    assert evidence.content_root([one | more for one in listed]).hex() == day["root"]
    empty = await chain.day("2026-11-18")
    assert (empty["transfers"], empty["root"]) == (0, evidence.EMPTY_ROOT.hex())


async def _pin(chain: Chain, day: str, key: str | None = None) -> Any:
    path = f"/v1/evidence/books/1/days/{day}/pins"
    return await chain.book.http.post(path, headers={"idempotency-key": key or uuid4().hex})


async def test_a_day_that_was_kept_stays_and_a_later_transfer_makes_a_new_version(chain: Chain) -> None:
    anna = await chain.book.funded(0)
    await chain.book.moved(chain.book.source, anna, 5, value_on="2026-11-20")
    first = (await _pin(chain, "2026-11-20")).json()
    assert (first["version"], first["transfers"], first["pinned_by"]) == (1, 1, "stf_tests")
    assert (await _pin(chain, "2026-11-20")).json() == first
    await chain.book.moved(chain.book.source, anna, 5, value_on="2026-11-20")
    changed = await chain.day("2026-11-20")
    assert changed["root"] != first["root"]
    assert changed["pins"] == [first]
    second = (await _pin(chain, "2026-11-20")).json()
    assert (second["version"], second["transfers"], second["root"]) == (2, 2, changed["root"])
    assert (await chain.day("2026-11-20"))["pins"] == [second, first]
    told = await chain.book.get("/v1/events", types="payments.evidence.*")
    assert [(one["data"]["version"], one["data"]["root"]) for one in told["items"]] == [
        (1, first["root"]), (2, second["root"]),
    ]  # fmt: skip


async def test_refusals(chain: Chain) -> None:
    today = business_day(datetime.now(UTC))
    refused = chain.book.refused
    assert await refused(await _pin(chain, today.isoformat())) == (422, "day_not_closed", "value_on")
    assert (await _pin(chain, (today - timedelta(days=1)).isoformat())).status_code == 201
    path = "/v1/evidence/books/7/days/2026-11-20/pins"
    answer = await chain.book.http.post(path, headers={"idempotency-key": "unknown"})
    assert await refused(answer) == (404, "unknown_book", "book_id")
    stranger = chain.book.served.client("p2p")
    answer = await stranger.post("/v1/evidence/books/1/days/2026-11-20/pins", headers={"idempotency-key": "stranger"})
    assert answer.status_code == 403
