"""Mandates asked for, signatures looked for, pledges charged; outside any transaction."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import decode
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from clients.payments.mandates import PayeesPayments
from clients.payments.shapes import DebitAnswer
from services.p2p.chargebacks import queries as chargeback_queries
from services.p2p.pledges import actions, collecting, queries
from services.p2p.pledges.model import PAID, Charge, Pledge, PledgeState, Source
from services.p2p.programmes import queries as programme_queries
from services.p2p.projects import queries as project_queries
from services.p2p.projects.model import Project, ProjectState
from services.p2p.refusals import is_final
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import pledge_text, project_text

P2P = service_caller("p2p")
COLLECTION_CODE = "p2p.crowdfunding.collection"
LATE_CODE = "p2p.crowdfunding.late_return"
LATE = timedelta(days=3)
"""Within so long banks have said how every charge ended, also those that had been given up."""
SPENT = "id_already_failed"
NUMBER_USED = "debit_number_used"
UNDER_REVIEW = "review_required"
REVIEWED = frozenset({UNDER_REVIEW, "decision_pending"})
"""Somebody at payments looks at the charge: the same is asked for again, with what was decided."""
MOST_RETURNS = 1_000
"""Tries to give a late debit back, each refused by the ledger for what it met."""
SLICE = 200
AT_ONCE = 8
SPARE_DAYS = 7
"""How long a mandate outlasts the tries."""
LIVE = frozenset({"active", "suspended"})
log = structlog.get_logger(__name__)


async def ask_mandate(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Ask payments for the mandate that the backer is to sign. The key makes it one however often it is asked for."""
    pledge_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        pledge = await queries.load(connection, pledge_id)
        project = await project_queries.load(connection, pledge.project_id) if pledge else None
        programme = await _programme(connection, project) if project else None
    if pledge is None or project is None or programme is None or pledge.state is not PledgeState.PENDING:
        return
    assert project.account_id is not None
    until = project.closes_at + timedelta(days=programme.retry_days + SPARE_DAYS)
    seed = f"p2p.pledge.mandate\0{pledge_id}"
    try:
        mandate = await _payees(runtime).request_mandate(
            decode("cus", pledge.backer),
            project.account_id,
            f"crowdfunding {project_text(project.id)}",
            pledge.amount_minor,
            pledge.currency,
            business_day(until, runtime.settings.zone),
            key=f"p2p-{pledge_text(pledge_id)}-mandate",
        )
    except Refused as refused:
        if not is_final(refused):
            raise
        await commands.perform(
            runtime, actions.record_no_mandate, P2P, seed=seed, pledge_id=pledge_id, reason=refused.code
        )
        return
    await commands.perform(runtime, actions.record_mandate, P2P, seed=seed, pledge_id=pledge_id, mandate_id=mandate.id)


