"""Stories of a batch payout: uploaded whole, approved with its total set aside, cancelled; lines that came back, paid anew or given up.

The batch's row is locked before any of its lines change. Its total moves to an account of its own, from which lines are paid
(`paying.py`); what they leave goes back to the merchant, so that the account is empty when the batch has finished.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.batch_payouts import queries, rules
from services.payments.batch_payouts.errors import (
    BatchNotAwaiting,
    BatchNumberUsed,
    LineNotReturned,
    LinesWrong,
    PayeeWrong,
    TotalDiffers,
    UnknownBatch,
    UnknownLine,
)
from services.payments.batch_payouts.model import Batch, BatchState, Line, LineState, LineWish, Payees
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Rule, TransferCommand, TransferKind
from services.payments.merchants.actions import own_merchant
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind

SET_ASIDE_CODE = "payout.set_aside"
PAY_JOB = "payments.pay_batch"


async def request_batch(
    tx: Tx, caller: Caller, *, merchant_id: UUID, number: str, currency: str, lines: Sequence[LineWish]
) -> Batch:
    """All lines or none. Raises UnknownMerchant, LinesWrong with every line that is, BatchNumberUsed."""
    merchant = await own_merchant(tx, caller, merchant_id)
    payees = await queries.payees_of(
        tx.connection,
        currency,
        {wish.wallet_id for wish in lines if wish.wallet_id is not None},
        {wish.customer_id for wish in lines if wish.customer_id is not None},
        {wish.card_id for wish in lines if wish.card_id is not None},
    )
    problems = rules.problems_of(lines, payees)
    if merchant.currency != currency:
        raise LinesWrong(f"the merchant's money is in {merchant.currency}", field="currency", problems=[])
    if problems:
        raise LinesWrong(f"{len(problems)} things are wrong", field="lines", problems=[asdict(one) for one in problems])
    batch = Batch(
        id=tx.ids.new(),
        merchant_id=merchant.id,
        owner=merchant.owner,
        account_id=merchant.account_id,
        currency=currency,
        number=number,
        lines=len(lines),
        total=sum(wish.amount for wish in lines),
        state=BatchState.AWAITING_APPROVAL,
        batch_account_id=None,
        leftover=0,
        requested_by=caller.subject,
        approved_by=None,
        requested_at=tx.now,
        approved_at=None,
        due_at=tx.now + rules.APPROVE_WITHIN,
        ended_at=None,
    )
    if not await queries.add_batch(tx.connection, batch):
        raise BatchNumberUsed("the merchant has another batch of this number", field="number")
    await queries.add_lines(tx.connection, [_listed(tx, batch, place, one, payees) for place, one in enumerate(lines)])
    tell_batch(tx, batch)
    return batch


async def approve_batch(tx: Tx, caller: Caller, *, batch_id: UUID, lines: int, total: int) -> Batch:
    """By the merchant's owner in a second call, or an operator: the whole total is set aside, and paying begins.

    Raises UnknownBatch, BatchNotAwaiting, TotalDiffers, InsufficientFunds.
    """
    batch = await _own(tx, caller, batch_id)
    if batch.state is not BatchState.AWAITING_APPROVAL or batch.due_at is None or batch.due_at <= tx.now:
        raise BatchNotAwaiting(f"the batch is {batch.state}", state=str(batch.state))
    if (lines, total) != (batch.lines, batch.total):
        raise TotalDiffers("that is not what was uploaded", field="total", lines=batch.lines, total=batch.total)
    named = encode("bpo", batch.id)
    await risk.decide(tx, caller, await _wish(tx, batch))
    account = await ledger.open_account(
        tx,
        account_id=ledger.new_account_id(tx),
        currency=batch.currency,
        kind="payout_batch",
        owner=ledger.PLATFORM,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=named,
    )
    paying = replace(
        batch,
        state=BatchState.PAYING,
        batch_account_id=account.id,
        approved_by=caller.subject,
        approved_at=tx.now,
        due_at=tx.now + rules.LOOK_AGAIN,
    )
    await ledger.post(tx, [set_aside(tx, paying, batch.total)])
    await queries.move_lines(tx.connection, batch.id, LineState.LISTED, LineState.WAITING, None)
    tx.jobs.add(PAY_JOB, {"id": str(batch.id)})
    return await save_batch(tx, paying)


async def cancel_batch(tx: Tx, caller: Caller, *, batch_id: UUID) -> Batch:
    """Before it is approved: no money has moved. Cancelled twice is cancelled. Raises UnknownBatch, BatchNotAwaiting."""
    batch = await _own(tx, caller, batch_id)
    if batch.state is BatchState.CANCELLED:
        return batch
    if batch.state is not BatchState.AWAITING_APPROVAL:
        raise BatchNotAwaiting(f"the batch is {batch.state}", state=str(batch.state))
    return await _cancelled(tx, batch)


async def lapse_batch(tx: Tx, caller: Caller, *, batch_id: UUID) -> Batch:
    """Nobody approved it in time."""
    batch = await locked_batch(tx, batch_id)
    overdue = batch.due_at is not None and batch.due_at <= tx.now
    return await _cancelled(tx, batch) if overdue and batch.state is BatchState.AWAITING_APPROVAL else batch


async def reissue_line(
    tx: Tx, caller: Caller, *, batch_id: UUID, number: str, customer_id: UUID | None, card_id: UUID | None
) -> Line:
    """A line that came back is paid anew, to the same payee or another. The money is taken from the merchant again.

    Raises UnknownBatch, UnknownLine, LineNotReturned, PayeeWrong, InsufficientFunds.
    """
    batch, line = await _own_line(tx, caller, batch_id, number)
    if line.state is not LineState.RETURNED:
        raise LineNotReturned(f"the line is {line.state}", state=str(line.state))
    if customer_id is not None or card_id is not None:
        line = await _to_another(tx, batch, line, customer_id, card_id)
    elif line.card_id is not None:
        await _require_bound(tx, batch, line.card_id)
    payout_id = tx.ids.new()
    waiting = replace(
        line,
        state=LineState.WAITING,
        refusal_code=None,
        transfer_id=None,
        payout_id=payout_id,
        instruction_id=None,
        bank=None,
        due_at=None,
    )
    await queries.save_line(tx.connection, waiting)
    await risk.decide(tx, caller, await _wish(tx, batch, waiting))
    await queries.add_reissue(tx.connection, waiting.payout_id, line.id, tx.now)
    paying = replace(batch, state=BatchState.PAYING, due_at=tx.now + rules.LOOK_AGAIN, ended_at=None)
    await queries.save_batch(tx.connection, paying)
    await ledger.post(tx, [set_aside(tx, paying, line.amount)])
    tx.jobs.add(PAY_JOB, {"id": str(batch.id)})
    return waiting


async def give_up_line(tx: Tx, caller: Caller, *, batch_id: UUID, number: str) -> Line:
    """A line that came back is not paid anew: the merchant has its money already. Raises UnknownBatch, UnknownLine, LineNotReturned."""
    _, line = await _own_line(tx, caller, batch_id, number)
    if line.state is LineState.CANCELLED:
        return line
    if line.state is not LineState.RETURNED:
        raise LineNotReturned(f"the line is {line.state}", state=str(line.state))
    return await _given_up(tx, line)


async def lapse_line(tx: Tx, caller: Caller, *, line_id: UUID) -> Line | None:
    """A line that came back, and nobody decided about in time."""
    line = await queries.line_with(tx.connection, line_id)
    if line is None:
        return None
    await locked_batch(tx, line.batch_id)
    line = await queries.line_with(tx.connection, line_id)
    assert line is not None
    return await _given_up(tx, line) if line.due_at is not None and line.due_at <= tx.now else line


async def locked_batch(tx: Tx, batch_id: UUID) -> Batch:
    """Raises UnknownBatch."""
    batch = await queries.batch_with(tx.connection, batch_id, lock=True)
    if batch is None:
        raise UnknownBatch("no such batch payout")
    return batch


async def save_batch(tx: Tx, batch: Batch) -> Batch:
    await queries.save_batch(tx.connection, batch)
    tell_batch(tx, batch)
    return batch


def tell_batch(tx: Tx, batch: Batch) -> None:
    told = {
        "batch_payout_id": encode("bpo", batch.id),
        "merchant_id": encode("mer", batch.merchant_id),
        "number": batch.number,
        "lines": batch.lines,
        "total": batch.total,
        "leftover": batch.leftover,
        "currency": batch.currency,
    }
    tx.events.add(f"payments.batch_payout.{batch.state}.v1", encode("bpo", batch.id), told)


def set_aside(tx: Tx, batch: Batch, amount: int) -> TransferCommand:
    """Merchant → the batch's account."""
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=SET_ASIDE_CODE,
        reference=encode("bpo", batch.id),
        debit_account_id=batch.account_id,
        credit_account_id=batch.batch_account_id,
        amount=amount,
        currency=batch.currency,
    )


