"""Sums over many accounts: equal to what the statements of the accounts come to, now and at any instant; refused where nobody can know."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import real_now
from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import with_book
from chassis.runtime import Runtime
from services.payments.ledger import actions, metadata_queries, queries, questions
from services.payments.ledger.model import (
    LARGEST_SUM,
    AccountFilter,
    AggregatedBalance,
    Rule,
    Transfer,
    TransferCommand,
    TransferKind,
)
from tests.conftest import DatabaseUrls, MakeRuntime
from tests.payments.ledger.book import Book

CALLER = service_caller("suite")
START = datetime(2027, 3, 1, tzinfo=UTC)
ACCOUNTS = 5
MAPS = [{}, {"tier": "a"}, {"tier": "b"}, {"tier": "a", "city": "x"}, {"city": "x"}]
FILTERS = [None, {"tier": "a"}, {"city": "x"}, {"tier": "a", "city": "x"}, {"tier": "c"}]


class Step(NamedTuple):
    """At an instant an account is opened, moves to another, holds, settles its oldest hold, or is described anew."""

    seconds: int
    what: str
    account: int
    other: int
    number: int


steps = st.lists(
    st.builds(
        Step,
        st.integers(0, 2),
        st.sampled_from(["open", "move", "move", "hold", "post", "void", "describe", "describe"]),
        st.integers(0, ACCOUNTS - 1),
        st.integers(0, ACCOUNTS - 1),
        st.integers(0, 4),
    ),
    min_size=8,
    max_size=30,
)
moments = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([-1, 0, 1])), min_size=2, max_size=6)
"""Which of the instants at which something happened, and how many microseconds from it."""
OPENED_FIRST = [Step(0, "open", 0, 0, 1), Step(0, "open", 1, 0, 3), Step(1, "open", 2, 0, 0), Step(1, "open", 4, 0, 2)]


class History:
    """What happened, written down beside the ledger: who was opened when, and what was said of whom since when."""

    def __init__(self) -> None:
        self.opened: dict[int, datetime] = {}
        self.told: dict[int, list[tuple[datetime, dict[str, str]]]] = {}
        self.holds: dict[int, list[tuple[UUID, int]]] = {}

    def has(self, number: int, wanted: dict[str, str] | None, at: datetime) -> bool:
        if number not in self.opened or self.opened[number] > at:
            return False
        last: dict[str, str] = {}
        for instant, told in self.told[number]:
            last = told if instant <= at else last
        return all(last.get(key) == value for key, value in (wanted or {}).items())


def identifier(number: int) -> UUID:
    return with_book(UUID(int=(1 << 64 | number + 1) << 16), 1)


def currency_of(number: int) -> str:
    return "USD" if number == ACCOUNTS - 1 else "CNY"


async def take(tx: Tx, history: History, step: Step) -> None:
    account_id, other_id = identifier(step.account), identifier(step.other)
    told = MAPS[step.number]
    if step.what == "open" and step.account not in history.opened:
        kind, owner = ("odd" if step.account % 2 else "even"), ("suite" if step.account < 3 else "p2p")
        await actions.open_account(
            tx,
            account_id=account_id,
            currency=currency_of(step.account),
            kind=kind,
            owner=owner,
            rule=Rule.NONE,
            metadata=told,
        )
        history.opened[step.account] = tx.now
        history.told[step.account] = [(tx.now, told)]
    elif step.what == "describe" and step.account in history.opened:
        await actions.replace_metadata(tx, CALLER, account_id=account_id, metadata=told)
        last, before = history.told[step.account][-1]
        if told != before:
            recorded_at = (
                max(tx.now, last + timedelta(microseconds=1))
                if before or last > history.opened[step.account]
                else tx.now
            )
            history.told[step.account].append((recorded_at, told))
    elif step.what in ("move", "hold"):
        kind = TransferKind.SINGLE if step.what == "move" else TransferKind.PENDING
        command = TransferCommand(
            actions.new_transfer_id(tx), kind, "tests.move", debit_account_id=account_id, credit_account_id=other_id,
            amount=step.number + 1, currency=currency_of(step.account),
        )  # fmt: skip
        (outcome,) = await actions.attempt(tx, [command])
        if outcome.accepted and step.what == "hold":
            history.holds.setdefault(step.account, []).append((command.id, step.number + 1))
    elif step.what in ("post", "void") and history.holds.get(step.account):
        hold_id, held = history.holds[step.account].pop(0)
        kind = TransferKind.POST if step.what == "post" else TransferKind.VOID
        amount = min(held, step.number + 1) if step.what == "post" else None
        await actions.post(
            tx, [TransferCommand(actions.new_transfer_id(tx), kind, "tests.settle", pending_id=hold_id, amount=amount)]
        )


async def statement(connection: AsyncConnection, number: int, at: datetime) -> list[Transfer]:
    return await queries.statement_of(
        connection,
        identifier(number),
        since=None,
        until=at + timedelta(microseconds=1),
        after=None,
        kinds=tuple(TransferKind),
        limit=1000,
    )


def added_up(entries: list[Transfer], account_id: UUID) -> Counter[str]:
    """The four sums of an account, from what its statement says moved, and nothing else."""
    held = {one.id: one.amount for one in entries if one.kind is TransferKind.PENDING}
    sums: Counter[str] = Counter()
    for one in entries:
        side = "debits" if one.debit_account_id == account_id else "credits"
        if one.kind in (TransferKind.SINGLE, TransferKind.POST):
            sums[f"{side}_posted"] += one.amount
        if one.kind is TransferKind.PENDING:
            sums[f"{side}_pending"] += one.amount
        elif one.pending_id is not None:
            sums[f"{side}_pending"] -= held[one.pending_id]
    return sums


async def expected(
    connection: AsyncConnection, history: History, wanted: AccountFilter, at: datetime
) -> list[AggregatedBalance]:
    found: dict[str, Counter[str]] = {}
    for number in history.opened:
        kind, owner = ("odd" if number % 2 else "even"), ("suite" if number < 3 else "p2p")
        if wanted.kind not in (None, kind) or wanted.owner not in (None, owner):
            continue
        if wanted.currency not in (None, currency_of(number)) or not history.has(
            number, dict(wanted.metadata or {}), at
        ):
            continue
        sums = found.setdefault(currency_of(number), Counter())
        sums.update(added_up(await statement(connection, number, at), identifier(number)))
        sums["accounts"] += 1
    names = ("accounts", "debits_posted", "debits_pending", "credits_posted", "credits_pending")
    return [AggregatedBalance(currency, *(sums[name] for name in names)) for currency, sums in sorted(found.items())]


async def play(runtime: Runtime, plan: list[Step], asked: list[tuple[int, int]], filters: AccountFilter) -> None:
    history = History()
    happened = []
    async with runtime.database.engine.connect() as connection:
        tx = await runtime.database.begin(connection)
        tx.now = START
        for step in [*OPENED_FIRST, *plan]:
            tx.now += timedelta(seconds=step.seconds)
            await take(tx, history, step)
            happened.append(tx.now)
        for place, microseconds in asked:
            at = happened[place % len(happened)] + timedelta(microseconds=microseconds)
            wanted = AccountFilter(filters.owner, filters.kind, filters.currency, None, filters.metadata, at)
            then = await metadata_queries.balances_then(connection, wanted, at, 100)
            assert then == await expected(connection, history, wanted, at), (wanted, at)
        far = tx.now + timedelta(days=1)
        now = await metadata_queries.balances_now(connection, filters, 100)
        assert now == await expected(connection, history, filters, far)
        await connection.rollback()


async def test_sums_are_what_the_statements_come_to(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("payments")
    loop = asyncio.get_running_loop()
    wanted = st.builds(
        AccountFilter,
        st.sampled_from([None, None, "suite", "p2p"]),
        st.sampled_from([None, None, "odd", "even"]),
        st.sampled_from([None, None, "CNY", "USD"]),
        st.none(),
        st.sampled_from(FILTERS),
    )

    @settings(max_examples=120, deadline=None)
    @given(steps, moments, wanted)
    def agree(plan: list[Step], asked: list[tuple[int, int]], filters: AccountFilter) -> None:
        asyncio.run_coroutine_threadsafe(play(runtime, plan, asked, filters), loop).result(30)

    await asyncio.to_thread(agree)


async def _clock(book: Book, instant: datetime) -> None:
    assert (await book.http.put("/v1/clock", json={"business_at": instant.isoformat()})).status_code == 200


async def test_over_the_wire_now_and_then(book: Book) -> None:
    await _clock(book, START)
    anna = await book.funded(100, kind="shop", metadata={"tier": "a"})
    boris = await book.funded(50, kind="shop", metadata={"tier": "b"})
    await _clock(book, START + timedelta(days=1))
    await book.hold(anna, boris, 30)
    body = {"metadata": {"tier": "a"}}
    await book.http.put(f"/v1/accounts/{boris}/metadata", json=body, headers={"idempotency-key": uuid4().hex})

    async def asked(**params: Any) -> tuple[int, list[tuple[int, ...]]]:
        found = await book.get("/v1/balances", kind="shop", **params)
        names = ("accounts", "debits_posted", "debits_pending", "credits_posted", "credits_pending", "balance")
        return found["accounts"], [tuple(one[name] for name in names) for one in found["items"]]

    before = (START + timedelta(hours=1)).isoformat()
    assert await asked(metadata="tier:a") == (2, [(2, 0, 30, 150, 30, 150)])
    assert await asked(metadata="tier:a", at=before) == (1, [(1, 0, 0, 100, 0, 100)])
    assert await asked(metadata=["tier:a", "city:x"]) == (0, [])
    # That nothing matches is an answer, and says so.
    assert await asked(currency="USD") == (0, [])
    assert await asked(at=(START - timedelta(days=9)).isoformat()) == (0, [])
    # Everything together is nothing: the account the money came from is among all.
    whole = await book.get("/v1/balances", currency="CNY")
    assert [(one["accounts"], one["balance"]) for one in whole["items"]] == [(3, 0)]
    assert whole["at"] == (START + timedelta(days=1)).isoformat().replace("+00:00", "Z")


async def test_whose_balances(book: Book) -> None:
    await book.funded(70, kind="shop", owner="p2p")
    await book.funded(1, kind="shop")
    lending = book.served.client("p2p")
    for params in ({}, {"owner": "p2p"}, {"kind": "shop"}):
        assert (await lending.get("/v1/balances", params=params)).json()["accounts"] == 1, params
    assert (await lending.get("/v1/balances", params={"owner": "suite"})).status_code == 404
    assert (await book.get("/v1/balances", kind="shop"))["accounts"] == 2
    nobody = book.served.client(scopes=["payments:transfer"])
    assert (await nobody.get("/v1/balances")).json()["code"] == "missing_scope"


async def test_what_nobody_can_know_is_refused(book: Book, database_urls: DatabaseUrls) -> None:
    await _clock(book, START + timedelta(days=1))
    _, owner_url = await database_urls("payments")
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("INSERT INTO ledger_metadata_since VALUES (true, $1)", START)
    finally:
        await connection.close()
    before, after = START - timedelta(microseconds=1), START + timedelta(days=2)
    for params, expected_refusal in (
        ({"at": after}, (422, "in_future", "at")),
        ({"at": before, "metadata": "tier:a"}, (422, "metadata_not_known_then", "at")),
        ({"at": "yesterday"}, (422, "invalid_value", "at")),
        ({"on": "2027-03-01"}, (422, "unknown_field", "on")),
    ):
        shown = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in params.items()}
        assert await book.refused(await book.http.get("/v1/balances", params=shown)) == expected_refusal, params
    assert (await book.get("/v1/balances", kind="shop", at=before.isoformat()))["accounts"] == 0
    assert (await book.get("/v1/balances", at=START.isoformat(), metadata="tier:a"))["accounts"] == 0


async def test_too_many_accounts_are_refused(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_ACCOUNTS_NOW", "MOST_ACCOUNTS_THEN"):
        monkeypatch.setattr(questions, name, 2)
    for _ in range(2):
        await book.account(kind="shop")
    now = real_now().isoformat()
    for params in ({"kind": "shop"}, {"kind": "shop", "at": now}):
        assert (await book.get("/v1/balances", **params))["accounts"] == 2
    await book.account(kind="shop")
    now = real_now().isoformat()
    for params in ({"kind": "shop"}, {"kind": "shop", "at": now}):
        assert await book.refused(await book.http.get("/v1/balances", params=params)) == (
            422,
            "too_many_accounts",
            None,
        )


def test_a_sum_that_not_everybody_can_read_is_refused() -> None:
    full = AggregatedBalance("CNY", 2, LARGEST_SUM, 0, LARGEST_SUM, 0)
    assert questions.require_summable([full]) == [full]
    for place in range(4):
        sums = [0, 0, 0, 0]
        sums[place] = LARGEST_SUM + 1
        with pytest.raises(Refusal) as refused:
            questions.require_summable([full, AggregatedBalance("CNY", 2, *sums)])
        assert (refused.value.code, refused.value.field) == ("sum_out_of_range", "currency")
