"""Own fees leave the reserve: held when operators order it at the bank, moved when the bank has paid, and never before.

The order itself is given at the bank by hand, under our id: the bank's next statement shows it, and reconciliation pairs it by that id.
"""

from datetime import UTC, datetime
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.channels.queries import reserve_account
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind, book_of
from services.payments.receivables.queries import company_account
from services.payments.reserve import balance_queries, fee_queries, queries, rules
from services.payments.reserve.errors import (
    ConfirmedByRequester,
    FeesCoverClaims,
    FeeWithdrawalEnded,
    NoFees,
    ReserveOnlyCollects,
    UnknownFeeWithdrawal,
    UnknownReserve,
)
from services.payments.reserve.model import AccountUse, FeeWithdrawal, WithdrawalState
from services.payments.settlement.queries import account_of

CODE = "reserve.fee_withdrawal"
CHUNK = 100
ALL_TIME = datetime(9999, 1, 1, tzinfo=UTC)


async def request_withdrawal(
    tx: Tx, caller: Caller, *, source: str, bank: str, currency: str, amount: int, destination: str
) -> FeeWithdrawal:
    """source: `fee_income` or `dispute_fee`. destination: the platform's own account, in words.

    Raises UnknownReserve, ReserveOnlyCollects, NoFees, FeesCoverClaims, and the ledger's refusals.
    """
    reserve_id = await reserve_account(tx.connection, bank, currency)
    if reserve_id is None:
        raise UnknownReserve("we keep nothing there", field="bank")
    if await queries.use_on(tx.connection, bank, currency, tx.today) is AccountUse.COLLECTION:
        raise ReserveOnlyCollects("nothing is paid out of this account", field="bank")
    fees_id = await _fees(tx, source, currency)
    await _require_own(tx, currency, amount)
    withdrawal_id = tx.ids.new()
    command = TransferCommand(
        id=ledger.new_transfer_id(tx, book_of(reserve_id)),
        kind=TransferKind.PENDING,
        code=CODE,
        reference=encode("rfw", withdrawal_id),
        debit_account_id=fees_id,
        credit_account_id=reserve_id,
        amount=amount,
        currency=currency,
    )
    await ledger.post(tx, [command])
    withdrawal = FeeWithdrawal(
        withdrawal_id, source, bank, currency, amount, destination, command.id, WithdrawalState.REQUESTED, None, tx.now, caller.party,
        rules.reminded_at(tx.now), 0, None, None,
    )  # fmt: skip
    await fee_queries.add_withdrawal(tx.connection, withdrawal)
    _tell(tx, withdrawal, "requested")
    return withdrawal


async def confirm_withdrawal(tx: Tx, caller: Caller, *, withdrawal_id: UUID, bank_reference: str) -> FeeWithdrawal:
    """The bank has paid, as another operator says. Raises UnknownFeeWithdrawal, FeeWithdrawalEnded, ConfirmedByRequester."""
    return await _end(tx, caller, withdrawal_id, WithdrawalState.PAID, bank_reference)


async def cancel_withdrawal(tx: Tx, caller: Caller, *, withdrawal_id: UUID) -> FeeWithdrawal:
    """The bank does not pay. Raises UnknownFeeWithdrawal, FeeWithdrawalEnded."""
    return await _end(tx, caller, withdrawal_id, WithdrawalState.CANCELLED, None)


async def remind_of_due(tx: Tx, caller: Caller) -> int:
    """What nobody has confirmed in time is told, and told again as long as it lasts; how many."""
    due = await fee_queries.due_withdrawals(tx.connection, tx.now, CHUNK)
    for one in due:
        later = one.changed(due_at=rules.reminded_at(tx.now), reminders=one.reminders + 1)
        await fee_queries.save_withdrawal(tx.connection, later)
        _tell(tx, later, "overdue")
    return len(due)


async def _fees(tx: Tx, source: str, currency: str) -> UUID:
    """Of settlement, or of disputes. Raises NoFees."""
    if source == "fee_income":
        found = await account_of(tx.connection, source, currency)
    else:
        found = await company_account(tx.connection, source, currency)
    if found is None:
        raise NoFees("nothing of this kind was ever earned", field="source")
    return found


async def _require_own(tx: Tx, currency: str, amount: int) -> None:
    """Fees stand behind what the platform is owed or has lost before any of them is its own: the reserve has no other money for that.

    Raises FeesCoverClaims.
    """
    await fee_queries.lock_withdrawals(tx.connection, currency)
    # In this order one that is paid meanwhile counts twice, and never not at all.
    asked_for = await fee_queries.asked_for(tx.connection, currency)
    standing = await balance_queries.standing_at(tx.connection, currency, ALL_TIME)
    free = rules.free_fees(standing.classes, asked_for)
    if free is not None and amount > free:
        raise FeesCoverClaims(f"claims of the platform leave {free} of its fees", field="amount")


async def _end(
    tx: Tx, caller: Caller, withdrawal_id: UUID, state: WithdrawalState, bank_reference: str | None
) -> FeeWithdrawal:
    one = await fee_queries.withdrawal_with(tx.connection, withdrawal_id, lock=True)
    if one is None:
        raise UnknownFeeWithdrawal("no such withdrawal of fees")
    if one.state is not WithdrawalState.REQUESTED:
        raise FeeWithdrawalEnded(f"the withdrawal is {one.state}", field="withdrawal_id")
    if state is WithdrawalState.PAID and caller.party == one.requested_by:
        raise ConfirmedByRequester("another operator confirms it", field="withdrawal_id")
    kind = TransferKind.POST if state is WithdrawalState.PAID else TransferKind.VOID
    command = TransferCommand(
        id=ledger.new_transfer_id(tx, book_of(one.hold_id)),
        kind=kind,
        code=CODE,
        reference=encode("rfw", one.id),
        pending_id=one.hold_id,
    )
    await ledger.post(tx, [command])
    ended = one.changed(state=state, bank_reference=bank_reference, due_at=None, ended_at=tx.now, ended_by=caller.party)
    await fee_queries.save_withdrawal(tx.connection, ended)
    _tell(tx, ended, str(state))
    return ended


def _tell(tx: Tx, one: FeeWithdrawal, happened: str) -> None:
    record = encode("rfw", one.id)
    told = {
        "fee_withdrawal_id": record,
        "bank": one.bank,
        "amount": one.amount,
        "currency": one.currency,
        "reminders": one.reminders,
    }
    tx.events.add(f"payments.reserve.fee_withdrawal_{happened}.v1", record, told)
