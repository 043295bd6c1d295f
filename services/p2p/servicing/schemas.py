"""Closed days on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chassis import wire
from services.p2p.servicing.model import Accrual, Aged, DayClose
from services.p2p.wire_ids import LoanId


class AgedAnswer(wire.Answer):
    """Loans of a currency by days past due: M0 none, M1 1 to 30, … M6 151 to 180, M6+ more; stopped: of them, how many earn no more."""

    currency: str
    bucket: Literal["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    loans: int
    outstanding_minor: int
    interest_minor: int
    stopped: int


class DayCloseAnswer(wire.Answer):
    """loans: done so far; aged: once it is closed."""

    day: wire.Day
    state: Literal["closing", "closed"]
    loans: int
    begun_at: datetime
    closed_at: datetime | None
    aged: list[AgedAnswer]


class AccrualAnswer(wire.Answer):
    """interest_minor: earned on the day, 0 once interest has stopped; outstanding_minor: principal at the close."""

    on_day: wire.Day
    loan_id: LoanId
    currency: str
    outstanding_minor: int
    interest_minor: int
    days_past_due: int
    accrues: bool


def close_answer(close: DayClose, aged: Sequence[Aged] = ()) -> DayCloseAnswer:
    return DayCloseAnswer(
        day=close.day,
        state=close.state.value,
        loans=close.loans,
        begun_at=close.begun_at,
        closed_at=close.closed_at,
        aged=[AgedAnswer.model_validate(one) for one in aged],
    )


def accrual_answer(accrual: Accrual) -> AccrualAnswer:
    return AccrualAnswer.model_validate(accrual)
