"""What units refuse, beside the refusals of the ledger.

Refusal
├── NotFound   UnknownUnit
├── Invalid    UnitUnclear · NoToken · NoCoin
└── Conflict   UnitExists · UnitInUse · BeyondSchedule · KeptOnChain
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownUnit(NotFound):
    code = "unknown_unit"


class UnitUnclear(Invalid):
    """A token says by which money it is backed and has no schedule; a coin has a schedule. Money is not made here."""

    code = "unit_unclear"


class NoToken(Invalid):
    code = "no_token"


class NoCoin(Invalid):
    code = "no_coin"


class UnitExists(Conflict):
    code = "unit_exists"


class UnitInUse(Conflict):
    """Accounts are kept in it that may go below zero, or stand in another book: what they made up would count as issued."""

    code = "unit_in_use"


class BeyondSchedule(Conflict):
    code = "beyond_schedule"


class KeptOnChain(Conflict):
    """Coins that are kept on their chain come and go by its transactions alone."""

    code = "kept_on_chain"
