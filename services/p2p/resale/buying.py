"""Stories of a purchase: its money is fixed, the ledger moves all of it or none, and the slice is the buyer's."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.claims import actions as claim_actions
from services.p2p.claims import cession_queries
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.model import Cession, Claim
from services.p2p.custody import actions as custody_actions
from services.p2p.custody import rules as custody_rules
from services.p2p.enrolments import holding as plan_holding
from services.p2p.errors import CustomersOnly, TooManyHolders
from services.p2p.lenders import actions as lender_actions
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes.model import AccruedRule, Programme
from services.p2p.programmes.rules import MOST_HOLDERS
from services.p2p.resale import actions, queries, rules
from services.p2p.resale.errors import OwnLoan, PriceChanged, UnknownPurchase, UnknownSale
from services.p2p.resale.events import CLAIM_SOLD, PURCHASE_REFUSED, purchase_told
from services.p2p.resale.model import Purchase, PurchaseEvent, PurchaseState, Sale, SaleEvent, SaleState
from services.p2p.resale.pricing import Quote, quote
from services.p2p.standing_orders import purchases as order_purchases
from services.p2p.wire_ids import purchase_text

SETTLE_JOB = "p2p.settle_purchase"
JOB_GRACE_SECONDS = 10
MOST_CLAIMS = 2_700
"""On a loan, those at 0 too: what is taken back of repayments brings them back, and three kinds of money for each fit a batch of 8,190."""

MOST_CESSIONS = 10_000
"""By purchase, compensation or advance: each repayment reads all of its loan's. Then whoever holds a claim keeps it to its end."""


