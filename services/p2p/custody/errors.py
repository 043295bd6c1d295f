"""What custody refuses.

Refusal
├── NotFound (404)
│   └── UnknownCustodyAccount · UnknownAuthorisation · UnknownPayment · UnknownInstruction · UnknownDifference
├── Conflict (409)
│   ├── NoCustodyAccount         she has none at the programme's bank
│   ├── NotAuthorised            she has not allowed it there
│   ├── CustodyRepaymentFinal    what a custody bank moved is final
│   ├── MandateNotInCustody      a loan in custody is repaid from her account at the bank
│   ├── TooManyAuthorisations    of one scope standing or on their way
│   └── AuthorisationNotOpen · InstructionNotOpen · PaymentNotOpen · DifferenceClosed
├── Invalid (422)
│   ├── AuthorisationOutOfBounds its last day is over, or too far away
│   ├── OtherCurrency            the account is kept in another
│   └── BankRefuses              its reason in `why`
└── Unavailable (503)
    └── BankAway                 it does not answer, or there is none
"""

from chassis.errors import Conflict, Invalid, NotFound, Unavailable


class UnknownCustodyAccount(NotFound):
    code = "unknown_custody_account"


class UnknownAuthorisation(NotFound):
    code = "unknown_authorisation"


class UnknownPayment(NotFound):
    code = "unknown_custody_payment"


class UnknownInstruction(NotFound):
    code = "unknown_custody_instruction"


class UnknownDifference(NotFound):
    code = "unknown_difference"


class NoCustodyAccount(Conflict):
    code = "no_custody_account"


class NotAuthorised(Conflict):
    code = "not_authorised"


class CustodyRepaymentFinal(Conflict):
    code = "custody_repayment_final"


class MandateNotInCustody(Conflict):
    code = "mandate_not_in_custody"


class TooManyAuthorisations(Conflict):
    code = "too_many_authorisations"


class AuthorisationNotOpen(Conflict):
    code = "authorisation_not_open"


class InstructionNotOpen(Conflict):
    code = "instruction_not_open"


class PaymentNotOpen(Conflict):
    code = "custody_payment_not_open"


class DifferenceClosed(Conflict):
    code = "difference_closed"


class AuthorisationOutOfBounds(Invalid):
    code = "authorisation_out_of_bounds"


class OtherCurrency(Invalid):
    code = "other_currency"


class BankRefuses(Invalid):
    code = "bank_refuses"


class BankAway(Unavailable):
    code = "bank_away"
