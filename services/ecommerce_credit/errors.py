"""Everything ecommerce_credit refuses.

Refusal
├── Malformed (400) … of the frame: JSON, key, cursor
├── Forbidden (403)
│   ├── CustomersOnly            shops are owned, and money is lent to and by, people
│   └── FundersOnly              capital comes from registered funding parties
├── NotFound (404)
│   ├── UnknownMarketplace · UnknownImport · UnknownShop · UnknownShopClaim · UnknownLimit · UnknownLine
│   ├── UnknownDrawing · UnknownRepayment
│   └── UnknownFundingParty · UnknownCapitalMovement
├── Conflict (409)
│   ├── NotAllowedInState        the record is in a state that does not know this step
│   ├── ShopOwned · ShopNotOwned the shop has an owner already, or none
│   ├── ShopClaimUnderWay        she has asked for this shop before
│   ├── TooManyShopClaims        20 of hers wait for an operator
│   ├── ShopInUse                its owner has a line on it
│   ├── LimitLapsed              not accepted in time
│   ├── LineUnderWay             a shop has one line at a time
│   ├── AboveAvailable           more than the line has left
│   ├── TooManyDrawings          a line has at most 100 that are not repaid
│   ├── StillOwed                a line that owes, or may soon owe, stays
│   ├── RepaymentUnderWay · NothingOwed
│   ├── AlreadyFunding           registered before
│   └── AboveContributed         nobody takes out more than she put in
└── Invalid (422)
    ├── WrongHeader              an import's header does not name the columns of its source
    ├── UnknownZone · UnknownUnit   a zone or currency that nobody knows
    ├── MarketplaceDiffers       currency or zone is not that of the marketplace's earlier imports
    ├── DayNotAllowed            limits are decided as of today, or by staff as of an earlier day
    ├── CurrencyDiffers · BelowLeast · AboveOwed
    └── AboveRateCeiling         dearer than the law lets an offer be
"""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound


class CustomersOnly(Forbidden):
    code = "customers_only"


class FundersOnly(Forbidden):
    code = "funders_only"


class UnknownMarketplace(NotFound):
    code = "unknown_marketplace"


class UnknownImport(NotFound):
    code = "unknown_import"


class UnknownShop(NotFound):
    code = "unknown_shop"


class UnknownShopClaim(NotFound):
    code = "unknown_shop_claim"


class UnknownLimit(NotFound):
    code = "unknown_limit"


class UnknownLine(NotFound):
    code = "unknown_line"


class UnknownDrawing(NotFound):
    code = "unknown_drawing"


class UnknownRepayment(NotFound):
    code = "unknown_repayment"


class UnknownFundingParty(NotFound):
    code = "unknown_funding_party"


class UnknownCapitalMovement(NotFound):
    code = "unknown_capital_movement"


class NotAllowedInState(Conflict):
    code = "not_allowed_in_state"


class ShopOwned(Conflict):
    code = "shop_owned"


class ShopNotOwned(Conflict):
    code = "shop_not_owned"


class ShopClaimUnderWay(Conflict):
    code = "shop_claim_under_way"


class TooManyShopClaims(Conflict):
    code = "too_many_shop_claims"


class ShopInUse(Conflict):
    code = "shop_in_use"


class LimitLapsed(Conflict):
    code = "limit_lapsed"


class LineUnderWay(Conflict):
    code = "line_under_way"


class AboveAvailable(Conflict):
    code = "above_available"


class TooManyDrawings(Conflict):
    code = "too_many_drawings"


class StillOwed(Conflict):
    code = "still_owed"


class RepaymentUnderWay(Conflict):
    code = "repayment_under_way"


class NothingOwed(Conflict):
    code = "nothing_owed"


class AlreadyFunding(Conflict):
    code = "already_funding"


class AboveContributed(Conflict):
    code = "above_contributed"


class WrongHeader(Invalid):
    code = "wrong_header"


class UnknownZone(Invalid):
    code = "unknown_zone"


class UnknownUnit(Invalid):
    code = "unknown_currency"


class MarketplaceDiffers(Invalid):
    code = "marketplace_differs"


class DayNotAllowed(Invalid):
    code = "day_not_allowed"


class CurrencyDiffers(Invalid):
    code = "currency_differs"


class BelowLeast(Invalid):
    code = "below_least"


class AboveOwed(Invalid):
    code = "above_owed"


class AboveRateCeiling(Invalid):
    code = "above_rate_ceiling"
