"""What the close of days refuses.

Refusal
├── NotFound (404)
│   └── UnknownDayClose
└── Conflict (409)
    └── NothingToClose           every day that has ended is closed, or being closed
"""

from chassis.errors import Conflict, NotFound


class UnknownDayClose(NotFound):
    code = "unknown_day_close"


class NothingToClose(Conflict):
    code = "nothing_to_close"
