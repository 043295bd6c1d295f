"""Messages read and written: a page of a window as pacs.008, the payments of a settlement as pacs.009."""

from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import encode
from services.payments.clearing import (
    files,
    obligation_queries,
    participant_queries,
    settlement_queries,
)
from services.payments.clearing.errors import NothingSettles, NotRecorded, UnknownPage, WindowStillOpen
from services.payments.clearing.model import Settlement, SettlementState, Window, WindowState


async def page_of_window(connection: AsyncConnection, window: Window, page: int) -> Iterator[str]:
    """page: from 1. Raises WindowStillOpen, UnknownPage. The page's rows are read; its text is written as it is sent."""
    if window.state is WindowState.OPEN or window.closed_at is None:
        raise WindowStillOpen("the window still takes obligations", field="window_id")
    limit = files.PAGE_TRANSACTIONS
    first = await obligation_queries.page_begins(connection, window.number, (page - 1) * limit)
    if first is None:
        raise UnknownPage("the window has no such page", field="page")
    count, total_minor = await obligation_queries.page_total(connection, window.number, first, limit)
    rows = await obligation_queries.page_of(connection, window.number, first, limit)
    header = files.Header(files.message_id(window.number, page), window.closed_at, count, total_minor, window.currency)
    owed = (
        files.Owed(number, encode("clo", obligation_id), payer, payee, amount, end_to_end)
        for number, obligation_id, payer, payee, amount, end_to_end in rows
    )
    return files.customer_payments(header, owed, await participant_queries.all_participants(connection))


async def of_settlement(connection: AsyncConnection, settlement: Settlement) -> Iterator[str]:
    """Raises NotRecorded until its payments cannot change any more, NothingSettles where there are none."""
    fixed = await settlement_queries.reserved_at(connection, settlement.id)
    if fixed is None or settlement.state is SettlementState.ABORTED:
        raise NotRecorded(f"the settlement is {settlement.state}", field="settlement_id")
    payments = await settlement_queries.payments_of(connection, settlement.id)
    if not payments:
        raise NothingSettles("what its participants owe each other evens out", field="settlement_id")
    header = files.Header(
        encode("cls", settlement.id).replace("_", ""),
        fixed,
        len(payments),
        sum(one.amount for one in payments),
        settlement.currency,
    )
    return files.settlement_payments(header, payments, await participant_queries.all_participants(connection))
