"""What is counted from events of payments."""

from collections.abc import Mapping
from typing import Any

from gateway.operations.model import Fact


def _card_bound(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("verified_customers", data["customer_id"], once=data["customer_id"])]


def _top_up_succeeded(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [
        Fact("top_ups", subject, amount=data["amount"], currency=data["currency"], channel=data["bank"]),
        Fact("first_money_customers", data["customer_id"], once=data["customer_id"]),
    ]


def _top_up_failed(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("top_ups_failed", subject, channel=data["bank"])]


def _withdrawn(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("withdrawals", subject, amount=data["amount"], currency=data["currency"], channel=data["bank"])]


def _order_paid(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    paid = Fact("orders_paid", subject, amount=data["amount"], currency=data["currency"], product=data["method"])
    return [paid, Fact("paying_customers", data["buyer_id"], once=data["buyer_id"])]


READINGS = {
    "payments.card.bound.v1": _card_bound,
    "payments.top_up.succeeded.v1": _top_up_succeeded,
    "payments.top_up.failed.v1": _top_up_failed,
    "payments.withdrawal.succeeded.v1": _withdrawn,
    "payments.withdrawal.paid_late.v1": _withdrawn,
    "payments.order.paid.v1": _order_paid,
}
