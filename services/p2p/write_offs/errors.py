"""What write-offs refuse.

Refusal
├── Forbidden (403)
│   └── SamePerson               whoever proposed it does not decide it
├── NotFound (404)
│   └── UnknownWriteOff
└── Conflict (409)
    ├── NotLateEnough            not more than 180 days past due
    └── WriteOffProposed         one is waiting for its decision
"""

from chassis.errors import Conflict, Forbidden, NotFound


class SamePerson(Forbidden):
    code = "same_person"


class UnknownWriteOff(NotFound):
    code = "unknown_write_off"


class NotLateEnough(Conflict):
    code = "not_late_enough"


class WriteOffProposed(Conflict):
    code = "write_off_proposed"
