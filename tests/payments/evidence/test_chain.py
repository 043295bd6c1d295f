"""Committed batches in the chain of their book: soon, without a gap, and each transfer provable from what the auditor has kept."""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import event

from chassis.clock import real_now
from chassis.commands import perform
from chassis.direct import Direct, Row
from chassis.leadership import lock_key
from chassis.runtime import Runtime
from chassis.sequencer import sequencer_of
from clients.payments import evidence
from services.payments.evidence import actions, queries, recomputing, rules
from services.payments.evidence.linking import LEADERSHIP, PAYMENTS, TICK_SECONDS, link_committed
from services.payments.evidence.model import Batch
from services.payments.ledger import actions as ledger
from services.payments.ledger import batch_queries
from services.payments.ledger.model import Rule, TransferCommand, TransferKind
from tests.conftest import DatabaseUrls, MakeRuntime, Serve
from tests.payments.evidence.chain import Chain
from tests.payments.ledger.book import Book, transfer_id, wire

SOON_SECONDS = 1.0


async def test_a_batch_is_linked_within_a_second_of_its_commit(chain: Chain) -> None:
    anna = await chain.book.funded(10)
    await chain.linked()
    waited = []
    for _ in range(5):
        before = (await chain.head())["link"]["number"]
        await chain.book.moved(chain.book.source, anna, 1)
        since = time.monotonic()
        while (await chain.head())["link"]["number"] == before:
            assert time.monotonic() < since + 10
            await asyncio.sleep(0.02)
        waited.append(time.monotonic() - since)
    # The middle one: a machine that is busy elsewhere may hold up a single one.
    assert sorted(waited)[2] < SOON_SECONDS, waited


async def test_a_chain_has_no_gap_and_each_link_names_the_one_before(chain: Chain) -> None:
    anna = await chain.book.funded(10)
    sizes = [1]
    for size in (3, 1, 8, 40):
        answer = await chain.book.bulk("atomic", [wire(chain.book.source, anna, 1) for _ in range(size)])
        assert answer.status_code == 200
        sizes.append(size)
    head = await chain.linked()
    links = await chain.links(limit=2)
    assert [link["transfers"] for link in links] == sizes
    assert [link["number"] for link in links] == list(range(1, len(sizes) + 1))
    assert links[-1] == head
    before = evidence.NO_LINK.hex()
    for link in links:
        assert link["previous_hash"] == before
        assert evidence.link_hash(link).hex() == link["hash"]
        before = link["hash"]
    assert [link["number"] for link in await chain.links(first=2, last=4, limit=1)] == [2, 3, 4]


async def test_each_book_has_its_own_chain(chain: Chain) -> None:
    other = Chain(await Book.open(chain.book.served, book_id=9), 9)
    assert (await other.head())["link"] is None
    near, far = await chain.book.funded(10), (await other.book.account(book_id=9))["id"]
    for _ in range(2):
        await other.book.send(
            id=transfer_id(9), debit_account_id=other.book.source, credit_account_id=far, amount=1, currency="CNY"
        )
        await chain.book.moved(chain.book.source, near, 1)
    await chain.linked()
    assert [len(await one.links()) for one in (chain, other)] == [3, 2]
    assert not {link["hash"] for link in await chain.links()} & {link["hash"] for link in await other.links()}


async def _all_kinds(chain: Chain) -> list[str]:
    """A transfer of each kind that callers make, alone and among others."""
    book = chain.book
    anna, boris = await book.funded(100), await book.funded(0)
    hold, other = await book.hold(anna, boris, 7, timeout_seconds=60), await book.hold(anna, boris, 5)
    posted = (await book.settle("post", hold, amount=3)).json()["id"]
    voided = (await book.settle("void", other)).json()["id"]
    moved = await book.moved(anna, boris, 9, reference="单号 7", value_on="2026-01-31")
    back = {"id": transfer_id(), "amount": 4}
    assert (await book.http.post(f"/v1/transfers/{moved['id']}/reversal", json=back)).status_code == 201
    many = [wire(book.source, anna, 1) for _ in range(21)]
    assert (await book.bulk("atomic", many)).status_code == 200
    return [hold, other, posted, voided, moved["id"], back["id"], *(one["id"] for one in many)]


