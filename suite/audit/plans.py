"""Plans against the ledger: what every enrolment was charged at its end, worked out again from transfers alone.

Pure. A difference is explained only by a charge under way that p2p lists, and only up to its amount.
"""

from collections.abc import Sequence

from clients.p2p.shapes import EnrolmentFigures, MovementAnswer
from suite.audit.model import Check, check
from suite.audit.posted import Posted

WHERE = "p2p ↔ ledger"
FEE = "p2p.fee.plan"
EXCESS = "p2p.plan.excess"
_CHARGES = frozenset({FEE, EXCESS})
_KIND = "plan_charge"


def checks(enrolments: Sequence[EnrolmentFigures], movements: Sequence[MovementAnswer], posted: Posted) -> list[Check]:
    known = {one.id for one in enrolments}
    unknown = sorted(one for one in posted.references - known if posted.codes(one) & _CHARGES)
    wrong = [one.id for one in enrolments if not charges_follow(one, movements, posted)]
    return [
        check(WHERE, "charges of plans follow from transfers", len(enrolments), wrong),
        check(WHERE, "charges of plans belong to an enrolment", len(posted.references), unknown),
    ]


def charges_follow(enrolment: EnrolmentFigures, movements: Sequence[MovementAnswer], posted: Posted) -> bool:
    """Fees and excess left the lender's own account under their codes, give or take the one batch that is under way."""
    charged = enrolment.fees_minor, enrolment.excess_minor
    left = tuple(
        posted.total(enrolment.id, code, enrolment.currency, debit=enrolment.account_id) for code in (FEE, EXCESS)
    )
    if posted.all_of(enrolment.id, _CHARGES) != sum(left):
        return False
    moving = sum(one.amount_minor for one in movements if one.kind == _KIND and one.record == enrolment.id)
    return left == charged or (charged == (0, 0) and sum(left) == moving)
