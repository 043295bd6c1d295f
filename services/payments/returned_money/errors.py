"""What returned money refuses.

Refusal
├── NotFound   UnknownReport
├── Conflict   ReportNotUnmatched
├── Invalid    UnknownReportingBank
└── Unavailable  NotFinalYet
"""

from chassis.errors import Conflict, Invalid, NotFound, Unavailable


class UnknownReport(NotFound):
    code = "unknown_report"


class ReportNotUnmatched(Conflict):
    """Only what nothing of ours agrees with is cleared by hand."""

    code = "report_not_unmatched"


class UnknownReportingBank(Invalid):
    code = "unknown_bank"


class NotFinalYet(Unavailable):
    """The payment it is about has no final result yet: it is looked at again."""

    code = "not_final_yet"