async def test_every_transfer_can_be_proved_with_a_short_proof(chain: Chain) -> None:
    made = await _all_kinds(chain)
    kept = await chain.linked()
    for _ in range(5):
        await chain.book.funded(1)
    await chain.linked()
    for one in made:
        for head, known in ((None, (await chain.head())["link"]["hash"]), (kept["number"], kept["hash"])):
            proof = await chain.proof(one, **({"head": head} if head else {}))
            shown = await chain.book.get(f"/v1/transfers/{one}")
            proved = evidence.check(proof, known)
            assert {name: proved[name] for name in shown if name != "expires_at"} == {
                name: value for name, value in shown.items() if name != "expires_at"
            }
            assert len(proof["path"]) <= 5
    assert proof["transfer"]["reverses_id"] is None
    assert (await chain.proof(made[5]))["transfer"]["reverses_id"] == made[4]


async def test_a_proof_that_was_touched_is_wrong(chain: Chain) -> None:
    made = await _all_kinds(chain)
    await chain.linked()
    await chain.book.funded(1)
    head = await chain.linked()
    proof = await chain.proof(made[-1])
    assert len(proof["links"]) > 1
    for touch in (
        {"transfer": proof["transfer"] | {"amount": 2}},
        {"transfer": proof["transfer"] | {"number": 3}},
        {"transfer": proof["transfer"] | {"book_id": 2}},
        {"transfer": proof["transfer"] | {"reverses_id": made[0]}},
        {"path": proof["path"][1:]},
        {"path": [proof["path"][1], proof["path"][0], *proof["path"][2:]]},
        {"links": proof["links"][1:]},
        {"links": [proof["links"][0], proof["links"][0]]},
        {"links": []},
        {"links": [proof["links"][0] | {"encoding": 2}, *proof["links"][1:]]},
        {"links": [proof["links"][0], proof["links"][1] | {"transfers": 22}]},
    ):
        with pytest.raises(evidence.Wrong):
            evidence.check(proof | touch, head["hash"])
    with pytest.raises(evidence.Wrong, match="head"):
        evidence.check(proof, "00" * 32)


async def test_the_verifier_runs_alone(chain: Chain, tmp_path: Path) -> None:
    made = await _all_kinds(chain)
    head = await chain.linked()
    file = tmp_path / "proof.json"
    for touch, status in (({}, 0), ({"path": []}, 1)):
        proof = await chain.proof(made[-1])
        file.write_text(json.dumps(proof | touch), encoding="utf-8")
        command = [sys.executable, "-I", "-S", evidence.__file__, str(file), head["hash"]]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        assert (done.returncode, made[-1] in done.stdout) == (status, status == 0)


async def test_a_chain_is_worked_out_again_in_steps(chain: Chain) -> None:
    anna = await chain.book.funded(10)
    for _ in range(4):
        await chain.book.moved(chain.book.source, anna, 1)
    await chain.linked()
    steps = [await chain.recomputed(limit=2)]
    while not steps[-1]["complete"]:
        steps.append(await chain.recomputed(after=steps[-1]["until"], limit=2))
    assert [(step["links"], step["until"], step["transfers"], step["broken"]) for step in steps] == [
        (2, 2, 2, None), (2, 4, 2, None), (1, 5, 1, None),
    ]  # fmt: skip
    assert (await chain.recomputed(after=5))["complete"] is True
    assert (await chain.recomputed(after=6))["broken"] == {"number": 6, "fault": "link_missing", "batch_id": None}


