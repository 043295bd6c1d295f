"""What purposes and purses refuse, beside the refusals of the ledger.

Refusal
├── NotFound   UnknownPurpose
├── Invalid    ReturnAccountUnfit · ExpiryInPast
├── Forbidden  PurseNotYours
└── Conflict   PurposeOver
"""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownPurpose(NotFound):
    code = "unknown_purpose"


class ReturnAccountUnfit(Invalid):
    """The rest goes back to an open account that is no purse itself, and that takes whatever comes."""

    code = "return_account_unfit"


class ExpiryInPast(Invalid):
    code = "expiry_in_past"


class PurseNotYours(Forbidden):
    """A purse is opened by its owner, by the owner of the purpose, or by an operator."""

    code = "purse_not_yours"


class PurposeOver(Conflict):
    code = "purpose_over"
