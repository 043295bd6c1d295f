"""What disclosure refuses.

NotFound
└── UnknownReport            no such month, currency or version was published
Conflict
├── MonthNotClosed           its last day has not ended, or is not closed yet
├── AlreadyRelated · NotRelated
└── TooManyRelated
"""

from chassis.errors import Conflict, NotFound


class UnknownReport(NotFound):
    code = "unknown_report"


class MonthNotClosed(Conflict):
    code = "month_not_closed"


class AlreadyRelated(Conflict):
    code = "already_related"


class NotRelated(Conflict):
    code = "not_related"


class TooManyRelated(Conflict):
    code = "too_many_related"
