"""Stories of withdrawals: coins held first, sent once under our own reference, let go when enough blocks say so, or given back.

Nothing is guessed: a send that was not answered is asked about by its reference, and what shall not be sent any more is called off at the
node, which then never sends it.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from chassis.bech32 import MalformedAddress, decode_address
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.coins import queries, regulation_queries, rules, withdrawal_queries
from services.payments.coins.actions import locked_rail, moved, regulation_today
from services.payments.coins.errors import (
    AddressIsOurs,
    AddressMalformed,
    UnknownCoinAccount,
    UnknownRail,
    UnknownWithdrawal,
)
from services.payments.coins.model import CoinWithdrawalState, NodeAnswer, Price, Rail, Sent, Terms, Withdrawal
from services.payments.confirmations.actions import take_confirmation
from services.payments.confirmations.model import CONFIRMED, Wish
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import CONTROLLED, TransferCommand, TransferKind
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind

CODE = "coin.withdrawal"
FEE_CODE = "coin.withdrawal.fee"
NETWORK_CODE = "coin.withdrawal.network"
LOST_CODE = "coin.withdrawal.lost"
RETURNED_CODE = "coin.withdrawal.returned"
RECOVERED_CODE = "coin.loss.recovered"
SEND_JOB = "payments.send_coins"


class Settling(NamedTuple):
    """What a send may still become. waits: nothing is to be done now."""

    withdrawal: Withdrawal
    waits: bool


async def request_withdrawal(
    tx: Tx, caller: Caller, *, unit: str, address: str, amount: int, fee: int, confirmation_id: UUID
) -> Withdrawal:
    """Hold the coins and the fee that the customer was shown: the network's is at most that, or nothing is sent.

    confirmation_id: of the address and both together, by her payment password: nobody calls coins back.

    Raises UnknownRail, AddressMalformed, AddressIsOurs, UnknownCoinAccount, CoinLimitExceeded, those of confirmations and risk, and what
    the ledger refuses.
    """
    customer_id = customer_of(caller)
    rail = await locked_rail(tx, unit)
    address = await require_address(tx, rail, address)
    account = await queries.account_of(tx.connection, unit, customer_id)
    if account is None:
        raise UnknownCoinAccount("she has none of it", field="unit")
    await _require_daily_room(tx, unit, customer_id, amount)
    withdrawal = Withdrawal(
        id=tx.ids.new(),
        unit=unit,
        customer_id=customer_id,
        account_id=account.account_id,
        address=address,
        amount=amount,
        fee=fee,
        network_fee=None,
        txid=None,
        state=CoinWithdrawalState.HELD,
        failure_code=None,
        hold_id=ledger.new_transfer_id(tx),
        fee_hold_id=ledger.new_transfer_id(tx),
        posted=False,
        lost=0,
        tries=0,
        made_on=tx.today,
        requested_at=tx.now,
        sent_at=None,
        due_at=tx.now + rules.FIRST_LOOK,
        expires_at=tx.now + rules.SEND_WITHIN,
        ended_at=None,
    )
    wish = Wish(customer_id, address, amount + fee, unit)
    await take_confirmation(tx, confirmation_id=confirmation_id, wish=wish, source=encode("cwd", withdrawal.id))
    await risk.decide(tx, caller, await _wish(tx, withdrawal))
    await withdrawal_queries.add_withdrawal(tx.connection, withdrawal)
    await _turned(tx, rail)
    await ledger.post(tx, _holds(rail, withdrawal), controls=CONTROLLED)
    tx.jobs.add(SEND_JOB, {"id": str(withdrawal.id)}, delay_seconds=10)
    return withdrawal


async def _wish(tx: Tx, withdrawal: Withdrawal) -> Intent:
    """As risk judges it: worth what was last stated of the coin. Its amount is held while it is parked."""
    price = await regulation_queries.in_force(tx.connection, Price, withdrawal.unit, tx.today)
    return Intent(
        kind=Kind.COIN_WITHDRAWAL,
        reference=encode("cwd", withdrawal.id),
        person=encode("cus", withdrawal.customer_id),
        amount=withdrawal.amount,
        currency=withdrawal.unit,
        payee=withdrawal.address,
        account_id=withdrawal.account_id,
        factors=CONFIRMED,
        worth=None if price is None else max(1, rules.value_of(withdrawal.amount, price.price)),
    )


async def require_address(tx: Tx, rail: Rail, address: str) -> str:
    """Of the rail's network, written right, and no customer's of ours; in small letters, as one may write it in either.

    Which others are ours its node is asked about before it sends. Raises AddressMalformed, AddressIsOurs.
    """
    try:
        decode_address(rail.network, address)
    except MalformedAddress as fault:
        raise AddressMalformed(str(fault), field="address") from None
    plain = address.lower()
    if await queries.is_ours(tx.connection, plain):
        raise AddressIsOurs("coins do not leave to come back", field="address")
    return plain


async def foresee_withdrawal(tx: Tx, caller: Caller, *, unit: str, address: str) -> Rail:
    """What `request_withdrawal` would refuse of the address; nothing is locked or written."""
    rail = await queries.rail_of(tx.connection, unit)
    if rail is None:
        raise UnknownRail("the unit is not kept on a chain here", field="unit")
    await require_address(tx, rail, address)
    return rail


async def begin_turn(tx: Tx, caller: Caller, *, withdrawal_id: UUID) -> Settling:
    """Written down before the node is asked: the one after knows that it was. Raises UnknownWithdrawal."""
    rail, withdrawal = await _locked(tx, withdrawal_id)
    if withdrawal.due_at is None:
        return Settling(withdrawal, True)
    begun = replace(withdrawal, tries=withdrawal.tries + 1, due_at=tx.now + rules.next_look(withdrawal.tries))
    await withdrawal_queries.save_withdrawal(tx.connection, begun)
    await _turned(tx, rail)
    return Settling(begun, False)


async def record_answer(tx: Tx, caller: Caller, *, withdrawal_id: UUID, turn: int, answer: NodeAnswer) -> Withdrawal:
    """What the node said. What it did not answer stays as it is, to be asked about again.

    turn: which of its tries this answers; where another has begun since, that one's answer counts.
    """
    rail, withdrawal = await _locked(tx, withdrawal_id)
    if withdrawal.due_at is None or withdrawal.tries != turn:
        return withdrawal
    after = await _after(tx, rail, withdrawal, answer)
    await withdrawal_queries.save_withdrawal(tx.connection, after)
    await _turned(tx, rail)
    if after.state is not withdrawal.state:
        _tell(tx, after)
    return after


async def ask_again(tx: Tx, caller: Caller, *, unit: str, removed: Collection[str]) -> None:
    """What had been confirmed by blocks that count no more."""
    rail = await locked_rail(tx, unit)
    for one in await withdrawal_queries.confirmed_by(tx.connection, unit, removed):
        # What a turn before was told of it counts no more, nor how long it has waited.
        waiting = replace(
            one, state=CoinWithdrawalState.SENT, tries=one.tries + 1, sent_at=tx.now, due_at=tx.now, ended_at=None
        )
        await withdrawal_queries.save_withdrawal(tx.connection, waiting)
    await _turned(tx, rail)


async def _after(tx: Tx, rail: Rail, withdrawal: Withdrawal, answer: NodeAnswer) -> Withdrawal:
    if answer.sent is Sent.CALLED_OFF:
        return await _given_back(tx, rail, withdrawal, answer.code or "not_sent")
    if answer.sent is not Sent.SENT:
        return withdrawal
    sent = replace(
        withdrawal,
        state=CoinWithdrawalState.SENT,
        txid=answer.txid,
        network_fee=answer.fee,
        sent_at=withdrawal.sent_at or tx.now,
        due_at=tx.now + rules.LOOK_AGAIN,
    )
    if answer.confirmations == -1:
        return await (_returned(tx, rail, sent) if sent.posted else _given_back(tx, rail, sent, "dropped_by_the_chain"))
    if not rules.is_confirmed(answer, rail.height):
        return sent
    return rules.ended(sent, CoinWithdrawalState.CONFIRMED, tx.now) if sent.posted else await _let_go(tx, rail, sent)


async def _let_go(tx: Tx, rail: Rail, withdrawal: Withdrawal) -> Withdrawal:
    """The chain has them. While the customer's account gives nothing the hold stays, so that she has them once; it is tried again."""
    assert withdrawal.network_fee is not None
    border, reference = rail.issuance_account_id, encode("cwd", withdrawal.id)
    done = replace(rules.ended(withdrawal, CoinWithdrawalState.CONFIRMED, tx.now), posted=True)
    paid = min(withdrawal.fee, withdrawal.network_fee)
    more = withdrawal.network_fee - paid
    commands = _settling(tx, withdrawal, TransferKind.POST)
    if paid:
        commands.append(moved(tx, rail, NETWORK_CODE, reference, rail.fees_account_id, border, paid))
    if more:
        commands.append(moved(tx, rail, LOST_CODE, reference, rail.loss_account_id, border, more))
    outcomes = await ledger.attempt(tx, commands, controls=CONTROLLED)
    return replace(done, lost=more) if all(one.accepted for one in outcomes) else withdrawal


