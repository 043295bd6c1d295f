"""Whom the fund owes, in the order in which it pays: walked page by page, held against the rule loan by loan."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chassis.database import Tx
from services.p2p.claims import queries as claim_queries
from services.p2p.loans import queries as loan_queries
from services.p2p.losses import queries, rules
from services.p2p.losses.model import RESERVE_FUND, LayerDue
from services.p2p.programmes.model import Covered, LossBearer, LossLayer
from tests.p2p.people import World
from tests.p2p.resale_records import FREE, lent, programme_with
from tests.p2p.test_losses import FUND_TERMS, broke, late
from tests.p2p.test_money import Book, book_of, runtime, tx

__all__ = ["runtime", "tx"]
FIRST = LossLayer(LossBearer.RESERVE_FUND, 1, Covered.PRINCIPAL, Decimal("0.5"))
NEXT = LossLayer(LossBearer.GUARANTOR, 40, Covered.PRINCIPAL, Decimal("0.25"))


async def naive(tx: Tx, books: list[Book], day: date) -> list[tuple[date, Any, int, int]]:
    """Every late loan by itself, through the rules that decide what is paid."""
    found = []
    for book in books:
        unpaid = (await loan_queries.unpaid_rows(tx.connection, [book.loan.id]))[book.loan.id]
        claims = await claim_queries.of_loan(tx.connection, book.loan.id)
        payers = frozenset(await queries.payers_of(tx.connection, book.loan.id))
        for place, layer in enumerate((FIRST, NEXT), 1):
            days = rules.lateness(unpaid, day)
            holder = RESERVE_FUND if layer is FIRST else "p2p.nobody"
            asked = rules.asked_of(layer, claims, holder, payers | {holder})
            if days >= layer.after_days and asked > 0:
                found.append((unpaid[0].due_on, book.loan.id, place, asked))
    return sorted(found)


async def paged(tx: Tx, day: date, limit: int, **narrowed: Any) -> list[LayerDue]:
    found, after = [], queries.FIRST
    while page := await queries.layers_due(tx.connection, day, after=after, limit=limit, **narrowed):
        found += page
        after = (page[-1].unpaid_on, page[-1].loan_id, page[-1].layer)
    return found


async def test_pages_of_any_size_are_the_order_of_the_rule(tx: Tx) -> None:
    book = await book_of(tx, loss_waterfall=(FIRST, NEXT))
    programme = await programme_with(tx, FREE, loss_waterfall=(FIRST, NEXT))
    books = [book, *[Book(tx, *await lent(tx, programme, [60_000, 40_000])) for _ in range(4)]]
    for paid, one in enumerate(books[:3]):
        for row in range(1, paid + 1):
            await one.pay(await one.due(row))
    await books[4].compensated()
    books[0].on(books[0].loan.starts_on + timedelta(days=100))
    day = tx.today
    wanted = await naive(tx, books, day)
    assert len(wanted) > 5
    assert len({unpaid_on for unpaid_on, *_ in wanted}) == 3
    for limit in (1, 2, 3, 50):
        found = await paged(tx, day, limit)
        assert [(one.unpaid_on, one.loan_id, one.layer, one.asked_minor) for one in found] == wanted
    of_fund = await paged(tx, day, 2, bearer=LossBearer.RESERVE_FUND, currency="CNY")
    assert [one.loan_id for one in of_fund] == [loan_id for _, loan_id, layer, _ in wanted if layer == 1]
    assert await paged(tx, day, 2, currency="USD") == []
    own = await paged(tx, day, 1, loan_id=book.loan.id)
    assert [(one.loan_id, one.layer) for one in own] == [(book.loan.id, 1), (book.loan.id, 2)]


async def test_whom_the_fund_owes_is_read_page_by_page(world: World) -> None:
    lents = [await world.disbursed([300_000], **FUND_TERMS) for _ in range(3)]
    for one in lents:
        await broke(one)
    await late(lents[0], 31)
    reader = world.person().lending
    shown, after = [], None
    while True:
        page = await reader.get("/v1/reserve-fund/waiting", limit=2, **({"after": after} if after else {}))
        shown += page["items"]
        after = page["next"]
        if after is None:
            break
    assert [one["place"] for one in shown] == [1, 2, 3]
    assert [one["loan_id"] for one in shown] == sorted(one.loan["id"] for one in lents)
    assert shown == (await reader.get("/v1/reserve-fund"))["waiting"]
