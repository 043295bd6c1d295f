"""Stories of a receivable: money taken back as far as it is there, the rest owed; repaid by whatever comes in; written off.

An account that owes has the amount kept on it (`ledger.actions.keep_amount`), so that later money is caught. All of it happens under the
lock of the account.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.keeping_queries import kept_on
from services.payments.ledger.model import Account, TransferCommand, TransferKind
from services.payments.receivables import queries, rules
from services.payments.receivables.accounts import company_account
from services.payments.receivables.errors import NothingToCollect, ReceivableEnded, UnknownReceivable
from services.payments.receivables.model import LIVE, Claim, Receivable, ReceivableState

REPAYMENT_CODE = "receivable.repayment"
WRITE_OFF_CODE = "receivable.write_off"
DUE_AFTER = timedelta(days=90)
OVERDUE_BATCH = 500
REASON = "owed to the platform"


async def take_or_owe(tx: Tx, caller: Caller, claim: Claim) -> tuple[int, int]:
    """Take an amount back from an account as far as it is there; the rest is owed. Both amounts.

    Raises InsufficientFunds when it goes to a reserve that has not so much.
    """
    account = await ledger.lock_account(tx, claim.account_id)
    kept = await kept_on(tx.connection, account.id)
    # Who owes already has nothing that is free: what comes in goes to the older debt first.
    taken = 0 if kept else min(claim.amount, rules.free(account, kept))
    owed = claim.amount - taken
    commands = [_moving(tx, claim, claim.account_id, claim.code, taken)] if taken else []
    if owed:
        receivable_account = await company_account(tx, "receivable", claim.currency)
        commands.append(_moving(tx, claim, receivable_account, claim.owed_code, owed))
    await ledger.post(tx, commands)
    if owed:
        await _incur(tx, caller, claim, owed)
    return taken, owed


async def collect(tx: Tx, caller: Caller, *, account_id: UUID) -> int:
    """Repay what an account owes, the oldest first, by what it has; how much that was."""
    owing = await queries.lock_live(tx.connection, account_id)
    if not owing:
        return 0
    account = await ledger.lock_account(tx, account_id)
    kept = await kept_on(tx.connection, account_id)
    shares = rules.shared_out(rules.free(account, kept), owing)
    if not shares:
        return 0
    repaid = sum(share for _, share in shares)
    credit = await company_account(tx, "receivable", account.currency)
    commands = [_repayment(tx, receivable, share, credit) for receivable, share in shares]
    await ledger.post_promised(tx, account_id=account_id, commands=commands)
    await ledger.keep_amount(tx, caller, account=account, amount=kept - repaid, reason=REASON)
    for receivable, share in shares:
        await _repaid(tx, receivable, share)
    return repaid


async def repay(tx: Tx, caller: Caller, *, receivable_id: UUID) -> Receivable:
    """Now, and not when periodic work comes by. Raises UnknownReceivable, ReceivableEnded, NothingToCollect."""
    receivable = await _own(tx, caller, receivable_id)
    if receivable.state not in LIVE:
        raise ReceivableEnded("nothing is owed any more")
    if await collect(tx, caller, account_id=receivable.account_id) == 0:
        raise NothingToCollect("the account has nothing that could be taken")
    after = await queries.receivable_with(tx.connection, receivable_id)
    assert after is not None
    return after


async def write_off(tx: Tx, caller: Caller, *, receivable_id: UUID, reason: str) -> Receivable:
    """Operators give up what is still owed, and the account is free of it. Raises UnknownReceivable, ReceivableEnded."""
    receivable = await queries.receivable_with(tx.connection, receivable_id, lock=True)
    if receivable is None:
        raise UnknownReceivable("no such receivable")
    if receivable.state not in LIVE:
        raise ReceivableEnded("nothing is owed any more")
    account = await ledger.lock_account(tx, receivable.account_id)
    kept = await kept_on(tx.connection, account.id)
    lost = receivable.outstanding
    await ledger.keep_amount(tx, caller, account=account, amount=kept - lost, reason=reason)
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=WRITE_OFF_CODE,
        reference=encode("rcv", receivable.id),
        debit_account_id=await company_account(tx, "written_off", receivable.currency),
        credit_account_id=await company_account(tx, "receivable", receivable.currency),
        amount=lost,
        currency=receivable.currency,
    )
    await ledger.post(tx, [command])
    ended = replace(receivable, written_off=lost, state=ReceivableState.WRITTEN_OFF, ended_at=tx.now)
    return await _saved(tx, ended, "payments.receivable.written_off.v1")


async def mark_overdue(tx: Tx, caller: Caller) -> int:
    """A slice of those not repaid in time is shown to operators; how many there were."""
    late = await queries.mark_overdue(tx.connection, tx.now, OVERDUE_BATCH)
    for receivable in late:
        _tell(tx, receivable, "payments.receivable.overdue.v1")
    return len(late)


async def _own(tx: Tx, caller: Caller, receivable_id: UUID) -> Receivable:
    receivable = await queries.receivable_with(tx.connection, receivable_id)
    if receivable is None or not (receivable.owner == caller.party or caller.may("payments:operate")):
        raise UnknownReceivable("no such receivable")
    return receivable


async def _incur(tx: Tx, caller: Caller, claim: Claim, owed: int) -> None:
    receivable = Receivable(
        id=tx.ids.new(),
        account_id=claim.account_id,
        owner=claim.owner,
        currency=claim.currency,
        amount=owed,
        repaid=0,
        written_off=0,
        cause=claim.cause,
        original=claim.reference,
        source=claim.source,
        state=ReceivableState.OPEN,
        incurred_at=tx.now,
        due_at=tx.now + DUE_AFTER,
        ended_at=None,
    )
    await queries.add_receivable(tx.connection, receivable)
    account: Account = await ledger.lock_account(tx, claim.account_id)
    kept = await queries.owed_by(tx.connection, claim.account_id)
    await ledger.keep_amount(tx, caller, account=account, amount=kept, reason=REASON)
    _tell(tx, receivable, "payments.receivable.incurred.v1")


async def _repaid(tx: Tx, receivable: Receivable, share: int) -> None:
    after = replace(receivable, repaid=receivable.repaid + share)
    if after.outstanding:
        await _saved(tx, after, "payments.receivable.repaid.v1")
        return
    settled = replace(after, state=ReceivableState.SETTLED, ended_at=tx.now)
    await _saved(tx, settled, "payments.receivable.settled.v1")


async def _saved(tx: Tx, receivable: Receivable, event_type: str) -> Receivable:
    await queries.save_receivable(tx.connection, receivable)
    _tell(tx, receivable, event_type)
    return receivable


def _moving(tx: Tx, claim: Claim, debit_account_id: UUID, code: str, amount: int) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=code,
        reference=claim.reference,
        debit_account_id=debit_account_id,
        credit_account_id=claim.credit_account_id,
        amount=amount,
        currency=claim.currency,
    )


def _repayment(tx: Tx, receivable: Receivable, share: int, credit_account_id: UUID) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=REPAYMENT_CODE,
        reference=encode("rcv", receivable.id),
        debit_account_id=receivable.account_id,
        credit_account_id=credit_account_id,
        amount=share,
        currency=receivable.currency,
    )


def _tell(tx: Tx, receivable: Receivable, event_type: str) -> None:
    told = {
        "receivable_id": encode("rcv", receivable.id),
        "account_id": encode("acc", receivable.account_id),
        "owner": receivable.owner,
        "amount": receivable.amount,
        "outstanding": receivable.outstanding,
        "currency": receivable.currency,
        "cause": str(receivable.cause),
        "original": receivable.original,
    }
    tx.events.add(event_type, encode("rcv", receivable.id), told)
