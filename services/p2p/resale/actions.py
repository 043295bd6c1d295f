"""Stories of a sale. The loan is locked first, then the sale: so a claim is never sold twice, nor while its loan is being repaid."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.model import Claim
from services.p2p.enrolments import holding as plan_holding
from services.p2p.errors import CustomersOnly, RepaymentUnderWay
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.losses import queries as loss_queries
from services.p2p.losses.errors import CompensationUnderWay
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.repayments import queries as repayment_queries
from services.p2p.resale import queries, rules
from services.p2p.resale.errors import ClaimsChangeHands, RetainedClaim, SaleOpen, UnknownClaim, UnknownSale
from services.p2p.resale.events import SALE_ENDED, SALE_OFFERED, sale_told
from services.p2p.resale.model import Sale, SaleEvent, SaleState
from services.p2p.wire_ids import sale_text


async def offer(
    tx: Tx,
    caller: Caller,
    *,
    claim_id: UUID,
    principal_minor: int,
    currency: str,
    price_share: Decimal,
    promised_on: date | None = None,
    by_plan: bool = False,
) -> Sale:
    """The holder offers her claim, whole or in part. Raises UnknownClaim, PlanHoldsClaim, SaleOpen and every refusal of the rules.

    promised_on: by `slices.offer_slices` alone, which has looked at it; by_plan: by the plan that she leaves.
    """
    if caller.customer is None:
        raise CustomersOnly("a customer sells for herself")
    loan, claim = await _own_claim(tx, caller, claim_id)
    if not by_plan:
        await plan_holding.require_free(tx, claim_id)
    if claim.holder == await loan_queries.retained_by(tx.connection, loan.id):
        raise RetainedClaim("the share that an originator keeps is not sold", field="claim_id")
    programme = await programme_of(tx, loan)
    terms = rules.terms_of(programme)
    unpaid = await unpaid_rows(tx, loan)
    rules.require_resellable(loan, unpaid, tx.today)
    rules.require_held_long_enough(claim, terms, tx.today)
    if await queries.live_of_claim(tx.connection, claim_id) is not None:
        raise SaleOpen("the claim is offered already", field="claim_id")
    await require_settled(tx, loan.id)
    rules.require_offerable(
        claim, programme, principal_minor=principal_minor, currency=currency, price_share=price_share
    )
    sale = Sale(
        id=tx.ids.new(),
        claim_id=claim_id,
        loan_id=loan.id,
        seller=claim.holder,
        currency=currency,
        principal_minor=principal_minor,
        sold_minor=0,
        price_share=price_share,
        claim_version=claim.version,
        state=SaleState.OPEN,
        reason=None,
        offered_at=tx.now,
        changed_at=tx.now,
        due_at=rules.ends_at(tx.now, terms, unpaid[0].due_on, tx.settings.zone),
        promised_on=promised_on,
    )
    await queries.add_sale(tx.connection, sale)
    tx.events.add(SALE_OFFERED, sale_text(sale.id), sale_told(sale))
    return sale


async def withdraw(tx: Tx, caller: Caller, *, sale_id: UUID) -> Sale:
    """The seller takes an open offer back. Raises UnknownSale, PlanHoldsClaim, NotAllowedInState."""
    known = await queries.sale(tx.connection, sale_id)
    if known is None or known.seller != caller.party:
        raise UnknownSale("no such sale", field="sale_id")
    await plan_holding.require_free(tx, known.claim_id)
    _, sale = await locked_with_loan(tx, known.loan_id, sale_id)
    return await step(tx, sale, SaleEvent.WITHDRAW)


async def expire(tx: Tx, caller: Caller, *, sale_id: UUID) -> Sale:
    """Time ends an open offer past its deadline; nothing happens if something else ended it first."""
    known = await queries.sale(tx.connection, sale_id)
    if known is None:
        raise UnknownSale("no such sale", field="sale_id")
    _, sale = await locked_with_loan(tx, known.loan_id, sale_id)
    if sale.state is not SaleState.OPEN or sale.due_at is None or sale.due_at > tx.now:
        return sale
    return await step(tx, sale, SaleEvent.EXPIRE)


async def void_sales(tx: Tx, loan_id: UUID, *, reason: str) -> None:
    """Something happened to a locked loan or to a claim on it: what was offered of it is offered no more.

    Whoever changes a loan or its claims calls this in the same transaction. Nobody buys then: `require_nobody_buys` was asked before.
    """
    for sale in await queries.void_open(tx.connection, loan_id, tx.now, reason=reason):
        tx.events.add(SALE_ENDED, sale_text(sale.id), sale_told(sale))


async def require_nobody_buys(tx: Tx, loan_id: UUID) -> None:
    """Before shares of a locked loan are fixed: its claims stay with who holds them. Raises ClaimsChangeHands: ask again."""
    if await queries.under_way(tx.connection, loan_id):
        raise ClaimsChangeHands("a claim on this loan is being sold: ask again")


async def require_settled(tx: Tx, loan_id: UUID) -> None:
    """Before a claim on a locked loan passes on. Raises ClaimsChangeHands, RepaymentUnderWay, CompensationUnderWay."""
    await require_nobody_buys(tx, loan_id)
    if await loss_queries.under_way(tx.connection, loan_id):
        raise CompensationUnderWay("claims on this loan are passing to whoever pays for its loss: ask again")
    if await repayment_queries.under_way(tx.connection, loan_id):
        raise RepaymentUnderWay("a repayment of this loan is not settled yet")


async def locked_with_loan(tx: Tx, loan_id: UUID, sale_id: UUID) -> tuple[Loan, Sale]:
    """The loan first, as everywhere."""
    loan = await loan_actions.locked(tx, loan_id)
    sale = await queries.sale(tx.connection, sale_id, lock=True)
    assert sale is not None
    return loan, sale


async def step(tx: Tx, sale: Sale, event: SaleEvent, *, reason: str | None = None) -> Sale:
    """Take a locked sale through an event, whatever else of it changed being saved with it."""
    state = rules.next_sale_state(sale, event)
    live = state in rules.LIVE
    moved = replace(sale, state=state, reason=reason, changed_at=tx.now, due_at=sale.due_at if live else None)
    await queries.save_sale(tx.connection, moved)
    if not live:
        tx.events.add(SALE_ENDED, sale_text(sale.id), sale_told(moved))
    return moved


async def programme_of(tx: Tx, loan: Loan) -> Programme:
    """The version that the loan was made under."""
    programme = await programme_queries.version(tx.connection, loan.programme_code, loan.programme_version)
    assert programme is not None
    return programme


async def unpaid_rows(tx: Tx, loan: Loan) -> list[LoanRow]:
    return (await loan_queries.unpaid_rows(tx.connection, [loan.id]))[loan.id]


async def _own_claim(tx: Tx, caller: Caller, claim_id: UUID) -> tuple[Loan, Claim]:
    known = await claim_queries.load(tx.connection, claim_id)
    if known is None or known.holder != caller.party:
        raise UnknownClaim("no such claim", field="claim_id")
    loan = await loan_actions.locked(tx, known.loan_id)
    claim = await claim_queries.load(tx.connection, claim_id, lock=True)
    assert claim is not None
    return loan, claim
