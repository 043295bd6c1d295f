"""What backers are refused, and whom they refuse.

Refusal
├── NotFound (404)
│   └── UnknownBacker
├── Conflict (409)
│   ├── NoBacker                 nobody licensed has room for the loss of such a listing: by kind, with the reason of each
│   └── TooManyBackers
└── Invalid (422)
    ├── LicenceNotValid          ended, or ends before it begins
    └── NotABackersProgramme     no such programme, another currency, or none whose losses it bears
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownBacker(NotFound):
    code = "unknown_backer"


class NoBacker(Conflict):
    code = "no_backer"


class TooManyBackers(Conflict):
    code = "too_many_backers"


class LicenceNotValid(Invalid):
    code = "licence_not_valid"


class NotABackersProgramme(Invalid):
    code = "not_a_backers_programme"
