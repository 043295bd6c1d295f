"""What pre-authorisations refuse, beside the refusals of the ledger.

Refusal
├── NotFound   UnknownPreauthorisation
├── Invalid    PreauthorisationCurrencyDiffers
└── Conflict   PreauthorisationNumberUsed · PreauthorisationAmountDiffers · PreauthorisationNotRequested · PreauthorisationNotFrozen ·
               CaptureExceedsFrozen · TooManyCaptures · ReleaseNotAsked
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownPreauthorisation(NotFound):
    code = "unknown_preauthorisation"


class PreauthorisationCurrencyDiffers(Invalid):
    code = "currency_mismatch"


class PreauthorisationNumberUsed(Conflict):
    """The merchant has another one under this number."""

    code = "preauthorisation_number_used"


class PreauthorisationAmountDiffers(Conflict):
    """What the customer agrees to is not what the merchant asks for."""

    code = "amount_differs"


class PreauthorisationNotRequested(Conflict):
    """It was agreed to, or its time is over."""

    code = "preauthorisation_not_requested"


class PreauthorisationNotFrozen(Conflict):
    """Nothing was frozen yet, or nothing is any more."""

    code = "preauthorisation_not_frozen"


class CaptureExceedsFrozen(Conflict):
    code = "capture_exceeds_frozen"


class TooManyCaptures(Conflict):
    """The last capture allowed says `final`."""

    code = "too_many_captures"


class ReleaseNotAsked(Conflict):
    code = "release_not_asked"
