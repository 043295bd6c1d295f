"""Stories of obligations: one participant owes another from now on, within its cap at this very moment, or it waits, or it is refused.

The window stays open, and the positions of those concerned are locked by number, until the story ends. What is settled at once has no
position: there the ledger decides, by what is on the settlement accounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.errors import Conflict, Refusal
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.clearing import obligation_queries as queries
from services.payments.clearing import participant_queries, prefunding_queries, rules, window_queries
from services.payments.clearing.accounts import spare_money
from services.payments.clearing.errors import (
    ModelRetired,
    NetDebitCapExceeded,
    NotQueued,
    ObligationDiffers,
    ObligationEnded,
    PaymentMustSettle,
    SameParticipant,
    SettlementFundsShort,
    UnknownObligation,
    UnknownParticipant,
    WindowFull,
)
from services.payments.clearing.licensing import clearing_kinds
from services.payments.clearing.model import (
    AT_ONCE,
    MOST_OF_PAYER,
    Decision,
    Facts,
    Licence,
    Obligation,
    ObligationState,
    Outcome,
    Participant,
    SettlementModel,
    Source,
    Standing,
    Wish,
)
from services.payments.clearing.participant_actions import model_of
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind

GROSS_CODE = "clearing.gross"
EXISTS = "exists"
QUEUE_PATIENCE = timedelta(days=1)
"""How long an obligation waits that nobody has set another time for."""
EXPIRY_BATCH = 1_000


@dataclass(frozen=True)
class Asked:
    """An obligation as its caller names it: participants by code."""

    id: UUID
    payer: str
    payee: str
    amount: int
    end_to_end: str


async def record_one(
    tx: Tx, caller: Caller, *, model: str, asked: Asked, queue: bool, wait_seconds: int | None
) -> Obligation:
    """The same again changes nothing. Raises what `record_many` tells as codes; nothing is written then."""
    outcome = (await _record(tx, model, [asked], queue, wait_seconds))[0]
    if isinstance(outcome, Refusal):
        raise outcome
    found = await queries.obligation_with(tx.connection, asked.id)
    assert found is not None
    return found


async def record_many(
    tx: Tx, caller: Caller, *, model: str, asked: Sequence[Asked], queue: bool, wait_seconds: int | None
) -> list[Outcome]:
    """Each by itself, in their order, in one transaction; what of them is there already is passed by. Raises UnknownModel."""
    outcomes = await _record(tx, model, asked, queue, wait_seconds)
    return [
        Outcome(one.id, Decision.REFUSED, outcome.code) if isinstance(outcome, Refusal) else Outcome(one.id, *outcome)
        for one, outcome in zip(asked, outcomes, strict=True)
    ]


async def cancel(tx: Tx, caller: Caller, *, obligation_id: UUID) -> Obligation:
    """What waits need not wait longer. Raises UnknownObligation, NotQueued, PaymentMustSettle."""
    waiting = await queries.waiting_with(tx.connection, obligation_id)
    if waiting is not None:
        await queries.lock_queue(tx.connection, waiting[0])
        # A pass may have released it meanwhile.
        waiting = await queries.waiting_with(tx.connection, obligation_id)
    if waiting is None:
        if await queries.obligation_with(tx.connection, obligation_id) is None:
            raise UnknownObligation("no such obligation", field="obligation_id")
        raise NotQueued("it does not wait", field="obligation_id")
    if waiting[1]:
        raise PaymentMustSettle("the payment behind it has been made", field="obligation_id")
    await queries.end_waiting(tx.connection, [obligation_id], ObligationState.CANCELLED, tx.now)
    found = await queries.obligation_with(tx.connection, obligation_id)
    assert found is not None
    _tell_ended(tx, obligation_id, "cancelled")
    return found


async def expire(tx: Tx, caller: Caller, *, model_number: int) -> int:
    """A slice of what has waited its time; how many there were."""
    await queries.lock_queue(tx.connection, model_number)
    due = await queries.expired(tx.connection, model_number, tx.now, EXPIRY_BATCH)
    if due:
        await queries.end_waiting(tx.connection, due, ObligationState.EXPIRED, tx.now)
    for obligation_id in due:
        _tell_ended(tx, obligation_id, "expired")
    return len(due)


Result = tuple[Decision, str | None] | Refusal


async def _record(
    tx: Tx, model_code: str, asked: Sequence[Asked], queue: bool, wait_seconds: int | None
) -> list[Result]:
    await participant_queries.take_part(tx.connection)
    model = await model_of(tx, model_code, "model")
    register = await _Register.of(tx, asked)
    # What is there already stays there, whoever may take part today.
    there = await queries.known(tx.connection, [one.id for one in asked])
    results: list[Result | None] = [
        _of_retired(model, one.id in there) or register.refusal_of(one, fresh=one.id not in there) for one in asked
    ]
    wishes = [
        None if result is not None else register.wish(one, queue) for one, result in zip(asked, results, strict=True)
    ]
    due_at = tx.now + (QUEUE_PATIENCE if wait_seconds is None else timedelta(seconds=wait_seconds))
    decided = await record_wishes(tx, model, [wish for wish in wishes if wish is not None], Source.API, due_at)
    rest = iter(decided)
    return [next(rest) if result is None else result for result in results]


def _of_retired(model: SettlementModel, known: bool) -> Refusal | None:
    if model.retired_at is None or known:
        return None
    return ModelRetired("nothing new is recorded in this model", field="model")


async def record_wishes(
    tx: Tx,
    model: SettlementModel,
    wishes: Sequence[Wish],
    source: Source,
    due_at: datetime,
    blocked: frozenset[int] = frozenset(),
) -> list[Result]:
    """Recorded, queued or refused, each by itself and in their order. blocked: who may not take part just now, of wishes that may wait."""
    alone = not model.deferred or any(wish.queue for wish in wishes)
    await participant_queries.keep_ids(tx.connection, [wish.id for wish in wishes], alone=alone)
    window_number, standings = await _room(tx, model, wishes)
    # Only now: whoever records under the same id and for the same payer has ended.
    there = await queries.known(tx.connection, [wish.id for wish in wishes])
    # Of an id that is named twice the first counts.
    first = {wish.id: wish for wish in reversed(wishes) if wish.id not in there}
    fresh = [wish for wish in wishes if first.get(wish.id) is wish]
    waiting = await queries.waiting_payers(tx.connection, model.number, [wish.payer for wish in fresh if wish.queue])
    decide = _decide_deferred if model.deferred else _decide_at_once
    decisions = await decide(tx, model, window_number, standings, fresh, waiting, blocked)
    await _write(tx, model, window_number, fresh, decisions, source, due_at)
    decided = {wish.id: decision for wish, decision in zip(fresh, decisions, strict=True)}
    there |= {
        wish.id: (_facts(model, wish, source), "queued" if decided[wish.id] is Decision.QUEUED else "recorded")
        for wish in fresh
    }
    refused = NetDebitCapExceeded if model.deferred else SettlementFundsShort
    results: list[Result] = []
    for wish in wishes:
        if decided.get(wish.id) is Decision.REFUSED:
            results.append(refused("beyond what the payer may owe at this moment", field="amount"))
        elif decided.get(wish.id) is Decision.FULL:
            results.append(WindowFull(f"one payer owes at most {MOST_OF_PAYER} in a window", field="amount"))
        elif first.get(wish.id) is wish:
            results.append((decided[wish.id], None))
        else:
            results.append(_again(_facts(model, wish, source), *there[wish.id]))
    return results


def _facts(model: SettlementModel, wish: Wish, source: Source) -> Facts:
    return Facts(model.number, wish.payer, wish.payee, wish.amount, wish.end_to_end, source is Source.PAYMENT)


def _again(same: Facts, kept: Facts, how: str) -> Result:
    if same != kept:
        return ObligationDiffers("another obligation has this id", field="id")
    if how == "ended":
        return ObligationEnded("it was cancelled, or waited too long", field="id")
    return (Decision.QUEUED if how == "queued" else Decision.RECORDED), EXISTS


async def _room(tx: Tx, model: SettlementModel, wishes: Sequence[Wish]) -> tuple[int, dict[int, Standing]]:
    """The number of the window that takes them, kept open; the standings of those concerned, locked."""
    if not model.deferred:
        return AT_ONCE, {}
    window = await window_queries.share_open_window(tx.connection, model.number)
    numbers = {number for wish in wishes for number in (wish.payer, wish.payee)}
    if model.prefunded:
        await prefunding_queries.lock_claims(tx.connection, model.currency, numbers)
    standings = await participant_queries.lock_positions(tx.connection, model.number, numbers, window.number)
    return window.number, await prefunding_queries.covered(tx.connection, model, standings)


async def _decide_deferred(
    tx: Tx,
    model: SettlementModel,
    window_number: int,
    standings: dict[int, Standing],
    wishes: Sequence[Wish],
    waiting: frozenset[int],
    blocked: frozenset[int],
) -> list[Decision]:
    before = {number: replace(standing) for number, standing in standings.items()}
    decisions = rules.decide(standings, wishes, waiting, blocked)
    changed = {number: standing for number, standing in standings.items() if standing != before[number]}
    await participant_queries.save_standings(tx.connection, model.number, window_number, changed)
    return decisions


async def _decide_at_once(
    tx: Tx,
    model: SettlementModel,
    window_number: int,
    standings: dict[int, Standing],
    wishes: Sequence[Wish],
    waiting: frozenset[int],
    blocked: frozenset[int],
) -> list[Decision]:
    """What prefunded models lay no claim to may go; then the ledger decides. Who has something in the queue waits behind it."""
    in_turn = [wish for wish in wishes if rules.in_turn(wish, waiting, blocked)]
    numbers = {number for wish in wishes for number in (wish.payer, wish.payee)}
    accounts, money = await spare_money(tx, numbers, model.currency)
    in_turn = rules.payable(in_turn, money)
    commands = [
        TransferCommand(
            id=ledger.new_transfer_id(tx),
            kind=TransferKind.SINGLE,
            code=GROSS_CODE,
            reference=encode("clo", wish.id),
            debit_account_id=accounts[wish.payer],
            credit_account_id=accounts[wish.payee],
            amount=wish.amount,
            currency=model.currency,
        )
        for wish in in_turn
    ]
    outcomes = await ledger.attempt(tx, commands, atomic=False) if commands else []
    moved = {wish.id: outcome.accepted for wish, outcome in zip(in_turn, outcomes, strict=True)}
    otherwise = {True: Decision.QUEUED, False: Decision.REFUSED}
    return [Decision.RECORDED if moved.get(wish.id) else otherwise[wish.queue] for wish in wishes]


async def _write(
    tx: Tx,
    model: SettlementModel,
    window_number: int,
    wishes: Sequence[Wish],
    decisions: Sequence[Decision],
    source: Source,
    due_at: datetime,
) -> None:
    recorded = [wish for wish, decision in zip(wishes, decisions, strict=True) if decision is Decision.RECORDED]
    queued = [wish for wish, decision in zip(wishes, decisions, strict=True) if decision is Decision.QUEUED]
    made = await queries.add_obligations(tx.connection, model.number, window_number, recorded, source, tx.now)
    made += await queries.queue_up(tx.connection, model.number, queued, source, tx.now, due_at)
    if made < len(recorded) + len(queued):
        # Somebody else uses one of these ids for another payer, and this very moment.
        raise ObligationDiffers("another obligation has this id", field="id")
    if made:
        told = {
            "settlement_model": model.code,
            "currency": model.currency,
            "recorded": len(recorded),
            "recorded_minor": sum(wish.amount for wish in recorded),
            "queued": len(queued),
            "queued_minor": sum(wish.amount for wish in queued),
        }
        tx.events.add("payments.clearing.obligations_recorded.v1", model.code, told)


@dataclass(frozen=True)
class _Register:
    """Who may take part today, of those that are named."""

    participants: dict[str, Participant]
    licences: dict[int, list[Licence]]
    kinds: frozenset[str]
    today: date

    @classmethod
    async def of(cls, tx: Tx, asked: Sequence[Asked]) -> "_Register":
        codes = {code for one in asked for code in (one.payer, one.payee)}
        participants = await participant_queries.participants_with(tx.connection, codes)
        numbers = [participant.number for participant in participants.values()]
        licences = await participant_queries.licences_of(tx.connection, numbers)
        return cls(participants, licences, clearing_kinds(), tx.today)

    def refusal_of(self, one: Asked, *, fresh: bool) -> Refusal | None:
        """fresh: whether it would be new."""
        if one.payer == one.payee:
            return SameParticipant("a participant owes itself nothing", field="payee")
        for code, field in ((one.payer, "payer"), (one.payee, "payee")):
            refusal = self._refusal(code, field, fresh)
            if refusal is not None:
                return refusal
        return None

    def _refusal(self, code: str, field: str, fresh: bool) -> Refusal | None:
        participant = self.participants.get(code)
        if participant is None:
            return UnknownParticipant("no such participant", field=field)
        if not fresh:
            return None
        try:
            rules.require_good_standing(participant, self.licences[participant.number], self.today, self.kinds, field)
        except Conflict as refusal:
            return refusal
        return None

    def wish(self, one: Asked, queue: bool) -> Wish:
        payer, payee = self.participants[one.payer].number, self.participants[one.payee].number
        return Wish(one.id, payer, payee, one.amount, one.end_to_end, queue)


def _tell_ended(tx: Tx, obligation_id: UUID, how: str) -> None:
    told = {"obligation_id": encode("clo", obligation_id)}
    tx.events.add(f"payments.clearing.obligation_{how}.v1", encode("clo", obligation_id), told)
