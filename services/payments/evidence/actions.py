"""Stories of evidence: batches are linked after their commit; the content of a day is kept."""

from datetime import date

from chassis.clock import real_now
from chassis.database import Tx
from chassis.identity import Caller
from clients.payments.evidence import ENCODING, root
from services.payments.evidence import queries, rules
from services.payments.evidence.errors import DayNotClosed, UnknownBook
from services.payments.evidence.model import Pin, Progress

POSITIONS_AT_ONCE = 2_000


async def link_batches(tx: Tx, caller: Caller) -> Progress:
    """Link the next slice of committed batches, each onto its book's chain; nothing, if another is at it.

    Positions never change once given, and a batch is seen when it has one: nothing can come before what was linked.
    """
    done, head = await queries.progress(tx.connection)
    if done >= head:
        return Progress(done, complete=True)
    locked = await queries.lock_progress(tx.connection)
    if locked is None or locked >= head:
        return Progress(locked or done, complete=True)
    until = min(head, locked + POSITIONS_AT_ONCE)
    found = await queries.batches_between(tx.connection, locked, until)
    batches = rules.slice_of(found, rules.LARGEST_SLICE)
    if batches:
        untold = [batch.id for batch in batches if not batch.root]
        leaves = await queries.leaves_of(tx.connection, untold) if untold else {}
        roots = {batch.id: batch.root or root(leaves.get(batch.id, ())) for batch in batches}
        heads = await queries.heads_of(tx.connection, {batch.book_id for batch in batches})
        hashes = await queries.hashes_of(tx.connection, rules.skips_of(batches, heads))
        await queries.add_links(tx.connection, rules.chained(batches, roots, heads, hashes, real_now()))
    reached = until if len(batches) == len(found) else batches[-1].position
    await queries.save_progress(tx.connection, reached)
    return Progress(reached, complete=reached >= head)


async def pin_day(tx: Tx, caller: Caller, *, book_id: int, value_on: date) -> Pin:
    """Keep the root of a day that is over. With nothing added since it was kept, the answer is what is there.

    Raises UnknownBook, DayNotClosed.
    """
    if value_on >= tx.today:
        raise DayNotClosed("the day is not over yet", field="value_on")
    if book_id not in await queries.books(tx.connection):
        raise UnknownBook("no such book", field="book_id")
    await queries.lock_day(tx.connection, book_id, value_on)
    now = await queries.day_root(tx.connection, book_id, value_on)
    kept = await queries.pins_of(tx.connection, book_id, value_on, 1)
    if kept and kept[0].root == now.root:
        return kept[0]
    version = kept[0].version + 1 if kept else 1
    pin = Pin(book_id, value_on, version, now.transfers, now.root, ENCODING, tx.now, caller.subject)
    await queries.add_pin(tx.connection, pin)
    told = {
        "book_id": book_id,
        "value_on": value_on.isoformat(),
        "version": version,
        "transfers": pin.transfers,
        "root": pin.root.hex(),
    }
    tx.events.add("payments.evidence.day_pinned.v1", f"book_{book_id}", told)
    return pin
