"""Days of random payments that a bank shows the same day, a day late, twice or never: what differs is that of a second reckoning, payment
by payment, and the same whether a proof goes on from an earlier day or begins at the beginning."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from chassis.clock import SUITE_ZONE, business_day, start_of_day
from services.payments.reserve import queries, rules
from services.payments.reserve.model import Carried, Item
from tests.payments.market import Market
from tests.payments.reconciliation.desk import Desk
from tests.payments.reconciliation.files import Entry, camt
from tests.payments.reserve.proofs import BANK, came_in, noon, proved

ONE_DAY = timedelta(days=1)
DAYS, PAYMENTS = 4, 4


@dataclass
class Books:
    """By reference and day: what was posted, and what the bank has shown. late: what it shows the next day."""

    posted: list[tuple[date, str, int]] = field(default_factory=list)
    shown: list[tuple[date, str, int]] = field(default_factory=list)
    late: list[Entry] = field(default_factory=list)

    def differences(self, day: date) -> dict[str, int]:
        """What the ledger has more than the bank, by reference."""
        found: Counter[str] = Counter()
        for on, reference, amount in self.posted:
            found[reference] += amount if on <= day else 0
        for on, reference, amount in self.shown:
            found[reference] -= amount if on <= day else 0
        return {reference: amount for reference, amount in found.items() if amount}


async def a_day(market: Market, desk: Desk, account_id: str, books: Books, chance: Random, payer: str) -> date:
    """Payments, then the bank's statement of the day, handed in when it is over."""
    day = business_day(await market.now(), SUITE_ZONE)
    lines, books.late = books.late, []
    for at in range(PAYMENTS):
        reference, amount = f"PAY{day:%m%d}{at}", chance.choice((1, 1, 1, -1)) * chance.randint(1, 900)
        await came_in(market, payer, amount, reference)
        books.posted.append((day, reference, amount))
        line = (f"s{day:%m%d}{at}", amount, reference)
        how = chance.choice(("shown", "shown", "late", "never", "twice"))
        lines += {"shown": [line], "twice": [line, (f"t{line[0]}", amount, reference)]}.get(how, [])
        books.late += [line] if how == "late" else []
    opening = sum(amount for _, _, amount in books.shown)
    books.shown += [(day, reference, amount) for _, amount, reference in lines]
    await market.stop_clock(ONE_DAY)
    await desk.taken(account_id, camt(lines, opening=opening, day=day))
    await desk.run(account_id)
    return day


async def items_at(market: Market, day: date, carried: Carried | None) -> list[Item]:
    ended_at = start_of_day(day + ONE_DAY, SUITE_ZONE)
    async with market.served.runtime.reading() as connection:
        (about,) = await queries.reserves_of(connection, "CNY", ended_at)
        found = await queries.differences(connection, about, day, ended_at, carried, 1_000)
    return [rules.item_of(BANK, one, day) for one in found]


async def carried_from(market: Market, day: date) -> Carried:
    """Its last proof, whatever it says: its items are what was left of that day."""
    made = await proved(market.operator.http, day)
    closed_at: datetime = start_of_day(day + ONE_DAY, SUITE_ZONE)
    async with market.served.runtime.reading() as connection:
        last = await queries.latest_proof(connection, day, "CNY")
    assert last is not None
    assert last.proof.version == made["version"]
    return Carried(last.proof.id, day, closed_at)


async def test_what_differs_is_the_same_from_whatever_day_a_proof_goes_on(market: Market) -> None:
    desk, chance, books = Desk.at(market.served), Random(20261105), Books()
    await noon(market)
    anna = await market.customer()
    payer = anna.wallet["account_id"]
    account_id = await desk.open_account()
    await came_in(market, payer, 10_000, "FIRST")
    day = business_day(await market.now(), SUITE_ZONE)
    books.posted.append((day, "FIRST", 10_000))
    books.late.append(("s0", 10_000, "FIRST"))
    days = [await a_day(market, desk, account_id, books, chance, payer) for _ in range(DAYS)]
    for at, day in enumerate(days):
        whole = await items_at(market, day, None)
        # A line shown twice is one by itself; all of a reference together are what they are in the second reckoning.
        assert sorted(by_reference(whole, books, day).items()) == sorted(books.differences(day).items())
        for earlier in days[:at]:
            assert await items_at(market, day, await carried_from(market, earlier)) == whole


def by_reference(items: list[Item], books: Books, day: date) -> dict[str, int]:
    """Amounts tell which payment an item is of where its subject does not: each is of one reference alone in these books."""
    references = {abs(amount): reference for _, reference, amount in books.posted}
    found: Counter[str] = Counter()
    for item in items:
        found[references[abs(item.amount)]] += item.amount
    return {reference: amount for reference, amount in found.items() if amount}
