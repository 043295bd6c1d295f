"""What the person behind customers is refused.

Refusal
├── NotFound     UnknownCheck · UnknownHolder · IdentityNotDeclared
├── Conflict     IdentityProved · CheckUnderWay · AlreadyConfirmed · TooManyChecks · HolderNotFrozen · NotProved
├── Invalid      MalformedIdentityNumber
└── Unavailable  IdentityServiceAway
"""

from chassis.errors import Conflict, Invalid, NotFound, Unavailable


class UnknownCheck(NotFound):
    code = "unknown_check"


class UnknownHolder(NotFound):
    code = "unknown_holder"


class IdentityNotDeclared(NotFound):
    """The customer has not said who she is."""

    code = "identity_not_declared"


class IdentityProved(Conflict):
    """Who she is has been confirmed: a customer does not become another person."""

    code = "identity_already_proved"


class CheckUnderWay(Conflict):
    code = "check_under_way"


class AlreadyConfirmed(Conflict):
    """This source counts already: a class needs others."""

    code = "already_confirmed"


class TooManyChecks(Conflict):
    """Of one source, on one day."""

    code = "too_many_checks"


class HolderNotFrozen(Conflict):
    code = "holder_not_frozen"


class NotProved(Conflict):
    """Only who has proved who she is can be given this."""

    code = "identity_not_proved"


class MalformedIdentityNumber(Invalid):
    code = "malformed_identity_number"


class IdentityServiceAway(Unavailable):
    """No service is configured that could be asked."""

    code = "identity_service_unavailable"
