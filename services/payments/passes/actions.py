"""Stories of a pass. Each touches one book's accounts, so that books may be on servers of their own."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.errors import CurrencyMismatch, UnknownAccount
from services.payments.ledger.model import Account, Rule, TransferCommand, TransferKind, book_of
from services.payments.passes import queries, rules
from services.payments.passes.errors import SameBook, UnknownPass
from services.payments.passes.model import Pass, PassState

CODE = "clearing.pass"
CARRY_JOB = "payments.carry_pass"
KIND = "clearing"


async def request_pass(
    tx: Tx,
    caller: Caller,
    *,
    debit_account_id: UUID,
    credit_account_id: UUID,
    amount: int,
    currency: str,
    reference: str,
) -> Pass:
    """Hold the money in its book. Raises UnknownAccount, CurrencyMismatch, SameBook, and what the ledger refuses."""
    debit = await _account(tx, debit_account_id, "debit_account_id")
    if not caller.may("payments:operate") and debit.owner not in (caller.subject, caller.acting_for):
        raise UnknownAccount("no such account, or not one to be debited by this caller", field="debit_account_id")
    credit = await _account(tx, credit_account_id, "credit_account_id")
    for account, field in ((debit, "debit_account_id"), (credit, "credit_account_id")):
        if account.currency != currency:
            raise CurrencyMismatch("the account is kept in another currency", field=field)
    if debit.book_id == credit.book_id:
        raise SameBook("both accounts are in one book: make a transfer", field="credit_account_id")
    one = Pass(
        id=tx.ids.new(),
        owner=caller.party,
        debit_account_id=debit.id,
        credit_account_id=credit.id,
        amount=amount,
        currency=currency,
        reference=reference,
        state=PassState.HELD,
        failure_code=None,
        hold_id=ledger.new_transfer_id(tx, debit.book_id),
        delivery_id=ledger.new_transfer_id(tx, credit.book_id),
        requested_at=tx.now,
        ended_at=None,
    )
    clearing_id = await _clearing(tx, debit.book_id, credit.book_id, currency)
    await ledger.post(tx, [_moved(one, one.hold_id, TransferKind.PENDING, debit.id, clearing_id)])
    await queries.add_pass(tx.connection, one)
    tx.jobs.add(CARRY_JOB, {"id": str(one.id)}, delay_seconds=10)
    return one


async def deliver(tx: Tx, caller: Caller, *, pass_id: UUID) -> Pass:
    """Out of the other book's clearing account into the account meant; what that book refuses is recorded."""
    one = await _locked(tx, pass_id)
    if one.state is not PassState.HELD:
        return one
    book_id, other = book_of(one.delivery_id), book_of(one.hold_id)
    clearing_id = await _clearing(tx, book_id, other, one.currency)
    try:
        await ledger.post(tx, [_moved(one, one.delivery_id, TransferKind.SINGLE, clearing_id, one.credit_account_id)])
    except Refusal as refusal:
        refused = replace(one, state=rules.after(one.state, "refuse"), failure_code=refusal.code)
        await queries.save_pass(tx.connection, refused)
        return refused
    delivered = replace(one, state=rules.after(one.state, "deliver"))
    await queries.save_pass(tx.connection, delivered)
    return delivered


async def settle(tx: Tx, caller: Caller, *, pass_id: UUID) -> Pass:
    """Post the hold of what was delivered, void that of what was refused."""
    one = await _locked(tx, pass_id)
    if one.state not in (PassState.DELIVERED, PassState.REFUSED):
        return one
    kind = TransferKind.POST if one.state is PassState.DELIVERED else TransferKind.VOID
    settling = TransferCommand(
        id=ledger.new_transfer_id(tx, book_of(one.hold_id)),
        kind=kind,
        code=CODE,
        reference=encode("pas", one.id),
        pending_id=one.hold_id,
    )
    await ledger.post(tx, [settling])
    ended = replace(one, state=rules.after(one.state, "settle"), ended_at=tx.now)
    await queries.save_pass(tx.connection, ended)
    tx.events.add(f"payments.pass.{ended.state}.v1", encode("pas", ended.id), _told(ended))
    return ended


async def _account(tx: Tx, account_id: UUID, field: str) -> Account:
    try:
        return await ledger.account_with(tx, account_id)
    except UnknownAccount as refusal:
        raise UnknownAccount(refusal.detail, field=field) from None


async def _clearing(tx: Tx, book_id: int, other_book_id: int, currency: str) -> UUID:
    """What this book has from the other, opened when first needed; the two of a pair cancel out once every pass has ended."""
    return await ledger.platform_account(
        tx,
        find=lambda: queries.clearing_account(tx.connection, book_id, other_book_id, currency),
        lock=lambda: queries.lock_clearing(tx.connection),
        keep=lambda account_id: queries.add_clearing_account(
            tx.connection, book_id, other_book_id, currency, account_id
        ),
        currency=currency,
        kind=KIND,
        rule=Rule.NONE,
        reference=f"book_{other_book_id}",
        book_id=book_id,
    )


async def _locked(tx: Tx, pass_id: UUID) -> Pass:
    one = await queries.pass_with(tx.connection, pass_id, lock=True)
    if one is None:
        raise UnknownPass("no such pass")
    return one


def _moved(one: Pass, transfer_id: UUID, kind: TransferKind, debit_id: UUID, credit_id: UUID) -> TransferCommand:
    return TransferCommand(
        id=transfer_id,
        kind=kind,
        code=CODE,
        reference=encode("pas", one.id),
        debit_account_id=debit_id,
        credit_account_id=credit_id,
        amount=one.amount,
        currency=one.currency,
    )


def _told(one: Pass) -> dict[str, object]:
    return {
        "pass_id": encode("pas", one.id),
        "debit_account_id": encode("acc", one.debit_account_id),
        "credit_account_id": encode("acc", one.credit_account_id),
        "amount": one.amount,
        "currency": one.currency,
        "failure_code": one.failure_code,
    }
