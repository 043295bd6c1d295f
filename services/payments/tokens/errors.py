"""What tokens refuse, beside wallets, orders, limits and the ledger.

Refusal
├── NotFound   UnknownDeal · UnknownHolder
├── Invalid    TermsInPast · GiftToOneself
└── Conflict   TokenNotOffered · NotRedeemable · NotTransferable · HoldingCapExceeded · DailyCapExceeded
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownDeal(NotFound):
    code = "unknown_token_deal"


class UnknownHolder(NotFound):
    """Nobody of this id has a wallet in the token's money."""

    code = "unknown_payee"


class TermsInPast(Invalid):
    code = "terms_in_past"


class GiftToOneself(Invalid):
    code = "gift_to_oneself"


class TokenNotOffered(Conflict):
    """No terms of it are in force."""

    code = "token_not_offered"


class NotRedeemable(Conflict):
    code = "not_redeemable"


class NotTransferable(Conflict):
    code = "not_transferable"


class HoldingCapExceeded(Conflict):
    code = "holding_cap_exceeded"


class DailyCapExceeded(Conflict):
    code = "daily_cap_exceeded"
