"""Positions are gap-free, stable and complete, whatever commits when."""

import asyncio
import random

import pytest

from chassis.runtime import Runtime
from chassis.sequencer import MalformedTypes, Sequencer, TypeFilter, number_new_events, read_events, sequencer_of


class RolledBackError(Exception):
    pass


WRITERS = 12
ROUNDS = 25


async def _tell(runtime: Runtime, type: str, subject: str, **data: object) -> None:
    async with runtime.transaction() as tx:
        tx.events.add(type, subject, data)


async def _write_out_of_order(runtime: Runtime, writer: int, committed: list[str]) -> None:
    """Transactions of one to three events, held open for different times; a third of them roll back."""
    chance = random.Random(writer)
    for turn in range(ROUNDS):
        names = [f"{writer}/{turn}/{part}" for part in range(chance.randint(1, 3))]
        roll_back = chance.random() < 0.33
        try:
            async with runtime.transaction() as tx:
                for name in names:
                    tx.events.add("test.written.v1", name, {"writer": writer})
                    if chance.random() < 0.3:
                        # As the ledger's lane does: written before the end of the transaction, which then takes its time.
                        await _write_now(tx)
                        await asyncio.sleep(chance.random() * 0.03)
                await _write_now(tx)
                await asyncio.sleep(chance.random() * 0.02)
                if roll_back:
                    raise RolledBackError
        except RolledBackError:
            continue
        committed.extend(names)


async def _write_now(tx) -> None:  # type: ignore[no-untyped-def]
    from chassis.events import write_events

    await write_events(tx.connection, tx.events.take())


async def _read_along(runtime: Runtime, finished: asyncio.Event) -> list[tuple[int, str]]:
    """What a reader that never looks back sees."""
    seen: list[tuple[int, str]] = []
    after = 0
    while True:
        last_look = finished.is_set()
        items, after = await read_events(runtime, after, limit=7, wait_seconds=0.05)
        seen += [(item["position"], item["subject"]) for item in items]
        if last_look and not items:
            return seen


async def test_no_event_is_lost_or_doubled_with_many_writers_and_two_sequencers(runtime: Runtime) -> None:
    sequencers = [Sequencer(runtime), Sequencer(runtime)]
    for sequencer in sequencers:
        await sequencer.start()
    committed: list[str] = []
    finished = asyncio.Event()
    readers = [asyncio.create_task(_read_along(runtime, finished)) for _ in range(3)]
    await asyncio.gather(*(_write_out_of_order(runtime, writer, committed) for writer in range(WRITERS)))
    finished.set()
    seen = await asyncio.gather(*readers)
    for sequencer in sequencers:
        await sequencer.stop()

    assert seen[0] == seen[1] == seen[2], "every reader saw the same order"
    assert [position for position, _ in seen[0]] == list(range(1, len(committed) + 1)), "no gap, in order"
    assert sorted(subject for _, subject in seen[0]) == sorted(committed), "all that committed, nothing that did not"
    for writer in range(WRITERS):
        own = [subject for _, subject in seen[0] if subject.startswith(f"{writer}/")]
        assert own == [subject for subject in committed if subject.startswith(f"{writer}/")], "a writer's order is kept"
    again, _ = await read_events(runtime, 0, limit=1000)
    assert [(item["position"], item["subject"]) for item in again] == seen[0], "the order never changes"


async def test_what_commits_late_stands_behind_what_readers_have_seen(runtime: Runtime) -> None:
    async with runtime.transaction() as slow:
        slow.events.add("test.slow.v1", "slow", {})
        await _write_now(slow)
        await _tell(runtime, "test.fast.v1", "fast")
        items, after = await read_events(runtime, 0)
        assert [item["subject"] for item in items] == ["fast"]
    items, after = await read_events(runtime, after)
    assert [(item["position"], item["subject"]) for item in items] == [(2, "slow")]


