"""What is counted from events of ecommerce_credit. The product of a drawing is the credit line; of imported orders, the marketplace."""

from collections.abc import Mapping
from typing import Any

from gateway.operations.model import Fact

LINE = "credit_line"
ORDERS = "olist.orders"


def _opened(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    """The amount of a line is its limit."""
    return [Fact("lines_opened", subject, amount=data["amount"], currency=data["currency"])]


def _disbursed(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    facts = {"amount": data["amount"], "currency": data["currency"], "product": LINE}
    return [Fact("loans_disbursed", subject, **facts), Fact("outstanding_principal", subject, **facts)]


def _repaid(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    """The principal leaves what is outstanding; interest never stood there."""
    facts = {"currency": data["currency"], "product": LINE}
    return [
        Fact("repayments", subject, amount=data["amount"], **facts),
        Fact("outstanding_principal", data["line_id"], amount=-data["principal_minor"], **facts),
    ]


def _imported(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    """Orders alone, not the other files of a marketplace; none where all of them were known."""
    if data["source"] != ORDERS or not data["accepted"]:
        return []
    return [Fact("imported_orders", subject, quantity=data["accepted"], product=data["marketplace"])]


READINGS = {
    "ecommerce_credit.line.opened.v1": _opened,
    "ecommerce_credit.drawing.disbursed.v1": _disbursed,
    "ecommerce_credit.repayment.received.v1": _repaid,
    "ecommerce_credit.import.finished.v1": _imported,
}