async def buy(
    tx: Tx,
    caller: Caller,
    *,
    sale_id: UUID,
    principal_minor: int,
    price_minor: int,
    currency: str,
    standing_order_id: UUID | None = None,
) -> Purchase:
    """Take a slice of an open sale, at the price that was shown. Raises every refusal of the rules; PriceChanged with today's price.

    standing_order_id: of the order that buys for her, by `sale_matching.actions` alone, which has looked at the book.
    """
    if caller.customer is None:
        raise CustomersOnly("a customer lends for herself")
    known = await queries.sale(tx.connection, sale_id)
    if known is None:
        raise UnknownSale("no such sale", field="sale_id")
    loan, sale = await actions.locked_with_loan(tx, known.loan_id, sale_id)
    claim = await claim_queries.load(tx.connection, sale.claim_id, lock=True)
    assert claim is not None
    programme, unpaid = await actions.programme_of(tx, loan), await actions.unpaid_rows(tx, loan)
    rules.require_buyable(sale, claim, tx.now)
    rules.require_buyer(sale, loan, caller.party)
    if caller.party == await loan_queries.retained_by(tx.connection, loan.id):
        raise OwnLoan("who proposed the loan holds the share that it keeps, and no more", field="sale_id")
    rules.require_resellable(loan, unpaid, tx.today)
    await actions.require_settled(tx, loan.id)
    rules.require_slice_of(sale, programme, principal_minor=principal_minor, currency=currency)
    await plan_holding.require_apart(tx, loan.id, caller.party, standing_order_id)
    await _require_room(tx, programme, loan, claim, unpaid, buyer=caller.party, principal_minor=principal_minor)
    terms = rules.terms_of(programme)
    shown = quote(
        claim, loan, unpaid, terms, principal_minor=principal_minor, price_share=sale.price_share, day=tx.today
    )
    if shown.price_minor != price_minor:
        raise PriceChanged("the price of today is another", field="price_minor", price_minor=shown.price_minor)
    kept = terms.accrued is AccruedRule.SPLIT_WHEN_PAID and unpaid[0].from_on < tx.today
    purchase = _purchase(tx, sale, claim, caller.party, shown)
    purchase = replace(purchase, kept_from_on=unpaid[0].from_on if kept else None, standing_order_id=standing_order_id)
    await queries.add_purchase(tx.connection, purchase)
    await actions.step(tx, sale, SaleEvent.BUY)
    tx.jobs.add(SETTLE_JOB, {"id": str(purchase.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return purchase


async def name_account(tx: Tx, caller: Caller, *, purchase_id: UUID, account_id: UUID) -> Purchase:
    """Payments told the buyer's account: the first that is recorded stays, so that every try moves the same money."""
    _, _, purchase = await _locked(tx, purchase_id)
    if purchase.state is not PurchaseState.PENDING or purchase.buyer_account_id is not None:
        return purchase
    named = replace(purchase, buyer_account_id=account_id)
    await queries.save_purchase(tx.connection, named)
    return named


async def record_settled(tx: Tx, caller: Caller, *, purchase_id: UUID) -> Purchase:
    """The ledger made every transfer: the slice is the buyer's."""
    loan, sale, purchase = await _locked(tx, purchase_id)
    if purchase.state is not PurchaseState.PENDING:
        return purchase
    assert purchase.buyer_account_id is not None
    if purchase.standing_order_id is not None:
        await order_purchases.held(tx, purchase.standing_order_id)
    claim = await claim_queries.load(tx.connection, purchase.claim_id, lock=True)
    assert claim is not None
    sold, bought = await claim_actions.pass_on(
        tx,
        claim,
        buyer=purchase.buyer,
        account_id=purchase.buyer_account_id,
        principal_minor=purchase.principal_minor,
        traded_on=purchase.traded_on,
        cause_id=purchase_text(purchase.id),
    )
    await _cede(tx, loan, purchase, bought)
    await plan_holding.record_bought(tx, purchase.standing_order_id, bought.id)
    moved = await _step(tx, replace(purchase, buyer_claim_id=bought.id), PurchaseEvent.SETTLE)
    await _count(tx, sale, purchase, was=claim, now=sold)
    hers = await queries.live_of_claim(tx.connection, bought.id)
    if hers is not None:
        # What she offers of her own claim is of another version now.
        await actions.step(tx, hers, SaleEvent.VOID, reason="purchase")
    tx.events.add(CLAIM_SOLD, purchase_text(purchase.id), purchase_told(moved, loan))
    return moved


async def record_refused(tx: Tx, caller: Caller, *, purchase_id: UUID, reason: str, no_account: bool) -> Purchase:
    """The ledger made none of the transfers, or (no_account) the buyer has no wallet. The sale is open again.

    Where another try has found her wallet meanwhile, the ledger decides.
    """
    loan, sale, purchase = await _locked(tx, purchase_id)
    if purchase.state is not PurchaseState.PENDING or (no_account and purchase.buyer_account_id is not None):
        return purchase
    if purchase.standing_order_id is not None:
        place = await order_purchases.place_before(tx, purchase.id)
        await order_purchases.refuse(tx, purchase.standing_order_id, purchase.price_minor, place)
    moved = await _step(tx, replace(purchase, reason=reason), PurchaseEvent.REFUSE)
    await actions.step(tx, sale, SaleEvent.REFUSE)
    tx.events.add(PURCHASE_REFUSED, purchase_text(purchase.id), purchase_told(moved, loan))
    return moved


async def _require_room(
    tx: Tx,
    programme: Programme,
    loan: Loan,
    claim: Claim,
    unpaid: Sequence[LoanRow],
    *,
    buyer: str,
    principal_minor: int,
) -> None:
    """The buyer's level and share, and the number of holders. Raises NoRiskLevel, LevelTooLow, NoCustodyAccount, NotAuthorised,
    AboveLenderShare, TooManyHolders."""
    await lender_actions.require_level(tx, buyer, programme, loan.grade)
    await custody_actions.require_ready(tx, programme, buyer, *custody_rules.buying(programme))
    held = await claim_queries.held_by(tx.connection, loan.id, buyer)
    held_minor = 0 if held is None else held.outstanding_minor
    rules.require_within_share(programme, loan, held_minor=held_minor, principal_minor=principal_minor)
    paid = await claim_queries.paid_holders(tx.connection, loan.id, after=unpaid[0].from_on)
    keeps = principal_minor < claim.outstanding_minor or (
        rules.terms_of(programme).accrued is AccruedRule.SPLIT_WHEN_PAID
    )
    if held is None and await claim_queries.count(tx.connection, loan.id) >= MOST_CLAIMS:
        raise TooManyHolders(f"a loan has at most {MOST_CLAIMS} holders in all its time", field="sale_id")
    if await cession_queries.count(tx.connection, loan.id) >= MOST_CESSIONS:
        raise TooManyHolders(f"claims on a loan pass on at most {MOST_CESSIONS} times in all its time", field="sale_id")
    if len((paid if keeps else paid - {claim.holder}) | {buyer}) > MOST_HOLDERS:
        raise TooManyHolders(f"a loan has at most {MOST_HOLDERS} holders", field="sale_id")


async def _count(tx: Tx, sale: Sale, purchase: Purchase, *, was: Claim, now: Claim) -> Sale:
    """The sale after a purchase of it. What is left stays open, unless something else happened to the claim while it was bought."""
    counted = replace(sale, sold_minor=sale.sold_minor + purchase.principal_minor, claim_version=now.version)
    if counted.left_minor == 0:
        return await actions.step(tx, counted, SaleEvent.SETTLE_LAST)
    opened = await actions.step(tx, counted, SaleEvent.SETTLE)
    if was.version != sale.claim_version:
        return await actions.step(tx, opened, SaleEvent.VOID, reason="claim_changed")
    return opened


async def _cede(tx: Tx, loan: Loan, purchase: Purchase, bought: Claim) -> None:
    """Interest of rows paid by now stays the seller's, whatever comes of them; and that of days which she kept."""
    kept = purchase.kept_from_on is not None
    interest_from_on = purchase.traded_on if kept else (await actions.unpaid_rows(tx, loan))[0].from_on
    cession = Cession(
        id=purchase.id,
        loan_id=loan.id,
        from_claim_id=purchase.claim_id,
        to_claim_id=bought.id,
        principal_minor=purchase.principal_minor,
        of_outstanding_minor=loan.outstanding_minor,
        interest_from_on=interest_from_on,
        late_from_on=purchase.traded_on,
    )
    await cession_queries.add(tx.connection, [cession])


async def _locked(tx: Tx, purchase_id: UUID) -> tuple[Loan, Sale, Purchase]:
    """The order that buys first, then the loan, as everywhere."""
    known = await queries.purchase(tx.connection, purchase_id)
    if known is None:
        raise UnknownPurchase("no such purchase", field="purchase_id")
    if known.standing_order_id is not None:
        await order_purchases.lock(tx, known.standing_order_id)
    loan, sale = await actions.locked_with_loan(tx, known.loan_id, known.sale_id)
    purchase = await queries.purchase(tx.connection, purchase_id, lock=True)
    assert purchase is not None
    return loan, sale, purchase


async def _step(tx: Tx, purchase: Purchase, event: PurchaseEvent) -> Purchase:
    moved = replace(purchase, state=rules.next_purchase_state(purchase, event), changed_at=tx.now)
    await queries.save_purchase(tx.connection, moved)
    return moved


def _purchase(tx: Tx, sale: Sale, claim: Claim, buyer: str, shown: Quote) -> Purchase:
    assert sale.state is SaleState.OPEN
    return Purchase(
        id=tx.ids.new(),
        sale_id=sale.id,
        loan_id=sale.loan_id,
        claim_id=claim.id,
        seller=claim.holder,
        seller_account_id=claim.account_id,
        buyer=buyer,
        buyer_account_id=None,
        buyer_claim_id=None,
        currency=sale.currency,
        principal_minor=shown.principal_minor,
        accrued_minor=shown.accrued_paid_minor,
        price_minor=shown.price_minor,
        fee_minor=shown.fee_minor,
        traded_on=tx.today,
        kept_from_on=None,
        state=PurchaseState.PENDING,
        reason=None,
        requested_at=tx.now,
        changed_at=tx.now,
    )
