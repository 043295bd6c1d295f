"""Stories of a card: asked for, code sent, code judged by the bank, bound, removed."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.cards import queries
from services.payments.cards.errors import (
    CardAlreadyBound,
    CardInUse,
    CardNotBound,
    CustomersOnly,
    NoCodeExpected,
    UnknownCard,
)
from services.payments.cards.model import Card, CardState, CardType
from services.payments.cards.vault import CardVault
from services.payments.channels.model import AgreementAnswer, AgreementState, CardDetails
from services.payments.channels.queries import card_is_busy

CODE_LIFETIME = timedelta(minutes=5)
ASK_AGAIN_AFTER = timedelta(seconds=30)


def customer_of(caller: Caller) -> UUID:
    """The customer who calls or is acted for. Raises CustomersOnly."""
    if caller.customer is None:
        raise CustomersOnly("only customers have cards and wallets")
    return caller.customer


async def request_binding(
    tx: Tx, caller: Caller, *, vault: CardVault, card_type: CardType, details: CardDetails
) -> Card:
    """Ask for a card to be bound. Raises CardAlreadyBound; an attempt whose code was never given is replaced."""
    customer_id = customer_of(caller)
    card_id = tx.ids.new()
    sealed = vault.seal(card_id, details)
    before = await queries.live_card(tx.connection, customer_id, sealed.number_index)
    if before is not None:
        await _make_way(tx, before)
    card = Card(
        id=card_id,
        customer_id=customer_id,
        bank=card_type.bank,
        bank_name=card_type.bank_name,
        kind=card_type.kind,
        masked=sealed.masked,
        details=sealed.details,
        number_index=sealed.number_index,
        state=CardState.REQUESTED,
        refusal_code=None,
        submitted_code=None,
        requested_at=tx.now,
        bound_at=None,
        due_at=tx.now + ASK_AGAIN_AFTER,
    )
    if not await queries.add_card(tx.connection, card):
        raise CardAlreadyBound("this card is being bound by another request", field="number")
    tx.jobs.add("payments.ask_card_bank", {"id": str(card.id)}, delay_seconds=10)
    return card


async def submit_code(tx: Tx, caller: Caller, *, card_id: UUID, sms_code: str) -> Card:
    """The holder gives the code her bank sent. Raises UnknownCard, NoCodeExpected."""
    card = await own_card(tx, caller, card_id, lock=True)
    if card.state is not CardState.CODE_SENT:
        raise NoCodeExpected(f"the card is {card.state}", state=str(card.state))
    card = replace(
        card,
        state=CardState.CONFIRMING,
        submitted_code=sms_code,
        refusal_code=None,
        due_at=tx.now + ASK_AGAIN_AFTER,
    )
    await queries.save_card(tx.connection, card)
    tx.jobs.add("payments.ask_card_bank", {"id": str(card.id)}, delay_seconds=10)
    return card


async def record_bank_answer(
    tx: Tx, caller: Caller, *, card_id: UUID, asked_in: CardState, answer: AgreementAnswer
) -> Card:
    """What the bank said to the opening of the agreement or to the code. Nothing changes on a card that has gone on since it was asked."""
    card = await queries.card_with(tx.connection, card_id, lock=True)
    if card is None:
        raise UnknownCard("no such card")
    if card.state is not asked_in:
        return card
    card = _after(card, answer, tx)
    await queries.save_card(tx.connection, card)
    if card.state is CardState.BOUND:
        tx.events.add("payments.card.bound.v1", encode("crd", card.id), _told(card))
    return card


async def remove_card(tx: Tx, caller: Caller, *, card_id: UUID) -> Card:
    """The customer no longer wants the card used. Raises UnknownCard, CardInUse."""
    card = await own_card(tx, caller, card_id, lock=True)
    if await card_is_busy(tx.connection, card_id):
        raise CardInUse("a movement with this card is under way")
    if card.state is CardState.REMOVED:
        return card
    card = replace(card, state=CardState.REMOVED, submitted_code=None, due_at=None)
    await queries.save_card(tx.connection, card)
    tx.events.add("payments.card.removed.v1", encode("crd", card.id), _told(card))
    return card


async def lapse(tx: Tx, caller: Caller, *, card_id: UUID) -> Card | None:
    """A code nobody gave in time ends the attempt."""
    card = await queries.card_with(tx.connection, card_id, lock=True)
    if card is None or card.state is not CardState.CODE_SENT or card.due_at is None or card.due_at > tx.now:
        return card
    card = replace(card, state=CardState.REFUSED, refusal_code="code_expired", due_at=None)
    await queries.save_card(tx.connection, card)
    return card


async def own_card(tx: Tx, caller: Caller, card_id: UUID, *, lock: bool = False) -> Card:
    """The caller's card. Raises UnknownCard, also for another's."""
    card = await queries.card_with(tx.connection, card_id, lock=lock)
    if card is None or card.customer_id != customer_of(caller):
        raise UnknownCard("no such card", field="card_id")
    return card


async def bound_card(tx: Tx, caller: Caller, card_id: UUID) -> Card:
    """The caller's card, fit to move money, held against removal meanwhile. Raises UnknownCard, CardNotBound."""
    card = await own_card(tx, caller, card_id, lock=True)
    if card.state is not CardState.BOUND:
        raise CardNotBound(f"the card is {card.state}", field="card_id")
    return card


async def _make_way(tx: Tx, before: Card) -> None:
    if before.state is not CardState.CODE_SENT:
        raise CardAlreadyBound("this card is bound, or being bound", field="number", card_id=encode("crd", before.id))
    replaced = replace(before, state=CardState.REFUSED, refusal_code="replaced", due_at=None)
    await queries.save_card(tx.connection, replaced)


def _after(card: Card, answer: AgreementAnswer, tx: Tx) -> Card:
    if answer.state is AgreementState.ACTIVE:
        return replace(card, state=CardState.BOUND, bound_at=tx.now, submitted_code=None, due_at=None)
    if answer.state is AgreementState.REFUSED:
        refusal = answer.refusal_code
        return replace(card, state=CardState.REFUSED, refusal_code=refusal, submitted_code=None, due_at=None)
    return replace(
        card,
        state=CardState.CODE_SENT,
        refusal_code=answer.refusal_code,
        submitted_code=None,
        due_at=tx.now + CODE_LIFETIME,
    )


def _told(card: Card) -> dict[str, str]:
    return {
        "card_id": encode("crd", card.id),
        "customer_id": encode("cus", card.customer_id),
        "bank": card.bank,
        "kind": str(card.kind),
    }
