"""What is counted from events of p2p. The product is the programme; of a grade, the source it came from is the channel."""

from collections.abc import Mapping
from typing import Any

from gateway.operations.model import Fact


def _graded(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("graded_borrowers", subject, **_money(data), channel=data["source"], grade=data["grade"])]


def _approved(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("applications_approved", subject, grade=data["grade"])]


def _declined(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("applications_declined", subject, grade=data["grade"])]


def _listed(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("listings", subject, **_money(data), product=data["programme"], grade=data["grade"])]


def _bid(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("bids", subject, **_money(data)), Fact("lenders", data["lender"])]


def _bids(_: str, data: Mapping[str, Any]) -> list[Fact]:
    """Those of standing orders, each as if it had been told alone."""
    bids = [one | {"currency": data["currency"]} for one in data["placed"]]
    return [fact for bid in bids for fact in _bid(bid["bid_id"], bid)]


def _filled(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    """The amount of a fill is its seconds."""
    return [Fact("fills", subject, amount=data["fill_seconds"], product=data["programme"], grade=data["grade"])]


def _unfilled(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("listings_unfilled", subject, **_money(data), product=data["programme"], grade=data["grade"])]


def _disbursed(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    facts = _money(data) | {"product": data["programme"], "grade": data["grade"]}
    return [Fact("loans_disbursed", subject, **facts), Fact("outstanding_principal", subject, **facts)]


def _repaid(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    """The principal leaves what is outstanding; interest never stood there."""
    facts = {"currency": data["currency"], "product": data["programme"]}
    punctuality = "repayments_late" if data["overdue_days"] > 0 else "repayments_on_time"
    return [
        Fact("repayments", subject, amount=data["amount"], **facts),
        Fact(punctuality, subject, amount=data["amount"], **facts),
        Fact("outstanding_principal", data["loan_id"], amount=-data["principal_minor"], **facts),
    ]


def _reversed(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    """The principal is owed again."""
    facts = {"currency": data["currency"], "product": data["programme"]}
    return [Fact("outstanding_principal", data["loan_id"], amount=data["principal_minor"], **facts)]


def _money(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"amount": data["amount"], "currency": data["currency"]}


READINGS = {
    "p2p.application.graded.v1": _graded,
    "p2p.application.approved.v1": _approved,
    "p2p.application.declined.v1": _declined,
    "p2p.listing.opened.v1": _listed,
    "p2p.bid.placed.v1": _bid,
    "p2p.bids.placed.v1": _bids,
    "p2p.listing.filled.v1": _filled,
    "p2p.listing.unfilled.v1": _unfilled,
    "p2p.loan.disbursed.v1": _disbursed,
    "p2p.repayment.shared.v1": _repaid,
    "p2p.repayment.reversed.v1": _reversed,
}
