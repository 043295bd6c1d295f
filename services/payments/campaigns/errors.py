"""What campaigns and vouchers refuse, beside the refusals of the ledger.

Refusal
├── NotFound   UnknownCampaign · UnknownVoucherKind · UnknownVoucher
├── Invalid    CampaignUnclear · FundingAccountUnfit · VoucherKindUnclear · VoucherNotForThis · VoucherNamedTwice · RefundExceedsAmount
└── Conflict   CampaignNotOpen · VouchersGone · VoucherLimitReached · BudgetExhausted · TooManyVoucherKinds
               VoucherUsed · VoucherExpired · BelowThreshold · VouchersDoNotStack · VouchersExceedAmount · VoucherPaysNothing
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownCampaign(NotFound):
    code = "unknown_campaign"


class UnknownVoucherKind(NotFound):
    code = "unknown_voucher_kind"


class UnknownVoucher(NotFound):
    code = "unknown_voucher"


class CampaignUnclear(Invalid):
    """It ends before it begins, or has ended already."""

    code = "campaign_unclear"


class FundingAccountUnfit(Invalid):
    """A campaign is funded by a merchant's proceeds, or by an account that an operator names and no story owns."""

    code = "funding_account_unfit"


class VoucherKindUnclear(Invalid):
    """What it is worth is not said, said twice, or comes to nothing."""

    code = "voucher_kind_unclear"


class VoucherNotForThis(Invalid):
    """An amount off is for orders; the others are redeemed for an investment."""

    code = "voucher_not_for_this"


class VoucherNamedTwice(Invalid):
    code = "voucher_named_twice"


class RefundExceedsAmount(Invalid):
    code = "refund_exceeds_amount"


class CampaignNotOpen(Conflict):
    code = "campaign_not_open"


class TooManyVoucherKinds(Conflict):
    code = "too_many_voucher_kinds"


class VouchersGone(Conflict):
    """The stock is claimed."""

    code = "vouchers_gone"


class VoucherLimitReached(Conflict):
    """She has claimed as many of this kind as one person may."""

    code = "voucher_limit_reached"


class BudgetExhausted(Conflict):
    """What is left of the budget would not honour another voucher of this kind."""

    code = "budget_exhausted"


class VoucherUsed(Conflict):
    code = "voucher_already_used"


class VoucherExpired(Conflict):
    code = "voucher_expired"


class BelowThreshold(Conflict):
    code = "below_threshold"


class VouchersDoNotStack(Conflict):
    code = "vouchers_do_not_stack"


class VouchersExceedAmount(Conflict):
    """They would pay for all of it: at least one minor unit is the buyer's own."""

    code = "vouchers_exceed_amount"


class VoucherPaysNothing(Conflict):
    """For this amount and time it comes to less than one minor unit."""

    code = "voucher_pays_nothing"
