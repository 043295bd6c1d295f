"""The story of capital: a funding party puts money in from her wallet, and takes out what is hers and not lent."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.ecommerce_credit.capital import queries, rules
from services.ecommerce_credit.capital.events import told, type_of
from services.ecommerce_credit.capital.model import (
    FundingParty,
    Movement,
    MovementEvent,
    MovementKind,
    MovementState,
    Position,
)
from services.ecommerce_credit.errors import (
    AlreadyFunding,
    FundersOnly,
    UnknownCapitalMovement,
    UnknownFundingParty,
)
from services.ecommerce_credit.marketplaces.rules import require_known
from services.ecommerce_credit.wire_ids import customer_text, movement_text

MOVE_JOB = "ecommerce_credit.move_capital"
JOB_GRACE_SECONDS = 10


async def register(tx: Tx, caller: Caller, *, customer: UUID) -> FundingParty:
    """An operator lets a customer fund the lender. Raises AlreadyFunding."""
    party = FundingParty(tx.ids.new(), customer_text(customer), caller.subject, tx.now, None)
    if not await queries.add_party(tx.connection, party):
        raise AlreadyFunding("this customer is registered")
    return party


async def end(tx: Tx, caller: Caller, *, party_id: UUID) -> FundingParty:
    """From now on she may only take out. Again it changes nothing. Raises UnknownFundingParty."""
    party = await queries.load_party(tx.connection, party_id, lock=True)
    if party is None:
        raise UnknownFundingParty("no such funding party", field="party_id")
    if party.ended_at is not None:
        return party
    await queries.end_party(tx.connection, party_id, tx.now)
    return replace(party, ended_at=tx.now)


async def contribute(tx: Tx, caller: Caller, *, amount_minor: int, currency: str) -> Movement:
    """She puts money in; it follows by a job. Raises FundersOnly, UnknownUnit."""
    require_known(currency, None)
    party = rules.require_funding(await queries.party_of(tx.connection, caller.party, lock=True))
    return await _asked(tx, party, MovementKind.CONTRIBUTION, amount_minor, currency)


async def withdraw(tx: Tx, caller: Caller, *, amount_minor: int, currency: str) -> Movement:
    """She takes out at most what is hers; the ledger refuses what is lent. Raises FundersOnly, AboveContributed."""
    party = await queries.party_of(tx.connection, caller.party, lock=True)
    if party is None:
        raise FundersOnly("capital goes back to who put it in")
    found = await queries.positions(tx.connection, party.customer)
    nothing = Position(party.customer, currency, 0, 0, 0)
    position = next((one for one in found if one.currency == currency), nothing)
    rules.require_covered(position, amount_minor)
    return await _asked(tx, party, MovementKind.WITHDRAWAL, amount_minor, currency)


async def record_done(
    tx: Tx, caller: Caller, *, movement_id: UUID, account_id: UUID, capital_account_id: UUID
) -> Movement:
    """The ledger made the transfer."""
    movement = await _locked(tx, movement_id)
    if movement.state is not MovementState.PENDING:
        return movement
    done = replace(movement, account_id=account_id, capital_account_id=capital_account_id)
    return await _step(tx, done, MovementEvent.FINISH)


async def record_refused(tx: Tx, caller: Caller, *, movement_id: UUID, reason: str) -> Movement:
    """The ledger refused it: nothing moved."""
    movement = await _locked(tx, movement_id)
    if movement.state is not MovementState.PENDING:
        return movement
    return await _step(tx, replace(movement, reason=reason), MovementEvent.REFUSE)


async def _asked(tx: Tx, party: FundingParty, kind: MovementKind, amount_minor: int, currency: str) -> Movement:
    movement = Movement(
        id=tx.ids.new(),
        party_id=party.id,
        customer=party.customer,
        kind=kind,
        amount_minor=amount_minor,
        currency=currency,
        state=MovementState.PENDING,
        reason=None,
        account_id=None,
        capital_account_id=None,
        requested_at=tx.now,
        changed_at=tx.now,
    )
    await queries.add(tx.connection, movement)
    tx.jobs.add(MOVE_JOB, {"id": str(movement.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return movement


async def _locked(tx: Tx, movement_id: UUID) -> Movement:
    movement = await queries.load(tx.connection, movement_id, lock=True)
    if movement is None:
        raise UnknownCapitalMovement("no such movement of capital", field="movement_id")
    return movement


async def _step(tx: Tx, movement: Movement, event: MovementEvent) -> Movement:
    moved = replace(movement, state=rules.next_state(movement, event), changed_at=tx.now)
    await queries.save(tx.connection, moved)
    tx.events.add(type_of(moved), movement_text(moved.id), told(moved))
    return moved
