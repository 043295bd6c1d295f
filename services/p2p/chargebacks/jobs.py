"""Booking chargebacks, and moving what is owed for them, outside any transaction."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import decode
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from clients.payments.receivables import DebtorsPayments
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.chargebacks import actions, debts, queries
from services.p2p.chargebacks.model import Debt, DebtState, Payer
from services.p2p.refusals import is_final
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text, project_text

P2P = service_caller("p2p")
REPAYMENT_CODE = "p2p.crowdfunding.chargeback.repayment"
COVER_CODE = "p2p.crowdfunding.chargeback.cover"
ADVANCE_CODE = "p2p.debit.chargeback.advance"
RECOVERY_CODE = "p2p.debit.chargeback.repayment"
SLICE = 200
log = structlog.get_logger(__name__)


async def book_chargeback(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Where it has to wait it is looked at again by periodic work."""
    seed = f"p2p.chargeback\0{payload['id']}\0{uuid4()}"
    await commands.perform(runtime, actions.book, P2P, seed=seed, chargeback_id=UUID(payload["id"]))


async def work_chargebacks(runtime: Runtime) -> None:
    """Those that wait to be booked, then the debts whose next try is due, each by itself."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        noted = await queries.noted_due(connection, now, SLICE)
        owed = await queries.debts_due(connection, now, SLICE)
    for story, found in ((book_chargeback, noted), (try_debt, owed)):
        for one in found:
            try:
                await story(runtime, {"id": str(one)})
            except (Refusal, ClientError) as fault:
                log.info("chargeback_left_for_later", record=str(one), fault=type(fault).__name__)


async def try_debt(runtime: Runtime, payload: dict[str, Any]) -> None:
    """One transfer into the project's account: what its debtor has, or from the house. Sent again after a crash it is the same."""
    debt_id = UUID(payload["id"])
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        debt = await queries.load_debt(connection, debt_id)
    if debt is None or debt.due_at is None or debt.due_at > now:
        return
    if debt.loan_id is not None and debt.advanced_at is None:
        debt = await _advanced(runtime, debt, debt.loan_id)
    if not debt.trying_minor:
        debt = await _begun(runtime, debt)
    if debt.state is not DebtState.OWED or not debt.trying_minor:
        return
    refused = await _moved(runtime, debt)
    await commands.perform(
        runtime,
        debts.record_try,
        P2P,
        seed=f"p2p.chargeback_debt.tried\0{debt_id}\0{debt.tries}",
        debt_id=debt_id,
        tries=debt.tries,
        refused=refused,
    )


async def _advanced(runtime: Runtime, debt: Debt, loan_id: UUID) -> Debt:
    """The loan's account has again what its bank took: what comes in there next is not taken for it."""
    accounts = await ensure_house_accounts(runtime, debt.currency)
    payer = accounts[HousePurpose.REPAYMENT_ADVANCES]
    order = TransferCommand(
        id=derived(debt.made_at, payer, ADVANCE_CODE, debt.id),
        debit_account_id=payer,
        credit_account_id=debt.project_account_id,
        amount=debt.amount_minor,
        currency=debt.currency,
        code=ADVANCE_CODE,
        reference=loan_text(loan_id),
    )
    client = runtime.get(PaymentsClient)
    await client.transfer(order)
    await DebtorsPayments(client.transport).repay_all_of(debt.project_account_id)
    seed = f"p2p.chargeback_debt.advanced\0{debt.id}"
    return await commands.perform(runtime, debts.record_advanced, P2P, seed=seed, debt_id=debt.id)


async def _begun(runtime: Runtime, debt: Debt) -> Debt:
    wallet = await runtime.get(PaymentsClient).wallet_of(decode("cus", debt.debtor), debt.currency)
    return await commands.perform(
        runtime,
        debts.begin_try,
        P2P,
        seed=f"p2p.chargeback_debt.begun\0{debt.id}\0{debt.tries}\0{debt.due_at}",
        debt_id=debt.id,
        available_minor=0 if wallet is None else wallet.available,
    )


async def _moved(runtime: Runtime, debt: Debt) -> str | None:
    """Why the ledger refused it, or None. What payments is owed on the project's account is repaid with it at once."""
    hers = debt.trying_payer is Payer.DEBTOR
    accounts = await ensure_house_accounts(runtime, debt.currency)
    if debt.loan_id is not None and not hers:
        return None  # the house has paid before
    order = _order(debt, accounts, hers=hers)
    client = runtime.get(PaymentsClient)
    try:
        await client.transfer(order, acting_for=debt.debtor if hers else None)
    except Refused as refused:
        if not is_final(refused):
            raise
        return refused.code
    if debt.project_id is not None:
        await DebtorsPayments(client.transport).repay_all_of(debt.project_account_id)
    return None


def _order(debt: Debt, accounts: Mapping[HousePurpose, UUID], *, hers: bool) -> TransferCommand:
    """To the project's account; of a borrower to the platform, which has paid in her place."""
    if debt.project_id is not None:
        payer, code = (debt.account_id, REPAYMENT_CODE) if hers else (accounts[HousePurpose.FUNDING_FEES], COVER_CODE)
        payee, reference = debt.project_account_id, project_text(debt.project_id)
    else:
        assert debt.loan_id is not None
        payer, code = debt.account_id, RECOVERY_CODE
        payee, reference = accounts[HousePurpose.REPAYMENT_ADVANCES], loan_text(debt.loan_id)
    return TransferCommand(
        id=derived(debt.made_at, payer, code, debt.id, debt.tries),
        debit_account_id=payer,
        credit_account_id=payee,
        amount=debt.trying_minor,
        currency=debt.currency,
        code=code,
        reference=reference,
    )
