"""A settlement run, a chunk of merchants in one transaction: nothing is settled twice, and after a kill the rest is still due."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from chassis.commands import Busy
from chassis.database import Tx, is_contradiction
from chassis.direct import direct_of
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.deductions import run_queries as deduction_queries
from services.payments.ledger import actions as ledger
from services.payments.ledger.batch_queries import lock_accounts
from services.payments.ledger.model import DEFAULT_BOOK, TransferCommand, TransferKind
from services.payments.merchant_payouts.queries import add_payouts
from services.payments.settlement import queries, rules, run_queries
from services.payments.settlement.accounts import FEE_INCOME, REFUND_ADVANCE, platform_account
from services.payments.settlement.model import (
    Claim,
    Contract,
    Division,
    DuePosition,
    PayoutWay,
    Position,
    Settlement,
    Taken,
    Window,
)
from services.payments.shares.run_queries import pay_shares

CHUNK_MERCHANTS = 500
CHUNK_ORDERS = 50_000
"""Of one chunk and of one settlement: a merchant with more is settled in several."""
POSTED_AT_ONCE = 4_096
CODES = {
    "fee": "settlement.fee",
    "share": "settlement.share",
    "receivable": "settlement.receivable",
    "deduction": "settlement.deduction",
    "reserve": "settlement.reserve",
    "net": "settlement.net",
}


class Due(NamedTuple):
    """A merchant of the chunk, what is settled of her, and under which id."""

    merchant: DuePosition
    window: Window
    settlement_id: UUID


class Divided(NamedTuple):
    """A settlement with where its parts go."""

    due: Due
    settlement: Settlement
    division: Division
    shares: tuple[tuple[UUID, int], ...]
    claims: tuple[Claim, ...]


async def settle_chunk(tx: Tx, caller: Caller, *, merchants: int) -> int:
    """Settle the merchants who have waited longest, at most so many; how many were dealt with. 0: nobody is due, or others are at it.

    Raises what is refused to one of several: the chunk is settled again in smaller ones. A merchant alone is passed over then.
    """
    positions = await run_queries.due_positions(tx.connection, tx.now, merchants)
    if not positions:
        return 0
    contracts = await queries.contracts_of(tx.connection, [one.position.merchant_id for one in positions])
    windows = [_due(tx, one, contracts[one.position.merchant_id]) for one in positions]
    passed_over = [_passed_over(one, "account_frozen") for one in windows if not one.merchant.usable]
    usable = [one for one in windows if one.merchant.usable]
    counts = await run_queries.count_orders(tx.connection, usable, CHUNK_ORDERS) if usable else {}
    chunk = _bounded(usable, counts)
    if len(positions) == 1 and chunk:
        moved = [await _settle_alone(tx, chunk[0])]
    else:
        moved = await _settle(tx, chunk) if chunk else []
    await run_queries.move_on(tx.connection, passed_over + moved)
    return len(passed_over) + len(moved)


async def _settle(tx: Tx, chunk: Sequence[Due]) -> list[Position]:
    """Where its merchants stand afterwards."""
    taken = await run_queries.settle_orders(tx.connection, chunk, CHUNK_ORDERS)
    if taken:
        await _divide(tx, [one for one in chunk if one.settlement_id in taken], taken)
    return [_moved_on(one, taken.get(one.settlement_id)) for one in chunk]


async def _settle_alone(tx: Tx, due: Due) -> Position:
    """Where her settlement is refused, or contradicts itself, nothing of it stands but the word of it, and nobody else waits for her."""
    try:
        async with tx.connection.begin_nested():
            return (await _settle(tx, [due]))[0]
    except Exception as fault:
        if isinstance(fault, Busy) or not (isinstance(fault, Refusal) or is_contradiction(fault)):
            raise
        tx.events.take()
        tx.jobs.take()
        code = fault.code if isinstance(fault, Refusal) else "inconsistent"
        told = {
            "merchant_id": encode("mer", due.merchant.position.merchant_id),
            "owner": due.merchant.owner,
            "window_on": due.window.on.isoformat(),
            "code": code,
        }
        tx.events.add("payments.settlement.passed_over.v1", encode("mer", due.merchant.position.merchant_id), told)
        return _passed_over(due, code)


def _due(tx: Tx, merchant: DuePosition, contracts: Sequence[Contract]) -> Due:
    return Due(merchant, rules.window(contracts, merchant.position.window_on, tx.now), tx.ids.new())


def _bounded(due: Sequence[Due], counts: dict[UUID, int]) -> list[Due]:
    """The first merchants whose orders one chunk bears: at least one."""
    chunk: list[Due] = []
    orders = 0
    for one in due:
        orders += counts[one.merchant.position.merchant_id]
        if chunk and orders > CHUNK_ORDERS:
            break
        chunk.append(one)
    return chunk


def _passed_over(due: Due, code: str) -> Position:
    """Money of hers may not be moved: she is looked at again when her next window is due, and nothing of hers is counted as settled."""
    position, window = due.merchant.position, due.window
    return Position(
        position.merchant_id, position.reserve_account_id, window.on, window.next_due_at, position.settled_until, code
    )  # fmt: skip


def _moved_on(due: Due, taken: Taken | None) -> Position:
    """Whoever has more orders than one settlement takes is due again at once."""
    position, window = due.merchant.position, due.window
    if taken is not None and taken.orders >= CHUNK_ORDERS:
        return replace(position, settled_until=max(position.settled_until, taken.last_paid_at))
    return Position(
        position.merchant_id, position.reserve_account_id, window.on + rules.ONE_DAY, window.next_due_at, window.until_at
    )  # fmt: skip


async def _divide(tx: Tx, due: Sequence[Due], taken: dict[UUID, Taken]) -> None:
    merchant_ids = [one.merchant.position.merchant_id for one in due]
    volumes = [
        (one.merchant.position.merchant_id, month, volume)
        for one in due
        for month, volume in taken[one.settlement_id].volumes
    ]
    await run_queries.add_volumes(tx.connection, volumes)
    shares: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    claims = await deduction_queries.claims_on(tx.connection, merchant_ids, tx.today)
    owed = await run_queries.owed(tx.connection, merchant_ids)
    paid = await pay_shares(tx.connection, [one.settlement_id for one in due], merchant_ids)
    for settlement_id, account_id, amount in paid:
        shares[settlement_id].append((account_id, amount))
    divided = []
    for one in due:
        merchant_id = one.merchant.position.merchant_id
        found = tuple(shares[one.settlement_id]), claims.get(merchant_id, ()), owed.get(merchant_id, 0)
        divided.append(_divided(tx, one, taken[one.settlement_id], *found))
    await _record(tx, divided)
    accounts = await _platform_accounts(tx, divided)
    made = [(command, one.settlement.id) for one in divided for command in _transfers(tx, one, accounts)]
    if made:
        await run_queries.add_transfers(tx.connection, [(command.id, settlement_id) for command, settlement_id in made])
    commands = [command for command, _ in made]
    if len(commands) > POSTED_AT_ONCE:
        # Two chunks that each post in several batches would wait for one another.
        touched = {account_id for one in commands for account_id in (one.debit_account_id, one.credit_account_id)}
        await lock_accounts(await direct_of(tx.connection), DEFAULT_BOOK, {one for one in touched if one is not None})
    for start in range(0, len(commands), POSTED_AT_ONCE):
        await ledger.post(tx, commands[start : start + POSTED_AT_ONCE])


def _divided(
    tx: Tx, due: Due, taken: Taken, shares: tuple[tuple[UUID, int], ...], claims: tuple[Claim, ...], owed: int
) -> Divided:
    proceeds = taken.gross_minor - taken.refunded_minor
    shared = sum(amount for _, amount in shares)
    division = rules.divide(due.window.contract, proceeds, taken.fee_minor, shared, owed, claims)
    settlement = Settlement(
        id=due.settlement_id,
        merchant_id=due.merchant.position.merchant_id,
        contract_id=due.window.contract.id,
        currency=due.merchant.currency,
        window_on=due.window.on,
        cut_off_at=due.window.until_at,
        settled_on=tx.today,
        settled_at=tx.now,
        orders=taken.orders,
        gross_minor=taken.gross_minor,
        refunded_minor=taken.refunded_minor,
        fee_minor=division.fee,
        shares_minor=division.shares,
        receivable_minor=division.receivable,
        deductions_minor=sum(division.deductions),
        reserve_minor=division.reserve,
        net_minor=division.net,
    )
    return Divided(due, settlement, division, shares, claims)


async def _record(tx: Tx, divided: Sequence[Divided]) -> None:
    """What the settlements leave behind: reserves kept, receivables collected, deductions taken, payouts owed."""
    await run_queries.add_settlements(tx.connection, [one.settlement for one in divided])
    kept = [
        (one.settlement, tx.now + timedelta(days=one.due.window.contract.reserve_days))
        for one in divided
        if one.division.reserve
    ]
    if kept:
        await run_queries.add_holdings(tx.connection, kept)
    collected = {one.settlement.merchant_id: one.division.receivable for one in divided if one.division.receivable}
    if collected:
        await run_queries.collect(tx.connection, collected)
    owed = [
        (tx.ids.new(), one.settlement, one.due.window.contract.payout_account_id)
        for one in divided
        if one.due.window.contract.payout is PayoutWay.BANK and one.division.net
    ]
    if owed:
        await add_payouts(tx.connection, owed, tx.now)
    await _take(tx, divided)
    for one in divided:
        _tell(tx, one)


async def _take(tx: Tx, divided: Sequence[Divided]) -> None:
    taken = [
        (one.settlement.id, claim.deduction_id, amount)
        for one in divided
        for claim, amount in zip(one.claims, one.division.deductions, strict=True)
        if amount
    ]
    for took in await deduction_queries.take(tx.connection, taken, tx.now) if taken else ():
        told = {
            "deduction_id": encode("ded", took.deduction_id),
            "merchant_id": encode("mer", took.merchant_id),
            "lender": took.lender,
            "reference": took.reference,
            "settlement_id": encode("stl", took.settlement_id),
            "amount": took.amount,
            "left_minor": took.left_minor,
        }
        tx.events.add("payments.deduction.taken.v1", encode("ded", took.deduction_id), told)


def _tell(tx: Tx, divided: Divided) -> None:
    one = divided.settlement
    told = {
        name: getattr(one, name)
        for name in (
            "currency", "orders", "gross_minor", "refunded_minor", "fee_minor", "shares_minor", "receivable_minor",
            "deductions_minor", "reserve_minor", "net_minor",
        )
    }  # fmt: skip
    told |= {
        "settlement_id": encode("stl", one.id),
        "merchant_id": encode("mer", one.merchant_id),
        "owner": divided.due.merchant.owner,
        "window_on": one.window_on.isoformat(),
    }
    tx.events.add("payments.settlement.completed.v1", encode("stl", one.id), told)


Accounts = dict[tuple[str, str], UUID]
"""Of the platform, by kind and currency."""


async def _platform_accounts(tx: Tx, divided: Sequence[Divided]) -> Accounts:
    wanted = {(FEE_INCOME, one.settlement.currency) for one in divided if one.division.fee}
    wanted |= {(REFUND_ADVANCE, one.settlement.currency) for one in divided if one.division.receivable}
    return {(kind, currency): await platform_account(tx, kind, currency) for kind, currency in sorted(wanted)}


def _transfers(tx: Tx, one: Divided, accounts: Accounts) -> Iterable[TransferCommand]:
    """All of them out of the proceeds, under the settlement's id; parts of 0 make none."""
    currency, division, merchant = one.settlement.currency, one.division, one.due.merchant
    parts: list[tuple[str, UUID, int]] = []
    if division.fee:
        parts.append(("fee", accounts[FEE_INCOME, currency], division.fee))
    parts += [("share", account_id, amount) for account_id, amount in one.shares]
    if division.receivable:
        parts.append(("receivable", accounts[REFUND_ADVANCE, currency], division.receivable))
    parts += [
        ("deduction", claim.account_id, amount)
        for claim, amount in zip(one.claims, division.deductions, strict=True)
        if amount
    ]
    parts += [
        ("reserve", merchant.position.reserve_account_id, division.reserve),
        ("net", merchant.account_id, division.net),
    ]
    return _commands(tx, one, parts)


def _commands(tx: Tx, one: Divided, parts: Iterable[tuple[str, UUID, int]]) -> Iterable[TransferCommand]:
    for part, account_id, amount in parts:
        if amount:
            yield TransferCommand(
                id=ledger.new_transfer_id(tx),
                kind=TransferKind.SINGLE,
                code=CODES[part],
                reference=encode("stl", one.settlement.id),
                debit_account_id=one.due.merchant.proceeds_account_id,
                credit_account_id=account_id,
                amount=amount,
                currency=one.settlement.currency,
            )
