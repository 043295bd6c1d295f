"""What the outside world refuses.

Refusal
├── NotFound   UnknownBank · UnknownInstruction · UnknownAgreement · UnknownCard · UnknownMessage · UnknownShipment · UnknownCheck
│              UnknownDispute · UnknownTransaction · UnknownSend · UnknownBlock · UnknownReport
│              UnknownCustodyAccount · UnknownAuthorisation
├── Conflict   ReferenceReused · AgreementNotOpen · TooManyTries · CodeExpired · CardExists · DayNotClosed · NothingToSpoil · NotReturnable
│              FeeBeyond · NotEnoughCoins · SendCalledOff · NotReplaceable · NotInTheBranch · PersonHasAccount
└── Invalid    WrongCode · MalformedCard · WrongCurrency · IssuesNoCards · MalformedMessage · WrongAddress
               IdentityNotConfirmed · CardNotHers · MalformedInstruction
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


class UnknownReport(NotFound):
    code = "unknown_report"


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


class UnknownTransaction(NotFound):
    code = "unknown_transaction"


class UnknownSend(NotFound):
    """Nothing is known under this reference, or not yet."""

    code = "unknown_send"


class UnknownBlock(NotFound):
    code = "unknown_block"


class FeeBeyond(Conflict):
    """The network asks for more than the sender would give."""

    code = "fee_beyond"


class NotEnoughCoins(Conflict):
    code = "not_enough_coins"


class SendCalledOff(Conflict):
    """It was called off before anything was sent, and is never sent under this reference."""

    code = "send_called_off"


class NotReplaceable(Conflict):
    """Only what waits in the mempool is sent anew with a higher fee."""

    code = "not_replaceable"


class NotInTheBranch(Conflict):
    """Only what is in the blocks that are left, or in no block, can be dropped or spent twice."""

    code = "not_in_the_branch"


class WrongAddress(Invalid):
    code = "wrong_address"


class UnknownCustodyAccount(NotFound):
    code = "unknown_custody_account"


class UnknownAuthorisation(NotFound):
    code = "unknown_authorisation"


class IdentityNotConfirmed(Invalid):
    """The register of residents does not know this name with this number."""

    code = "identity_not_confirmed"


class PersonHasAccount(Conflict):
    code = "person_has_account"


class CardNotHers(Invalid):
    code = "card_not_hers"


class MalformedInstruction(Invalid):
    code = "malformed_instruction"
