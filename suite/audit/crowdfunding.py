"""Crowdfunding against the ledger: what every project paid out, and what is on its account, worked out again from transfers alone.

Pure. A difference is explained only by a movement under way that p2p lists, and only up to that movement's amount.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from clients.p2p.shapes import MovementAnswer, ProjectFigures
from clients.payments.shapes import AccountAnswer
from suite.audit.model import Check, check
from suite.audit.posted import Posted

WHERE = "p2p ↔ ledger"
COLLECTION = "p2p.crowdfunding.collection"
PAYOUT = "p2p.crowdfunding.payout"
FEE = "p2p.crowdfunding.fee"
REFUND = "p2p.crowdfunding.refund"
REPAYMENT = "p2p.crowdfunding.chargeback.repayment"
COVER = "p2p.crowdfunding.chargeback.cover"
_OUT = (PAYOUT, FEE, REFUND)
_BACK = (REPAYMENT, COVER)
_MONEY = frozenset({COLLECTION, *_OUT, *_BACK})
_PAID_OUT = ("project_payout", "project_refund")
_COMING, _LEAVING = ("project_collection", "project_chargeback_debt"), (*_PAID_OUT, "project_chargeback")


@dataclass(frozen=True)
class CrowdfundingBooks:
    """What p2p says of its projects, and their accounts by id."""

    projects: Sequence[ProjectFigures]
    movements: Sequence[MovementAnswer]
    accounts: Mapping[UUID, AccountAnswer]


def checks(books: CrowdfundingBooks, posted: Posted) -> list[Check]:
    known = {project.id for project in books.projects}
    unknown = sorted(one for one in posted.references - known if posted.codes(one) & _MONEY)
    paid = [one.id for one in books.projects if not payouts_follow(one, books, posted)]
    back = [one.id for one in books.projects if not recovered_follows(one, books, posted)]
    held = [one.id for one in books.projects if not balance_follows(one, books)]
    return [
        check(WHERE, "payouts of projects follow from transfers", len(books.projects), paid),
        check(WHERE, "what is put back for chargebacks follows from transfers", len(books.projects), back),
        check(WHERE, "accounts of projects hold what is left of them", len(books.projects), held),
        check(WHERE, "transfers of crowdfunding belong to a project", len(posted.references), unknown),
    ]


def payouts_follow(project: ProjectFigures, books: CrowdfundingBooks, posted: Posted) -> bool:
    """Paid, fee and refunded are what left the project's own account under their codes, give or take what is leaving."""
    account = project.account_id
    left = [posted.total(project.id, code, project.currency, debit=account) for code in _OUT]
    said = [project.paid_minor, project.fee_minor, project.refunded_minor]
    ahead = [on_ledger - in_books for on_ledger, in_books in zip(left, said, strict=True)]
    elsewhere = posted.all_of(project.id, _OUT) - sum(left)
    return elsewhere == 0 and min(ahead) >= 0 and sum(ahead) <= _moving(project, books, _PAID_OUT)


def recovered_follows(project: ProjectFigures, books: CrowdfundingBooks, posted: Posted) -> bool:
    """What debtors and the house put back came to the project's own account, give or take what is coming."""
    account = project.account_id
    came = sum(posted.total(project.id, code, project.currency, credit=account) for code in _BACK)
    ahead = came - project.recovered_minor
    return came == posted.all_of(project.id, _BACK) and 0 <= ahead <= _moving(project, books, _COMING[1:])


def balance_follows(project: ProjectFigures, books: CrowdfundingBooks) -> bool:
    """Collected + recovered − charged back − paid − fee − refunded is on the account, give or take what is coming and leaving. Less than
    nothing is what payments is owed there, and then nothing is there."""
    account = None if project.account_id is None else books.accounts.get(project.account_id)
    if account is None:
        return False
    more = account.balance - max(project.held_minor, 0)
    return -_moving(project, books, _LEAVING) <= more <= _moving(project, books, _COMING)


def _moving(project: ProjectFigures, books: CrowdfundingBooks, kinds: Sequence[str]) -> int:
    return sum(one.amount_minor for one in books.movements if one.reference == project.id and one.kind in kinds)
