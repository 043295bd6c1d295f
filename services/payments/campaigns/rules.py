"""What a voucher is worth, who may claim and use it, and what a refund brings back of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from finance.accrual import simple_interest_minor
from services.payments.campaigns.errors import (
    BelowThreshold,
    BudgetExhausted,
    CampaignNotOpen,
    UnknownVoucher,
    VoucherExpired,
    VoucherKindUnclear,
    VoucherLimitReached,
    VoucherNotForThis,
    VoucherPaysNothing,
    VouchersDoNotStack,
    VouchersExceedAmount,
    VouchersGone,
    VoucherUsed,
)
from services.payments.campaigns.model import (
    Benefit,
    Campaign,
    CampaignState,
    Terms,
    Voucher,
    VoucherKind,
    VoucherState,
)

LARGEST_STOCK = 10_000_000
MOST_PER_PERSON = 1_000
MOST_VALID_DAYS = 366
MOST_DAYS = 366
MOST_ON_A_SUBJECT = 10
MOST_KINDS = 100
LONGEST_CAMPAIGN = timedelta(days=366)
_FROM_ON = date(2001, 1, 1)
"""ACT/365 counts days alone, whichever they are."""


class Held(NamedTuple):
    """A voucher with its kind."""

    voucher: Voucher
    kind: VoucherKind


def reserve_of(terms: Terms) -> int:
    """The most that one voucher can cost, set aside when it is claimed. Raises VoucherKindUnclear."""
    off = (terms.amount_off, terms.threshold)
    on = (terms.principal, terms.rate, terms.days)
    if terms.benefit is Benefit.AMOUNT_OFF:
        if None in off or any(one is not None for one in on):
            raise VoucherKindUnclear("an amount off has an amount and a threshold, and no rate", field="amount_off")
        assert terms.amount_off is not None
        assert terms.threshold is not None
        if terms.threshold <= terms.amount_off:
            raise VoucherKindUnclear("the threshold is above the amount off", field="threshold")
        return terms.amount_off
    if None in on or any(one is not None for one in off):
        raise VoucherKindUnclear("a rate comes with a principal and days, and with no amount off", field="rate")
    if terms.stack_group is not None:
        raise VoucherKindUnclear("one voucher raises a rate: it does not stack", field="stack_group")
    assert terms.principal is not None
    assert terms.days is not None
    most = _income(terms, terms.principal, terms.days)
    if most < 1:
        raise VoucherKindUnclear("it would never pay anything", field="rate")
    return most


def cost_of(terms: Terms, amount: int | None = None, days: int | None = None) -> int:
    """What a use costs: the amount off; else the income, ACT/365, of what counts of the amount and the days, rounded down.

    Rounding down, never more than `reserve_of`. Raises VoucherPaysNothing.
    """
    if terms.benefit is Benefit.AMOUNT_OFF:
        return terms.amount_off or 0
    principal, most_days = terms.principal or 0, terms.days or 0
    if terms.benefit is Benefit.EXTRA_RATE:
        principal, most_days = min(principal, amount or 0), min(most_days, days or 0)
    cost = _income(terms, principal, most_days)
    if cost < 1:
        raise VoucherPaysNothing("for this amount and time the voucher comes to nothing", field="amount")
    return cost


def _income(terms: Terms, principal: int, days: int) -> int:
    assert terms.rate is not None
    until_on = _FROM_ON + timedelta(days=days)
    return simple_interest_minor(principal, terms.rate, _FROM_ON, until_on, rounding="down")


def require_claimable(campaign: Campaign, kind: VoucherKind, *, mine: int, free: int, now: datetime) -> None:
    """mine: how many of the kind she has claimed; free: what the budget has beyond what is reserved.

    Raises CampaignNotOpen, VouchersGone, VoucherLimitReached, BudgetExhausted.
    """
    if campaign.state is not CampaignState.OPEN or not campaign.starts_at <= now < campaign.ends_at:
        raise CampaignNotOpen("the campaign gives out nothing now")
    if mine >= kind.per_person:
        raise VoucherLimitReached("as many of these as one person may claim", per_person=kind.per_person)
    if kind.claimed >= kind.stock:
        raise VouchersGone("all vouchers of this kind are claimed")
    if free < kind.reserve:
        raise BudgetExhausted("the budget would not honour another one")


def require_usable(held: Held, customer_id: UUID, now: datetime) -> None:
    """Raises UnknownVoucher (another's), VoucherUsed, VoucherExpired."""
    if held.voucher.customer_id != customer_id:
        raise UnknownVoucher("no such voucher", field="voucher_id")
    if held.voucher.state is VoucherState.USED:
        raise VoucherUsed("the voucher is used")
    if held.voucher.state is VoucherState.EXPIRED or held.voucher.expires_at <= now:
        raise VoucherExpired("the voucher has expired")


def require_for_order(held: Sequence[Held], amount: int) -> None:
    """Raises VoucherNotForThis, BelowThreshold, VouchersExceedAmount."""
    for one in held:
        terms = one.kind.terms
        if terms.benefit is not Benefit.AMOUNT_OFF:
            raise VoucherNotForThis("only an amount off is for orders", field="voucher_ids")
        if amount < (terms.threshold or 0):
            raise BelowThreshold("the voucher asks for a larger amount", field="amount", threshold=terms.threshold)
    if sum(cost_of(one.kind.terms) for one in held) >= amount:
        raise VouchersExceedAmount("vouchers do not pay for all of it", field="voucher_ids")


def require_stackable(kinds: Sequence[VoucherKind]) -> None:
    """kinds: of all vouchers on the subject, those used on it before too. Raises VouchersDoNotStack."""
    if len(kinds) > MOST_ON_A_SUBJECT:
        raise VouchersDoNotStack("too many vouchers on one subject", field="voucher_ids", most=MOST_ON_A_SUBJECT)
    if len(kinds) > 1 and any(kind.terms.stack_group is None for kind in kinds):
        raise VouchersDoNotStack("one of these is used alone", field="voucher_ids")
    groups = Counter(kind.terms.stack_group for kind in kinds)
    for kind in kinds:
        if groups[kind.terms.stack_group] > kind.terms.most_per_subject:
            raise VouchersDoNotStack("too many of one group", field="voucher_ids", group=kind.terms.stack_group)
