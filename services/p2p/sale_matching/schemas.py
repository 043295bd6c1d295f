"""Why an order bought of an offer or not, on the wire."""

from datetime import datetime
from typing import Literal

from chassis import wire
from services.p2p.sale_matching.explaining import SaleReason
from services.p2p.wire_ids import PurchaseId

SaleVerdictName = Literal["bought", "refused", "waiting", "skipped", "not_eligible", "not_reached"]


class WhySale(wire.Answer):
    """What one look made of the order. position: its place among all that were asked, considered: how many; version, place, committed: of
    the order, as the look saw it; amount, price_minor, bound_by: what it took, what that costs, and the cap that bound it (`most_amount`,
    `share_cap`, `lender_share`, `budget`, `left_of_sale`). left, yield_rate: of the offer then.

    reasons: codes: of the refusal of its money; why it was skipped (`budget_below_least`, `level_too_low`, …); what kept it from being
    asked (`not_active`, `grade`, `yield_below_floor`, `price`, `term`, `out_of_budget`, `plan_holds_claim`,
    `not_for_plans`, …).
    """

    look: int
    looked_at: datetime
    considered: int
    left: int
    yield_rate: wire.Rate
    verdict: SaleVerdictName
    reasons: list[str]
    position: int | None
    version: int | None
    place: int | None
    committed: int | None
    amount: int
    price_minor: int
    bound_by: str | None
    purchase_id: PurchaseId | None


def why_sale(reason: SaleReason) -> WhySale:
    look, seen, decision = reason.look, reason.seen, reason.decision
    return WhySale(
        look=look.number,
        looked_at=look.looked_at,
        considered=look.considered,
        left=look.left_minor,
        yield_rate=look.yield_rate,
        verdict=reason.verdict,
        reasons=list(reason.reasons),
        position=None if decision is None else decision.position,
        version=None if seen is None else seen.version,
        place=None if seen is None else seen.place,
        committed=None if seen is None else seen.committed_minor,
        amount=0 if decision is None else decision.amount_minor,
        price_minor=0 if decision is None else decision.price_minor,
        bound_by=None if decision is None else decision.bound_by,
        purchase_id=None if decision is None else decision.purchase_id,
    )
