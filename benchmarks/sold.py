"""A day's paid orders of many merchants under contract, with payments and money, written by COPY as the service would have written them.

The day is a fortnight ago, so that it is due whatever holidays there were. The service does not run meanwhile; the audit holds afterwards.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from benchmarks.sql import connected, execute
from benchmarks.stage import Stage
from benchmarks.stored import BATCH, tell_batches
from benchmarks.transfers import BOOK
from benchmarks.wallets import CURRENCY
from chassis.clock import business_day, start_of_day
from chassis.ids import encode, uuid7, with_book
from services.payments.orders.model import Order, OrderState
from services.payments.settlement.model import Contract, PayoutWay, Position, RefundPolicy
from services.payments.settlement.rules import due_at

DAYS_AGO = 14
ORDERS_EACH = 100
"""Orders of one merchant, on average."""
BANK = "bank"
# By tiers and a free quota an order's fee depends on those before it; 100 orders go through all of them.
PLAN = {"rounding": "half_up", "minimum_minor": 10, "cap_minor": 500, "free_quota_minor": 50_000}
TIERS = ((0, 1_000_000, 6_000), (1_000_000, 3_000_000, 3_800), (3_000_000, 2**62, 2_500))
RESERVE = {"reserve_rate_millionths": 50_000, "reserve_days": 30}
AMOUNTS = (100, 100_000)
_ACCOUNT = (
    "book_id", "id", "currency", "kind", "owner", "rule", "reference", "opened_at", "closed", "frozen",
    "debits_posted", "debits_pending", "credits_posted", "credits_pending", "last_posted_at",
)  # fmt: skip
_KEY = ("posted_at", "id", "batch_id", "number", "book_id")
_WRITTEN = (
    "ledger_accounts, ledger_transfers, ledger_transfer_keys, merchants, settlement_positions, orders, order_payments"
)

Rows = Sequence[dict[str, Any]]

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


@dataclass
class Seller:
    """A merchant, her three accounts, and what her orders have brought so far. last: when the last was paid."""

    id: UUID
    account_id: UUID
    proceeds_id: UUID
    reserve_id: UUID
    payout_id: UUID
    brought: int = 0
    last: datetime | None = None


@dataclass(frozen=True)
class Sold:
    """day: on which all were paid; merchants: of whom each sold something."""

    day: date
    merchants: Sequence[UUID]


def sell(stage: Stage, orders: int, seed: int) -> Sold:
    """Statistics and disk are in order afterwards."""
    market = _Market(business_day(datetime.now(UTC)) - timedelta(days=DAYS_AGO), orders, random.Random(seed))
    connected(stage.admin_url, market.write)
    execute(stage.admin_url, f"VACUUM (ANALYZE) {_WRITTEN}", "CHECKPOINT")
    return Sold(market.day, [seller.id for seller in market.sellers if seller.brought])


class _Market:
    """Everything is paid out of one account of the platform."""

    def __init__(self, day: date, orders: int, chance: random.Random) -> None:
        self.day, self._orders, self._chance = day, orders, chance
        self._opened_at = start_of_day(day)
        self.sellers = [
            Seller(self._id(), self._booked(), self._booked(), self._booked(), self._id())
            for _ in range(max(1, orders // ORDERS_EACH))
        ]
        self._source_id, self._customer_id = self._booked(), self._id()
        self._paid = 0

    def _id(self, at: datetime | None = None) -> UUID:
        return uuid7(at or self._opened_at, self._chance.randbytes(10))

    def _booked(self, at: datetime | None = None) -> UUID:
        """An id of an account or a transfer."""
        return with_book(self._id(at), BOOK)

    async def write(self, connection: "Connection") -> None:
        await self._write_terms(connection)
        following = self._sales()
        while sales := list(islice(following, BATCH)):
            await self._write_sales(connection, sales)
        await _copy(connection, "ledger_accounts", [dict(zip(_ACCOUNT, row, strict=True)) for row in self._accounts()])

    async def _write_terms(self, connection: "Connection") -> None:
        """One fee plan; each merchant with contract, position and an account at a bank."""
        at, plan_id = self._opened_at, self._id()
        plan = {"id": plan_id, "code": "benchmark", "version": 1, "name": "benchmark", "currency": CURRENCY} | PLAN
        await _copy(connection, "fee_plans", [plan | {"published_at": at, "published_by": "payments"}])
        tiers = [dict(zip(("lower_minor", "upper_minor", "rate_millionths"), tier, strict=True)) for tier in TIERS]
        await _copy(connection, "fee_plan_tiers", [tier | {"plan_id": plan_id} for tier in tiers])
        merchants, accounts, contracts, positions = [], [], [], []
        for seller in self.sellers:
            merchants.append({
                "id": seller.id, "owner": "benchmark", "name": "benchmark", "currency": CURRENCY,
                "account_id": seller.account_id, "opened_at": at, "proceeds_account_id": seller.proceeds_id,
            })  # fmt: skip
            accounts.append({
                "id": seller.payout_id, "merchant_id": seller.id, "bank": BANK, "details": b"", "masked": "", "added_at": at,
            })  # fmt: skip
            contract = Contract(
                self._id(), seller.id, self.day, plan_id, 1, 1440, RESERVE["reserve_rate_millionths"], RESERVE["reserve_days"],
                RefundPolicy.WAIT, 300_000, PayoutWay.BANK, seller.payout_id, at, "payments",
            )  # fmt: skip
            contracts.append(asdict(contract))
            positions.append(asdict(Position(seller.id, seller.reserve_id, self.day, due_at(contract, self.day), at)))
        await _copy(connection, "merchants", merchants)
        await _copy(connection, "payout_accounts", accounts)
        await _copy(connection, "settlement_contracts", contracts)
        await _copy(connection, "settlement_positions", positions)

    def _sales(self) -> Iterator[tuple[Seller, datetime, int]]:
        """Spread over the day, of all merchants in no order."""
        apart = timedelta(days=1) / (self._orders + 1)
        for number in range(1, self._orders + 1):
            yield self._chance.choice(self.sellers), self._opened_at + number * apart, self._chance.randrange(*AMOUNTS)

    async def _write_sales(self, connection: "Connection", sales: Sequence[tuple[Seller, datetime, int]]) -> None:
        """One batch of the ledger."""
        first_at = sales[0][1]
        batch_id = self._id(first_at)
        orders, payments, transfers = [], [], []
        for number, (seller, at, amount) in enumerate(sales):
            order, transfer_id = self._order(seller, at, amount), self._booked(at)
            orders.append(asdict(replace(order, transfer_id=transfer_id)))
            payments.append({
                "id": self._id(at), "order_id": order.id, "position": 0, "method": "wallet", "payer": "payments",
                "customer_id": self._customer_id, "amount": amount, "state": "paid", "created_at": at,
                "account_id": self._source_id, "transfer_id": transfer_id, "ended_at": at, "refunded": 0,
            })  # fmt: skip
            self._paid += amount
            seller.brought, seller.last = seller.brought + amount, at
            transfers.append({
                "book_id": BOOK, "kind": 0, "number": number, "id": transfer_id, "debit_account_id": self._source_id,
                "credit_account_id": seller.proceeds_id, "batch_id": batch_id, "amount": amount, "posted_at": at,
                "debited_debits_posted": self._paid, "debited_debits_pending": 0, "debited_credits_posted": 0,
                "debited_credits_pending": 0, "credited_debits_posted": 0, "credited_debits_pending": 0,
                "credited_credits_posted": seller.brought, "credited_credits_pending": 0, "value_on": self.day,
                "currency": CURRENCY, "code": "order.payment", "reference": encode("ord", order.id),
            })  # fmt: skip
        await _copy(connection, "orders", orders)
        await _copy(connection, "order_payments", payments)
        await _copy(connection, "ledger_transfers", transfers)
        await _copy(connection, "ledger_transfer_keys", [{name: row[name] for name in _KEY} for row in transfers])
        await tell_batches(connection, [batch_id], [first_at], [len(sales)])

    def _order(self, seller: Seller, at: datetime, amount: int) -> Order:
        order_id = self._id(at)
        return Order(
            id=order_id, merchant_id=seller.id, merchant_order_number=order_id.hex, subject="tea", amount=amount, currency=CURRENCY,
            buyer_id=self._customer_id, state=OrderState.TRADE_SUCCESS, close_reason=None, transfer_id=None, created_at=at,
            due_at=at + timedelta(minutes=30), paid_at=at, paid_on=self.day, refund_until=at + timedelta(days=365),
            payee_account_id=seller.proceeds_id, parts=1,
        )  # fmt: skip

    def _accounts(self) -> Iterator[tuple[object, ...]]:
        last = max(seller.last for seller in self.sellers if seller.last)
        yield self._account(self._source_id, "suspense", "payments", "none", "", paid=self._paid, last=last)
        for seller in self.sellers:
            covered, name = "debits_must_not_exceed_credits", encode("mer", seller.id)
            yield self._account(seller.account_id, "merchant", "benchmark", covered, name)
            yield self._account(
                seller.proceeds_id, "merchant_proceeds", "payments", covered, name, brought=seller.brought, last=seller.last
            )  # fmt: skip
            yield self._account(seller.reserve_id, "merchant_reserve", "payments", covered, name)

    def _account(
        self,
        account_id: UUID,
        kind: str,
        owner: str,
        rule: str,
        reference: str,
        *,
        paid: int = 0,
        brought: int = 0,
        last: datetime | None = None,
    ) -> tuple[object, ...]:
        """paid: its debits; brought: its credits."""
        return (
            BOOK, account_id, CURRENCY, kind, owner, rule, reference, self._opened_at, False, False, paid, 0, brought, 0, last,
        )  # fmt: skip


async def _copy(connection: "Connection", table: str, rows: Rows) -> None:
    records = [tuple(row.values()) for row in rows]
    await connection.copy_records_to_table(table, records=records, columns=list(rows[0]))