async def test_refusals(chain: Chain, database_urls: DatabaseUrls) -> None:
    anna = await chain.book.funded(10)
    first = (await chain.book.moved(chain.book.source, anna, 1))["id"]
    await chain.linked()
    http = chain.book.http
    for path, expected in (
        ("/v1/evidence/books/8/head", (404, "unknown_book", "book_id")),
        ("/v1/evidence/books/8/links", (404, "unknown_book", "book_id")),
        ("/v1/evidence/books/8/recomputation", (404, "unknown_book", "book_id")),
        ("/v1/evidence/books/8/days/2026-01-01", (404, "unknown_book", "book_id")),
        (f"/v1/evidence/transfers/{transfer_id()}/proof", (404, "unknown_transfer", "transfer_id")),
        (f"/v1/evidence/transfers/{first}/proof?head=1", (404, "unknown_link", "head")),
        (f"/v1/evidence/transfers/{first}/proof?head=3", (404, "unknown_link", "head")),
        ("/v1/evidence/books/0/head", (422, "invalid_value", "book_id")),
        ("/v1/evidence/books/1/recomputation?limit=1001", (422, "invalid_value", "limit")),
        ("/v1/evidence/books/1/days/today", (422, "invalid_value", "value_on")),
    ):
        assert await chain.book.refused(await http.get(path)) == expected, path
    stranger = chain.book.served.client("p2p")
    proof = f"/v1/evidence/transfers/{first}/proof"
    assert await chain.book.refused(await stranger.get(proof)) == (404, "unknown_transfer", "transfer_id")
    assert (await stranger.get("/v1/evidence/books/1/head")).status_code == 200
    assert (await stranger.get("/v1/evidence/books/1/recomputation")).status_code == 403
    assert (await stranger.get("/v1/evidence/books/1/days/2026-01-01")).status_code == 403
    _, owner_url = await database_urls("payments")
    holding = await asyncpg.connect(owner_url)
    try:
        async with holding.transaction():
            await holding.execute("SELECT FROM evidence_progress FOR UPDATE")
            late = (await chain.book.moved(chain.book.source, anna, 1))["id"]
            answer = await http.get(f"/v1/evidence/transfers/{late}/proof")
            assert await chain.book.refused(answer) == (409, "not_linked_yet", "transfer_id")
    finally:
        await holding.close()
    await chain.linked()
    assert evidence.check(await chain.proof(late))["id"] == late


async def test_the_payer_and_the_payee_may_have_a_proof(chain: Chain) -> None:
    anna = await chain.book.funded(10, owner="p2p")
    made = (await chain.book.moved(anna, chain.book.source, 1))["id"]
    await chain.linked()
    answer = await chain.book.served.client("p2p").get(f"/v1/evidence/transfers/{made}/proof")
    assert evidence.check(answer.json())["id"] == made


@pytest.mark.parametrize(
    ("sizes", "taken"), [([], 0), ([9], 1), ([4, 4], 2), ([4, 4, 1], 3), ([4, 4, 2], 2), ([20, 1], 1)]
)
def test_a_slice_is_as_many_batches_as_hold_its_transfers(sizes: list[int], taken: int) -> None:
    batches = [Batch(place, transfer_uuid(place), 1, size) for place, size in enumerate(sizes, 1)]
    assert len(rules.slice_of(batches, 9)) == taken


def transfer_uuid(number: int) -> UUID:
    return UUID(int=number << 16 | 1)


async def _post(runtime: Runtime, number: int, transfers: int = 1) -> None:
    """A batch by a story, without a server."""
    async with runtime.transaction(seed=f"post {number}") as tx:
        if number == 0:
            for one in (1, 2):
                await ledger.open_account(
                    tx, account_id=transfer_uuid(one), currency="CNY", kind="tests", owner="payments", rule=Rule.NONE
                )
        first = 10 + number * 1000
        await ledger.post(
            tx,
            [
                TransferCommand(
                    transfer_uuid(first + each), TransferKind.SINGLE, "tests.move", "", transfer_uuid(1), transfer_uuid(2), 1, "CNY"
                )
                for each in range(transfers)
            ],
        )  # fmt: skip


async def _holds(runtime: Runtime) -> int:
    """Works the whole chain out again, as far as it is; how many links it has."""
    async with runtime.reading() as connection:
        found = await recomputing.recompute_all(connection, 1, 3)
    assert (found.broken, found.complete) == (None, True)
    return found.links


async def test_a_backlog_is_caught_up_in_slices_whatever_fails_between_two_statements(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "POSITIONS_AT_ONCE", 4)
    monkeypatch.setattr(rules, "LARGEST_SLICE", 5)
    runtime = await make_runtime("payments")
    for number in range(12):
        await _post(runtime, number, 1 + number % 3)
    await sequencer_of(runtime).number()
    failing = {"after": 0}

    def fail(*_: Any) -> None:
        failing["after"] -= 1
        if failing["after"] == 0:
            raise ConnectionError("cut off here")

    fetch = Direct.fetch

    async def fetch_or_fail(direct: Direct, statement: str, *values: Any) -> list[Row]:
        fail()
        return await fetch(direct, statement, *values)

    event.listen(runtime.database.engine.sync_engine, "before_cursor_execute", fail)
    monkeypatch.setattr(Direct, "fetch", fetch_or_fail)
    cuts, complete = 0, False
    for statement in itertools.chain.from_iterable(range(1, last) for last in itertools.count(3)):
        failing["after"] = statement
        try:
            complete = (await perform(runtime, actions.link_batches, PAYMENTS, seed=f"cut {cuts}")).complete
        except ConnectionError:
            cuts += 1
        failing["after"] = 0
        await _holds(runtime)
        if complete:
            break
    assert cuts > 20
    assert await _holds(runtime) == 12


