"""The liquidity-saving pass: which of the payments that wait can go together, with the caps or the money there are just now."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.clearing import obligation_queries as queries
from services.payments.clearing import participant_queries, prefunding_queries, rules, window_queries
from services.payments.clearing.accounts import accounts_for, spare_money
from services.payments.clearing.licensing import not_in_good_standing
from services.payments.clearing.liquidity import settleable
from services.payments.clearing.model import AT_ONCE, POOL, QueuePass, SettlementModel, Standing, Waiting
from services.payments.clearing.netting import through_the_pool
from services.payments.clearing.participant_actions import model_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind

QUEUE_CODE = "clearing.queue"
MOST_EXAMINED = 200_000
"""Payments that one pass looks at, about."""


@dataclass(frozen=True)
class _Room:
    """What each may pay more than it gets, and the window that takes what is released, with the standings in it."""

    liquidity: dict[int, int]
    window_number: int
    standings: dict[int, Standing] = field(default_factory=dict)


async def save_liquidity(tx: Tx, caller: Caller, *, model: str) -> QueuePass:
    """Release what can go, all at once; what cannot waits on. Nothing released is no pass, and leaves no record. Raises UnknownModel."""
    found = await model_of(tx, model, "code")
    await participant_queries.take_part(tx.connection)
    await queries.lock_queue(tx.connection, found.number)
    blocked = await not_in_good_standing(tx)
    waiting = await queries.first_waiting(tx.connection, found.number, blocked, tx.now, MOST_EXAMINED)
    numbers = {number for one in waiting for number in (one.payer, one.payee)}
    room = await (_under_caps(tx, found, numbers) if found.deferred else _with_money(tx, found, numbers))
    if found.deferred:
        waiting = rules.within_window(waiting, {number: one.gross for number, one in room.standings.items()})
    taken = await asyncio.to_thread(settleable, waiting, room.liquidity)
    released = [one for one, goes in zip(waiting, taken, strict=True) if goes]
    nets = _nets(released)
    moved = 0 if found.deferred else sum(net for net in nets.values() if net > 0)
    made = QueuePass(
        tx.ids.new(), found.number, len(waiting), len(released), sum(one.amount for one in released), moved, tx.now,
        caller.subject,
    )  # fmt: skip
    if released:
        await _release(tx, found, room, made, released, nets)
    return made


async def _release(
    tx: Tx, model: SettlementModel, room: _Room, made: QueuePass, released: list[Waiting], nets: dict[int, int]
) -> None:
    gone = await queries.release(
        tx.connection, model.number, room.window_number, [one.number for one in released], tx.now
    )
    assert gone == len(released), "nobody else takes from a queue that is locked"
    await queries.add_pass(tx.connection, made)
    if model.deferred:
        for number, net in nets.items():
            room.standings[number].position += net
        for one in released:
            room.standings[one.payer].gross += one.amount
        moved = {number: room.standings[number] for number in nets}
        await participant_queries.save_standings(tx.connection, model.number, room.window_number, moved)
    else:
        await _pay(tx, model, made, nets)
    told = {
        "pass_id": encode("clq", made.id),
        "settlement_model": model.code,
        "currency": model.currency,
        "released": made.released,
        "released_minor": made.released_minor,
        "moved_minor": made.moved_minor,
    }
    tx.events.add("payments.clearing.queue_released.v1", encode("clq", made.id), told)


async def _under_caps(tx: Tx, model: SettlementModel, numbers: Collection[int]) -> _Room:
    window = await window_queries.share_open_window(tx.connection, model.number)
    if model.prefunded:
        await prefunding_queries.lock_claims(tx.connection, model.currency, numbers)
    locked = await participant_queries.lock_positions(tx.connection, model.number, numbers, window.number)
    standings = await prefunding_queries.covered(tx.connection, model, locked)
    room = {number: standing.cap - standing.position for number, standing in standings.items()}
    return _Room(room, window.number, locked)


async def _with_money(tx: Tx, model: SettlementModel, numbers: Collection[int]) -> _Room:
    _, money = await spare_money(tx, {POOL, *numbers}, model.currency)
    return _Room(money, AT_ONCE)


async def _pay(tx: Tx, model: SettlementModel, made: QueuePass, nets: dict[int, int]) -> None:
    """The differences alone; nothing where the payments even out."""
    accounts = await accounts_for(tx, nets, model.currency)
    commands = [
        TransferCommand(
            id=ledger.new_transfer_id(tx),
            kind=TransferKind.SINGLE,
            code=QUEUE_CODE,
            reference=encode("clq", made.id),
            debit_account_id=accounts[payment.payer],
            credit_account_id=accounts[payment.payee],
            amount=payment.amount,
            currency=model.currency,
        )
        for payment in through_the_pool(nets)
    ]
    if commands:
        await ledger.post(tx, commands)


def _nets(released: list[Waiting]) -> dict[int, int]:
    nets: dict[int, int] = {}
    for _, payer, payee, amount in released:
        nets[payer] = nets.get(payer, 0) + amount
        nets[payee] = nets.get(payee, 0) - amount
    return nets
