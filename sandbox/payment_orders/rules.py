"""What a bank makes of a message and of each transaction in it: reasons are ISO 20022 external status reason codes."""

from collections import Counter
from datetime import datetime
from decimal import Decimal

from sandbox.bank.behaviours import Behaviour, behaviour_for, named
from sandbox.bank.model import Bank, Card
from sandbox.payment_orders.model import Message, OrderState, PaymentOrder, Transfer
from sandbox.statements.amounts import in_units

REASONS = {
    "card_restricted": "AC06",
    "insufficient_funds": "AM04",
    "do_not_honour": "MS03",
    "channel_unavailable": "AB08",
}
"""Of the magic declines."""


def against_message(message: Message) -> str | None:
    """Why the whole message is rejected: its heading says another number or sum than there is."""
    if message.count != len(message.transfers):
        return "AM18"
    if message.control_sum is None:
        return None
    amounts = (in_units(one.amount, one.currency) for one in message.transfers if one.amount is not None)
    return None if sum(map(Decimal, amounts), Decimal(0)) == Decimal(message.control_sum) else "AM10"


def repeated(message: Message) -> frozenset[str]:
    """End-to-end ids that stand there more than once."""
    counted = Counter(one.end_to_end_id for one in message.transfers)
    return frozenset(name for name, times in counted.items() if times > 1)


def against(transfer: Transfer, bank: Bank, debtor_account: str, card: Card | None) -> str | None:
    """Why a transaction is rejected before anything is booked; funds are seen when it is."""
    if transfer.debtor_account != debtor_account:
        return "AC02"
    if transfer.currency != bank.currency or transfer.amount is None:
        return "AM03"
    if transfer.amount < 1:
        return "AM12"
    if transfer.amount > bank.largest_amount:
        return "AM02"
    if card is None:
        return "AC01"
    if card.holder_name != transfer.creditor_name:
        return "BE01"
    behaviour = _behaviour_at(bank, card.number, transfer.amount)
    if behaviour.decline_code is None or behaviour.settles_after:
        return None
    return reason_of(behaviour.decline_code)


def reason_of(decline_code: str) -> str:
    return REASONS.get(decline_code, "MS03")


def behaviour_of(order: PaymentOrder, bank: Bank) -> Behaviour:
    return _behaviour_at(bank, order.creditor_account, order.amount)


def behaviour_of_message(message: Message, bank: Bank) -> Behaviour:
    """How the whole is taken and answered: as the first of its transactions that is not simply answered wants it."""
    behaviours = (_behaviour_at(bank, one.creditor_account, one.amount or 0) for one in message.transfers)
    return next((one for one in behaviours if one.answering != "at once"), named("succeeds"))


def is_shown(orders: list[PaymentOrder], bank: Bank, now: datetime) -> bool:
    """Whether the bank finds a message already."""
    return all(now >= order.received_at + behaviour_of(order, bank).visible_after for order in orders)


def status_of(order: PaymentOrder) -> str:
    return {OrderState.ACCEPTED: "ACSP", OrderState.SETTLED: "ACSC", OrderState.REJECTED: "RJCT"}[order.state]


def group_status(orders: list[PaymentOrder]) -> str:
    states = {status_of(order) for order in orders}
    if len(states) == 1:
        return states.pop()
    return "PART" if "RJCT" in states else "ACSP"


def _behaviour_at(bank: Bank, account: str, amount: int) -> Behaviour:
    return behaviour_for(account, amount, own_bank=bank.issued(account))
