"""Money of debits against the ledger: what the platform lent on them, and accounts that are empty when nothing moves.

Pure. What p2p says is moving may have been moved by the ledger or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from clients.p2p.shapes import AdvanceAnswer, DistributionAnswer, ReceiptsAnswer
from clients.payments.shapes import AccountAnswer
from suite.audit.model import Check, check
from suite.audit.posted import Posted

WHERE = "p2p ↔ ledger"
KINDS = ("advance", "repayment_receipts", "loan_distribution")
"""Of the accounts that are looked at, all of them p2p's."""
ADVANCED, REPAID = "p2p.debit.chargeback.advance", "p2p.debit.chargeback.repayment"


@dataclass(frozen=True)
class DebitBooks:
    """What p2p says of its debits, and their accounts by id."""

    advances: Sequence[AdvanceAnswer]
    receipts: Sequence[ReceiptsAnswer]
    distributions: Sequence[DistributionAnswer]
    accounts: Mapping[UUID, AccountAnswer]


def checks(books: DebitBooks, posted: Posted) -> list[Check]:
    lent = [one.currency for one in books.advances if not advance_follows(one, books)]
    received = [one.loan_id for one in books.receipts if not receipts_follow(one, books)]
    paid = [one.loan_id for one in books.receipts if not chargebacks_follow(one, posted)]
    spread = [one.loan_id for one in books.distributions if not distribution_is_empty(one, books)]
    return [
        check(WHERE, "advances are those of debits not final", len(books.advances), lent),
        check(WHERE, "debited money rests nowhere", len(books.receipts), received),
        check(WHERE, "money for other books rests nowhere", len(books.distributions), spread),
        check(WHERE, "what banks took back is paid for them", len(books.receipts), paid),
    ]


def advance_follows(one: AdvanceAnswer, books: DebitBooks) -> bool:
    """The account is down by what is advanced, give or take what is moving."""
    account = books.accounts.get(one.account_id)
    return account is not None and -one.moving_minor <= account.balance + one.advanced_minor <= 0


def receipts_follow(one: ReceiptsAnswer, books: DebitBooks) -> bool:
    """At most what a bank has not taken yet of what was taken back; more only while a debit is under way."""
    account = books.accounts.get(one.account_id)
    return account is not None and (one.moving or 0 <= account.balance <= one.most_minor)


def chargebacks_follow(one: ReceiptsAnswer, posted: Posted) -> bool:
    """What the platform paid in the borrower's place, and what she has paid of it, unless some of it is moving."""
    advanced = posted.total(one.loan_id, ADVANCED, one.currency, credit=one.account_id)
    repaid = posted.total(one.loan_id, REPAID, one.currency)
    return one.moving or (advanced, repaid) == (one.advanced_minor, one.repaid_minor)


def distribution_is_empty(one: DistributionAnswer, books: DebitBooks) -> bool:
    account = books.accounts.get(one.account_id)
    return account is not None and (one.moving or account.balance == 0)
