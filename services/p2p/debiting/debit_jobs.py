"""Debits under mandates, outside any transaction: payments is asked, holders are paid, and what is over goes to the borrower."""

from collections.abc import Mapping
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
from clients.payments.shapes import DebitAnswer
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.debiting import debit_queries, debits, mandate_queries
from services.p2p.debiting.model import DebitAnswered, DebitState, LoanDebit, Outcome, RepaymentMandate
from services.p2p.debiting.rules import DebitEvent
from services.p2p.refusals import is_final
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments.jobs import share_repayment
from services.p2p.repayments.model import Repayment, RepaymentState
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_debit_text

P2P = service_caller("p2p")
SLICE = 200
MOST_STEPS = 4
"""Of one debit in one run."""
COVERED_CODE = "p2p.debit.advance_covered"
SURPLUS_CODE = "p2p.debit.surplus"
LATE_CODE = "p2p.debit.late_return"
_MOVES: Mapping[DebitState, DebitEvent] = {
    DebitState.PAID: DebitEvent.SETTLE,
    DebitState.BOUNCED: DebitEvent.UNWIND,
    DebitState.LATE: DebitEvent.RETURN,
}
log = structlog.get_logger(__name__)


async def work_due_debits(runtime: Runtime) -> None:
    """Those to be looked at; one that fails is looked at again with the next run, and keeps no other waiting."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await debit_queries.due(connection, now, SLICE)
    for debit_id in found:
        try:
            await work_debit(runtime, {"id": str(debit_id)})
        except (ClientError, Refusal) as fault:
            log.info("p2p.debit_left_for_later", debit=str(debit_id), why=str(fault))
        except Exception:
            log.exception("p2p.debit_broken", debit=str(debit_id))


async def work_debit(runtime: Runtime, payload: dict[str, Any]) -> None:
    """As far as it goes now. Every step has a key or ids of its own: cut off anywhere, it goes on where it was."""
    for _ in range(MOST_STEPS):
        async with runtime.reading() as connection:
            debit = await debit_queries.load(connection, UUID(payload["id"]))
            mandate = None if debit is None else await mandate_queries.load(connection, debit.repayment_mandate_id)
        if debit is None or mandate is None or debit.due_at is None:
            return
        await _share(runtime, debit)
        moved = await (_moved if debit.state in _MOVES else _asked)(runtime, debit, mandate)
        if moved.state is debit.state or moved.due_at is None:
            return


async def _share(runtime: Runtime, debit: LoanDebit) -> None:
    """The repayment that it pays, where that is not shared out yet."""
    if debit.repayment_id is not None:
        await share_repayment(runtime, {"id": str(debit.repayment_id)})


async def _asked(runtime: Runtime, debit: LoanDebit, mandate: RepaymentMandate) -> LoanDebit:
    answer = await _answer(PayeesPayments(runtime.get(PaymentsClient).transport), debit, mandate)
    accounts = await ensure_house_accounts(runtime, debit.currency)
    said = f"{debit.state}\0{answer.outcome}\0{await runtime.database.now()}"
    moved = await commands.perform(
        runtime,
        debits.record_answer,
        P2P,
        seed=f"p2p.debit.answered\0{debit.id}\0{said}",
        loan_debit_id=debit.id,
        answer=answer,
        advances_id=accounts[HousePurpose.DEBIT_ADVANCES],
    )
    await _share(runtime, moved)
    return moved


async def _answer(payees: PayeesPayments, debit: LoanDebit, mandate: RepaymentMandate) -> DebitAnswered:
    """Asked under its own number, with the key that is its own: however often, it is one debit."""
    assert mandate.mandate_id is not None
    if debit.debit_id is not None:
        return _said(await payees.debit(mandate.mandate_id, debit.debit_id))
    number = loan_debit_text(debit.id)
    try:
        answer = await payees.request_debit(
            mandate.mandate_id, number, debit.amount_minor, debit.currency, key=f"p2p-{number}"
        )
    except Refused as refused:
        if refused.code == "debit_number_used":  # the key is forgotten, the debit is not
            return _said(next(one for one in await payees.debits(mandate.mandate_id) if one.number == number))
        if not is_final(refused):
            raise
        return DebitAnswered(Outcome.FAILED, reason=refused.code)
    return _said(answer)


def _said(answer: DebitAnswer) -> DebitAnswered:
    if answer.state == "succeeded":
        return DebitAnswered(Outcome.PAID, answer.id)
    if answer.state in ("failed", "cancelled"):
        return DebitAnswered(Outcome.FAILED, answer.id, answer.failure_code or answer.state)
    return DebitAnswered(Outcome.WAITING, answer.id)


async def _moved(runtime: Runtime, debit: LoanDebit, mandate: RepaymentMandate) -> LoanDebit:
    """Money off the loan's account: to who advanced it, and to the borrower what is over."""
    async with runtime.reading() as connection:
        known = debit.repayment_id
        repayment = None if known is None else await repayment_queries.load(connection, known)
    if repayment is not None and repayment.state in (RepaymentState.PENDING, RepaymentState.REVERSING):
        return debit
    orders = await _orders(runtime, debit, mandate, repayment)
    if orders:
        await runtime.get(PaymentsClient).move_all(orders)
    event = _MOVES[debit.state]
    seed = f"p2p.debit.moved\0{debit.id}\0{event}"
    return await commands.perform(runtime, debits.record_moved, P2P, seed=seed, loan_debit_id=debit.id, event=event)


async def _orders(
    runtime: Runtime, debit: LoanDebit, mandate: RepaymentMandate, repayment: Repayment | None
) -> list[Mapping[str, str | int]]:
    assert mandate.account_id is not None
    shared = repayment is not None and repayment.state is not RepaymentState.REFUSED
    used = debit.used_minor if shared else 0
    found = []
    if debit.state is not DebitState.LATE and debit.advanced and used:
        accounts = await ensure_house_accounts(runtime, debit.currency)
        found.append(_order(debit, COVERED_CODE, mandate.account_id, accounts[HousePurpose.DEBIT_ADVANCES], used))
    over = {DebitState.PAID: debit.amount_minor - used, DebitState.LATE: debit.amount_minor}.get(debit.state, 0)
    if over:
        code = LATE_CODE if debit.state is DebitState.LATE else SURPLUS_CODE
        wallet = await runtime.get(PaymentsClient).open_wallet(decode("cus", mandate.borrower), debit.currency)
        found.append(_order(debit, code, mandate.account_id, wallet.account_id, over))
    return found


def _order(debit: LoanDebit, code: str, payer: UUID, payee: UUID, amount_minor: int) -> Mapping[str, str | int]:
    return {
        "id": encode("trf", derived(debit.requested_at, payer, code, debit.id)),
        "debit_account_id": encode("acc", payer),
        "credit_account_id": encode("acc", payee),
        "amount": amount_minor,
        "currency": debit.currency,
        "code": code,
        "reference": loan_debit_text(debit.id),
    }
