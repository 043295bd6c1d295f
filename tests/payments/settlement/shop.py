"""Merchants under contract, and orders of theirs that were paid, put into the books directly: what settlement begins with."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from chassis.clock import business_day, set_business_time, start_of_day
from chassis.database import Tx
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from clients.ids import new_id
from services.payments.deductions import actions as deductions
from services.payments.deductions.model import Deduction
from services.payments.fee_plans.actions import publish_plan
from services.payments.fee_plans.model import FeePlan
from services.payments.ledger import actions as ledger
from services.payments.ledger import queries as ledger_queries
from services.payments.ledger.model import Rule, TransferCommand, TransferKind
from services.payments.merchants.actions import open_merchant
from services.payments.merchants.model import Merchant
from services.payments.merchants.queries import merchant_with
from services.payments.orders.model import Order, OrderState
from services.payments.orders.tables import order_payments, orders
from services.payments.settlement import jobs, queries
from services.payments.settlement.actions import sign_contract
from services.payments.settlement.model import Contract, PayoutWay, Position, RefundPolicy, Settlement
from services.payments.settlement.tables import settlement_receivables
from services.payments.verification.queries import checks

OPERATOR = service_caller("payments")
MONDAY = date(2026, 3, 2)
TERMS: dict[str, Any] = {
    "effective_on": None,
    "cycle_days": 1,
    "cut_off_minutes": 1440,
    "reserve_rate_millionths": 0,
    "reserve_days": 0,
    "refund_policy": RefundPolicy.WAIT,
    "share_limit_millionths": 300_000,
    "payout": PayoutWay.BALANCE,
    "payout_account_id": None,
}
PLAN: dict[str, Any] = {
    "code": "standard", "name": "标准", "currency": "CNY", "rounding": "half_up", "minimum_minor": 0, "cap_minor": None,
    "free_quota_minor": 0, "lowers": (0,), "rates": (6_000,),
}  # fmt: skip


def somebody() -> Caller:
    return Caller(encode("cus", new_id()), "suite")


def local(day: date, hours: int = 0, minutes: int = 0, seconds: int = 0) -> datetime:
    """That time of the suite's day."""
    return start_of_day(day) + timedelta(hours=hours, minutes=minutes, seconds=seconds)


