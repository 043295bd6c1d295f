"""Who earned the interest of a row, of what passed on and of what did not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from services.p2p.claims.model import Cession, Claim, RepaidPrincipal

Amount = int | Fraction
WHOLE = 10**24
"""What is earned on the whole of a loan in a day, in parts of which weights are counted where claims did not all shrink alike."""


class Earned(NamedTuple):
    """Days over which money was earned; late: late interest, and not the interest of the schedule."""

    from_on: date
    to_on: date
    late: bool


class _Passed(NamedTuple):
    """An amount that passed on, in today's principal, with what is earned from a day on."""

    giver: UUID
    taker: UUID
    amount: Amount
    earns_from: date


def interest_weights(
    claims: Sequence[Claim],
    cessions: Sequence[Cession],
    earned: Earned,
    *,
    at_most_held: bool = False,
    repaid: Sequence[RepaidPrincipal] | None = None,
) -> Mapping[str, Amount]:
    """What interest, or late interest, of those days is shared by: by holder, what of the loan was hers on each day, summed.

    Who holds a claim now earned all of the days, but for the days before the ones that passed to her: these stay with who ceded it. Of a
    day that went to somebody before she held it, whoever took her place has no more than she had. at_most_held: without what stayed with
    holders of what they hold no more. repaid: all principal repaid since those days began, where not all claims shrank alike by it; of the
    days before it, it was its receiver's.
    """
    to_on = max(earned.to_on, earned.from_on + timedelta(days=1))
    own = {claim.id: claim.outstanding_minor for claim in claims}
    weights: dict[UUID, Amount] = dict.fromkeys(own, 0)
    for begin, end, held in _stretches(claims, cessions, earned._replace(to_on=to_on), repaid):
        days = (end - begin).days
        whole = None if repaid is None else sum(amount for amount in held.values() if amount > 0)
        for claim_id, amount in held.items():
            counted = min(amount, own[claim_id]) if at_most_held else amount
            if counted > 0:
                weights[claim_id] += counted * days if whole is None else counted * days * WHOLE // whole
    return {claim.holder: weights[claim.id] for claim in claims}


def whole_weight(claims: Sequence[Claim], earned: Earned, repaid: Sequence[RepaidPrincipal] | None = None) -> int:
    """What the weights of all holders make up, without rounding."""
    days = max(1, (earned.to_on - earned.from_on).days)
    return days * (sum(claim.outstanding_minor for claim in claims) if repaid is None else WHOLE)


def _stretches(
    claims: Sequence[Claim], cessions: Sequence[Cession], earned: Earned, repaid: Sequence[RepaidPrincipal] | None
) -> Iterator[tuple[date, date, Mapping[UUID, Amount]]]:
    """Days in a row, from the last to the first, and what each claim earns on in them."""
    held: dict[UUID, Amount] = {claim.id: claim.outstanding_minor for claim in claims}
    passed, until = _passed(claims, cessions, late=earned.late, alike=repaid is None), earned.to_on
    paid: dict[date, list[RepaidPrincipal]] = defaultdict(list)
    for payment in repaid or ():
        paid[payment.paid_on].append(payment)
    at = 0
    for day in sorted({one.earns_from for one in passed} | paid.keys(), reverse=True):
        begin = max(day, earned.from_on)
        if begin < until:
            yield begin, until, _charged(held, passed[at:])
            until = begin
        if until <= earned.from_on:
            return
        for payment in paid.get(day, ()):
            held[payment.claim_id] += payment.principal_minor
        while at < len(passed) and passed[at].earns_from == day:
            held[passed[at].giver] += passed[at].amount
            held[passed[at].taker] -= passed[at].amount
            at += 1
    yield earned.from_on, until, held


def _passed(claims: Sequence[Claim], cessions: Sequence[Cession], *, late: bool, alike: bool) -> list[_Passed]:
    """From the last day to the first; one taken back gives to whom it was taken from.

    alike: repayments since have lessened every claim alike, and with it what had passed. Else it is what it was: they are undone first.
    """
    owed = sum(claim.outstanding_minor for claim in claims)
    found = []
    for one in cessions:
        amount: Amount = one.principal_minor
        if alike and owed < one.of_outstanding_minor:
            amount = Fraction(one.principal_minor * owed, one.of_outstanding_minor)
        earns_from = one.late_from_on if late else one.interest_from_on
        found.append(_Passed(one.from_claim_id, one.to_claim_id, amount, earns_from))
    return sorted(found, key=lambda one: one.earns_from, reverse=True)


def _charged(held: Mapping[UUID, Amount], passed: Sequence[_Passed]) -> Mapping[UUID, Amount]:
    """What a claim lacks of days of those before it is on those that took it over with these days: passed, by how much each took."""
    if min(held.values(), default=0) >= 0:
        return held
    found, takers = dict(held), defaultdict[UUID, list[_Passed]](list)
    for one in passed:
        takers[one.giver].append(one)
    while lacking := [claim_id for claim_id, amount in found.items() if amount < 0 and takers.get(claim_id)]:
        for claim_id in lacking:
            took, lack = takers.pop(claim_id), found[claim_id]
            whole = sum(one.amount for one in took)
            found[claim_id] = 0
            for one in took:
                found[one.taker] += Fraction(lack * one.amount, whole) if whole else 0
    return found
