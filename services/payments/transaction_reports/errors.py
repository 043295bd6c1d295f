"""What reporting refuses.

Refusal
├── NotFound   UnknownReport · UnknownReportFile · UnknownReported
├── Conflict   ReportEnded · NotReported · CorrectedBefore · NothingToReport
└── Invalid    FigureUnclear · TransferNotHers
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownReport(NotFound):
    code = "unknown_report"


class UnknownReportFile(NotFound):
    code = "unknown_report_file"


class UnknownReported(NotFound):
    """Nobody of this id is known here."""

    code = "unknown_subject"


class ReportEnded(Conflict):
    """It was reported or excluded."""

    code = "report_ended"


class NotReported(Conflict):
    """Only what went out can be corrected; what did not is excluded."""

    code = "not_reported"


class CorrectedBefore(Conflict):
    """Another correction stands in its place: that one is to be corrected."""

    code = "corrected_before"


class NothingToReport(Conflict):
    code = "nothing_to_report"


class FigureUnclear(Invalid):
    """Facts that do not belong to the rule, or lack."""

    code = "figure_unclear"


class TransferNotHers(Invalid):
    """Unknown, none of the subject's accounts, or in a unit without a rate on its day."""

    code = "transfer_not_hers"
