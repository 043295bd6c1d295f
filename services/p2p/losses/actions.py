"""The story of a compensation: who is paid what is fixed, the ledger moves all of it or nothing, and claims pass to the payer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.claims import cession_queries, compensating
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.compensating import Cause
from services.p2p.claims.model import Claim
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import OWED, Loan
from services.p2p.losses import queries, rules
from services.p2p.losses.errors import UnknownCompensation
from services.p2p.losses.events import COMPENSATED, told
from services.p2p.losses.model import Compensation, CompensationState, Payer
from services.p2p.losses.rules import CompensationEvent
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import LossLayer, Programme
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments.model import Part
from services.p2p.resale import actions as resale_actions
from services.p2p.resale import queries as resale_queries
from services.p2p.wire_ids import compensation_text

PAY_JOB = "p2p.pay_compensation"
JOB_GRACE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class _Stake:
    """What lenders of a loan hold when it is decided. interest: earned and unpaid, by holder; first: the payer paid nothing yet."""

    claims: Sequence[Claim]
    payers: frozenset[str]
    lenders_minor: int
    asked_minor: int
    interest: dict[str, int]
    first: bool


async def begin(tx: Tx, caller: Caller, *, loan_id: UUID, payer: Payer, attempt: int) -> Compensation | None:
    """Decide what a layer pays for a loan now. None where it owes nothing (any more), has too little, or something else is under way.

    attempt: the one that the caller takes it to be; None is answered where somebody was quicker.
    """
    loan = await loan_actions.locked(tx, loan_id)
    if loan.state not in OWED or await _something_moves(tx, loan_id, payer):
        return None
    if attempt != 1 + await queries.attempts(tx.connection, loan_id):
        return None
    programme = await programme_queries.version(tx.connection, loan.programme_code, loan.programme_version)
    assert programme is not None
    unpaid = (await loan_queries.unpaid_rows(tx.connection, [loan_id]))[loan_id]
    late = rules.lateness(unpaid, tx.today)
    layer = next((one for one in rules.layers_due(programme, late) if one.bearer is payer.bearer), None)
    if layer is None:
        return None
    compensation_id = tx.ids.new()
    interest = rules.interest_earned(programme, unpaid, tx.today, compensation_id)
    stake = await _stake(tx, loan, programme, layer, payer, interest if rules.covers_interest(layer.covers) else [])
    wanted = rules.principal_payable(
        stake.asked_minor, stake.lenders_minor, sum(stake.interest.values()), payer.available_minor
    )
    if not rules.worth_paying(wanted, stake.asked_minor, first=stake.first):
        return None
    asked = Compensation(
        id=compensation_id,
        loan_id=loan_id,
        attempt=attempt,
        bearer=payer.bearer,
        payer=payer.holder,
        account_id=payer.account_id,
        covers=layer.covers,
        currency=loan.currency,
        days_past_due=late,
        asked_minor=stake.asked_minor,
        principal_minor=wanted,
        interest_minor=0,
        state=CompensationState.PENDING,
        reason=None,
        decided_on=tx.today,
        interest_from_on=rules.interest_from(layer.covers, unpaid, tx.today),
        requested_at=tx.now,
        changed_at=tx.now,
    )
    return await _fix(tx, asked, stake)


async def record_paid(tx: Tx, caller: Caller, *, compensation_id: UUID) -> Compensation:
    """The ledger made every transfer: what was paid for is the payer's claim from now on."""
    loan, compensation = await _locked_with_loan(tx, compensation_id)
    if compensation.state is not CompensationState.PENDING:
        return compensation
    shares = await queries.shares(tx.connection, compensation_id)
    await compensating.pass_to_payer(
        tx,
        loan,
        {share.claim_id: share.principal_minor for share in shares},
        payer=compensation.payer,
        account_id=compensation.account_id,
        interest_from_on=compensation.interest_from_on,
        late_from_on=compensation.decided_on,
        cause=Cause(compensation_id, "compensation", compensation_text(compensation_id)),
    )
    await resale_actions.void_sales(tx, loan.id, reason="compensation")
    moved = await _step(tx, compensation, CompensationEvent.PAY)
    payers = await queries.payers_of(tx.connection, loan.id)
    claims = await claim_queries.of_loan(tx.connection, loan.id)
    uncovered = sum(claim.outstanding_minor for claim in claims if claim.holder not in payers)
    facts = told(moved, loan.programme_code, holders=len(shares), uncovered_minor=uncovered)
    tx.events.add(COMPENSATED, compensation_text(compensation_id), facts)
    return moved


async def record_refused(tx: Tx, caller: Caller, *, compensation_id: UUID, reason: str) -> Compensation:
    """The ledger made none of the transfers. The next round decides anew."""
    _, compensation = await _locked_with_loan(tx, compensation_id)
    if compensation.state is not CompensationState.PENDING:
        return compensation
    return await _step(tx, replace(compensation, reason=reason), CompensationEvent.REFUSE)


async def _something_moves(tx: Tx, loan_id: UUID, payer: Payer) -> bool:
    return (
        await queries.under_way(tx.connection, loan_id)
        or await queries.pays_now(tx.connection, payer.account_id)
        or await repayment_queries.under_way(tx.connection, loan_id)
        or await resale_queries.under_way(tx.connection, loan_id)
    )


async def _stake(
    tx: Tx, loan: Loan, programme: Programme, layer: LossLayer, payer: Payer, interest: Sequence[Part]
) -> _Stake:
    claims = await claim_queries.of_loan(tx.connection, loan.id)
    cessions = await cession_queries.of_loan(tx.connection, loan.id)
    before = await queries.payers_of(tx.connection, loan.id)
    payers = frozenset(before | {payer.holder})
    repaid = await repayment_queries.repaid_since(tx.connection, programme, loan.id, interest)
    return _Stake(
        claims=claims,
        payers=payers,
        lenders_minor=sum(claim.outstanding_minor for claim in claims if claim.holder not in payers),
        asked_minor=rules.asked_of(layer, claims, payer.holder, payers),
        interest=rules.lenders_interest(loan.id, interest, claims, cessions, payers, repaid),
        first=payer.holder not in before,
    )


async def _fix(tx: Tx, asked: Compensation, stake: _Stake) -> Compensation:
    shares = rules.shares_of(asked, stake.claims, stake.interest, stake.payers)
    made = replace(asked, interest_minor=sum(share.interest_minor for share in shares))
    await queries.add(tx.connection, made, shares)
    tx.jobs.add(PAY_JOB, {"id": str(made.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return made


async def _locked_with_loan(tx: Tx, compensation_id: UUID) -> tuple[Loan, Compensation]:
    """The loan first, as everywhere."""
    known = await queries.load(tx.connection, compensation_id)
    if known is None:
        raise UnknownCompensation("no such compensation", field="compensation_id")
    loan = await loan_actions.locked(tx, known.loan_id)
    compensation = await queries.load(tx.connection, compensation_id, lock=True)
    assert compensation is not None
    return loan, compensation


async def _step(tx: Tx, compensation: Compensation, event: CompensationEvent) -> Compensation:
    moved = replace(compensation, state=rules.next_state(compensation, event), changed_at=tx.now)
    await queries.save(tx.connection, moved)
    return moved
