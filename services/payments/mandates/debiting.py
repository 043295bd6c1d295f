"""Stories of a debit: announced, made on its day from the wallet or by the card's bank, tried again by plan, ended.

What a period allows is counted under the lock of the mandate's row, for every day on which a debit is made or planned: however many
are asked for at once, together they stay within it.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.direct import direct_of
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from services.payments.card_returns.actions import take_back
from services.payments.cards.model import CardState
from services.payments.cards.queries import card_with
from services.payments.channels.attempts import Outcome, record_attempt, start_attempts
from services.payments.channels.errors import NoChannel
from services.payments.channels.model import JOBS, MANDATE_DEBIT, BankAnswer, Instruction, InstructionKind
from services.payments.channels.reserves import reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.limits.actions import take_room
from services.payments.limits.queries import lock_payers
from services.payments.mandates import queries, rules
from services.payments.mandates.actions import tell_debit
from services.payments.mandates.errors import (
    DebitNotWaiting,
    DebitNumberUsed,
    PeriodCapReached,
    UnknownDebit,
    UnknownMandate,
)
from services.payments.mandates.model import WAITING, Debit, DebitState, Mandate, MandateState, Source
from services.payments.mandates.refusals import meaning_of
from services.payments.risk import actions as risk
from services.payments.risk.model import Intent, Kind
from services.payments.wallets.actions import open_wallet

WALLET_CODE = "mandate.debit"
SIGNED_BY = 2
"""Factors that confirm a debit: the customer's token and what she said when she signed the mandate, whose caps hold besides."""
CARD_CODE = "mandate.debit.card"


async def request_debit(
    tx: Tx,
    caller: Caller,
    *,
    mandate_id: UUID,
    number: str,
    amount: int,
    currency: str,
    due_on: date | None,
) -> Debit:
    """The payee debits, under a number of its own; on the day, but not before the notice is over.

    Raises UnknownMandate, MandateNotActive, MandateCurrencyDiffers, AmountAboveMandate, BeyondValidity, DebitNumberUsed, PeriodCapReached.
    """
    mandate = await queries.mandate_with(tx.connection, mandate_id, lock=True)
    if mandate is None or mandate.payee != caller.party:
        raise UnknownMandate("no such mandate")
    rules.require_chargeable(mandate, amount, currency, tx.today)
    planned_on = rules.planned_for(mandate, due_on, tx.today)
    left = await _room_on(tx, mandate, planned_on)
    if amount > left:
        raise PeriodCapReached(f"the customer allows {left} more in the {mandate.period}", field="amount", left=left)
    debit = Debit(
        id=tx.ids.new(),
        mandate_id=mandate.id,
        number=number,
        amount=amount,
        currency=currency,
        state=DebitState.ANNOUNCED,
        planned_on=planned_on,
        counted_on=planned_on,
        attempts=0,
        instruction_id=None,
        transfer_id=None,
        failure_code=None,
        late=False,
        requested_at=tx.now,
        due_at=start_of_day(planned_on, tx.settings.zone),
        ended_at=None,
    )
    if not await queries.add_debit(tx.connection, debit):
        raise DebitNumberUsed("the mandate has another debit of this number", field="number")
    if planned_on <= tx.today and mandate.source is Source.WALLET:
        # What she has used is locked before what she is judged by: so does whoever else pays for her.
        await lock_payers(await direct_of(tx.connection), [mandate.customer_id])
    await risk.decide(tx, caller, _wish(mandate, debit))
    tell_debit(tx, mandate, debit)
    return await _attempted(tx, mandate, debit) if planned_on <= tx.today else debit


def _wish(mandate: Mandate, debit: Debit) -> Intent:
    """Judged when it is asked for, by whom she lets debit. Nothing is held: what it takes is decided on its day."""
    return Intent(
        kind=Kind.MANDATE_DEBIT,
        reference=encode("mdb", debit.id),
        person=encode("cus", mandate.customer_id),
        amount=debit.amount,
        currency=debit.currency,
        payee=mandate.payee,
        subject=f"{encode('mdt', mandate.id)} {debit.number}",
        card=None if mandate.card_id is None else encode("crd", mandate.card_id),
        factors=SIGNED_BY,
    )


