"""Stories of a transfer between persons: sent, arrived, revoked, returned.

Frozen wallets take what comes in. One that was frozen after it sent gives nothing at arrival: the money is hers again, as it is when the
payee's wallet has been closed meanwhile.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.confirmations.actions import take_confirmed_room
from services.payments.confirmations.model import CONFIRMED, TOKEN_ALONE
from services.payments.holders.vault import IdentityVault
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.limits.actions import give_room_back
from services.payments.person_transfers import queries, rules
from services.payments.person_transfers.errors import (
    PayeeWalletClosed,
    TransferToOneself,
    UnknownPersonTransfer,
)
from services.payments.person_transfers.model import Arrival, PersonTransfer, PersonTransferState
from services.payments.person_transfers.payees import payee_wallet, proved_name
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind
from services.payments.wallets.actions import own_wallet
from services.payments.wallets.model import Wallet

CODE = "person_transfer.payment"
ARRIVAL_BATCH = 200


class Wanted(NamedTuple):
    """What a payer asks for. wallet_id: of hers; her wallet in the currency if None. confirmation_id: of what she confirmed by password."""

    amount: int
    currency: str
    note: str = ""
    arrival: Arrival = Arrival.AT_ONCE
    wallet_id: UUID | None = None
    confirmation_id: UUID | None = None


async def send_transfer(
    tx: Tx,
    caller: Caller,
    *,
    vault: IdentityVault,
    payee_id: UUID | None,
    payee_wallet_id: UUID | None,
    payee_name: str | None,
    wanted: Wanted,
) -> PersonTransfer:
    """To whom the payer names, by customer or wallet, and by the name she believes.

    Raises UnknownPayee, PayeeCurrencyDiffers, PayeeNameRequired, PayeeNameDiffers, and the refusals of `pay_person`.
    """
    wallet = await payee_wallet(
        tx.connection, payee_id=payee_id, payee_wallet_id=payee_wallet_id, currency=wanted.currency
    )
    checked = rules.require_name(payee_name, await proved_name(tx.connection, vault, wallet.customer_id))
    named = encode("cus", wallet.customer_id) if payee_wallet_id is None else encode("wal", wallet.id)
    return await pay_person(tx, caller, payee=wallet, wanted=wanted, confirmed_as=named, name_checked=checked)


async def pay_person(
    tx: Tx, caller: Caller, *, payee: Wallet, wanted: Wanted, confirmed_as: str, name_checked: bool = False
) -> PersonTransfer:
    """To a wallet that is known to be the one meant. confirmed_as: whom the payer was shown.

    Raises TransferToOneself, PayeeWalletClosed, UnknownWallet, refusals of confirmations and limits, InsufficientFunds.
    """
    if payee.customer_id == customer_of(caller):
        raise TransferToOneself("that is the payer's own wallet", field="payee_id")
    wallet = await own_wallet(tx, caller, wallet_id=wanted.wallet_id, currency=wanted.currency)
    if (await ledger.account_with(tx, payee.account_id)).closed:
        raise PayeeWalletClosed("the payee's wallet is closed", field="payee_id")
    transfer = _new(tx, wallet, payee, wanted, name_checked=name_checked)
    await queries.add_transfer(tx.connection, transfer)
    await take_confirmed_room(
        tx,
        confirmation_id=wanted.confirmation_id,
        customer_id=transfer.payer_id,
        subject=confirmed_as,
        amount=transfer.amount,
        currency=transfer.currency,
        source=encode("ptr", transfer.id),
    )
    await risk.decide(tx, caller, _wish(transfer, confirmed_as, wanted.confirmation_id))
    await ledger.post(tx, [_first(transfer)])
    _tell(tx, transfer, "arrived" if transfer.state is PersonTransferState.ARRIVED else "sent")
    return transfer


def _wish(transfer: PersonTransfer, subject: str, confirmation_id: UUID | None) -> Intent:
    return Intent(
        kind=Kind.PERSON_TRANSFER,
        reference=encode("ptr", transfer.id),
        person=encode("cus", transfer.payer_id),
        amount=transfer.amount,
        currency=transfer.currency,
        payee=encode("cus", transfer.payee_id),
        subject=subject,
        account_id=transfer.payer_account_id,
        factors=TOKEN_ALONE if confirmation_id is None else CONFIRMED,
    )


async def revoke_transfer(tx: Tx, caller: Caller, *, transfer_id: UUID) -> PersonTransfer:
    """The payer takes back what has not arrived. Raises UnknownPersonTransfer, TransferNotRevocable."""
    payer_id = customer_of(caller)
    transfer = await queries.transfer_with(tx.connection, transfer_id, lock=True)
    if transfer is None or transfer.payer_id != payer_id:
        raise UnknownPersonTransfer("no such transfer")
    if transfer.state is PersonTransferState.REVOKED:
        return transfer
    rules.require_revocable(transfer, tx.now)
    revoked = replace(transfer, state=PersonTransferState.REVOKED, ended_at=tx.now)
    await _gave_back(tx, [revoked])
    _tell(tx, revoked, "revoked")
    return revoked


async def arrive_due_transfers(tx: Tx, caller: Caller) -> int:
    """A batch of what arrives now; what the ledger refuses goes back with its reason. How many there were."""
    due = await queries.lock_due(tx.connection, tx.now, ARRIVAL_BATCH)
    commands = [_settling(tx, transfer, TransferKind.POST) for transfer in due]
    outcomes = await ledger.attempt(tx, commands, atomic=False) if commands else []
    arrived, returned = [], []
    for transfer, outcome in zip(due, outcomes, strict=True):
        if outcome.accepted:
            ended = replace(transfer, state=PersonTransferState.ARRIVED, transfer_id=outcome.id, ended_at=tx.now)
            arrived.append(ended)
        else:
            failed = PersonTransferState.RETURNED
            returned.append(replace(transfer, state=failed, failure_code=outcome.result, ended_at=tx.now))
    await queries.save_ended(tx.connection, arrived)
    if returned:
        await _gave_back(tx, returned)
    for transfer in (*arrived, *returned):
        _tell(tx, transfer, transfer.state.value)
    return len(due)


async def _gave_back(tx: Tx, ended: Sequence[PersonTransfer]) -> None:
    """The hold to the payer, and with it what it counted against her limits."""
    await queries.save_ended(tx.connection, ended)
    for transfer in sorted(ended, key=lambda one: one.payer_id):
        await give_room_back(tx, source=encode("ptr", transfer.id), amount=transfer.amount)
    await risk.take_back(tx, [encode("ptr", transfer.id) for transfer in ended])
    # Each by itself: a hold that an operator ended by hand never keeps the others; if it was posted, the audit tells.
    await ledger.attempt(tx, [_settling(tx, transfer, TransferKind.VOID) for transfer in ended], atomic=False)


def _new(tx: Tx, wallet: Wallet, payee: Wallet, wanted: Wanted, *, name_checked: bool) -> PersonTransfer:
    due_at = rules.due_at(wanted.arrival, tx.now)
    at_once = due_at is None
    return PersonTransfer(
        id=tx.ids.new(),
        payer_id=wallet.customer_id,
        payer_wallet_id=wallet.id,
        payer_account_id=wallet.account_id,
        payee_id=payee.customer_id,
        payee_wallet_id=payee.id,
        payee_account_id=payee.account_id,
        amount=wanted.amount,
        currency=wanted.currency,
        note=wanted.note,
        arrival=wanted.arrival,
        name_checked=name_checked,
        state=PersonTransferState.ARRIVED if at_once else PersonTransferState.PENDING,
        failure_code=None,
        hold_id=None if at_once else ledger.new_transfer_id(tx),
        transfer_id=ledger.new_transfer_id(tx) if at_once else None,
        made_at=tx.now,
        due_at=due_at,
        ended_at=tx.now if at_once else None,
    )


def _first(transfer: PersonTransfer) -> TransferCommand:
    """At once, or held without a time-out of the ledger's: what is due here ends it."""
    transfer_id = transfer.transfer_id or transfer.hold_id
    assert transfer_id is not None
    return TransferCommand(
        id=transfer_id,
        kind=TransferKind.SINGLE if transfer.hold_id is None else TransferKind.PENDING,
        code=CODE,
        reference=encode("ptr", transfer.id),
        debit_account_id=transfer.payer_account_id,
        credit_account_id=transfer.payee_account_id,
        amount=transfer.amount,
        currency=transfer.currency,
    )


def _settling(tx: Tx, transfer: PersonTransfer, kind: TransferKind) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=kind,
        code=CODE,
        reference=encode("ptr", transfer.id),
        pending_id=transfer.hold_id,
    )


def _tell(tx: Tx, transfer: PersonTransfer, step: str) -> None:
    told = {
        "person_transfer_id": encode("ptr", transfer.id),
        "payer_id": encode("cus", transfer.payer_id),
        "payee_id": encode("cus", transfer.payee_id),
        "amount": transfer.amount,
        "currency": transfer.currency,
        "arrival": transfer.arrival.value,
        "failure_code": transfer.failure_code,
        "transfer_id": None if transfer.transfer_id is None else encode("trf", transfer.transfer_id),
    }
    tx.events.add(f"payments.person_transfer.{step}.v1", encode("ptr", transfer.id), told)
