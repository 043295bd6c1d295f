"""Who of the queue is chosen: in order of their places, each as much as its caps allow, one order of a lender, until nothing is left.

A run is `running` until a round finds the listing full, closed, or nobody to ask; then it is `finished`, for good.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from services.p2p.listings.model import Listing
from services.p2p.matching.model import Candidate, Choice, Verdict
from services.p2p.programmes.model import Programme
from services.p2p.standing_orders.model import Wanted
from services.p2p.standing_orders.rules import fill_of, takes_plans


def choose(candidates: Iterable[Candidate], wanted: Wanted, chosen: Collection[str] = ()) -> list[Choice]:
    """candidates: eligible, ascending by place; chosen: lenders of whom an order was chosen already.

    Those behind the one that completes the listing are not looked at.
    """
    left, lenders, choices = wanted.left_minor, set(chosen), list[Choice]()
    for candidate in candidates:
        if left < wanted.lot_minor:
            break
        if candidate.lender in lenders:
            choices.append(Choice(candidate, Verdict.LENDER_CHOSEN, 0, None))
            continue
        fill = fill_of(candidate.bounds, candidate.left_minor, wanted, left)
        if fill is None:
            choices.append(Choice(candidate, Verdict.BELOW_LEAST, 0, None))
            continue
        amount, bound_by = fill
        choices.append(Choice(candidate, Verdict.CHOSEN, amount, bound_by))
        lenders.add(candidate.lender)
        left -= amount
    return choices


def known_front(found: Sequence[Candidate], limit: int) -> list[Candidate]:
    """Of the first `limit` orders of each criteria, the part of the queue that is known whole, ascending by place.

    Behind the last of a criteria that may have more, another of it could stand.
    """
    last: dict[int, int] = {}
    count: dict[int, int] = {}
    for candidate in found:
        count[candidate.criteria_id] = count.get(candidate.criteria_id, 0) + 1
        last[candidate.criteria_id] = max(last.get(candidate.criteria_id, 0), candidate.place)
    bound = min((last[one] for one, number in count.items() if number >= limit), default=None)
    front = [one for one in found if bound is None or one.place <= bound]
    return sorted(front, key=lambda one: one.place)


def wanted_of(listing: Listing, programme: Programme, *, left_minor: int, at: datetime) -> Wanted:
    """What a listing asks orders to fund."""
    return Wanted(
        programme=listing.programme_code,
        grade=listing.grade,
        term_months=listing.term_months,
        annual_rate=listing.annual_rate,
        currency=listing.currency,
        amount_minor=listing.amount_minor,
        lot_minor=listing.lot_minor,
        left_minor=left_minor,
        lender_share=programme.largest_lender_share,
        borrower=listing.borrower,
        at=at,
        for_plans=takes_plans(programme),
    )
