"""When a merchant is settled, and how her proceeds divide."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from chassis.clock import start_of_day
from finance.calendars import add_business_days
from finance.errors import CalendarUnknown
from services.payments.fee_plans.model import MILLION
from services.payments.settlement.model import Claim, Contract, Division, Window

CALENDAR = "CN"
WHERE_UNKNOWN = "weekends"
"""A year whose holidays are not announced yet: settling on what turns out to be one harms nobody, not settling would strand money."""
ONE_DAY = timedelta(days=1)
LONGEST_CATCHING_UP = 1_000
"""Windows that one settlement takes together."""


def cut_off(contract: Contract, day: date) -> datetime:
    """What is paid before it belongs to that day or one before."""
    return start_of_day(day) + timedelta(minutes=contract.cut_off_minutes)


def due_at(contract: Contract, day: date) -> datetime:
    """When the window of a day is settled: T+0 at its cut-off, or that of the next open day; T+n when the n-th open day begins."""
    try:
        payable = add_business_days(day, contract.cycle_days, CALENDAR)
    except CalendarUnknown:
        payable = add_business_days(day, contract.cycle_days, WHERE_UNKNOWN)
    return cut_off(contract, payable) if contract.cycle_days == 0 else start_of_day(payable)


def contract_on(contracts: Sequence[Contract], day: date) -> Contract:
    """The one that holds on a day, of a merchant's contracts by effective_on; before the first one, the first."""
    return max(
        (one for one in contracts if one.effective_on <= day), key=lambda one: one.effective_on, default=contracts[0]
    )


def window(contracts: Sequence[Contract], first: date, now: datetime) -> Window:
    """All days from `first` on that are due by now, together: after a weekend one settlement and not three. The first one is due."""
    day = first
    for _ in range(LONGEST_CATCHING_UP):
        if due_at(contract_on(contracts, day + ONE_DAY), day + ONE_DAY) > now:
            break
        day += ONE_DAY
    contract, following = contract_on(contracts, day), contract_on(contracts, day + ONE_DAY)
    return Window(contract, day, cut_off(contract, day), due_at(following, day + ONE_DAY))


def divide(contract: Contract, proceeds: int, fee: int, shares: int, owed: int, claims: Sequence[Claim]) -> Division:
    """Proceeds less refunds: the fee, what receivers get, what the platform advanced, lenders by priority, the reserve, the rest.

    Each lender's share is of what is left before the first lender; whoever comes later gets at most what those before left. fee + shares
    are at most the proceeds.
    """
    left = proceeds - fee - shares
    assert left >= 0, "fee and shares of an order are at most its proceeds"
    receivable = min(owed, left)
    base = left = left - receivable
    deductions = []
    for claim in claims:
        taken = min(base * claim.share_millionths // MILLION, claim.left_minor, left)
        deductions.append(taken)
        left -= taken
    reserve = min(proceeds * contract.reserve_rate_millionths // MILLION, left)
    return Division(fee, shares, receivable, tuple(deductions), reserve, left - reserve)


def in_turn(amount: int, available: Sequence[int]) -> list[int]:
    """How much of an amount each source gives, in their order, each as far as it goes."""
    given = []
    for one in available:
        part = min(amount, max(one, 0))
        given.append(part)
        amount -= part
    return given