async def _wish(tx: Tx, batch: Batch, again: Line | None = None) -> Intent:
    """The merchant pays all who stand in the batch: one on a list of payees is enough. again: the line that is paid anew, by itself."""
    payees = await queries.names_of_payees(tx.connection, batch.id, None if again is None else again.id)
    named = encode("bpo", batch.id)
    return Intent(
        kind=Kind.BATCH_PAYOUT,
        reference=named if again is None else encode("bpl", again.payout_id),
        person=batch.owner,
        amount=batch.total if again is None else again.amount,
        currency=batch.currency,
        payee=named if again is None else again.payee,
        subject=named if again is None else encode("bpl", again.id),
        account_id=batch.account_id,
        payees=payees,
    )


async def uncount_lines(tx: Tx, batch_id: UUID, lines: Sequence[Line]) -> None:
    """What lines of a batch would have paid, or have paid, is the merchant's again: it is counted no more."""
    again = [encode("bpl", line.payout_id) for line in lines if line.payout_id != line.id]
    first = {encode("bpl", line.id): line.amount for line in lines if line.payout_id == line.id}
    if again:
        await risk.take_back(tx, again)
    if first:
        await risk.take_back_parts(tx, encode("bpo", batch_id), first)


async def count_line_again(tx: Tx, line: Line) -> None:
    """What had been given up was paid after all."""
    paid_by = encode("bpl", line.payout_id)
    if line.payout_id != line.id:
        await risk.count_again(tx, [paid_by])
    else:
        await risk.count_part_again(tx, encode("bpo", line.batch_id), paid_by)


