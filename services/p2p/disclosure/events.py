"""Events of disclosure."""

from chassis.wire import Answer
from services.p2p.disclosure.model import OperatingReport

REPORT_PUBLISHED = "p2p.operating_report.published.v1"


class ReportTold(Answer):
    """A month's report was published, or corrected (version above 1)."""

    month: str
    currency: str
    version: int


EVENT_TYPES: dict[str, type[Answer]] = {REPORT_PUBLISHED: ReportTold}


def told(report: OperatingReport) -> dict[str, object]:
    return ReportTold(month=report.month, currency=report.currency, version=report.version).model_dump(mode="json")
