"""What cards refuse.

Refusal
├── NotFound   UnknownCard
├── Conflict   CardAlreadyBound · CardNotBound · NoCodeExpected · CardInUse
├── Forbidden  CustomersOnly
└── Invalid    MalformedCardNumber · UnknownPrefix
"""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownCard(NotFound):
    code = "unknown_card"


class CardAlreadyBound(Conflict):
    code = "card_already_bound"


class CardNotBound(Conflict):
    code = "card_not_bound"


class NoCodeExpected(Conflict):
    code = "no_code_expected"


class CardInUse(Conflict):
    """A withdrawal or top-up with this card is under way."""

    code = "card_in_use"


class CustomersOnly(Forbidden):
    code = "customers_only"


class MalformedCardNumber(Invalid):
    code = "malformed_card_number"


class UnknownPrefix(Invalid):
    code = "unknown_card_prefix"
