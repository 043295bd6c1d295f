"""What stays earned by whoever held a claim before somebody paid her for a loss."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from services.p2p.claims.model import Cession, Claim


class Earned(NamedTuple):
    """Days over which money was earned; late: late interest, and not the interest of the schedule."""

    from_on: date
    to_on: date
    late: bool


def with_kept(
    weights: Mapping[str, int], claims: Mapping[UUID, Claim], cessions: Sequence[Cession], earned: Earned
) -> Mapping[str, int | Fraction]:
    """Principal × days by holder, the payer's being of all days: what was earned before a cession goes back to who held it then.

    What passed is taken as the share of the loan that it was, for repayments since have lessened every claim alike.
    """
    if not cessions:
        return weights
    owed = sum(claim.outstanding_minor for claim in claims.values())
    found: dict[str, int | Fraction] = dict(weights)
    for cession in cessions:
        until = cession.late_from_on if earned.late else cession.interest_from_on
        days = (min(until, earned.to_on) - earned.from_on).days
        if days > 0:
            kept = Fraction(cession.principal_minor * owed * days, cession.of_outstanding_minor)
            found[claims[cession.from_claim_id].holder] += kept
            found[claims[cession.to_claim_id].holder] -= kept
    # Shares were rounded to whole units: what a payer lacks for them is less than one a holder.
    return {holder: max(weight, 0) for holder, weight in found.items()}
