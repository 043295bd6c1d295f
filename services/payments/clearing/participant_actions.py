"""Stories of participants: they join with a licence, bring liquidity, get caps, are suspended and leave; and of settlement models."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from finance.currencies import SCALES, scale_of
from services.payments.channels.contracts import shipped
from services.payments.channels.errors import BankNotSupported
from services.payments.channels.reserves import reserve_at
from services.payments.clearing import collecting_queries, prefunding_queries, rules, window_queries
from services.payments.clearing import participant_queries as queries
from services.payments.clearing.accounts import account_of
from services.payments.clearing.errors import (
    CapNotCovered,
    LicenceUnclear,
    LiquidityCommitted,
    ModelCollectsAlready,
    ModelExists,
    ModelHasNoCaps,
    ParticipantExists,
    ParticipantLeft,
    ParticipantNotFlat,
    ScaleTooFine,
    UnknownModel,
    UnknownParticipant,
)
from services.payments.clearing.files import FINEST_SCALE
from services.payments.clearing.licensing import clearing_kinds
from services.payments.clearing.model import (
    Delay,
    Granularity,
    Interchange,
    Licence,
    Participant,
    ParticipantState,
    SettlementModel,
)
from services.payments.ledger import actions as ledger
from services.payments.ledger.errors import UnknownCurrency
from services.payments.ledger.model import TransferCommand, TransferKind

LIQUIDITY_IN_CODE = "clearing.liquidity.in"
LIQUIDITY_OUT_CODE = "clearing.liquidity.out"


async def join(
    tx: Tx,
    caller: Caller,
    *,
    code: str,
    name: str,
    bic: str | None,
    licence_kind: str,
    licence_number: str,
    valid_from_on: date,
    valid_until_on: date | None,
) -> Participant:
    """Raises ParticipantExists, LicenceUnclear."""
    await queries.lock_registers(tx.connection)
    if await queries.participant_named(tx.connection, code, bic):
        raise ParticipantExists("there is a participant of this code or BIC", field="code")
    values = {"id": tx.ids.new(), "code": code, "name": name, "bic": bic, "state": ParticipantState.ACTIVE}
    participant = await queries.add_participant(tx.connection, values | {"joined_at": tx.now})
    await _add_licence(tx, caller, participant, licence_kind, licence_number, valid_from_on, valid_until_on)
    _tell(tx, participant, "joined")
    return participant


async def license_anew(
    tx: Tx,
    caller: Caller,
    *,
    code: str,
    licence_kind: str,
    licence_number: str,
    valid_from_on: date,
    valid_until_on: date | None,
) -> Participant:
    """A licence from a day on; one that begins on the day of another takes its place. Raises UnknownParticipant, LicenceUnclear."""
    await queries.change_standing(tx.connection)
    participant = await _locked(tx, code)
    await _add_licence(tx, caller, participant, licence_kind, licence_number, valid_from_on, valid_until_on)
    _tell(tx, participant, "licensed")
    return participant


async def suspend(tx: Tx, caller: Caller, *, code: str) -> Participant:
    """Nothing new from or to it; what it owes is settled. Raises UnknownParticipant, ParticipantLeft."""
    await queries.change_standing(tx.connection)
    return await _come_to(tx, await _locked(tx, code), ParticipantState.SUSPENDED)


async def reinstate(tx: Tx, caller: Caller, *, code: str) -> Participant:
    """Also one that has left, from now on: what banks take back of its payments may have to be settled still. Raises UnknownParticipant."""
    participant = await _locked(tx, code)
    if participant.state is ParticipantState.LEFT:
        participant = replace(participant, state=ParticipantState.SUSPENDED, joined_at=tx.now)
        await queries.let_in_again(tx.connection, participant.number, tx.now)
    return await _come_to(tx, participant, ParticipantState.ACTIVE)


async def leave(tx: Tx, caller: Caller, *, code: str) -> Participant:
    """Once nothing is left to settle. Raises UnknownParticipant, ParticipantNotFlat."""
    await queries.change_standing(tx.connection)
    participant = await _locked(tx, code)
    if participant.state is not ParticipantState.LEFT and await _takes_part(tx, participant):
        raise ParticipantNotFlat("it owes or is owed something still, or has money on a settlement account")
    return await _come_to(tx, participant, ParticipantState.LEFT)


async def bring_liquidity(
    tx: Tx, caller: Caller, *, code: str, bank: str, currency: str, amount: int, reference: str
) -> Participant:
    """Its money has come to our reserve at a bank, by its licence, or for what it owes still. Raises UnknownParticipant, ParticipantLeft,
    UnknownCurrency, LicenceNotValid, LicenceNotForThis, BankNotSupported.
    """
    participant = await _present(tx, code, currency)
    if not await queries.owes(tx.connection, participant.number):
        await _require_licence(tx, participant, "code")
    account_id = await account_of(tx, participant, currency)
    reserve_id = await _reserve(tx, bank, currency)
    await _move(tx, LIQUIDITY_IN_CODE, reserve_id, account_id, amount, currency, reference)
    _tell(tx, participant, "liquidity_brought", amount=amount, currency=currency)
    return participant


async def take_liquidity(
    tx: Tx, caller: Caller, *, code: str, bank: str, currency: str, amount: int, reference: str
) -> Participant:
    """Out of our reserve at a bank, as far as it covers no cap and nothing that is owed. Raises as above, and LiquidityCommitted."""
    participant = await _present(tx, code, currency)
    await prefunding_queries.lock_claims(tx.connection, currency, [participant.number])
    account_id = await account_of(tx, participant, currency)
    reserve_id = await _reserve(tx, bank, currency)
    account = await ledger.lock_account(tx, account_id)
    spare = await prefunding_queries.spare(tx.connection, currency, {participant.number: account.available})
    if spare[participant.number] < amount:
        raise LiquidityCommitted(f"{spare[participant.number]} may leave the settlement account", field="amount")
    await _move(tx, LIQUIDITY_OUT_CODE, account_id, reserve_id, amount, currency, reference)
    _tell(tx, participant, "liquidity_taken", amount=amount, currency=currency)
    return participant


async def make_model(
    tx: Tx,
    caller: Caller,
    *,
    code: str,
    currency: str,
    granularity: Granularity,
    interchange: Interchange,
    delay: Delay,
    prefunded: bool,
    cut_offs: Sequence[int],
    patience_minutes: int,
    settles_by_itself: bool,
    collects: bool,
) -> SettlementModel:
    """A way of settling, for good; a deferred one opens its first window. Raises UnknownCurrency, KindUnclear, CutOffsUnclear, …"""
    if currency not in SCALES:
        raise UnknownCurrency("no currency of this code is known", field="currency")
    if scale_of(currency) > FINEST_SCALE:
        raise ScaleTooFine("no message between banks carries amounts of this currency", field="currency")
    rules.require_kind(granularity, interchange, delay)
    rules.require_cut_offs(cut_offs, delay)
    await queries.lock_registers(tx.connection)
    if await queries.model_with(tx.connection, code) is not None:
        raise ModelExists("there is a settlement model of this code", field="code")
    if collects and await queries.model_collecting(tx.connection, currency) is not None:
        raise ModelCollectsAlready(f"another model collects payments in {currency}", field="collects")
    values = {
        "code": code,
        "currency": currency,
        "granularity": granularity,
        "interchange": interchange,
        "delay": delay,
        "prefunded": prefunded,
        "cut_offs": list(cut_offs),
        "patience_minutes": patience_minutes,
        "settles_by_itself": settles_by_itself,
        "collects": collects,
        "made_at": tx.now,
        "made_by": caller.subject,
    }
    model = await queries.add_model(tx.connection, values)
    if model.deferred:
        await window_queries.open_window(tx.connection, model, tx.ids.new(), tx.now)
    told = {"settlement_model": code, "currency": currency}
    tx.events.add("payments.clearing.model_made.v1", code, told)
    return model


async def retire_model(tx: Tx, caller: Caller, *, code: str) -> SettlementModel:
    """Nothing new is recorded in it from now on, for good; what there is is settled, also what banks take back. Raises UnknownModel."""
    await queries.lock_registers(tx.connection)
    await queries.change_standing(tx.connection)
    model = await model_of(tx, code, "code")
    if model.retired_at is not None:
        return model
    await queries.retire_model(tx.connection, model.number, tx.now)
    told = {"settlement_model": code, "currency": model.currency}
    tx.events.add("payments.clearing.model_retired.v1", code, told)
    return replace(model, retired_at=tx.now)


async def set_cap(
    tx: Tx, caller: Caller, *, model_code: str, participant_code: str, cap_minor: int
) -> tuple[SettlementModel, Participant, int]:
    """The most a participant may owe, net, from now on; more than before by its licence. Raises UnknownModel, ModelHasNoCaps,
    UnknownParticipant, LicenceNotValid, LicenceNotForThis, CapNotCovered.

    A cap below the position stands: nothing new is recorded until the position has come down.
    """
    model = await model_of(tx, model_code, "code")
    if not model.deferred:
        raise ModelHasNoCaps("what is settled at once needs money, and no cap", field="code")
    participant = await _present(tx, participant_code, model.currency, field="participant")
    if model.prefunded:
        await prefunding_queries.lock_claims(tx.connection, model.currency, [participant.number])
    standings = await queries.lock_positions(tx.connection, model.number, [participant.number])
    raised = cap_minor > standings[participant.number].cap
    if raised:
        await _require_licence(tx, participant, "participant")
    if model.prefunded and raised:
        await ledger.lock_account(tx, await account_of(tx, participant, model.currency))
        found = await prefunding_queries.covers(
            tx.connection, model.currency, [participant.number], besides=model.number
        )
        cover = found[participant.number]
        if cover.reserved + cap_minor > cover.money:
            raise CapNotCovered(
                f"the settlement account covers {max(cover.money - cover.reserved, 0)}", field="cap_minor"
            )
    await queries.set_cap(tx.connection, model.number, participant.number, cap_minor, tx.now, caller.subject)
    told = {
        "participant": participant.code,
        "settlement_model": model.code,
        "amount": cap_minor,
        "currency": model.currency,
    }
    tx.events.add("payments.clearing.cap_set.v1", encode("clp", participant.id), told)
    return model, participant, cap_minor


async def model_of(tx: Tx, code: str, field: str) -> SettlementModel:
    """Raises UnknownModel."""
    model = await queries.model_with(tx.connection, code)
    if model is None:
        raise UnknownModel("no such settlement model", field=field)
    return model


async def _locked(tx: Tx, code: str, field: str = "code") -> Participant:
    participant = await queries.participant_with(tx.connection, code, lock=True)
    if participant is None:
        raise UnknownParticipant("no such participant", field=field)
    return participant


async def _present(tx: Tx, code: str, currency: str, *, field: str = "code") -> Participant:
    """One that has not left, its row locked."""
    if currency not in SCALES:
        raise UnknownCurrency("no currency of this code is known", field="currency")
    participant = await _locked(tx, code, field)
    if participant.state is ParticipantState.LEFT:
        raise ParticipantLeft("it takes part no more", field=field)
    return participant


async def _require_licence(tx: Tx, participant: Participant, field: str) -> None:
    """Raises LicenceNotValid, LicenceNotForThis."""
    licences = (await queries.licences_of(tx.connection, [participant.number]))[participant.number]
    rules.require_licence(participant, licences, tx.today, clearing_kinds(), field)


async def _takes_part(tx: Tx, participant: Participant) -> bool:
    """Also where a payment of the suite has not been collected yet, or is not known to be made."""
    if await queries.still_takes_part(tx.connection, participant.number):
        return True
    if await collecting_queries.in_flight_of(tx.connection, participant.code):
        return True
    return await collecting_queries.anything_of(tx.connection, participant.number)


async def _reserve(tx: Tx, bank: str, currency: str) -> UUID:
    """Raises BankNotSupported."""
    if bank not in shipped():
        raise BankNotSupported(f"we have no reserve at {bank}", field="bank")
    return await reserve_at(tx, bank, currency)


async def _come_to(tx: Tx, participant: Participant, state: ParticipantState) -> Participant:
    """The same state again changes nothing. Raises ParticipantLeft."""
    if participant.state is state:
        return participant
    if participant.state is ParticipantState.LEFT:
        raise ParticipantLeft("it takes part no more", field="code")
    await queries.save_participant_state(tx.connection, participant.number, state)
    steps = {
        ParticipantState.ACTIVE: "reinstated",
        ParticipantState.SUSPENDED: "suspended",
        ParticipantState.LEFT: "left",
    }
    _tell(tx, participant, steps[state])
    return replace(participant, state=state)


async def _add_licence(
    tx: Tx, caller: Caller, participant: Participant, kind: str, number: str, first: date, last: date | None
) -> None:
    """Raises LicenceUnclear. A kind that is not for clearing is kept all the same: what it is for decides, not who holds it."""
    if last is not None and last < first:
        raise LicenceUnclear("it ends before it begins", field="valid_until_on")
    licence = Licence(kind, number, first, last, tx.now, caller.subject)
    await queries.add_licence(tx.connection, participant.number, licence)


async def _move(tx: Tx, code: str, debit_id: UUID, credit_id: UUID, amount: int, currency: str, reference: str) -> None:
    moved = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=code,
        reference=reference,
        debit_account_id=debit_id,
        credit_account_id=credit_id,
        amount=amount,
        currency=currency,
    )
    await ledger.post(tx, [moved])


def _tell(tx: Tx, participant: Participant, step: str, **facts: object) -> None:
    told = {"participant_id": encode("clp", participant.id), "participant": participant.code} | facts
    tx.events.add(f"payments.clearing.participant_{step}.v1", encode("clp", participant.id), told)