async def attempt_debit(tx: Tx, caller: Caller, *, debit_id: UUID) -> Debit:
    """Its day has come. Done twice, it is done once."""
    mandate, debit = await _locked(tx, debit_id)
    if debit.due_at is None or debit.due_at > tx.now:
        return debit
    return await _attempted(tx, mandate, debit)


async def record_debit_answer(
    tx: Tx, caller: Caller, *, debit_id: UUID, instruction_id: UUID, answer: BankAnswer
) -> Instruction | None:
    """What a channel said. Only a final success pays the payee, also after the debit was given up; a second one goes back to the card.

    The attempt to be sent instead, if any.
    """
    mandate, debit = await _locked(tx, debit_id)
    step = await record_attempt(tx, instruction_id, answer)
    if step.outcome is Outcome.COUNTS:
        await _collected(tx, mandate, debit, step.instruction)
    elif step.outcome is Outcome.SURPLUS:
        wallet = await _customers_account(tx, mandate)
        await take_back(tx, instruction=step.instruction, fallback_account_id=wallet)
    elif step.outcome is Outcome.FAILED and debit.state is DebitState.SENT:
        await _refused(tx, mandate, debit, step.instruction.detail or "declined")
    elif step.next is not None:
        await queries.save_debit(tx.connection, replace(debit, instruction_id=step.next.id))
    return step.next


async def cancel_debit(tx: Tx, caller: Caller, *, mandate_id: UUID, debit_id: UUID) -> Debit:
    """The payee takes it back before it is made. Cancelled twice is cancelled. Raises UnknownDebit, DebitNotWaiting."""
    mandate, debit = await _locked(tx, debit_id)
    if mandate.payee != caller.party or mandate.id != mandate_id:
        raise UnknownDebit("no such debit")
    if debit.state is DebitState.CANCELLED:
        return debit
    if debit.state not in WAITING:
        raise DebitNotWaiting(f"the debit is {debit.state}", state=str(debit.state))
    cancelled = replace(debit, state=DebitState.CANCELLED, failure_code="cancelled", due_at=None, ended_at=tx.now)
    await risk.take_back(tx, [encode("mdb", debit.id)])
    return await _saved(tx, mandate, cancelled)


async def _attempted(tx: Tx, mandate: Mandate, debit: Debit) -> Debit:
    debit = replace(debit, attempts=debit.attempts + 1)
    if mandate.state is not MandateState.ACTIVE:
        return await _refused(tx, mandate, debit, f"mandate_{mandate.state}")
    if debit.counted_on != tx.today and await _room_on(tx, mandate, tx.today, debit) < debit.amount:
        return await _refused(tx, mandate, debit, "period_cap_reached")
    debit = replace(debit, counted_on=tx.today)
    if mandate.source is Source.CARD:
        return await _sent(tx, mandate, debit)
    return await _from_wallet(tx, mandate, debit)


async def _from_wallet(tx: Tx, mandate: Mandate, debit: Debit) -> Debit:
    """Wallet → payee, at once. What refuses it takes back the room it took, too."""
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=WALLET_CODE,
        reference=encode("mdb", debit.id),
        debit_account_id=mandate.wallet_account_id,
        credit_account_id=mandate.account_id,
        amount=debit.amount,
        currency=debit.currency,
    )
    try:
        async with tx.connection.begin_nested():
            await take_room(
                tx,
                customer_id=mandate.customer_id,
                amount=debit.amount,
                currency=debit.currency,
                source=encode("mdb", debit.id),
                factors=SIGNED_BY,
            )
            await ledger.post(tx, [command])
    except Refusal as refusal:
        return await _refused(tx, mandate, debit, refusal.code)
    return await _succeeded(tx, mandate, debit, command.id)


