"""What a commission goes through: accrued when its loan is paid out, paid, and lost again when the loan fails early."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.agents import queries, rules
from services.p2p.agents.model import Commission, CommissionEvent, CommissionState
from services.p2p.agents.queries import Brought

SLICE = 500
WAITING = (CommissionState.ACCRUED, CommissionState.PAID, CommissionState.TAKING_BACK)


async def accrue(tx: Tx, caller: Caller) -> int:
    """A commission for each loan paid out that an agent brought, and that has none. Answers how many loans were looked at."""
    found = await queries.without_commission(tx.connection, SLICE)
    await queries.add_commissions(tx.connection, [_accrued(tx, one) for one in found])
    return len(found)


async def record(
    tx: Tx,
    caller: Caller,
    *,
    commission_id: UUID,
    known: CommissionState,
    event: CommissionEvent,
    account_id: UUID | None,
) -> Commission:
    """What came of one. known: the state it was looked at in; another by now, and nothing changes."""
    one = await queries.commission(tx.connection, commission_id, lock=True)
    if one.state is not known:
        return one
    state = rules.next_state(one.state, event)
    due_at = None
    if state in WAITING:
        due_at = tx.now if state is CommissionState.TAKING_BACK else min(one.clawback_until, tx.now + rules.AGAIN)
    account = account_id or one.account_id
    moved = replace(one, state=state, account_id=account, tries=0, reason=None, changed_at=tx.now, due_at=due_at)
    await queries.save(tx.connection, moved)
    return moved


async def wait(
    tx: Tx, caller: Caller, *, commission_id: UUID, known: CommissionState, refused: str | None
) -> Commission:
    """Looked at again tomorrow. refused: why the ledger would not move it; the next try is another transfer."""
    one = await queries.commission(tx.connection, commission_id, lock=True)
    if one.state is not known:
        return one
    tries = one.tries + (refused is not None)
    until = tx.now + rules.AGAIN
    due_at = min(until, one.clawback_until) if one.state is CommissionState.PAID else until
    waiting = replace(one, tries=tries, reason=refused, due_at=due_at)
    await queries.save(tx.connection, waiting)
    return waiting


def _accrued(tx: Tx, brought: Brought) -> Commission:
    amount = rules.commission_of(brought.principal_minor, brought.commission_rate, brought.origination_fee_minor)
    return Commission(
        id=tx.ids.new(),
        agent_id=brought.agent_id,
        agent_party=brought.party,
        loan_id=brought.id,
        currency=brought.currency,
        amount_minor=amount,
        state=CommissionState.ACCRUED,
        account_id=None,
        tries=0,
        reason=None,
        accrued_at=tx.now,
        clawback_until=brought.disbursed_at + timedelta(days=brought.clawback_days),
        changed_at=tx.now,
        due_at=tx.now,
    )
