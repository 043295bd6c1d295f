"""A seller, a buyer with money and an arbiter, calling the stories themselves on the real database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Tx
from chassis.identity import CUSTOMER_SCOPES, OPERATOR_SCOPES, Caller
from chassis.ids import encode
from clients.ids import new_id
from services.payments.ledger import actions as ledger
from services.payments.ledger import queries as accounts
from services.payments.ledger.model import Account, Rule, TransferCommand, TransferKind
from services.payments.merchants.actions import open_merchant
from services.payments.orders import actions as orders
from services.payments.trades import actions, queries, refund_actions, refund_queries
from services.payments.trades.actions import Item
from services.payments.trades.errors import UnknownRefund
from services.payments.trades.model import Deal, Refund
from services.payments.wallets.actions import open_wallet
from tests.payments.trades.walking import PRICE

FUNDS = 1_000_000
ARBITER = Caller("stf_arbiter", "gateway", OPERATOR_SCOPES)


def customer() -> Caller:
    return Caller(encode("cus", new_id()), "gateway", CUSTOMER_SCOPES)


@dataclass(frozen=True)
class Market:
    buyer: Caller
    seller: Caller
    merchant_id: UUID
    merchant_account_id: UUID
    wallet_account_id: UUID

    @property
    def callers(self) -> dict[str, Caller]:
        return {"buyer": self.buyer, "seller": self.seller, "arbiter": ARBITER}


async def open_market(tx: Tx, buyer: Caller | None = None) -> Market:
    """The buyer has 10,000.00."""
    buyer, seller = buyer or customer(), customer()
    merchant, _ = await open_merchant(tx, seller, name="茶叶店", currency="CNY")
    wallet, _ = await open_wallet(tx, buyer, currency="CNY")
    source = await ledger.open_account(
        tx, account_id=ledger.new_account_id(tx), currency="CNY", kind="tests", owner="tests", rule=Rule.NONE
    )
    command = TransferCommand(
        id=ledger.new_transfer_id(tx), kind=TransferKind.SINGLE, code="tests.fund", debit_account_id=source.id,
        credit_account_id=wallet.account_id, amount=FUNDS, currency="CNY",
    )  # fmt: skip
    await ledger.post(tx, [command])
    return Market(buyer, seller, merchant.id, merchant.account_id, wallet.account_id)


async def create(tx: Tx, market: Market, number: str = "N-1", **more: Any) -> Deal:
    """Of the walks' price: three items and a shipping fee."""
    items = [Item(f"item {at}", 1, price) for at, price in PRICE.items() if at]
    facts = {
        "merchant_id": market.merchant_id, "merchant_trade_number": number, "subject": "tea", "category": "general", "items": items,
        "shipping_fee": PRICE[0], "currency": "CNY", "buyer_id": market.buyer.customer,
    } | more  # fmt: skip
    return await actions.create_trade(tx, market.seller, **facts)


async def pay(tx: Tx, market: Market, deal: Deal) -> Deal:
    facts = {"amount": deal.trade.amount, "currency": "CNY", "wallet_id": None}
    return await actions.pay_from_wallet(tx, market.buyer, trade_id=deal.trade.id, **facts)


async def shipped(tx: Tx, market: Market, number: str = "N-1") -> Deal:
    deal = await pay(tx, market, await create(tx, market, number))
    return await actions.ship(tx, market.seller, trade_id=deal.trade.id, carrier="SF", tracking_number="SF1")


async def asked(tx: Tx, market: Market, deal: Deal, wanted: dict[int, int | None] | None = None) -> Refund:
    """An open refund without goods back."""
    mine = {"trade_id": deal.trade.id, "wanted": wanted, "return_goods": False, "reason": "late"}
    found = (await refund_actions.open_refund(tx, market.buyer, **mine)).refund  # type: ignore[arg-type]
    assert found is not None
    return found


async def do(tx: Tx, market: Market, trade_id: UUID, event: str, party: str, facts: dict[str, Any]) -> None:
    """An event of a walk by its story. Raises its refusals."""
    caller = market.callers[party]
    mine = {"tx": tx, "caller": caller, "trade_id": trade_id}
    match event:
        case "pay":
            await actions.pay_from_wallet(**mine, wallet_id=None, amount=sum(PRICE.values()), currency="CNY")
        case "close":
            await actions.close(**mine)
        case "ship":
            await actions.ship(**mine, carrier=None, tracking_number=None)
        case "extend":
            await actions.extend(**mine)
        case "confirm":
            await actions.confirm(**mine, items=facts["items"])
        case "open_refund":
            await refund_actions.open_refund(**mine, reason="broken", **facts)
        case _:
            await _answer(tx, caller, trade_id, event, facts)


async def _answer(tx: Tx, caller: Caller, trade_id: UUID, event: str, facts: dict[str, Any]) -> None:
    found = (await refund_queries.open_refunds(tx.connection, [trade_id])).get(trade_id)
    if found is None:
        raise UnknownRefund("none is open")
    mine = {"tx": tx, "caller": caller, "refund_id": found.id}
    match event:
        case "refuse":
            await refund_actions.refuse(**mine, reason="no", proposal=facts["proposal"])
        case "refuse_return":
            await refund_actions.refuse_return(**mine, reason="no")
        case "send_back":
            await refund_actions.send_back(**mine, carrier="SF", tracking_number="1")
        case "rule":
            if caller is not ARBITER:
                raise UnknownRefund("the route asks for an operator")
            parts = {"buyer_amount": facts["buyer"], "seller_amount": facts["seller"]}
            await refund_actions.rule(**mine, reason="r", **parts)
        case _:
            await getattr(refund_actions, event)(**mine)


async def by_time(tx: Tx, trade_id: UUID) -> None:
    while await orders.close_due_orders(tx, ARBITER) == orders.CLOSE_BATCH:
        pass
    await actions.end_if_due(tx, ARBITER, trade_id=trade_id)


async def balances(tx: Tx, market: Market, deal: Deal) -> tuple[int, int, int]:
    """In escrow, of the merchant, and what the buyer has less than she had."""
    ids = [market.merchant_account_id, market.wallet_account_id]
    escrow_id = deal.trade.escrow_account_id
    found: dict[UUID, Account] = await accounts.accounts_with(tx.connection, ids + ([escrow_id] if escrow_id else []))
    held = found[escrow_id].settled if escrow_id else 0
    return held, found[market.merchant_account_id].settled, FUNDS - found[market.wallet_account_id].settled


async def read(tx: Tx, deal: Deal) -> Deal:
    found = await queries.deal_with(tx.connection, deal.trade.id)
    assert found is not None
    return found


def at(tx: Tx, instant: datetime) -> None:
    """What follows happens then."""
    tx.now = instant
