"""Event types of reports. Ids and amounts alone."""

from pydantic import BaseModel


class ReportStep(BaseModel):
    """amount: CNY in fen. due_on: the last day to report it."""

    report_id: str
    kind: str
    rule: str
    act: str
    amount: int
    due_on: str


class ReportFileMade(BaseModel):
    file_id: str
    kind: str
    reports: int
    hash: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.transaction_report.found.v1": ReportStep,
    "payments.transaction_report.excluded.v1": ReportStep,
    "payments.transaction_report.overdue.v1": ReportStep,
    "payments.transaction_report.file_made.v1": ReportFileMade,
}
