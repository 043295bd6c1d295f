"""What sureties are refused, and whom they refuse.

Refusal
├── NotFound (404)
│   └── UnknownSurety
├── Conflict (409)
│   ├── NoSurety                 nobody licensed has room for the loss of such a listing: by kind, with the reason of each
│   └── TooManySureties
└── Invalid (422)
    ├── LicenceNotValid          ended, or ends before it begins
    ├── NotThatOriginators       a guarantor's, or of an originator who stands behind its loans already
    └── NotASuretysProgramme     no such programme, another currency, or none whose losses it bears
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownSurety(NotFound):
    code = "unknown_surety"


class NoSurety(Conflict):
    code = "no_surety"


class TooManySureties(Conflict):
    code = "too_many_sureties"


class LicenceNotValid(Invalid):
    code = "licence_not_valid"


class NotASuretysProgramme(Invalid):
    code = "not_a_suretys_programme"


class NotThatOriginators(Invalid):
    code = "not_that_originators"
