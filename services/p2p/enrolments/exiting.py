"""How one leaves: her claims are offered at what they should be worth; once nothing is left, fees and what is above the cap are taken."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.portfolio import positions
from services.p2p.claims.rules import flows_of
from services.p2p.enrolments import actions, income, queries, rules
from services.p2p.enrolments.model import Enrolment, EnrolmentEvent, EnrolmentState, Settlement
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import LoanState
from services.p2p.resale import actions as resale_actions
from services.p2p.resale import rules as resale_rules
from services.p2p.resale.model import Sale

SETTLE_JOB = "p2p.settle_enrolment"
SLICE = 500
"""Claims read at a time."""


async def offer_claim(tx: Tx, caller: Caller, *, claim_id: UUID) -> Sale | None:
    """A claim of one who is leaving, all that is left of it. None where nobody leaves with it.

    Raises what a seller by hand is refused for.
    """
    enrolment = await queries.of_claim(tx.connection, claim_id)
    claim = await claim_queries.load(tx.connection, claim_id)
    if enrolment is None or enrolment.state is not EnrolmentState.EXITING or claim is None:
        return None
    loan = await loan_queries.load(tx.connection, claim.loan_id)
    if loan is None or not claim.outstanding_minor:
        return None
    unpaid = await resale_actions.unpaid_rows(tx, loan)
    resale_rules.require_resellable(loan, unpaid, tx.today)
    terms = resale_rules.terms_of(await resale_actions.programme_of(tx, loan))
    return await resale_actions.offer(
        tx,
        Caller(enrolment.lender, "p2p"),
        claim_id=claim_id,
        principal_minor=claim.outstanding_minor,
        currency=claim.currency,
        price_share=rules.fair_share(claim, loan, unpaid, terms, tx.today),
        by_plan=True,
    )


async def clear(tx: Tx, caller: Caller, *, enrolment_id: UUID) -> Enrolment:
    """Nothing is left of one who is leaving: what is charged is worked out, and taken next. Nothing happens where something is left, or
    while money that came back may have to go again: what is charged would be of an income that was none."""
    enrolment = await actions.locked(tx, enrolment_id)
    fills = await queries.fills(tx.connection, enrolment.standing_order_id)
    if enrolment.state is not EnrolmentState.EXITING or not fills.nothing_left:
        return enrolment
    flows, lost = await flows_until_now(tx, enrolment.standing_order_id)
    plan = await actions.plan_of(tx, enrolment)
    settled = income.settle(plan, flows, until=tx.today, early=enrolment.early, lost_minor=lost)
    settling = await actions.step(
        tx, replace(enrolment, settlement=settled), EnrolmentEvent.CLEAR, sold_out_at=tx.now, due_at=tx.now
    )
    if not settled.charged_minor:
        return await actions.step(tx, settling, EnrolmentEvent.SETTLE, due_at=None, ended_at=tx.now)
    tx.jobs.add(SETTLE_JOB, {"id": str(enrolment_id)})
    return settling


async def flows_until_now(tx: Tx, order_id: UUID) -> tuple[list[income.Flow], int]:
    """All money that went out for claims of a plan's order and came back of them, by day; and what was lost of principal."""
    flows: list[income.Flow] = []
    lost, after = 0, None
    while True:
        found = await queries.claims_of(tx.connection, order_id, after=after, limit=SLICE)
        for one in await positions(tx.connection, found[:SLICE], tx.today, tx.settings.zone):
            flows += flows_of(one.claim, one.loan, one.trades, one.received, [])
            lost += one.claim.outstanding_minor if one.loan.state is LoanState.WRITTEN_OFF else 0
        if len(found) <= SLICE:
            return flows, lost
        after = found[SLICE - 1].id


async def begin_charge(tx: Tx, caller: Caller, *, enrolment_id: UUID, attempt: int) -> Enrolment:
    """The ledger is asked next for what is charged. Where something of it was taken back meanwhile she is leaving again, and nothing is
    charged until that is over; unless the ledger may have been asked already: how that ended is learned first."""
    enrolment = await actions.locked(tx, enrolment_id)
    if enrolment.state is not EnrolmentState.SETTLING or enrolment.attempts != attempt or enrolment.charging:
        return enrolment
    fills = await queries.fills(tx.connection, enrolment.standing_order_id)
    if not fills.nothing_left:
        left = replace(enrolment, settlement=Settlement(), sold_out_at=None, due_at=None)
        return await actions.step(tx, left, EnrolmentEvent.REOPEN, reason="taken_back")
    begun = replace(enrolment, charging=True, changed_at=tx.now)
    await queries.save(tx.connection, begun)
    return begun


async def record_settled(tx: Tx, caller: Caller, *, enrolment_id: UUID) -> Enrolment:
    """The ledger took what is charged."""
    enrolment = await actions.locked(tx, enrolment_id)
    if enrolment.state is not EnrolmentState.SETTLING:
        return enrolment
    charged = replace(enrolment, charging=False)
    return await actions.step(tx, charged, EnrolmentEvent.SETTLE, due_at=None, ended_at=tx.now)


async def record_short(tx: Tx, caller: Caller, *, enrolment_id: UUID, attempt: int, reason: str) -> Enrolment:
    """Her wallet had too little, or may not be debited: tried again a day later, and given up after a month."""
    enrolment = await actions.locked(tx, enrolment_id)
    if enrolment.state is not EnrolmentState.SETTLING or enrolment.attempts != attempt:
        return enrolment
    tried = replace(enrolment, attempts=attempt + 1, charging=False, reason=reason, changed_at=tx.now)
    if tried.attempts >= rules.MOST_ATTEMPTS:
        return await actions.step(
            tx, tried, EnrolmentEvent.WAIVE, reason=reason, waived=True, due_at=None, ended_at=tx.now
        )
    waiting = replace(tried, due_at=tx.now + timedelta(days=1))
    await queries.save(tx.connection, waiting)
    return waiting
