"""Books of the entities against the ledger: what each has of cash at the end of a day is on its accounts then. Pure."""

from collections.abc import Mapping
from uuid import UUID

from clients.p2p.shapes import BooksFigures
from suite.audit.model import Check, check

WHERE = "p2p ↔ ledger"


def checks(books: BooksFigures, balances: Mapping[UUID, int]) -> list[Check]:
    """balances: credits less debits of each account when the day had ended, in minor units."""
    wrong = [
        f"{one.entity} {one.currency}"
        for one in books.items
        if one.cash_minor != sum(balances[account_id] for account_id in one.account_ids)
    ]
    return [check(WHERE, "cash in the books is on the accounts", len(books.items), wrong)]
