"""What coins refuse, beside the ledger.

Refusal
├── NotFound     UnknownRail · UnknownDeposit · UnknownWithdrawal · UnknownCoinAccount
├── Unavailable  NoChain · AddressesExhausted
├── Invalid      AddressMalformed · NotCoin · StatedInPast
└── Conflict     RailExists · CoinsMinted · TooManyAddresses · DepositsStopped · AddressIsOurs · CoinLimitExceeded · NotHeld ·
                 LossSmaller
"""

from chassis.errors import Conflict, Invalid, NotFound, Unavailable


class UnknownRail(NotFound):
    """The unit is not kept on a chain here."""

    code = "unknown_rail"


class UnknownDeposit(NotFound):
    code = "unknown_coin_deposit"


class UnknownWithdrawal(NotFound):
    code = "unknown_coin_withdrawal"


class UnknownCoinAccount(NotFound):
    """She has no account of the coin yet: it is opened with her first address."""

    code = "unknown_coin_account"


class NoChain(Unavailable):
    """No node of its chain can be asked."""

    code = "no_chain"


class AddressesExhausted(Unavailable):
    """The node has not made new ones yet."""

    code = "addresses_exhausted"


class AddressMalformed(Invalid):
    code = "address_malformed"


class NotCoin(Invalid):
    code = "not_a_coin"


class StatedInPast(Invalid):
    """What was in force on days that are over stays."""

    code = "stated_in_past"


class RailExists(Conflict):
    code = "rail_exists"


class CoinsMinted(Conflict):
    """Coins of it were brought in by hand, which no address of ours has."""

    code = "coins_minted"


class TooManyAddresses(Conflict):
    code = "too_many_addresses"


class DepositsStopped(Conflict):
    """The unit is regulated: it takes no new deposits."""

    code = "deposits_stopped"


class AddressIsOurs(Conflict):
    """Coins do not leave to come back."""

    code = "address_is_ours"


class CoinLimitExceeded(Conflict):
    """Of a regulated unit nobody sends more a day."""

    code = "coin_limit_exceeded"


class NotHeld(Conflict):
    code = "not_held"


class LossSmaller(Conflict):
    """No more is covered than was lost."""

    code = "loss_smaller"
