"""Every day that enters the mathematics is a date: an instant is refused, with the name of the argument."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from finance.accrual import interest_over_balances
from finance.errors import InexactNumber
from finance.rate_ceilings import check_offer
from finance.rate_ceilings_cn import CHINA
from finance.repayment import allocate
from finance.rescheduling import prepay, reschedule
from finance.returns import xirr
from finance.schedules import build

DAY: Any = datetime(2024, 3, 10, 23, 59, 59, tzinfo=UTC)
LOAN = build(100_000, "0.1", 6, start_on=date(2024, 1, 1))


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: build(100, "0.1", 6, start_on=DAY), "start_on"),
        (lambda: build(100, "0.1", 6, start_on=date(2024, 1, 1), first_due_on=DAY), "first_due_on"),
        (lambda: build(100, "0.1", 6, start_on=date(2024, 1, 1), rate_changes=[(DAY, "0.2")]), "rate_changes"),
        (lambda: build(100, "0.1", 6, start_on=date(2024, 1, 1), drawings=[(DAY, 5)]), "drawings"),
        (lambda: reschedule(LOAN, DAY), "from_on"),
        (lambda: prepay(LOAN, DAY, 10), "paid_on"),
        (lambda: allocate(10, [], DAY), "paid_on"),
        (lambda: check_offer(LOAN, DAY, table=CHINA), "contract_on"),
        (lambda: check_offer(LOAN, date(2024, 1, 1), table=CHINA, further_costs=[(DAY, 5)]), "further_costs"),
        (lambda: interest_over_balances([(DAY, 5)], date(2024, 5, 1), "0.0005"), "balances"),
        (lambda: xirr([(DAY, 5)]), "flows"),
    ],
)
def test_an_instant_is_no_day(call: Callable[[], object], field: str) -> None:
    with pytest.raises(InexactNumber) as refused:
        call()
    assert (refused.value.code, refused.value.field) == ("inexact_number", field)
