"""What escrow trades refuse.

Refusal
├── NotFound   UnknownTrade · UnknownRefund · UnknownCategory
├── Forbidden  NotYourPart
├── Invalid    CurrencyDiffers · AmountTooLarge · OwnTrade · UnknownItem · SplitDiffers · ProposalNotLess · ValidFromInPast ·
│              EvidenceOutlastsRuling
└── Conflict   TradeNumberUsed · AmountDiffers · NotAllowedInState · DeadlinePassed · RefundOpen · ItemDisputed · NothingHeld ·
               AmountExceedsHeld · NothingToReturn · TooManyRefunds · NoProposal · AlreadyExtended · ProlongedTooFar · EvidenceClosed ·
               TooMuchEvidence · CategoryVersionExists
"""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownTrade(NotFound):
    code = "unknown_trade"


class UnknownRefund(NotFound):
    code = "unknown_refund"


class UnknownCategory(NotFound):
    """No version of the category is in force."""

    code = "unknown_category"


class NotYourPart(Forbidden):
    """It is for the other party of the trade, or for an arbiter."""

    code = "not_your_part"


class CurrencyDiffers(Invalid):
    code = "currency_mismatch"


class AmountTooLarge(Invalid):
    """A line, or all of them together, past 2^53 − 1."""

    code = "amount_too_large"


class OwnTrade(Invalid):
    """Nobody buys from himself."""

    code = "own_trade"


class UnknownItem(Invalid):
    code = "unknown_item"


class SplitDiffers(Invalid):
    """The two parts of a ruling are not what is in dispute."""

    code = "split_differs"


class ProposalNotLess(Invalid):
    """Who proposes as much as was asked agrees."""

    code = "proposal_not_less"


class ValidFromInPast(Invalid):
    code = "valid_from_in_past"


class EvidenceOutlastsRuling(Invalid):
    code = "evidence_outlasts_ruling"


class TradeNumberUsed(Conflict):
    """The merchant has another trade under this number."""

    code = "trade_number_used"


class AmountDiffers(Conflict):
    """What the buyer agreed to pay is not what the trade asks."""

    code = "amount_differs"


class NotAllowedInState(Conflict):
    code = "not_allowed_in_state"


class DeadlinePassed(Conflict):
    """What time decides is decided, though nobody may have written it down yet."""

    code = "deadline_passed"


class RefundOpen(Conflict):
    """The open refund comes first."""

    code = "refund_open"


class ItemDisputed(Conflict):
    """The open refund is about this item."""

    code = "item_disputed"


class NothingHeld(Conflict):
    """All of it has been released or refunded."""

    code = "nothing_held"


class AmountExceedsHeld(Conflict):
    code = "amount_exceeds_held"


class NothingToReturn(Conflict):
    """Nothing has been shipped."""

    code = "nothing_to_return"


class TooManyRefunds(Conflict):
    code = "too_many_refunds"


class NoProposal(Conflict):
    code = "no_proposal"


class AlreadyExtended(Conflict):
    code = "already_extended"


class ProlongedTooFar(Conflict):
    code = "prolonged_too_far"


class EvidenceClosed(Conflict):
    code = "evidence_closed"


class TooMuchEvidence(Conflict):
    code = "too_much_evidence"


class CategoryVersionExists(Conflict):
    code = "category_version_exists"
