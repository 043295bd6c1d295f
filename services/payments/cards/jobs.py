"""Asking banks about bindings, outside any transaction."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from services.payments.cards import actions, queries
from services.payments.cards.model import Card, CardState
from services.payments.cards.vault import CardVault
from services.payments.channels.directory import Channels
from services.payments.channels.model import AgreementAnswer, AgreementState

PAYMENTS = service_caller("payments")
BATCH = 100


async def ask_card_bank(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Open the agreement, or hand over the code the holder gave; the bank takes either once under the card's reference."""
    card_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        card = await queries.card_with(connection, card_id)
    if card is None or card.state not in (CardState.REQUESTED, CardState.CONFIRMING):
        return
    answer = await _asked(runtime, card)
    await commands.perform(
        runtime,
        actions.record_bank_answer,
        PAYMENTS,
        seed=f"card {card_id} {card.state} {answer.state}",
        card_id=card_id,
        asked_in=card.state,
        answer=answer,
    )


async def work_due_cards(runtime: Runtime) -> None:
    """Codes nobody gave lapse; banks that were not reached are asked again."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await queries.due_cards(connection, now, BATCH)
    for card in due:
        if card.state is CardState.CODE_SENT:
            await commands.perform(runtime, actions.lapse, PAYMENTS, seed=f"lapse {card.id}", card_id=card.id)
            continue
        with suppress(ClientError):
            await ask_card_bank(runtime, {"id": str(card.id)})


async def _asked(runtime: Runtime, card: Card) -> AgreementAnswer:
    channel = runtime.get(Channels).of(card.bank)
    reference = encode("crd", card.id)
    try:
        if card.submitted_code is not None:
            return await channel.confirm_agreement(reference, card.submitted_code)
        return await channel.open_agreement(reference, runtime.get(CardVault).open(card))
    except Refused as refused:
        return AgreementAnswer(AgreementState.REFUSED, refused.code)
