"""Mandates for repayment at payments, outside any transaction: asked for, looked at, revoked."""

from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import decode, encode
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from clients.payments.client import PaymentsClient
from clients.payments.mandates import PayeesPayments
from clients.payments.shapes import MandateAnswer
from services.p2p.debiting import mandate_queries, naming
from services.p2p.debiting.model import MandateState, RepaymentMandate, Signed
from services.p2p.refusals import is_final
from services.p2p.wire_ids import loan_text, repayment_mandate_text

P2P = service_caller("p2p")
SLICE = 200
KIND = "repayment_receipts"
log = structlog.get_logger(__name__)


async def ask_mandate(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Open the loan's account, and ask payments for the mandate to it. Keys make it one of each however often it is asked for."""
    async with runtime.reading() as connection:
        mandate = await mandate_queries.load(connection, UUID(payload["id"]))
    if mandate is None or mandate.state is not MandateState.REQUESTED:
        return
    facts: dict[str, Any] = {"repayment_mandate_id": mandate.id}
    seed = f"p2p.repayment_mandate.asked\0{mandate.id}"
    try:
        account_id = await _account(runtime, mandate)
        made = await _payees(runtime).request_mandate(
            decode("cus", mandate.borrower),
            account_id,
            f"repayment {loan_text(mandate.loan_id)}",
            mandate.most_minor,
            mandate.currency,
            mandate.valid_until,
            key=f"p2p-{repayment_mandate_text(mandate.id)}",
            period="month",
            most_in_period=mandate.most_monthly_minor,
        )
    except Refused as refused:
        if not is_final(refused):
            raise
        await commands.perform(runtime, naming.record_refused, P2P, seed=seed, **facts, reason=refused.code)
        return
    facts |= {"account_id": account_id, "mandate_id": made.id}
    await commands.perform(runtime, naming.record_requested, P2P, seed=seed, **facts)


async def check_signature(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Whether the borrower has signed by now."""
    async with runtime.reading() as connection:
        mandate = await mandate_queries.load(connection, UUID(payload["id"]))
    if mandate is not None and mandate.state is MandateState.UNSIGNED:
        await _check(runtime, mandate, last=False)


async def work_due_mandates(runtime: Runtime) -> None:
    """Those without a debt end; those whose time has come are asked for, looked at a last time, or revoked at payments."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        over = await mandate_queries.without_debt(connection, SLICE)
    for mandate_id in over:
        seed = f"p2p.repayment_mandate.over\0{mandate_id}"
        await commands.perform(runtime, naming.end_without_debt, P2P, seed=seed, repayment_mandate_id=mandate_id)
    async with runtime.reading() as connection:
        found = await mandate_queries.due(connection, now, SLICE)
    for mandate in found:
        try:
            await _work(runtime, mandate)
        except (ClientError, Refusal) as fault:
            log.info("p2p.repayment_mandate_left_for_later", mandate=str(mandate.id), why=str(fault))


async def _work(runtime: Runtime, mandate: RepaymentMandate) -> None:
    if mandate.state is MandateState.REQUESTED:
        await ask_mandate(runtime, {"id": str(mandate.id)})
    elif mandate.state is MandateState.UNSIGNED:
        await _check(runtime, mandate, last=True)
    else:
        await _revoke(runtime, mandate)


async def _check(runtime: Runtime, mandate: RepaymentMandate, *, last: bool) -> None:
    assert mandate.mandate_id is not None
    said = await _payees(runtime).mandate(mandate.mandate_id)
    seed = f"p2p.repayment_mandate.signature\0{mandate.id}\0{said.state}\0{last}"
    await commands.perform(
        runtime,
        naming.record_signature,
        P2P,
        seed=seed,
        repayment_mandate_id=mandate.id,
        signed=_signed(said),
        last=last,
    )


async def _revoke(runtime: Runtime, mandate: RepaymentMandate) -> None:
    """So that nobody debits her by a mandate that is over here."""
    if mandate.mandate_id is not None:
        try:
            key = f"p2p-{repayment_mandate_text(mandate.id)}-revocation"
            await _payees(runtime).revoke_mandate(mandate.mandate_id, key=key)
        except Refused as refused:
            if not is_final(refused):
                raise
    seed = f"p2p.repayment_mandate.revoked\0{mandate.id}"
    await commands.perform(runtime, naming.record_revoked, P2P, seed=seed, repayment_mandate_id=mandate.id)


async def _account(runtime: Runtime, mandate: RepaymentMandate) -> UUID:
    """Of the loan, whatever mandate pays into it: found by its reference if it was opened before."""
    client, reference = runtime.get(PaymentsClient), loan_text(mandate.loan_id)
    for account in await client.find_accounts(owner="p2p", kind=KIND, currency=mandate.currency, reference=reference):
        return account.id
    account = await client.create_account(mandate.currency, KIND, key=f"p2p-receipts-{reference}", reference=reference)
    return account.id


def _signed(said: MandateAnswer) -> Signed:
    return Signed(
        state=said.state,
        customer=encode("cus", said.customer_id),
        account_id=said.account_id,
        currency=said.currency,
        most_minor=said.max_per_debit,
        most_monthly_minor=said.max_per_period,
        valid_until=said.valid_until,
    )


def _payees(runtime: Runtime) -> PayeesPayments:
    return PayeesPayments(runtime.get(PaymentsClient).transport)
