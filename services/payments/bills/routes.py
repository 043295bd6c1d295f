"""`/v1/merchants/{id}/bills`: what a merchant traded on a day, and what moved on her account."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import start_of_day
from chassis.identity import Caller, requires
from chassis.ids import encode
from chassis.runtime import Runtime, runtime_of
from chassis.wire import Day
from services.payments.bills import queries
from services.payments.bills.errors import BillNotReady
from services.payments.bills.model import FundsRow, TradeRow
from services.payments.bills.writing import FUNDS_COLUMNS, TRADE_COLUMNS, Form, Totals
from services.payments.ledger.model import book_of
from services.payments.ledger.queries import balance_at
from services.payments.merchants.model import Merchant
from services.payments.settlement.routes import visible_merchant
from services.payments.settlement.schemas import MerchantId

router = APIRouter(prefix="/v1/merchants/{merchant_id}/bills", tags=["settlement"])
Reader = Annotated[Caller, requires("payments:read")]
Encoding = Literal["utf-8", "gb18030"]
Row = TypeVar("Row", TradeRow, FundsRow)
PAGE = 2_000
SETTLES_WITHIN = timedelta(minutes=5)
"""After a day's end until all that happened on it is committed."""
FIRST = UUID(int=0)
ONE_MICROSECOND = timedelta(microseconds=1)


@router.get("/{day}/trades", response_class=StreamingResponse)
async def read_trade_bill(
    request: Request, merchant_id: MerchantId, day: Day, caller: Reader, encoding: Encoding = "utf-8"
) -> StreamingResponse:  # fmt: skip
    """交易账单: payments and refunds of a day with their fees, once all of them are settled; the same bytes whenever it is asked for."""
    runtime = runtime_of(request)
    from_at, until_at = await _over(runtime, day)
    async with runtime.reading() as connection:
        merchant = await visible_merchant(connection, caller, merchant_id)
        if await queries.has_unsettled(connection, merchant.id, from_at, until_at):
            raise BillNotReady("orders of the day are not settled yet", field="day")
    return _answer(_trades(runtime, merchant, day, from_at, until_at), encoding, f"trades-{day}.csv")


@router.get("/{day}/funds", response_class=StreamingResponse)
async def read_funds_bill(
    request: Request, merchant_id: MerchantId, day: Day, caller: Reader, encoding: Encoding = "utf-8"
) -> StreamingResponse:  # fmt: skip
    """资金账单: every movement of the merchant's account on a day with the balance after it; the same bytes whenever it is asked for."""
    runtime = runtime_of(request)
    from_at, until_at = await _over(runtime, day)
    async with runtime.reading() as connection:
        merchant = await visible_merchant(connection, caller, merchant_id)
    return _answer(_funds(runtime, merchant, day, from_at, until_at), encoding, f"funds-{day}.csv")


async def _over(runtime: Runtime, day: date) -> tuple[datetime, datetime]:
    """From when to before when a day is. Raises BillNotReady while it is not over."""
    zone = runtime.settings.zone
    from_at, until_at = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
    if await runtime.database.now() < until_at + SETTLES_WITHIN:
        raise BillNotReady("the day is not over", field="day")
    return from_at, until_at


async def _trades(
    runtime: Runtime, merchant: Merchant, day: date, from_at: datetime, until_at: datetime
) -> AsyncIterator[str]:
    form = Form(encode("mer", merchant.id), day, merchant.currency, runtime.settings.zone)
    payments, refunds = Totals(), Totals()
    yield form.head("交易账单", TRADE_COLUMNS)
    for read, totals in ((queries.payments_page, payments), (queries.refunds_page, refunds)):

        async def one_page(connection: AsyncConnection, after: Any, read: Any = read) -> list[TradeRow]:
            found: list[TradeRow] = await read(connection, merchant.id, from_at, until_at, after, PAGE)
            return found

        async for trades in _pages(runtime, one_page, from_at):
            yield form.trades(trades, totals, refunds=totals is refunds)
    yield form.trade_foot(payments, refunds)


async def _funds(
    runtime: Runtime, merchant: Merchant, day: date, from_at: datetime, until_at: datetime
) -> AsyncIterator[str]:
    form = Form(encode("mer", merchant.id), day, merchant.currency, runtime.settings.zone)
    came, went, book_id = Totals(), Totals(), book_of(merchant.account_id)
    yield form.head("资金账单", FUNDS_COLUMNS)

    async def one_page(connection: AsyncConnection, after: Any) -> list[FundsRow]:
        return await queries.funds_page(connection, merchant.account_id, book_id, from_at, until_at, after, PAGE)

    async for movements in _pages(runtime, one_page, from_at):
        yield form.funds(movements, came, went)
    async with runtime.reading() as connection:
        closing = await balance_at(connection, merchant.account_id, until_at - ONE_MICROSECOND)
    yield form.funds_foot(came, went, closing.credits_posted - closing.debits_posted)


async def _pages(
    runtime: Runtime, read: Callable[[AsyncConnection, Any], Awaitable[list[Row]]], from_at: datetime
) -> AsyncIterator[list[Row]]:
    """Each on a connection of its own, so that a slow reader keeps none: what is read does not change."""
    after = (from_at - ONE_MICROSECOND, FIRST)
    while True:
        async with runtime.reading() as connection:
            rows = await read(connection, after)
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        after = (rows[-1].at, rows[-1].id)


def _answer(parts: AsyncIterator[str], encoding: Encoding, name: str) -> StreamingResponse:
    async def encoded() -> AsyncIterator[bytes]:
        if encoding == "utf-8":
            yield b"\xef\xbb\xbf"
        async for part in parts:
            yield part.encode(encoding)

    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(encoded(), media_type=f"text/csv; charset={encoding}", headers=headers)