async def test_numbering_is_left_to_whoever_holds_the_lock(runtime: Runtime) -> None:
    await _tell(runtime, "test.told.v1", "one")
    async with runtime.database.engine.begin() as first, runtime.database.engine.begin() as second:
        assert await number_new_events(first) == 1
        assert await number_new_events(second) == 0


async def test_numbering_that_rolls_back_gives_the_same_positions_again(runtime: Runtime) -> None:
    await _tell(runtime, "test.told.v1", "one")
    async with runtime.database.engine.connect() as connection:
        assert await number_new_events(connection) == 1
    items, after = await read_events(runtime, 0)
    assert [(item["position"], item["subject"]) for item in items] == [(1, "one")]
    assert after == 1


async def test_a_filter_moves_the_reader_past_what_it_leaves_out(runtime: Runtime) -> None:
    for number in range(3):
        await _tell(runtime, "payments.trade.released.v1", f"trade {number}")
        await _tell(runtime, "payments_other.trade.v1", f"other {number}")
    items, after = await read_events(runtime, 0, "payments.*")
    assert [item["subject"] for item in items] == ["trade 0", "trade 1", "trade 2"]
    assert after == 6
    items, after = await read_events(runtime, 0, "payments_other.trade.v1", limit=2)
    assert ([item["subject"] for item in items], after) == (["other 0", "other 1"], 4)
    assert await read_events(runtime, 0, "p2p.*") == ([], 6)


async def test_an_event_is_a_cloud_event(runtime: Runtime) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with runtime.transaction(trace=trace) as tx:
        tx.events.add("p2p.loan.disbursed.v1", "lon_1", {"amount_minor": 2**53 - 1, "名": "四方"})
        now = tx.now
    (item,), _ = await read_events(runtime, 0)
    assert item.pop("id").startswith("evt_")
    assert item == {
        "specversion": "1.0",
        "source": "/p2p",
        "type": "p2p.loan.disbursed.v1",
        "subject": "lon_1",
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "position": 1,
        "data": {"amount_minor": 2**53 - 1, "名": "四方"},
        "traceparent": trace,
    }


async def test_a_waiting_reader_is_woken_by_the_background_sequencer(runtime: Runtime) -> None:
    sequencer = sequencer_of(runtime)
    await sequencer.start()
    loop = asyncio.get_running_loop()
    waiting = asyncio.create_task(read_events(runtime, 0, wait_seconds=10))
    await asyncio.sleep(0.1)
    told_at = loop.time()
    await _tell(runtime, "test.told.v1", "one")
    items, after = await waiting
    assert [item["subject"] for item in items] == ["one"]
    assert loop.time() - told_at < 1.5
    idle = asyncio.create_task(read_events(runtime, after, wait_seconds=30))
    await asyncio.sleep(0.05)
    await sequencer.stop()
    assert await asyncio.wait_for(idle, 2) == ([], 1), "a stopping process answers those who wait"


async def test_waiting_ends_in_time_with_nothing(runtime: Runtime) -> None:
    began = asyncio.get_running_loop().time()
    assert await read_events(runtime, 0, wait_seconds=0.3) == ([], 0)
    assert 0.2 < asyncio.get_running_loop().time() - began < 2


@pytest.mark.parametrize("types", ["*", "a.*.b", "**", ",".join(["a"] * 51)])
def test_malformed_types_are_refused(types: str) -> None:
    with pytest.raises(MalformedTypes) as refusal:
        TypeFilter.read(types)
    assert refusal.value.field == "types"


async def test_a_reader_waits_for_a_sequencer_that_is_at_it(runtime: Runtime) -> None:
    await _tell(runtime, "test.written.v1", "one")
    async with runtime.database.engine.begin() as other:
        assert await number_new_events(other) == 1
        reading = asyncio.create_task(read_events(runtime, 0))
        await asyncio.sleep(0.1)
        assert not reading.done()
        # Told after the other looked: its to leave, the reader's to number.
        await _tell(runtime, "test.written.v1", "two")
    items, _ = await reading
    assert [item["subject"] for item in items] == ["one", "two"]
