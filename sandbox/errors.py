"""What the outside world refuses.

Refusal
├── NotFound   UnknownBank · UnknownInstruction · UnknownAgreement · UnknownCard · UnknownMessage · UnknownShipment · UnknownCheck
│              UnknownDispute
├── Conflict   ReferenceReused · AgreementNotOpen · TooManyTries · CodeExpired · CardExists · DayNotClosed · NothingToSpoil · NotReturnable
└── Invalid    WrongCode · MalformedCard · WrongCurrency · IssuesNoCards · MalformedMessage
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownBank(NotFound):
    code = "unknown_bank"


class UnknownInstruction(NotFound):
    code = "unknown_instruction"


class UnknownAgreement(NotFound):
    code = "unknown_agreement"


class UnknownCard(NotFound):
    code = "unknown_card"


class UnknownDispute(NotFound):
    code = "unknown_dispute"


class NotReturnable(Conflict):
    """What was not paid cannot come back; what nobody has cannot be taken back."""

    code = "not_returnable"


class UnknownCheck(NotFound):
    code = "unknown_check"


class ReferenceReused(Conflict):
    code = "reference_reused"


class AgreementNotOpen(Conflict):
    code = "agreement_not_open"


class TooManyTries(Conflict):
    code = "too_many_tries"


class CodeExpired(Conflict):
    code = "code_expired"


class CardExists(Conflict):
    code = "card_exists"


class WrongCode(Invalid):
    code = "wrong_code"


class MalformedCard(Invalid):
    code = "malformed_card"


class WrongCurrency(Invalid):
    code = "wrong_currency"


class IssuesNoCards(Invalid):
    """A payment institution is asked to open a card."""

    code = "issues_no_cards"


class DayNotClosed(Conflict):
    """The business day still goes on."""

    code = "day_not_closed"


class NothingToSpoil(Conflict):
    """No booking is there that could be shown wrongly or come back."""

    code = "nothing_to_spoil"


class UnknownMessage(NotFound):
    code = "unknown_message"


class MalformedMessage(Invalid):
    """It cannot be read as the message it should be."""

    code = "malformed_message"


class UnknownShipment(NotFound):
    """No carrier has ever seen such a number."""

    code = "unknown_shipment"
