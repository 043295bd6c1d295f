"""What the reserve refuses, beside the refusals of the ledger.

Refusal
├── NotFound   UnknownProof · UnknownReserve · UnknownFeeWithdrawal
├── Invalid    TermsInPast
└── Conflict   DayNotOver · FeeWithdrawalEnded · ReserveOnlyCollects · NoFees · FeesCoverClaims · ConfirmedByRequester
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownProof(NotFound):
    code = "unknown_reserve_proof"


class UnknownReserve(NotFound):
    """Nothing is kept at this bank, or nowhere in this currency."""

    code = "unknown_reserve"


class UnknownFeeWithdrawal(NotFound):
    code = "unknown_fee_withdrawal"


class TermsInPast(Invalid):
    """What an account was for on a day that is over does not change any more."""

    code = "terms_in_past"


class DayNotOver(Conflict):
    code = "day_not_over"


class FeeWithdrawalEnded(Conflict):
    code = "fee_withdrawal_ended"


class ReserveOnlyCollects(Conflict):
    """Nothing is paid out of a collection account (汇缴账户)."""

    code = "reserve_only_collects"


class NoFees(Conflict):
    """No fee of this kind has ever been earned in this currency."""

    code = "no_fees"


class FeesCoverClaims(Conflict):
    """What the platform is owed or has lost is covered by its fees alone: so much of them stays in the reserve."""

    code = "fees_cover_claims"


class ConfirmedByRequester(Conflict):
    """That the bank has paid is said by another operator than the one who ordered it."""

    code = "confirmed_by_requester"
