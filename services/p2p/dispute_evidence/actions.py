"""Stories of evidence in a dispute: noted, added to by staff, fixed, and what payments said of it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.dispute_evidence import knowing, queries, rules
from services.p2p.dispute_evidence.errors import UnknownDisputeEvidence
from services.p2p.dispute_evidence.model import DisputeEvidence, EvidenceEvent, EvidenceState
from services.p2p.errors import NotAllowedInState

GIVE_JOB = "p2p.give_dispute_evidence"


async def note(
    tx: Tx, *, dispute_id: str, debit_id: str, reason: str, amount_minor: int, currency: str, answer_by: datetime
) -> None:
    """Payments has told that a debit of ours is disputed. Told twice it is noted once."""
    noted = DisputeEvidence(
        id=tx.ids.new(),
        dispute_id=dispute_id,
        debit_id=debit_id,
        reason=reason,
        amount_minor=amount_minor,
        currency=currency,
        answer_by=answer_by,
        state=EvidenceState.NOTED,
        pledge_id=None,
        loan_debit_id=None,
        added=None,
        added_by=None,
        evidence=None,
        refusal=None,
        noted_at=tx.now,
        changed_at=tx.now,
        due_at=rules.send_at(tx.now, answer_by),
    )
    await queries.add(tx.connection, noted)


async def add(tx: Tx, caller: Caller, *, evidence_id: UUID, text: str, give_now: bool) -> DisputeEvidence:
    """Staff says something besides, in place of what was said before; or lets it be sent now.

    Raises UnknownDisputeEvidence, NotAllowedInState.
    """
    evidence = await _locked(tx, evidence_id)
    if evidence.state is not EvidenceState.NOTED:
        raise NotAllowedInState("what is sent is fixed", field="state", state=evidence.state.value)
    due_at = tx.now if give_now else evidence.due_at
    added = replace(evidence, added=text, added_by=caller.subject, changed_at=tx.now, due_at=due_at)
    await queries.save(tx.connection, added)
    if give_now:
        tx.jobs.add(GIVE_JOB, {"id": str(evidence_id)})
    return added


async def fix(tx: Tx, caller: Caller, *, evidence_id: UUID) -> DisputeEvidence:
    """What is sent, once its time has come: from then on it stays. While nothing is known of the debit it is looked for again."""
    evidence = await _locked(tx, evidence_id)
    if evidence.state is not EvidenceState.NOTED or evidence.due_at is None or evidence.due_at > tx.now:
        return evidence
    known = await knowing.known_of(tx.connection, evidence.debit_id)
    if known is not None:
        fixed = replace(
            evidence,
            state=rules.next_state(evidence, EvidenceEvent.FIX),
            pledge_id=known.pledge_id,
            loan_debit_id=known.loan_debit_id,
            evidence=rules.text_of(known, evidence.added),
        )
    elif tx.now < evidence.answer_by:
        fixed = replace(evidence, due_at=min(tx.now + rules.LOOK_AGAIN, evidence.answer_by))
    else:
        fixed = replace(evidence, state=rules.next_state(evidence, EvidenceEvent.GIVE_UP), due_at=None)
    return await _saved(tx, fixed)


async def record_given(tx: Tx, caller: Caller, *, evidence_id: UUID, refusal: str | None) -> DisputeEvidence:
    """Payments took it, or said why not. Told twice it counts once."""
    evidence = await _locked(tx, evidence_id)
    if evidence.state is not EvidenceState.GIVING:
        return evidence
    event = EvidenceEvent.GIVE if refusal is None else EvidenceEvent.REFUSE
    state = rules.next_state(evidence, event)
    return await _saved(tx, replace(evidence, state=state, refusal=refusal, due_at=None))


async def _saved(tx: Tx, evidence: DisputeEvidence) -> DisputeEvidence:
    saved = replace(evidence, changed_at=tx.now)
    await queries.save(tx.connection, saved)
    return saved


async def _locked(tx: Tx, evidence_id: UUID) -> DisputeEvidence:
    evidence = await queries.load(tx.connection, evidence_id, lock=True)
    if evidence is None:
        raise UnknownDisputeEvidence("no such evidence", field="evidence_id")
    return evidence
