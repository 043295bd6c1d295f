"""Running loans on the wire."""

from datetime import date, datetime
from typing import Literal

from chassis import wire
from services.p2p.running_loans.model import RunningLoan, Tally
from services.p2p.wire_ids import RunningLoanId

ExplainedName = Literal["by_instalments", "with_extra", "settled", "written_off"]


class RunningLoanAnswer(wire.Answer):
    """What the file says, and what explains it. issued_on: the first of the month; difference_minor: balance told less balance explained;
    odd_days: by how much the first period differs from a month; extra_minor: principal repaid beyond `instalments_paid`."""

    id: RunningLoanId
    source: str
    source_row: str
    principal_minor: int
    currency: str
    annual_rate: wire.Rate
    term_months: int
    instalment_minor: int
    issued_on: date
    status: str
    balance_minor: int
    paid_principal_minor: int
    paid_interest_minor: int
    paid_late_fees_minor: int
    explained: ExplainedName
    instalments_paid: int
    difference_minor: int
    odd_days: wire.Rate | None
    extra_minor: int
    imported_at: datetime


class RunningLoansReport(wire.Answer):
    """Of all loans of a source. odd_days_usual: those from −18 to +14 days, of `odd_days_known`; extras_minor: all payments beyond
    instalments, which `GET /v1/running-loans?explained=with_extra` lists one by one."""

    source: str
    loans: int
    by_instalments: int
    with_extra: int
    settled: int
    written_off: int
    largest_difference_minor: int
    odd_days_known: int
    odd_days_usual: int
    extras_minor: int
    balance_minor: int


class RemainingRow(wire.Answer):
    number: int
    principal_minor: int
    interest_minor: int
    balance_minor: int


class RemainingAnswer(wire.Answer):
    """The instalments still to come, a month apart; the last one repays what is left."""

    rows: list[RemainingRow]


def running_loan_answer(one: RunningLoan) -> RunningLoanAnswer:
    told, explained = one.standing, one.explanation
    return RunningLoanAnswer(
        id=one.id,
        source=one.source,
        source_row=one.source_row,
        principal_minor=told.principal_minor,
        currency=told.currency,
        annual_rate=told.annual_rate,
        term_months=told.term_months,
        instalment_minor=told.instalment_minor,
        issued_on=told.issued_on,
        status=told.status,
        balance_minor=told.balance_minor,
        paid_principal_minor=told.paid_principal_minor,
        paid_interest_minor=told.paid_interest_minor,
        paid_late_fees_minor=told.paid_late_fees_minor,
        explained=explained.explained.value,
        instalments_paid=explained.instalments_paid,
        difference_minor=explained.difference_minor,
        odd_days=explained.odd_days,
        extra_minor=explained.extra_minor,
        imported_at=one.imported_at,
    )


def report_answer(source: str, tally: Tally) -> RunningLoansReport:
    figures = {name: getattr(tally, name) for name in Tally.__slots__}
    return RunningLoansReport(source=source, **figures)


def remaining_answer(one: RunningLoan, parts: list[tuple[int, int]]) -> RemainingAnswer:
    rows, balance = [], one.standing.balance_minor
    for number, (principal, interest) in enumerate(parts, start=one.explanation.instalments_paid + 1):
        balance -= principal
        rows.append(
            RemainingRow(number=number, principal_minor=principal, interest_minor=interest, balance_minor=balance)
        )
    return RemainingAnswer(rows=rows)