async def _given_back(tx: Tx, rail: Rail, withdrawal: Withdrawal, code: str) -> Withdrawal:
    await risk.take_back(tx, [encode("cwd", withdrawal.id)])
    await ledger.post(tx, _settling(tx, withdrawal, TransferKind.VOID), controls=CONTROLLED)
    await _recovered(tx, rail, withdrawal)
    return rules.ended(withdrawal, CoinWithdrawalState.FAILED, tx.now, code)


async def _returned(tx: Tx, rail: Rail, withdrawal: Withdrawal) -> Withdrawal:
    """What had left is back: each who bore it has it again, and the customer her fee; what fees have not any more the platform bears."""
    assert withdrawal.network_fee is not None
    border, reference = rail.issuance_account_id, encode("cwd", withdrawal.id)
    await risk.take_back(tx, [reference])
    loss = await ledger.lock_account(tx, rail.loss_account_id)
    fees = await ledger.lock_account(tx, rail.fees_account_id)
    owed = min(withdrawal.lost, loss.settled)
    back = withdrawal.network_fee - owed
    paid = min(withdrawal.fee, max(fees.available, 0) + back)
    parts = (
        (border, rail.loss_account_id, owed),
        (border, rail.fees_account_id, back),
        (border, withdrawal.account_id, withdrawal.amount),
        (rail.fees_account_id, withdrawal.account_id, paid),
        (rail.loss_account_id, withdrawal.account_id, withdrawal.fee - paid),
    )
    commands = [moved(tx, rail, RETURNED_CODE, reference, *part) for part in parts if part[2]]
    await ledger.post(tx, commands, controls=CONTROLLED)
    await _recovered(tx, rail, withdrawal)
    return rules.ended(withdrawal, CoinWithdrawalState.RETURNED, tx.now)


