"""What is wrong with lines, on plain data."""

from collections.abc import Sequence
from datetime import timedelta

from chassis.ids import encode
from services.payments.batch_payouts.model import LineWish, Payees, Problem

APPROVE_WITHIN = timedelta(days=7)
LOOK_AGAIN = timedelta(minutes=1)
DECIDE_WITHIN = timedelta(days=30)
"""How long a returned line may be paid anew."""
LARGEST_TOTAL = 2**53 - 1
_FORMULA = ("=", "+", "-", "@")


def problems_of(lines: Sequence[LineWish], payees: Payees) -> list[Problem]:
    """Every one of every line."""
    found: list[Problem] = []
    seen: set[str] = set()
    for position, wish in enumerate(lines):
        if wish.number in seen:
            found.append(Problem(position, wish.number, "line_number_used", "number"))
        seen.add(wish.number)
        named = [one for one in (wish.wallet_id, wish.customer_id, wish.card_id) if one is not None]
        if len(named) != 1:
            found.append(Problem(position, wish.number, "payee_unclear", "wallet_id"))
        elif not payees.knows(wish):
            found.append(Problem(position, wish.number, "unknown_payee", payee_field(wish)))
    if sum(wish.amount for wish in lines) > LARGEST_TOTAL:
        found.append(Problem(len(lines) - 1, lines[-1].number, "total_too_large", "amount"))
    return found


def payee_field(wish: LineWish) -> str:
    return "card_id" if wish.card_id is not None else "wallet_id" if wish.wallet_id is not None else "customer_id"


def payee_text(wish: LineWish) -> str:
    """As the uploader named it."""
    if wish.card_id is not None:
        return encode("crd", wish.card_id)
    if wish.wallet_id is not None:
        return encode("wal", wish.wallet_id)
    assert wish.customer_id is not None
    return encode("cus", wish.customer_id)


def cell(text: str) -> str:
    """As a spreadsheet shows it, and never as a formula it runs."""
    return f"'{text}" if text.startswith(_FORMULA) else text
