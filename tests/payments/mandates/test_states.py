"""Every event in every state of a mandate and of a debit."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.mandates import actions, debiting, queries
from services.payments.mandates.model import Debit, MandateState, Source
from tests.payments.funding import any_card, fund, money_on
from tests.payments.mandates.signing import (
    PAYMENTS,
    SCOPES,
    Stage,
    as_signed,
    asked_for,
    code_of,
    stage,
)

MANDATE_WAYS: dict[MandateState, tuple[str, ...]] = {
    MandateState.REQUESTED: (),
    MandateState.ACTIVE: ("sign",),
    MandateState.SUSPENDED: ("sign", "suspend"),
    MandateState.REVOKED: ("sign", "revoke"),
    MandateState.EXPIRED: ("sign", "expire"),
    MandateState.REFUSED: ("expire",),
}


MANDATE_EVENTS = (
    "suspend",
    "resume",
    "revoke",
    "revoke by payee",
    "expire",
    "debit",
    "suspend by payee",
    "revoke by another",
)


NOT_OPEN, UNKNOWN = "mandate_not_open", "unknown_mandate"


# Every event in every state, in the order of MANDATE_EVENTS: the state after, or the refusal's code.
MANDATE_TABLE = {
    MandateState.REQUESTED: (
        NOT_OPEN,
        NOT_OPEN,
        "revoked",
        "revoked",
        "refused",
        "mandate_requested",
        UNKNOWN,
        UNKNOWN,
    ),
    MandateState.ACTIVE: ("suspended", "active", "revoked", "revoked", "expired", "succeeded", UNKNOWN, UNKNOWN),
    MandateState.SUSPENDED: (
        "suspended",
        "active",
        "revoked",
        "revoked",
        "expired",
        "mandate_suspended",
        UNKNOWN,
        UNKNOWN,
    ),
    MandateState.REVOKED: (NOT_OPEN, NOT_OPEN, "revoked", "revoked", "revoked", "mandate_revoked", UNKNOWN, UNKNOWN),
    MandateState.EXPIRED: (NOT_OPEN, NOT_OPEN, NOT_OPEN, NOT_OPEN, "expired", "mandate_expired", UNKNOWN, UNKNOWN),
    MandateState.REFUSED: (NOT_OPEN, NOT_OPEN, NOT_OPEN, NOT_OPEN, "refused", "mandate_refused", UNKNOWN, UNKNOWN),
}


async def mandate_event(tx: Tx, scene: Stage, card_id: UUID, event: str) -> str:
    stranger = Caller(encode("cus", tx.ids.new()), "gateway", SCOPES)
    who = scene.gym if event.endswith("payee") else stranger if event.endswith("another") else scene.customer
    if event == "sign":
        return str((await as_signed(tx, scene.mandate, scene.wallet, card_id)).state)
    if event == "expire":
        now = tx.now
        tx.now = start_of_day(scene.mandate.valid_until + timedelta(days=1))
        await actions.end_due_mandates(tx, PAYMENTS)
        tx.now = now
        after = await queries.mandate_with(tx.connection, scene.mandate.id)
        assert after is not None
        return str(after.state)
    if event == "debit":
        return await code_of(asked_for(tx, scene, 100))
    acts: dict[str, Callable[..., Awaitable[Any]]] = {
        "suspend": actions.suspend_mandate,
        "resume": actions.resume_mandate,
        "revoke": actions.revoke_mandate,
    }
    return await code_of(acts[event.split()[0]](tx, who, mandate_id=scene.mandate.id))


async def test_every_event_in_every_state_of_a_mandate(tx: Tx) -> None:
    for state, outcomes in MANDATE_TABLE.items():
        for event, wanted in zip(MANDATE_EVENTS, outcomes, strict=True):
            async with tx.connection.begin_nested() as savepoint:
                card_id = await any_card(tx)
                scene = await stage(tx, 10_000, card_id)
                await queries.save_mandate(tx.connection, _unsigned(scene))
                for step in MANDATE_WAYS[state]:
                    await mandate_event(tx, scene, card_id, step)
                assert await mandate_event(tx, scene, card_id, event) == wanted, (state, event)
                await savepoint.rollback()


def _unsigned(scene: Stage) -> Any:
    return replace(
        scene.mandate, state=MandateState.REQUESTED, source=None, card_id=None, wallet_account_id=None, signed_at=None,
        due_at=scene.mandate.requested_at + timedelta(days=7),
    )  # fmt: skip


DEBIT_EVENTS = ("day comes", "day comes without funds", "cancel", "cancel by customer", "revoke", "too early")


# Every event in every state, in the order of DEBIT_EVENTS: the state after, or the refusal's code.
DEBIT_TABLE = {
    "announced": ("succeeded", "retrying", "cancelled", "unknown_debit", "cancelled", "announced"),
    "retrying": ("succeeded", "retrying", "cancelled", "unknown_debit", "cancelled", "retrying"),
    "sent": ("sent", "sent", "debit_not_waiting", "unknown_debit", "sent", "sent"),
    "succeeded": ("succeeded", "succeeded", "debit_not_waiting", "unknown_debit", "succeeded", "succeeded"),
    "failed": ("failed", "failed", "debit_not_waiting", "unknown_debit", "failed", "failed"),
    "cancelled": ("cancelled", "cancelled", "cancelled", "unknown_debit", "cancelled", "cancelled"),
}


async def debit_in(tx: Tx, state: str) -> tuple[Stage, Debit]:
    scene = await stage(
        tx,
        0,
        await any_card(tx),
        retry_days=() if state == "failed" else (1, 3, 7),
        notice_days=2 if state == "announced" else 0,
    )
    if state == "sent":
        await queries.save_mandate(tx.connection, replace(scene.mandate, source=Source.CARD, wallet_account_id=None))
    if state == "succeeded":
        await fund(tx, await ledger.account_with(tx, scene.wallet.account_id), 100)
    made = await asked_for(tx, scene, 100)
    if state == "cancelled":
        made = await debiting.cancel_debit(tx, scene.gym, mandate_id=scene.mandate.id, debit_id=made.id)
    assert made.state == state
    return scene, made


async def debit_event(tx: Tx, scene: Stage, made: Debit, event: str) -> str:
    if event == "day comes":
        await fund(tx, await ledger.account_with(tx, scene.wallet.account_id), 100)
    if event.startswith("day comes"):
        now, tx.now = tx.now, tx.now + timedelta(days=2)
        again = await code_of(debiting.attempt_debit(tx, PAYMENTS, debit_id=made.id))
        # The same day twice: what was made is not made again, what waits waits for its next day.
        assert await code_of(debiting.attempt_debit(tx, PAYMENTS, debit_id=made.id)) == again
        tx.now = now
        return again
    if event == "too early":
        return await code_of(debiting.attempt_debit(tx, PAYMENTS, debit_id=made.id))
    if event == "revoke":
        await actions.revoke_mandate(tx, scene.customer, mandate_id=scene.mandate.id)
        after = await queries.debit_with(tx.connection, made.id)
        assert after is not None
        return str(after.state)
    who = scene.customer if event.endswith("customer") else scene.gym
    return await code_of(debiting.cancel_debit(tx, who, mandate_id=scene.mandate.id, debit_id=made.id))


async def test_every_event_in_every_state_of_a_debit(tx: Tx) -> None:
    for state, outcomes in DEBIT_TABLE.items():
        for event, wanted in zip(DEBIT_EVENTS, outcomes, strict=True):
            async with tx.connection.begin_nested() as savepoint:
                scene, made = await debit_in(tx, state)
                assert await debit_event(tx, scene, made, event) == wanted, (state, event)
                balance, _ = await money_on(tx, await ledger.account_with(tx, scene.merchant.account_id))
                assert balance == (100 if "succeeded" in (wanted, state) else 0)
                await savepoint.rollback()
