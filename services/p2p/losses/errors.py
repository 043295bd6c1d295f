"""What compensations refuse.

Refusal
├── NotFound (404)
│   └── UnknownCompensation
└── Conflict (409)
    └── CompensationUnderWay     claims on the loan are passing to whoever pays for its loss: ask again
"""

from chassis.errors import Conflict, NotFound


class UnknownCompensation(NotFound):
    code = "unknown_compensation"


class CompensationUnderWay(Conflict):
    code = "compensation_under_way"
