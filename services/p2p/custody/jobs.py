"""Calls to custody banks outside any transaction: leave asked for and taken back, money from cards and to them, days tied out."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.clock import business_day, start_of_day
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from clients.payments.past import PastBalances
from services.p2p.custody import actions, authorising, instruction_queries, queries, rules, tie_queries, tying
from services.p2p.custody.custodians import TOTAL, Custodians
from services.p2p.custody.model import (
    AuthorisationState,
    CustodyAccount,
    CustodyKind,
    Held,
    Payment,
    PaymentKind,
    PaymentState,
    TieOut,
    Underway,
)
from services.p2p.custody.moving import WITHDRAWAL_CODE, InCustody
from services.p2p.custody.opening import open_account
from services.p2p.refusals import is_final, reason_of
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import custody_payment_text

P2P = service_caller("p2p")
TOP_UP_CODE = "p2p.custody.top_up"
BANK_HOLDER = "bank"
HOLD = "hold"
SLICE = 500
AT_ONCE = 8
MOST_DAYS = 31
"""Of one bank in one run; the next goes on."""
GRACE = timedelta(minutes=5)
"""After a day's end, for what began before it and commits after it."""
ONE_DAY = timedelta(days=1)
log = structlog.get_logger(__name__)


async def ask_authorisation(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Asked again it is the same authorisation, and no second code is sent."""
    authorisation_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        held = await queries.authorisation(connection, authorisation_id)
        account = await queries.account(connection, held.custody_account_id) if held else None
    if held is None or account is None or account.number is None or held.state is not AuthorisationState.ASKED:
        return
    refused = None
    try:
        await runtime.get(Custodians).at(held.bank).ask_leave(held, account.number)
    except Refused as fault:
        refused = fault.code
    seed = f"p2p.custody.asked\0{authorisation_id}"
    await commands.perform(
        runtime, authorising.record_asked, P2P, seed=seed, authorisation_id=authorisation_id, refused=refused
    )


async def revoke_authorisation(runtime: Runtime, payload: dict[str, Any]) -> None:
    authorisation_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        held = await queries.authorisation(connection, authorisation_id)
    if held is None or held.state is not AuthorisationState.REVOKING:
        return
    await runtime.get(Custodians).at(held.bank).take_leave_back(authorisation_id)
    seed = f"p2p.custody.revoked\0{authorisation_id}"
    await commands.perform(runtime, authorising.record_revoked, P2P, seed=seed, authorisation_id=authorisation_id)


async def end_authorisations(runtime: Runtime) -> None:
    """End every authorisation past its time, each in its own transaction."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.due_authorisations(connection, now, SLICE)
    for one in found:
        try:
            seed = f"p2p.custody.expire\0{one}"
            await commands.perform(runtime, authorising.expire, P2P, seed=seed, authorisation_id=one)
        except Refusal as refusal:
            log.info("authorisation_left_for_later", authorisation_id=str(one), code=refusal.code)
        except Exception:
            log.exception("authorisation_left_for_later", authorisation_id=str(one))


async def pay_custody(runtime: Runtime, payload: dict[str, Any]) -> None:
    """From a card or to it. Sent again it is the same movement, so the answer is always learned."""
    payment_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        payment = await queries.payment(connection, payment_id)
        account = await queries.account(connection, payment.custody_account_id) if payment else None
    if payment is None or account is None or payment.state is not PaymentState.PENDING:
        return
    kept = await open_account(runtime, payment.bank, BANK_HOLDER, CustodyKind.BANK, payment.currency)
    moved = _top_up if payment.kind is PaymentKind.TOP_UP else _withdraw
    refused = None
    try:
        await moved(runtime, payment, account, kept)
    except Refused as fault:
        if not is_final(fault):
            raise
        refused = reason_of(fault)
    seed = f"p2p.custody.paid\0{payment_id}"
    await commands.perform(runtime, actions.record_payment, P2P, seed=seed, payment_id=payment_id, refused=refused)


async def _top_up(runtime: Runtime, payment: Payment, account: CustodyAccount, kept: CustodyAccount) -> None:
    order = _order(payment, TOP_UP_CODE, kept.account_id, account.account_id, "top_up")
    await InCustody(runtime, payment.bank).move([order], subject=custody_payment_text(payment.id))


async def _withdraw(runtime: Runtime, payment: Payment, account: CustodyAccount, kept: CustodyAccount) -> None:
    """Held in the ledger before the bank pays: what has gone to a card nobody takes back."""
    client = runtime.get(PaymentsClient)
    hold = _order(payment, WITHDRAWAL_CODE, account.account_id, kept.account_id, HOLD)
    await client.transfer(hold.model_copy(update={"kind": "pending"}))
    paid = _order(payment, WITHDRAWAL_CODE, account.account_id, kept.account_id, "withdrawal")
    paid = paid.model_copy(update={"kind": "post", "pending_id": hold.id})
    try:
        await InCustody(runtime, payment.bank).move([paid], subject=custody_payment_text(payment.id))
    except Refused as refused:
        if is_final(refused):
            back = derived(payment.requested_at, account.account_id, "custody", payment.id, "back")
            await client.transfer(
                TransferCommand(
                    id=back, kind="void", pending_id=hold.id, code=WITHDRAWAL_CODE, reference=paid.reference
                )
            )
        raise


def _hold_id(payment: Payment, account_id: UUID) -> UUID:
    return derived(payment.requested_at, account_id, "custody", payment.id, HOLD)


def _order(payment: Payment, code: str, debit: UUID, credit: UUID, what: str) -> TransferCommand:
    return TransferCommand(
        id=derived(payment.requested_at, debit, "custody", payment.id, what),
        debit_account_id=debit,
        credit_account_id=credit,
        amount=payment.amount_minor,
        currency=payment.currency,
        code=code,
        reference=custody_payment_text(payment.id),
    )


async def tie_out_ended(runtime: Runtime) -> None:
    """Every day that has ended, of every bank that keeps anything, in order. A bank that says nothing keeps no other waiting."""
    async with runtime.reading() as connection:
        found = await queries.banks(connection)
    for bank, currency, since in found:
        try:
            await _tie_out_bank(runtime, bank, currency, business_day(since, runtime.settings.zone))
        except ClientError as fault:
            log.warning("custody_not_tied_out", bank=bank, fault=str(fault))
        except Exception:
            log.exception("custody_not_tied_out", bank=bank)


async def _tie_out_bank(runtime: Runtime, bank: str, currency: str, first: date) -> None:
    zone = runtime.settings.zone
    async with runtime.reading() as connection:
        last = await tie_queries.last_day(connection, bank, currency)
    day = first if last is None else last + ONE_DAY
    for _ in range(MOST_DAYS):
        now = await runtime.database.now()
        ended = start_of_day(day + ONE_DAY, zone)
        if now < ended + GRACE or await _tie_out_day(runtime, bank, currency, day, ended) is None:
            return
        day += ONE_DAY


async def _tie_out_day(runtime: Runtime, bank: str, currency: str, day: date, ended: datetime) -> TieOut | None:
    stated = await runtime.get(Custodians).at(bank).statement(day)
    if stated is None:
        return None
    async with runtime.reading() as connection:
        accounts = await queries.accounts_at(connection, bank, currency, ended)
        lines = await instruction_queries.under_way(connection, bank, ended)
        leaving = await queries.leaving(connection, bank, currency, ended)
    _, total = stated.pop(TOTAL)
    ledger = await _ledger_at(runtime, accounts, ended)
    kept = [ledger[one.account_id].total_minor for one in accounts if one.kind is CustodyKind.BANK]
    sides = tying.Sides(
        stated=stated,
        stated_total=total.total_minor,
        ledger=ledger,
        ledger_total=-sum(kept),
        under_way=[
            *(one for line in lines for one in rules.effects(line)),
            # The bank freezes nothing for them.
            *(Underway(_hold_id(one, its), its, 0, -one.amount_minor) for one, its in leaving),
        ],
    )
    return await commands.perform(
        runtime,
        tying.tie_out,
        P2P,
        seed=f"p2p.custody.tie_out\0{bank}\0{currency}\0{day}",
        bank=bank,
        currency=currency,
        day=day,
        accounts=accounts,
        sides=sides,
    )


async def _ledger_at(runtime: Runtime, accounts: Sequence[CustodyAccount], ended: datetime) -> dict[UUID, Held]:
    """What each account had when the day ended. Of money held for loans only a customer's is frozen at the bank."""
    few = asyncio.Semaphore(AT_ONCE)
    past = PastBalances(runtime.get(PaymentsClient).transport)

    async def held(one: CustodyAccount) -> tuple[UUID, Held]:
        async with few:
            try:
                found = await past.balance(one.account_id, at=ended - timedelta(microseconds=1))
            except Refused as refused:
                if refused.code != "account_not_open_then":
                    raise
                return one.account_id, Held(0, 0)
        frozen = found.debits_pending if one.kind is CustodyKind.CUSTOMER else 0
        return one.account_id, Held(found.credits_posted - found.debits_posted, frozen)

    return dict(await asyncio.gather(*(held(one) for one in accounts)))
