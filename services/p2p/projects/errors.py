"""Everything that crowdfunding refuses beside what all of p2p refuses (`services/p2p/errors.py`).

Refusal
├── Forbidden (403)
│   └── SameReviewer             of two pairs of eyes the second are another's
├── NotFound (404)
│   └── UnknownProject · UnknownTier · UnknownPledge · UnknownMilestone · UnknownProjectRefund · UnknownDelivery
├── Conflict (409)
│   ├── ProjectClosed            not live, or past its deadline
│   ├── OwnProject               nobody backs herself
│   ├── TierSoldOut
│   ├── AlreadyPledged           one pledge a backer and project; it can be changed
│   ├── TooManyPledges           of a project, or of one backer to it
│   ├── TooManyDrafts
│   ├── MilestoneOutOfOrder      those before it are not paid yet
│   ├── PayoutUnderWay           money is on its way to the creator: what is left is not known
│   └── NothingLeft              there is nothing to refund
└── Invalid (422)
    ├── ProjectContradictsItself with every contradiction
    ├── BelowPrice · PledgeTooLarge
    ├── MandateTooSmall          the backer has signed for less
    ├── UseNotTold               of a public benefit: what was spent, at most what was paid out
    └── DayNotAllowed
"""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound


class SameReviewer(Forbidden):
    code = "same_reviewer"


class UnknownProject(NotFound):
    code = "unknown_project"


class UnknownTier(NotFound):
    code = "unknown_tier"


class UnknownPledge(NotFound):
    code = "unknown_pledge"


class UnknownMilestone(NotFound):
    code = "unknown_milestone"


class UnknownProjectRefund(NotFound):
    code = "unknown_project_refund"


class UnknownDelivery(NotFound):
    code = "unknown_delivery"


class ProjectClosed(Conflict):
    code = "project_closed"


class OwnProject(Conflict):
    code = "own_project"


class TierSoldOut(Conflict):
    code = "tier_sold_out"


class AlreadyPledged(Conflict):
    code = "already_pledged"


class TooManyPledges(Conflict):
    code = "too_many_pledges"


class TooManyDrafts(Conflict):
    code = "too_many_drafts"


class MilestoneOutOfOrder(Conflict):
    code = "milestone_out_of_order"


class PayoutUnderWay(Conflict):
    code = "payout_under_way"


class NothingLeft(Conflict):
    code = "nothing_left"


class ProjectContradictsItself(Invalid):
    """contradictions: each with its `field` and `detail`."""

    code = "project_contradicts_itself"


class BelowPrice(Invalid):
    code = "below_price"


class PledgeTooLarge(Invalid):
    code = "pledge_too_large"


class MandateTooSmall(Invalid):
    code = "mandate_too_small"


class UseNotTold(Invalid):
    code = "use_not_told"


class DayNotAllowed(Invalid):
    code = "day_not_allowed"
