"""What resale refuses.

Refusal
├── NotFound (404)
│   └── UnknownClaim · UnknownSale · UnknownPurchase
├── Conflict (409)
│   ├── SaleNotOpen              sold, being bought, voided, expired or withdrawn
│   ├── SaleOpen                 the claim is offered already
│   ├── MoreThanHeld · MoreThanOffered
│   ├── HeldTooShort             not held as long as the programme asks
│   ├── LoanOverdue · DueToday   nothing passes on then
│   ├── RetainedClaim            the share that an originator keeps of its loan
│   ├── ClaimChanged             it is not the version that was offered
│   ├── PriceChanged             not what the buyer was shown
│   ├── OwnSale · OwnLoan        nobody buys of herself, nor what she owes
│   ├── MaturityGap              a shorter term than the asset's; reported
│   └── PoolRefused              several assets behind one promise; reported
├── Invalid (422)
│   ├── NotFirstLenders          slices are sold in programmes of first lenders
│   ├── ResaleNotOffered         the programme lets no claim, or no part of one, be sold
│   └── PriceOutOfBounds
└── Unavailable (503)
    └── ClaimsChangeHands        a purchase of the loan is under way: ask again
"""

from collections.abc import Awaitable, Callable
from typing import Any

from chassis.errors import Conflict, Invalid, NotFound, Unavailable


class UnknownClaim(NotFound):
    code = "unknown_claim"


class UnknownSale(NotFound):
    code = "unknown_sale"


class UnknownPurchase(NotFound):
    code = "unknown_purchase"


class SaleNotOpen(Conflict):
    code = "sale_not_open"


class RetainedClaim(Conflict):
    code = "retained_claim"


class SaleOpen(Conflict):
    code = "sale_open"


class MoreThanHeld(Conflict):
    code = "more_than_held"


class MoreThanOffered(Conflict):
    code = "more_than_offered"


class HeldTooShort(Conflict):
    code = "held_too_short"


class LoanOverdue(Conflict):
    code = "loan_overdue"


class DueToday(Conflict):
    code = "due_today"


class ClaimChanged(Conflict):
    code = "claim_changed"


class PriceChanged(Conflict):
    code = "price_changed"


class OwnSale(Conflict):
    code = "own_sale"


class OwnLoan(Conflict):
    code = "own_loan"


class Reported(Conflict):
    """What was asked for is not done, and kept for whoever supervises though all else of the story is taken back."""

    remembers = True

    def __init__(self, detail: str, keep: Callable[[Any], Awaitable[None]], **facts: Any) -> None:
        super().__init__(detail, **facts)
        self._keep = keep

    async def remember(self, tx: Any) -> None:
        await self._keep(tx)


class MaturityGap(Reported):
    code = "maturity_gap"


class PoolRefused(Reported):
    code = "pool_refused"


class NotFirstLenders(Invalid):
    code = "not_first_lenders"


class ResaleNotOffered(Invalid):
    code = "resale_not_offered"


class PriceOutOfBounds(Invalid):
    code = "price_out_of_bounds"


class ClaimsChangeHands(Unavailable):
    code = "claims_change_hands"
    passes_in_seconds = 1
