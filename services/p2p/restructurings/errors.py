"""What restructuring refuses.

Refusal
├── Forbidden (403)
│   └── OwnProposal              a second person confirms
├── NotFound (404)
│   └── UnknownRestructuring
└── Conflict (409)
    ├── RestructuringUnderWay    one at a time
    └── RestructuringExpired
"""

from chassis.errors import Conflict, Forbidden, NotFound


class OwnProposal(Forbidden):
    code = "own_proposal"


class UnknownRestructuring(NotFound):
    code = "unknown_restructuring"


class RestructuringUnderWay(Conflict):
    code = "restructuring_under_way"


class RestructuringExpired(Conflict):
    code = "restructuring_expired"