async def _sent(tx: Tx, mandate: Mandate, debit: Debit) -> Debit:
    """The order to the best channel is written down; its job sends it. None that carries it just now: as a refusal of the bank's."""
    assert mandate.card_id is not None
    card = await card_with(tx.connection, mandate.card_id, lock=True)
    if card is None or card.state is not CardState.BOUND:
        return await _refused(tx, mandate, debit, "card_not_bound")
    try:
        instruction = await start_attempts(
            tx,
            kind=InstructionKind.CHARGE,
            card=card,
            subject_id=debit.id,
            purpose=MANDATE_DEBIT,
            amount=debit.amount,
            currency=debit.currency,
        )
    except NoChannel as refusal:
        return await _refused(tx, mandate, debit, refusal.code)
    tx.jobs.add(JOBS[MANDATE_DEBIT], {"id": str(debit.id)}, delay_seconds=10)
    sent = replace(debit, state=DebitState.SENT, instruction_id=instruction.id, failure_code=None, due_at=None)
    return await _saved(tx, mandate, sent)


async def _collected(tx: Tx, mandate: Mandate, debit: Debit, instruction: Instruction) -> Debit:
    command = TransferCommand(
        id=ledger.new_transfer_id(tx),
        kind=TransferKind.SINGLE,
        code=CARD_CODE,
        reference=encode("mdb", debit.id),
        debit_account_id=await reserve_at(tx, instruction.bank, debit.currency),
        credit_account_id=mandate.account_id,
        amount=debit.amount,
        currency=debit.currency,
    )
    await ledger.post(tx, [command])
    if debit.state is not DebitState.SENT:
        await risk.count_again(tx, [encode("mdb", debit.id)])
    collected = replace(debit, late=debit.state is not DebitState.SENT, instruction_id=instruction.id)
    return await _succeeded(tx, mandate, collected, command.id)


async def _customers_account(tx: Tx, mandate: Mandate) -> UUID:
    """Where money goes that no channel can bring back to her card."""
    acting = replace(service_caller("payments"), acting_for=encode("cus", mandate.customer_id))
    wallet, _ = await open_wallet(tx, acting, currency=mandate.currency)
    return wallet.account_id


async def _succeeded(tx: Tx, mandate: Mandate, debit: Debit, transfer_id: UUID) -> Debit:
    succeeded = replace(
        debit,
        state=DebitState.SUCCEEDED,
        transfer_id=transfer_id,
        failure_code=None,
        due_at=None,
        ended_at=tx.now,
    )
    return await _saved(tx, mandate, succeeded)


async def _refused(tx: Tx, mandate: Mandate, debit: Debit, code: str) -> Debit:
    """Tried again on the next day of the plan whose period has room for it, if there is one and another day may help."""
    meaning = meaning_of(code)
    days = rules.days_left(debit.planned_on, mandate.retry_days, tx.today, mandate.valid_until)
    for day in days if meaning.again else ():
        if await _room_on(tx, mandate, day, debit) >= debit.amount:
            again = replace(
                debit,
                state=DebitState.RETRYING,
                failure_code=meaning.code,
                counted_on=day,
                due_at=start_of_day(day, tx.settings.zone),
            )
            return await _saved(tx, mandate, again)
    failed = replace(debit, state=DebitState.FAILED, failure_code=meaning.code, due_at=None, ended_at=tx.now)
    await risk.take_back(tx, [encode("mdb", debit.id)])
    return await _saved(tx, mandate, failed)


async def _room_on(tx: Tx, mandate: Mandate, day: date, without: Debit | None = None) -> int:
    first, last = rules.bounds(day, mandate.period)
    counted = await queries.counted_in(
        tx.connection, mandate.id, first, last, without=None if without is None else without.id
    )
    return mandate.max_per_period - counted


async def _locked(tx: Tx, debit_id: UUID) -> tuple[Mandate, Debit]:
    """The mandate first, as everybody does. Raises UnknownDebit."""
    found = await queries.debit_with(tx.connection, debit_id)
    mandate = None if found is None else await queries.mandate_with(tx.connection, found.mandate_id, lock=True)
    debit = await queries.debit_with(tx.connection, debit_id, lock=True)
    if mandate is None or debit is None:
        raise UnknownDebit("no such debit")
    return mandate, debit


async def _saved(tx: Tx, mandate: Mandate, debit: Debit) -> Debit:
    await queries.save_debit(tx.connection, debit)
    tell_debit(tx, mandate, debit)
    return debit