@dataclass
class Shop:
    """runtime: of payments, with nothing running; owner: of its merchants."""

    runtime: Runtime
    owner: Caller
    source_id: UUID
    """An account of no rule, out of which orders are paid."""

    @classmethod
    async def open(cls, runtime: Runtime, day: date = MONDAY) -> "Shop":
        async with runtime.transaction() as tx:
            await set_business_time(tx.connection, local(day), frozen=True)
        async with runtime.transaction() as tx:
            source = await ledger.open_account(
                tx, account_id=ledger.new_account_id(tx), currency="CNY", kind="suspense", owner="payments", rule=Rule.NONE
            )  # fmt: skip
        return cls(runtime, somebody(), source.id)

    async def set_clock(self, instant: datetime) -> None:
        async with self.runtime.transaction() as tx:
            await set_business_time(tx.connection, instant, frozen=True)

    async def plan(self, **facts: Any) -> FeePlan:
        async with self.runtime.transaction() as tx:
            return await publish_plan(tx, OPERATOR, **PLAN | facts)

    async def merchant(self) -> Merchant:
        async with self.runtime.transaction() as tx:
            merchant, _ = await open_merchant(tx, self.owner, name="茶叶店", currency="CNY")
        return merchant

    async def sign(self, merchant: Merchant, plan: FeePlan, **terms: Any) -> Contract:
        async with self.runtime.transaction() as tx:
            return await sign_contract(tx, OPERATOR, merchant_id=merchant.id, plan_id=plan.id, **TERMS | terms)

    async def under_contract(self, plan: FeePlan | None = None, **terms: Any) -> Merchant:
        merchant = await self.merchant()
        await self.sign(merchant, plan or await self.plan(), **terms)
        return await self.again(merchant)

    async def again(self, merchant: Merchant) -> Merchant:
        async with self.runtime.reading() as connection:
            found = await merchant_with(connection, merchant.id)
        assert found is not None
        return found

    async def paid(self, merchant: Merchant, sales: Sequence[tuple[datetime, int]]) -> list[Order]:
        """Orders paid at these instants with these amounts, their money where it belongs."""
        async with self.runtime.transaction() as tx:
            made = [_order(tx, merchant, at, amount) for at, amount in sales]
            await tx.connection.execute(insert(orders), [asdict(order) for order in made])
            transfers = await ledger.post(tx, [self._payment(tx, order) for order in made])
            payments = [_part(tx, order, one.id, self.source_id) for order, one in zip(made, transfers, strict=True)]
            await tx.connection.execute(insert(order_payments), payments)
        return made

    def _payment(self, tx: Tx, order: Order) -> TransferCommand:
        return TransferCommand(
            id=ledger.new_transfer_id(tx), kind=TransferKind.SINGLE, code="order.payment", reference=encode("ord", order.id),
            debit_account_id=self.source_id, credit_account_id=order.payee_account_id, amount=order.amount, currency="CNY",
        )  # fmt: skip

    async def settle(self) -> None:
        await jobs.settle_due(self.runtime)

    async def settlements(self, merchant: Merchant) -> list[Settlement]:
        """Oldest first."""
        async with self.runtime.reading() as connection:
            return (await queries.settlements_of(connection, merchant.id, None, 100))[::-1]

    async def position(self, merchant: Merchant) -> Position:
        async with self.runtime.reading() as connection:
            position = await queries.position_of(connection, merchant.id)
        assert position is not None
        return position

    async def fees(self, made: Sequence[Order]) -> list[int | None]:
        """What these orders cost, in the order given; None of those that are not settled."""
        async with self.runtime.reading() as connection:
            found = await queries.fees_of(connection, [one.id for one in made])
        return [found.get(one.id) for one in made]

    async def balance(self, account_id: UUID | None) -> int:
        assert account_id is not None
        async with self.runtime.reading() as connection:
            return (await ledger_queries.accounts_with(connection, [account_id]))[account_id].settled

    async def platform(self, kind: str) -> int:
        async with self.runtime.reading() as connection:
            account_id = await queries.account_of(connection, kind, "CNY")
        return 0 if account_id is None else await self.balance(account_id)

    async def reserve(self, merchant: Merchant) -> int:
        return await self.balance((await self.position(merchant)).reserve_account_id)

    async def account(self, owner: str, kind: str = "collection") -> UUID:
        async with self.runtime.transaction() as tx:
            account = await ledger.open_account(
                tx, account_id=ledger.new_account_id(tx), currency="CNY", kind=kind, owner=owner,
                rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
            )  # fmt: skip
        return account.id

    async def lender(self, merchant: Merchant, name: str = "ecommerce_credit", **facts: Any) -> Deduction:
        """A deduction the merchant has agreed to."""
        account_id = await self.account(name)
        terms = {"reference": "loan", "share_millionths": 500_000, "cap_minor": 10**9, "priority": 100, "ends_on": None}
        async with self.runtime.transaction() as tx:
            proposed = await deductions.propose_deduction(
                tx, Caller(name, name), merchant_id=merchant.id, account_id=account_id, **terms | facts
            )
            return await deductions.agree_to_deduction(tx, self.owner, deduction_id=proposed.id)

    async def owed(self, merchant: Merchant) -> int:
        table = settlement_receivables
        async with self.runtime.reading() as connection:
            rows = await connection.execute(select(table).where(table.c.merchant_id == merchant.id))
            return sum(row.amount - row.collected for row in rows)

    async def audit(self) -> None:
        """Every check of the service, on what was committed."""
        async with self.runtime.reading() as connection:
            found = await checks(connection)
        assert {name: offending for name, (_, offending) in found.items() if offending} == {}


def _order(tx: Tx, merchant: Merchant, at: datetime, amount: int) -> Order:
    order_id = tx.ids.new()
    unpaid = Order(
        id=order_id, merchant_id=merchant.id, merchant_order_number=encode("ord", order_id), subject="tea", amount=amount,
        currency="CNY", buyer_id=None, state=OrderState.TRADE_SUCCESS, close_reason=None, transfer_id=None, created_at=at, due_at=at,
    )  # fmt: skip
    payee = merchant.proceeds_account_id or merchant.account_id
    return replace(
        unpaid, paid_at=at, paid_on=business_day(at), refund_until=at + timedelta(days=365), payee_account_id=payee, parts=1
    )  # fmt: skip


def _part(tx: Tx, order: Order, transfer_id: UUID, account_id: UUID) -> dict[str, Any]:
    assert order.paid_at is not None
    return {
        "id": tx.ids.new(), "order_id": order.id, "position": 0, "method": "wallet", "payer": "payments", "customer_id": new_id(),
        "amount": order.amount, "state": "paid", "created_at": order.paid_at, "account_id": account_id, "transfer_id": transfer_id,
        "refunded": 0, "ended_at": order.paid_at.astimezone(UTC),
    }  # fmt: skip
