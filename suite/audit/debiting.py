"""Money of debits against the ledger: what the platform lent on them, and accounts that are empty when nothing moves.

Pure. What p2p says is moving may have been moved by the ledger or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from clients.p2p.shapes import AdvanceAnswer, DistributionAnswer, ReceiptsAnswer
from clients.payments.shapes import AccountAnswer
from suite.audit.model import Check, check

WHERE = "p2p ↔ ledger"
KINDS = ("advance", "repayment_receipts", "loan_distribution")
"""Of the accounts that are looked at, all of them p2p's."""


@dataclass(frozen=True)
class DebitBooks:
    """What p2p says of its debits, and their accounts by id."""

    advances: Sequence[AdvanceAnswer]
    receipts: Sequence[ReceiptsAnswer]
    distributions: Sequence[DistributionAnswer]
    accounts: Mapping[UUID, AccountAnswer]


def checks(books: DebitBooks) -> list[Check]:
    lent = [one.currency for one in books.advances if not advance_follows(one, books)]
    received = [one.loan_id for one in books.receipts if not receipts_follow(one, books)]
    spread = [one.loan_id for one in books.distributions if not distribution_is_empty(one, books)]
    return [
        check(WHERE, "advances are those of debits not final", len(books.advances), lent),
        check(WHERE, "debited money rests nowhere", len(books.receipts), received),
        check(WHERE, "money for other books rests nowhere", len(books.distributions), spread),
    ]


def advance_follows(one: AdvanceAnswer, books: DebitBooks) -> bool:
    """The account is down by what is advanced, give or take what is moving."""
    account = books.accounts.get(one.account_id)
    return account is not None and -one.moving_minor <= account.balance + one.advanced_minor <= 0


def receipts_follow(one: ReceiptsAnswer, books: DebitBooks) -> bool:
    """At most what a bank has not taken yet of what was taken back; more only while a debit is under way."""
    account = books.accounts.get(one.account_id)
    return account is not None and (one.moving or 0 <= account.balance <= one.most_minor)


def distribution_is_empty(one: DistributionAnswer, books: DebitBooks) -> bool:
    account = books.accounts.get(one.account_id)
    return account is not None and (one.moving or account.balance == 0)
