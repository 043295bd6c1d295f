"""What settlement refuses.

Refusal
├── NotFound   UnknownContract · UnknownSettlement
├── Conflict   ContractForThatDay
└── Invalid    EffectiveTooEarly · PayoutUnclear · AccountUnfit
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownContract(NotFound):
    code = "unknown_contract"


class UnknownSettlement(NotFound):
    code = "unknown_settlement"


class ContractForThatDay(Conflict):
    """The merchant has terms from that day on already."""

    code = "contract_for_that_day"


class EffectiveTooEarly(Invalid):
    """Terms hold for what is paid after they were signed: the first from the day on, another from the next day on."""

    code = "effective_too_early"


class PayoutUnclear(Invalid):
    """To a bank means to one of the merchant's payout accounts; to her balance means to none."""

    code = "payout_unclear"


class AccountUnfit(Invalid):
    """Of the platform's, of another book, closed, or of a rule that may refuse money: a settlement must always be able to pay."""

    code = "account_unfit"