async def _recovered(tx: Tx, rail: Rail, withdrawal: Withdrawal) -> None:
    """One reorganisation may take what she sent as well as what she had sent it from: what is hers again (amount and fee) makes good what
    the platform bears of her deposits first, as far as her account gives it."""
    loss = await ledger.lock_account(tx, rail.loss_account_id)
    account = await ledger.lock_account(tx, withdrawal.account_id)
    left = 0 if account.frozen else min(withdrawal.amount + withdrawal.fee, account.available, loss.settled)
    commands, saved = [], []
    for deposit in await queries.lost_deposits(tx.connection, rail.unit, withdrawal.customer_id):
        part = min(left, deposit.lost)
        if part > 0:
            reference = encode("cdp", deposit.id)
            commands.append(moved(tx, rail, RECOVERED_CODE, reference, account.id, rail.loss_account_id, part))
            saved.append(replace(deposit, lost=deposit.lost - part))
            left -= part
    if commands:
        await ledger.post(tx, commands, controls=CONTROLLED)
        await queries.save_deposits(tx.connection, saved)


async def _require_daily_room(tx: Tx, unit: str, customer_id: UUID, amount: int) -> None:
    if not rules.is_regulated(await regulation_today(tx, unit)):
        return
    terms = await regulation_queries.in_force(tx.connection, Terms, unit, tx.today)
    if terms is not None:
        asked = await withdrawal_queries.asked_on(tx.connection, unit, customer_id, tx.today)
        rules.require_daily_room(terms, asked, amount)


async def _locked(tx: Tx, withdrawal_id: UUID) -> tuple[Rail, Withdrawal]:
    found = await withdrawal_queries.withdrawal_with(tx.connection, withdrawal_id)
    if found is None:
        raise UnknownWithdrawal("no such withdrawal")
    rail = await locked_rail(tx, found.unit)
    withdrawal = await withdrawal_queries.withdrawal_with(tx.connection, withdrawal_id, lock=True)
    assert withdrawal is not None
    return rail, withdrawal


async def _turned(tx: Tx, rail: Rail) -> None:
    """What the chain is being told now cannot be compared with what it was asked before."""
    await queries.save_rail(tx.connection, replace(rail, turn=rail.turn + 1))


def _holds(rail: Rail, withdrawal: Withdrawal) -> list[TransferCommand]:
    """Without a time-out: only the node's word ends them."""
    parts = (
        (withdrawal.hold_id, CODE, rail.issuance_account_id, withdrawal.amount),
        (withdrawal.fee_hold_id, FEE_CODE, rail.fees_account_id, withdrawal.fee),
    )
    return [
        TransferCommand(
            id=hold_id,
            kind=TransferKind.PENDING,
            code=code,
            reference=encode("cwd", withdrawal.id),
            debit_account_id=withdrawal.account_id,
            credit_account_id=account_id,
            amount=amount,
            currency=withdrawal.unit,
        )
        for hold_id, code, account_id, amount in parts
    ]


def _settling(tx: Tx, withdrawal: Withdrawal, kind: TransferKind) -> list[TransferCommand]:
    return [
        TransferCommand(
            id=ledger.new_transfer_id(tx),
            kind=kind,
            code=code,
            reference=encode("cwd", withdrawal.id),
            pending_id=hold_id,
        )
        for hold_id, code in ((withdrawal.hold_id, CODE), (withdrawal.fee_hold_id, FEE_CODE))
    ]


def _tell(tx: Tx, withdrawal: Withdrawal) -> None:
    reference = encode("cwd", withdrawal.id)
    told = {
        "withdrawal_id": reference,
        "unit": withdrawal.unit,
        "customer_id": encode("cus", withdrawal.customer_id),
        "amount": withdrawal.amount,
        "fee": withdrawal.fee,
        "network_fee": withdrawal.network_fee,
        "txid": withdrawal.txid,
        "failure_code": withdrawal.failure_code,
        "lost": withdrawal.lost,
    }
    tx.events.add(f"payments.coin.withdrawal_{withdrawal.state}.v1", reference, told)