async def check_signature(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Whether the backer has signed by now."""
    async with runtime.reading() as connection:
        pledge = await queries.load(connection, UUID(payload["id"]))
    if pledge is not None and pledge.state is PledgeState.UNSIGNED:
        await _check(runtime, pledge, last=False)


async def lapse_unsigned(runtime: Runtime) -> None:
    """Pledges whose time to sign is over: payments is asked a last time."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.unsigned_due(connection, now, SLICE)
    for pledge in found:
        try:
            await _check(runtime, pledge, last=True)
        except (Refusal, ClientError) as fault:
            log.info("pledge_left_for_later", pledge_id=str(pledge.id), fault=type(fault).__name__)


async def collect_pledges(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Charge every pledge of a project whose charge is under way, slice by slice; each slice is recorded before the next.

    One such job of a project runs at a time.
    """
    project_id = UUID(payload["id"])
    now = await runtime.database.now()
    after: UUID | None = None
    while True:
        async with runtime.reading() as connection:
            project = await project_queries.load(connection, project_id)
            found = await queries.charging(connection, project_id, after, now, SLICE)
        if project is None or project.state is not ProjectState.COLLECTING or not found:
            return
        limit = asyncio.Semaphore(AT_ONCE)
        answers = await asyncio.gather(*(_charged(runtime, project, pledge, limit) for pledge in found))
        charges = [answer for answer in answers if answer is not None]
        seed = f"p2p.pledges.collected\0{found[0].id}\0{found[0].attempts}\0{found[-1].id}\0{project.changed_at}"
        await commands.perform(runtime, collecting.record, P2P, seed=seed, project_id=project_id, charges=charges)
        after = found[-1].id


async def collect_due(runtime: Runtime) -> None:
    """Charges that are under way, and those that are tried again: each project's own job goes on with them."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.projects_charging(connection, now, SLICE)
    for project_id in found:
        seed = f"p2p.pledges.retried\0{project_id}\0{now}"
        await commands.perform(runtime, collecting.try_again, P2P, seed=seed, project_id=project_id)


async def end_mandates(runtime: Runtime) -> None:
    """What a backer signed for a pledge that has ended is revoked. One that was charged is looked at some days later, when banks
    have said their last: what one of them paid after it had been given up goes back."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.mandates_left(connection, now - LATE, SLICE)
    for pledge in found:
        try:
            await _end_mandate(runtime, pledge)
        except ClientError as fault:
            log.info("mandate_left_for_later", pledge_id=str(pledge.id), fault=str(fault))


async def return_late_debit(runtime: Runtime, payload: dict[str, Any]) -> None:
    """A bank has paid after all what was given up: it goes back to its backer's wallet."""
    async with runtime.reading() as connection:
        pledge = await queries.load(connection, UUID(payload["id"]))
    if pledge is not None and pledge.mandate_id is not None:
        await _return_late(runtime, pledge, await _payees(runtime).debits(pledge.mandate_id))


async def _end_mandate(runtime: Runtime, pledge: Pledge) -> None:
    assert pledge.mandate_id is not None
    payees = _payees(runtime)
    try:
        await payees.revoke_mandate(pledge.mandate_id, key=f"p2p-{pledge_text(pledge.id)}-revocation")
    except Refused as refused:
        if not is_final(refused):
            raise
    debits = await payees.debits(pledge.mandate_id)
    if any(debit.state == "sent" for debit in debits):
        return  # a bank has not said its last: looked at again
    if not await _return_late(runtime, pledge, debits):
        return
    seed = f"p2p.pledge.mandate_ended\0{pledge.id}"
    await commands.perform(runtime, actions.record_mandate_ended, P2P, seed=seed, pledge_id=pledge.id)


async def _return_late(runtime: Runtime, pledge: Pledge, debits: Sequence[DebitAnswer]) -> bool:
    """Every debit that succeeded and is not the one that the pledge counts goes back to the backer's wallet. Not one that its bank took
    back itself. False if something has to wait for the project's account."""
    counted = pledge.debit_id if pledge.state in PAID else None
    late = [debit for debit in debits if debit.state == "succeeded" and debit.id != counted]
    if not late:
        return True
    async with runtime.reading() as connection:
        project = await project_queries.load(connection, pledge.project_id)
        gone = await chargeback_queries.debits_taken_back(connection, [debit.id for debit in late])
    assert project is not None
    assert project.account_id is not None
    client = runtime.get(PaymentsClient)
    wallet = await _wallet(client, pledge)
    left = [debit for debit in late if debit.id not in gone]
    return all([await _returned(client, pledge, debit, project.account_id, wallet) for debit in left])


async def _returned(client: PaymentsClient, pledge: Pledge, debit: DebitAnswer, account_id: UUID, wallet: UUID) -> bool:
    """Once, however often it is asked for: a refusal spends the id of a transfer, so the next one is taken, and each is asked in its order.
    None is spent while the account cannot give it."""
    ids = [
        derived(pledge.made_at, account_id, LATE_CODE, debit.id, *([number] if number else []))
        for number in range(MOST_RETURNS)
    ]
    made = await client.find_transfers(account_id=account_id, code=LATE_CODE)
    if not {one.id for one in made}.isdisjoint(ids):
        return True
    account = await client.account(account_id)
    if account.frozen or account.available < debit.amount:
        return False
    for transfer_id in ids:
        order = TransferCommand(
            id=transfer_id,
            debit_account_id=account_id,
            credit_account_id=wallet,
            amount=debit.amount,
            currency=debit.currency,
            code=LATE_CODE,
            reference=pledge_text(pledge.id),
        )
        try:
            await client.transfer(order)
        except Refused as refused:
            if refused.code != SPENT:
                raise
        else:
            return True
    raise RuntimeError(f"{pledge_text(pledge.id)}: {debit.id} was refused {MOST_RETURNS} times")


async def _check(runtime: Runtime, pledge: Pledge, *, last: bool) -> None:
    signed = None
    if pledge.mandate_id is not None:
        mandate = await _payees(runtime).mandate(pledge.mandate_id)
        signed = True if mandate.state in LIVE else None if mandate.state == "requested" else False
    seed = f"p2p.pledge.signature\0{pledge.id}\0{signed}\0{last}"
    await commands.perform(
        runtime, actions.record_signature, P2P, seed=seed, pledge_id=pledge.id, signed=signed, last=last
    )


async def _charged(runtime: Runtime, project: Project, pledge: Pledge, limit: asyncio.Semaphore) -> Charge | None:
    """One charge; None if payments could not be asked: the pledge is as it was, and is charged again."""
    async with limit:
        try:
            if pledge.source is Source.WALLET:
                return await _from_wallet(runtime, project, pledge)
            return await _under_mandate(runtime, pledge)
        except ClientError as fault:
            log.info("charge_left_for_later", pledge_id=str(pledge.id), fault=type(fault).__name__)
            return None


async def _from_wallet(runtime: Runtime, project: Project, pledge: Pledge) -> Charge:
    """Wallet → the project's account, as she agreed with her pledge. Each try has an id of its own."""
    assert project.account_id is not None
    client = runtime.get(PaymentsClient)
    try:
        account_id = await _wallet(client, pledge)
        order = TransferCommand(
            id=derived(pledge.made_at, account_id, COLLECTION_CODE, pledge.id, pledge.attempts),
            debit_account_id=account_id,
            credit_account_id=project.account_id,
            amount=pledge.amount_minor,
            currency=pledge.currency,
            code=COLLECTION_CODE,
            reference=project_text(project.id),
        )
        await client.transfer(order, acting_for=pledge.backer)
    except Refused as refused:
        if not is_final(refused):
            raise
        return Charge(pledge.id, pledge.attempts, collected=False, reason=refused.code)
    return Charge(pledge.id, pledge.attempts, collected=True, account_id=account_id)


async def _under_mandate(runtime: Runtime, pledge: Pledge) -> Charge:
    """A debit of her wallet or card, numbered by pledge and try. Her wallet is where a refund would go."""
    assert pledge.mandate_id is not None
    payees = _payees(runtime)
    try:
        account_id = await _wallet(runtime.get(PaymentsClient), pledge)
        debit = await _debit(payees, pledge, pledge.mandate_id)
    except Refused as refused:
        if not is_final(refused):
            raise
        if refused.code in REVIEWED:
            decision_id = refused.facts.get("decision_id", pledge.decision_id)
            return Charge(pledge.id, pledge.attempts, collected=None, reason=UNDER_REVIEW, decision_id=decision_id)
        return Charge(pledge.id, pledge.attempts, collected=False, reason=refused.code)
    return _of_debit(pledge, debit, account_id)


async def _debit(payees: PayeesPayments, pledge: Pledge, mandate_id: str) -> DebitAnswer:
    """The debit of this try. A bank may have paid an earlier one after it was given up: then there is no other."""
    if pledge.debit_id is not None:
        return await payees.debit(mandate_id, pledge.debit_id)
    if pledge.attempts > 1:
        paid = [debit for debit in await payees.debits(mandate_id) if debit.state == "succeeded"]
        if paid:
            return paid[0]
    number = f"{pledge_text(pledge.id)}-{pledge.attempts}"
    try:
        return await payees.request_debit(
            mandate_id,
            number,
            pledge.amount_minor,
            pledge.currency,
            key=_key(number, pledge),
            decision=pledge.decision_id,
        )
    except Refused as refused:
        if refused.code != NUMBER_USED:
            raise
    return next(debit for debit in await payees.debits(mandate_id) if debit.number == number)


def _key(number: str, pledge: Pledge) -> str:
    """Of one question: payments answers the same to the same key, so that one asked before a review was decided is not asked again."""
    if pledge.decision_id is None:
        return f"p2p-{number}"
    assert pledge.due_at is not None
    return f"p2p-{number}-{pledge.decision_id}-{int(pledge.due_at.timestamp() * 1000)}"


def _of_debit(pledge: Pledge, debit: DebitAnswer, account_id: UUID) -> Charge:
    if debit.state == "succeeded":
        return Charge(pledge.id, pledge.attempts, collected=True, account_id=account_id, debit_id=debit.id)
    if debit.state in ("failed", "cancelled"):
        return Charge(
            pledge.id, pledge.attempts, collected=False, debit_id=debit.id, reason=debit.failure_code or debit.state
        )
    # The wallet is kept: while a debit is under way nothing else may end the try.
    return Charge(pledge.id, pledge.attempts, collected=None, account_id=account_id, debit_id=debit.id)


async def _wallet(client: PaymentsClient, pledge: Pledge) -> UUID:
    if pledge.account_id is not None:
        return pledge.account_id
    return (await client.open_wallet(decode("cus", pledge.backer), pledge.currency)).account_id


async def _programme(connection: Any, project: Project) -> Any:
    return await programme_queries.funding_version(connection, project.programme_code, project.programme_version)


def _payees(runtime: Runtime) -> PayeesPayments:
    return PayeesPayments(runtime.get(PaymentsClient).transport)
