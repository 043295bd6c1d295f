"""What postings refuse, before the ledger itself is asked; what that refuses comes with the place in the request.

Refusal
├── NotFound   UnknownPosting
├── Invalid    AccountNamedTwice · OverdraftNotAllowed · PortionsExceedWhole · PortionsIncomplete · TwoRemainders ·
│              LineUnclear · SplitTooLarge · DestinationsExceedAmount · NothingTakesTheRest
└── Conflict   NothingToMove

and of the ledger's: UnknownAccount · CurrencyMismatch · AccountsInDifferentBooks · InsufficientFunds.
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownPosting(NotFound):
    code = "unknown_posting"


class AccountNamedTwice(Invalid):
    """An account is a source once, and no destination of the same posting."""

    code = "account_named_twice"


class OverdraftNotAllowed(Invalid):
    """The account's own rule keeps it from going below zero, whatever a posting allows."""

    code = "overdraft_not_allowed"


class PortionsExceedWhole(Invalid):
    code = "portions_exceed_whole"


class PortionsIncomplete(Invalid):
    """Portions make up less than the whole, and no line takes the remainder."""

    code = "portions_incomplete"


class TwoRemainders(Invalid):
    code = "two_remainders"


class LineUnclear(Invalid):
    """A line names one place (account, split, or kept) and says in one way how much."""

    code = "line_unclear"


class SplitTooLarge(Invalid):
    """More lines, or deeper, than a posting may have; or portions of more digits than can be reckoned with."""

    code = "split_too_large"


class DestinationsExceedAmount(Invalid):
    """The fixed amounts are more than there is to split."""

    code = "destinations_exceed_amount"


class NothingTakesTheRest(Invalid):
    """Something is left when every line has its amount, and no line takes the remainder."""

    code = "nothing_takes_the_rest"


class NothingToMove(Conflict):
    """The sources have nothing, or everything is kept."""

    code = "nothing_to_move"