@pytest.mark.parametrize(("most", "told"), [(4, True), (3, False)])
async def test_a_small_batch_tells_the_root_of_its_link(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, most: int, told: bool
) -> None:
    """A larger one is written by COPY, and its leaves are read when it is linked. Each is proved the same way."""
    monkeypatch.setattr(batch_queries, "LARGEST_STATEMENT", most)
    anna = await chain.book.funded(0)
    many = [wire(chain.book.source, anna, amount, metadata={"order": str(amount)}) for amount in (1, 2, 3)]
    assert (await chain.book.bulk("atomic", [*many, wire(chain.book.source, anna, 4)])).status_code == 200
    link = await chain.linked()
    events = await chain.book.get("/v1/events", types="payments.ledger.batch_posted.v1")
    assert events["items"][-1]["data"].get("root") == (link["root"] if told else None)
    for one in many:
        assert evidence.check(await chain.proof(one["id"]), link["hash"])["id"] == one["id"]
    assert (await chain.recomputed())["broken"] is None


async def test_a_batch_of_a_story_tells_no_root(chain: Chain) -> None:
    """The story may yet say which transfer one of it takes back, which is part of the leaf."""
    anna = await chain.book.funded(10)
    made = await chain.book.moved(chain.book.source, anna, 3)
    answer = await chain.book.http.post(f"/v1/transfers/{made['id']}/reversal", json={"id": transfer_id()})
    assert answer.status_code == 201, answer.text
    await chain.linked()
    events = await chain.book.get("/v1/events", types="payments.ledger.batch_posted.v1")
    assert ["root" in one["data"] for one in events["items"]][-2:] == [True, False]
    assert (await chain.recomputed())["broken"] is None


async def test_nothing_is_linked_while_another_leads(serve: Serve, database_urls: DatabaseUrls) -> None:
    url, _ = await database_urls("payments")
    other = await asyncpg.connect(url)
    try:
        await other.execute("SELECT pg_advisory_lock($1)", lock_key(LEADERSHIP))
        chain = Chain(await Book.open(await serve("payments")))
        await chain.book.funded(10)
        await chain.book.get("/v1/events", limit=1)
        await asyncio.sleep(3 * TICK_SECONDS)
        assert (await chain.head())["waiting"] > 0
    finally:
        other.terminate()
    assert (await chain.linked())["number"] == 1


async def test_two_replicas_link_what_several_post(make_runtime: MakeRuntime) -> None:
    runtimes = [await make_runtime("payments") for _ in range(2)]
    await _post(runtimes[0], 0)
    posting = True

    async def link(runtime: Runtime) -> None:
        while posting:
            await link_committed(runtime)
            await asyncio.sleep(0)

    linking = [asyncio.create_task(link(runtime)) for runtime in runtimes]
    for start in range(1, 31, 3):
        await asyncio.gather(*(_post(runtimes[number % 2], number, 4) for number in range(start, start + 3)))
    posting = False
    await asyncio.gather(*linking)
    await link_committed(runtimes[0])
    assert await _holds(runtimes[1]) == 31


async def test_one_whose_connection_is_cut_leaves_the_chain_to_the_next(
    make_runtime: MakeRuntime, database_urls: DatabaseUrls
) -> None:
    """As after kill -9: the server ends what the process had begun."""
    runtime = await make_runtime("payments")
    for number in range(3):
        await _post(runtime, number)
    await sequencer_of(runtime).number()
    other = await make_runtime("payments")
    async with other.database.engine.connect() as connection:
        await link_some(connection)
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        driver.terminate()
        await connection.invalidate()
    await asyncio.sleep(0.1)
    await link_committed(runtime)
    assert await _holds(runtime) == 3


async def link_some(connection: Any) -> None:
    """The middle of a slice: the lock is held, links are written, nothing is committed."""
    assert await queries.lock_progress(connection) == 0
    batches = await queries.batches_between(connection, 0, 100)
    leaves = await queries.leaves_of(connection, [batch.id for batch in batches])
    roots = {batch.id: evidence.root(leaves[batch.id]) for batch in batches}
    await queries.add_links(connection, rules.chained(batches, roots, {}, {}, real_now()))
