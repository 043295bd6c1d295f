"""What the terms of a token allow. Pure."""

from services.payments.tokens.errors import (
    DailyCapExceeded,
    HoldingCapExceeded,
    NotRedeemable,
    NotTransferable,
    TokenNotOffered,
)
from services.payments.tokens.model import Terms


def require_offered(terms: Terms | None) -> Terms:
    if terms is None:
        raise TokenNotOffered("no terms of it are in force", field="unit")
    return terms


def require_room(terms: Terms, held: int, amount: int) -> None:
    """held: what the customer has, what she has promised elsewhere counted."""
    if held + amount > terms.holding_cap:
        left = max(0, terms.holding_cap - held)
        raise HoldingCapExceeded("nobody holds that many", field="amount", cap=terms.holding_cap, left=left)


def require_daily_room(terms: Terms, bought: int, amount: int) -> None:
    if bought + amount > terms.daily_cap:
        left = max(0, terms.daily_cap - bought)
        raise DailyCapExceeded("nobody buys that many a day", field="amount", cap=terms.daily_cap, left=left)


def require_redeemable(terms: Terms) -> None:
    if not terms.redeemable:
        raise NotRedeemable("it is spent, not given back for money", field="unit")


def require_transferable(terms: Terms) -> None:
    if not terms.transferable:
        raise NotTransferable("it is not given away", field="unit")