def _listed(tx: Tx, batch: Batch, position: int, wish: LineWish, payees: Payees) -> Line:
    line_id = tx.ids.new()
    return Line(
        id=line_id,
        batch_id=batch.id,
        position=position,
        number=wish.number,
        payee=rules.payee_text(wish),
        account_id=payees.account_of(wish),
        card_id=wish.card_id,
        amount=wish.amount,
        note=wish.note,
        state=LineState.LISTED,
        refusal_code=None,
        transfer_id=None,
        payout_id=line_id,
        instruction_id=None,
        bank=None,
        late=False,
        due_at=None,
        ended_at=None,
    )


async def _cancelled(tx: Tx, batch: Batch) -> Batch:
    await queries.move_lines(tx.connection, batch.id, LineState.LISTED, LineState.CANCELLED, tx.now)
    return await save_batch(tx, replace(batch, state=BatchState.CANCELLED, due_at=None, ended_at=tx.now))


async def _given_up(tx: Tx, line: Line) -> Line:
    given_up = replace(line, state=LineState.CANCELLED, refusal_code=None, due_at=None, ended_at=tx.now)
    await queries.save_line(tx.connection, given_up)
    return given_up


async def _to_another(tx: Tx, batch: Batch, line: Line, customer_id: UUID | None, card_id: UUID | None) -> Line:
    wish = LineWish(line.number, line.amount, None, customer_id, card_id, line.note)
    payees = await queries.payees_of(
        tx.connection, batch.currency, (), {customer_id} if customer_id else (), {card_id} if card_id else ()
    )
    if (customer_id is not None and card_id is not None) or not payees.knows(wish):
        raise PayeeWrong("there is no such payee", field=rules.payee_field(wish))
    return replace(line, payee=rules.payee_text(wish), account_id=payees.account_of(wish), card_id=card_id)


async def _require_bound(tx: Tx, batch: Batch, card_id: UUID) -> None:
    payees = await queries.payees_of(tx.connection, batch.currency, (), (), {card_id})
    if card_id not in payees.cards:
        raise PayeeWrong("the card is no longer bound", field="card_id")


async def _own(tx: Tx, caller: Caller, batch_id: UUID) -> Batch:
    batch = await locked_batch(tx, batch_id)
    if batch.owner != caller.party and not caller.may("payments:operate"):
        raise UnknownBatch("no such batch payout")
    return batch


async def _own_line(tx: Tx, caller: Caller, batch_id: UUID, number: str) -> tuple[Batch, Line]:
    batch = await _own(tx, caller, batch_id)
    line = await queries.line_numbered(tx.connection, batch.id, number)
    if line is None:
        raise UnknownLine("the batch has no such line", field="number")
    return batch, line
