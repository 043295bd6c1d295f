"""The states of a sale and of a purchase, and what each must satisfy.

| sale | event | by | to |
|---|---|---|---|
| open | buy | a buyer | buying |
| open | void | any event on the loan or the claim, in its own transaction | voided |
| open | expire | time: the offer's days, or the day on which the next row is due begins | expired |
| open | withdraw | the seller | withdrawn |
| buying | settle | ledger accepted the batch, something is left | open |
| buying | settle_last | ledger accepted the batch, all of it is sold | sold |
| buying | refuse | ledger refused the batch, or the buyer has no wallet | open |

sold, voided, expired and withdrawn are final. buying is ended by the purchase's job: pending → settled or refused.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.p2p.claims.model import Claim
from services.p2p.errors import AboveLenderShare, BelowLot, CurrencyDiffers, NotAllowedInState, NotInLots
from services.p2p.loans.model import Loan, LoanRow, LoanState
from services.p2p.programmes.model import Programme, ResaleTerms
from services.p2p.resale.errors import (
    ClaimChanged,
    DueToday,
    HeldTooShort,
    LoanOverdue,
    MoreThanHeld,
    MoreThanOffered,
    OwnLoan,
    OwnSale,
    PriceOutOfBounds,
    ResaleNotOffered,
    SaleNotOpen,
)
from services.p2p.resale.model import Purchase, PurchaseEvent, PurchaseState, Sale, SaleEvent, SaleState

SALE: Mapping[tuple[SaleState, SaleEvent], SaleState] = {
    (SaleState.OPEN, SaleEvent.BUY): SaleState.BUYING,
    (SaleState.OPEN, SaleEvent.VOID): SaleState.VOIDED,
    (SaleState.OPEN, SaleEvent.EXPIRE): SaleState.EXPIRED,
    (SaleState.OPEN, SaleEvent.WITHDRAW): SaleState.WITHDRAWN,
    (SaleState.BUYING, SaleEvent.SETTLE): SaleState.OPEN,
    (SaleState.BUYING, SaleEvent.SETTLE_LAST): SaleState.SOLD,
    (SaleState.BUYING, SaleEvent.REFUSE): SaleState.OPEN,
}
PURCHASE: Mapping[tuple[PurchaseState, PurchaseEvent], PurchaseState] = {
    (PurchaseState.PENDING, PurchaseEvent.SETTLE): PurchaseState.SETTLED,
    (PurchaseState.PENDING, PurchaseEvent.REFUSE): PurchaseState.REFUSED,
}
LIVE = frozenset({SaleState.OPEN, SaleState.BUYING})


def next_sale_state(sale: Sale, event: SaleEvent) -> SaleState:
    """Where the event takes the sale. Raises NotAllowedInState."""
    state = SALE.get((sale.state, event))
    if state is None:
        raise NotAllowedInState(f"a sale that is {sale.state} cannot {event}", state=sale.state.value)
    return state


def next_purchase_state(purchase: Purchase, event: PurchaseEvent) -> PurchaseState:
    """Where the event takes the purchase. Raises NotAllowedInState."""
    state = PURCHASE.get((purchase.state, event))
    if state is None:
        raise NotAllowedInState(f"a purchase that is {purchase.state} cannot {event}", state=purchase.state.value)
    return state


def terms_of(programme: Programme) -> ResaleTerms:
    """Raises ResaleNotOffered."""
    if programme.resale is None:
        raise ResaleNotOffered("claims of this programme are not resold", field="claim_id", programme=programme.code)
    return programme.resale


def require_resellable(loan: Loan, unpaid: Sequence[LoanRow], today: date) -> None:
    """Whether anything of the loan passes on today. Raises NotAllowedInState, LoanOverdue, DueToday."""
    if loan.state is not LoanState.REPAYING or not unpaid:
        raise NotAllowedInState("nothing is owed on this loan", state=loan.state.value)
    due_on = unpaid[0].due_on
    if due_on < today:
        raise LoanOverdue("the loan is overdue", field="claim_id", due_on=due_on.isoformat())
    if due_on == today:
        raise DueToday("on a due day claims stay with who holds them", field="claim_id", due_on=due_on.isoformat())


def require_held_long_enough(claim: Claim, terms: ResaleTerms, today: date) -> None:
    """Raises HeldTooShort with the first day on which it may be sold."""
    first = claim.held_from_on + timedelta(days=terms.held_days)
    if today < first:
        detail = f"a claim is held {terms.held_days} days before it is sold"
        raise HeldTooShort(detail, field="claim_id", sellable_on=first.isoformat())


def require_offerable(
    claim: Claim, programme: Programme, *, principal_minor: int, currency: str, price_share: Decimal
) -> None:
    """Raises CurrencyDiffers, MoreThanHeld, ResaleNotOffered, BelowLot, NotInLots, PriceOutOfBounds."""
    terms = terms_of(programme)
    if currency != claim.currency:
        raise CurrencyDiffers(f"the claim is in {claim.currency}", field="currency")
    if principal_minor > claim.outstanding_minor:
        detail = "more than is held of the claim"
        raise MoreThanHeld(detail, field="amount", outstanding_minor=claim.outstanding_minor)
    _require_slice(programme, principal_minor, claim.outstanding_minor)
    if not terms.least_price <= price_share <= terms.largest_price:
        bounds = {"least_price": str(terms.least_price), "largest_price": str(terms.largest_price)}
        raise PriceOutOfBounds("the price is outside the programme's bounds", field="price_share", **bounds)


def require_buyable(sale: Sale, claim: Claim, now: datetime) -> None:
    """Whether the sale is open and of the claim as it stands. Raises SaleNotOpen, ClaimChanged."""
    if sale.state is not SaleState.OPEN:
        raise SaleNotOpen("nothing is to be bought of it now", field="sale_id", state=sale.state.value)
    assert sale.due_at is not None
    if sale.due_at <= now:
        raise SaleNotOpen("its time is over", field="sale_id", state="past_deadline")
    if claim.version != sale.claim_version:
        raise ClaimChanged("the claim is not what was offered", field="sale_id", version=claim.version)


def require_slice_of(sale: Sale, programme: Programme, *, principal_minor: int, currency: str) -> None:
    """Raises CurrencyDiffers, MoreThanOffered, ResaleNotOffered, BelowLot, NotInLots."""
    if currency != sale.currency:
        raise CurrencyDiffers(f"the sale is in {sale.currency}", field="currency")
    if principal_minor > sale.left_minor:
        raise MoreThanOffered("more than is left of the sale", field="amount", left_minor=sale.left_minor)
    _require_slice(programme, principal_minor, sale.left_minor)


def require_buyer(sale: Sale, loan: Loan, buyer: str) -> None:
    """Raises OwnSale, OwnLoan."""
    if buyer == sale.seller:
        raise OwnSale("nobody buys of herself", field="sale_id")
    if buyer == loan.borrower:
        raise OwnLoan("nobody buys what she owes", field="sale_id")


def require_within_share(programme: Programme, loan: Loan, *, held_minor: int, principal_minor: int) -> None:
    """held_minor: what the buyer holds of the loan already. Raises AboveLenderShare."""
    most = int(programme.largest_lender_share * loan.principal_minor)
    if held_minor + principal_minor > most:
        raise AboveLenderShare("more of the loan than one lender may hold", field="amount", most_minor=most)


def ends_at(now: datetime, terms: ResaleTerms, next_due_on: date, zone: ZoneInfo) -> datetime:
    """When an offer ends by itself: its days are over, or the day begins on which the next row is due."""
    due_day = datetime.combine(next_due_on, time(), zone).astimezone(UTC)
    return min(now + timedelta(days=terms.longest_open_days), due_day)


def _require_slice(programme: Programme, principal_minor: int, whole_minor: int) -> None:
    """A part is a number of the programme's lots; what is left is taken whole, whatever it is."""
    if principal_minor == whole_minor:
        return
    if not terms_of(programme).in_parts:
        raise ResaleNotOffered("claims of this programme pass on whole", field="amount", whole_minor=whole_minor)
    lot = programme.lot_minor
    if principal_minor < lot:
        raise BelowLot("a part is at least a lot", field="amount", lot_minor=lot)
    if principal_minor % lot:
        raise NotInLots("a part is a number of lots", field="amount", lot_minor=lot)
