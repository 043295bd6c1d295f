"""What wallets refuse.

Refusal
├── NotFound   UnknownWallet
└── Invalid    CurrencyNotOffered
"""

from chassis.errors import Invalid, NotFound


class UnknownWallet(NotFound):
    code = "unknown_wallet"


class CurrencyNotOffered(Invalid):
    code = "currency_not_offered"
