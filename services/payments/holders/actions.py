"""Stories of the person behind customers: declared, checked, seen, given a certificate."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from services.payments.cards.actions import customer_of
from services.payments.holders import queries, rules
from services.payments.holders.errors import (
    AlreadyConfirmed,
    CheckUnderWay,
    IdentityNotDeclared,
    IdentityProved,
    NotProved,
    TooManyChecks,
    UnknownCheck,
)
from services.payments.holders.freezing import freeze_customer, freeze_holder
from services.payments.holders.model import Answer, Check, CheckChannel, CheckState, Facts, Holder, Identity, Verdict
from services.payments.holders.vault import IdentityVault
from services.payments.limits import queries as limits
from services.payments.screening.queries import is_confirmed
from services.payments.screening.rules import FREEZE_REASON

PAYMENTS = service_caller("payments")
ASK_JOB = "payments.ask_identity_service"
SCREEN_JOB = "payments.screen_customer"


async def declare_identity(tx: Tx, caller: Caller, *, vault: IdentityVault, facts: Facts) -> Identity:
    """A customer says who she is, or, while no source has confirmed it, that she is somebody else.

    Raises CustomersOnly, IdentityProved, CheckUnderWay.
    """
    customer_id = customer_of(caller)
    sealed = vault.seal(customer_id, facts)
    identity = Identity(customer_id, sealed.details, sealed.number_index, sealed.masked, tx.now)
    if await queries.add_identity(tx.connection, identity):
        tx.jobs.add(SCREEN_JOB, {"id": str(customer_id)})
        return identity
    before = await _declared(tx, customer_id)
    if vault.open(before) == facts:
        return before
    if before.holder_id is not None:
        raise IdentityProved("who the customer is has been confirmed", field="number")
    if await queries.live_checks(tx.connection, customer_id):
        raise CheckUnderWay("what was declared before is being checked", field="number")
    await queries.save_identity(tx.connection, identity)
    tx.jobs.add(SCREEN_JOB, {"id": str(customer_id)})
    return identity


async def request_check(tx: Tx, caller: Caller, *, channel: CheckChannel) -> Check:
    """Ask a source whether the customer is who she says. Raises IdentityNotDeclared, AlreadyConfirmed, CheckUnderWay, TooManyChecks."""
    identity = await _declared(tx, customer_of(caller))
    if await queries.asked_on(tx.connection, identity.customer_id, channel, tx.today) >= rules.CHECKS_A_DAY:
        raise TooManyChecks("this source has been asked often enough today", field="channel")
    check = Check(
        id=tx.ids.new(),
        customer_id=identity.customer_id,
        channel=channel,
        state=CheckState.PENDING,
        failure_code=None,
        asked_at=tx.now,
        asked_on=tx.today,
        tries=0,
        due_at=tx.now + rules.FIRST_PAUSE,
        expires_at=tx.now + rules.ASKED_FOR,
        ended_at=None,
    )
    if not await queries.add_check(tx.connection, check):
        live = {check.channel: check for check in await queries.live_checks(tx.connection, identity.customer_id)}
        if live[channel].state is CheckState.PASSED:
            raise AlreadyConfirmed("this source has confirmed the customer", field="channel")
        raise CheckUnderWay("this source is being asked", field="channel")
    tx.jobs.add(ASK_JOB, {"id": str(check.id)}, delay_seconds=10)
    return check


async def record_answer(tx: Tx, caller: Caller, *, check_id: UUID, answer: Answer) -> Check:
    """What a source said, once; or that it said nothing, and is asked again until the time is over."""
    found = await queries.check_with(tx.connection, check_id)
    if found is None:
        raise UnknownCheck("no such check", field="check_id")
    identity = await _declared(tx, found.customer_id)
    check = await queries.check_with(tx.connection, check_id, lock=True)
    assert check is not None
    if check.state is not CheckState.PENDING:
        return check
    if answer.verdict is Verdict.MATCH and not await _confirm(tx, identity):
        answer = Answer(Verdict.MISMATCH, "too_many_customers")
    check = _after(tx, check, answer)
    await queries.save_check(tx.connection, check)
    if check.state is not CheckState.PENDING:
        tx.events.add("payments.holder.check_ended.v1", encode("idc", check.id), _told(check))
    return check


async def record_face_to_face(tx: Tx, caller: Caller, *, customer_id: UUID) -> Identity:
    """An operator has seen the person and her document (面对面核实). Raises IdentityNotDeclared, NotProved: too many customers are she."""
    identity = await _declared(tx, customer_id)
    if identity.face_to_face_at is not None:
        return identity
    proved = await _proved(tx, replace(identity, face_to_face_at=tx.now, face_to_face_by=caller.subject))
    if proved is None:
        raise NotProved("the person is known as too many customers", field="customer_id")
    await queries.save_identity(tx.connection, proved)
    return proved


async def record_certificate(
    tx: Tx, caller: Caller, *, customer_id: UUID, valid_until: date, agreed_daily: int
) -> Identity:
    """A digital certificate or electronic signature confirms the customer's payments, up to what was agreed for a day (fen).

    A day that is over ends it. Raises IdentityNotDeclared, NotProved.
    """
    identity = await _declared(tx, customer_id)
    if identity.holder_id is None:
        raise NotProved("no source has confirmed who the customer is", field="customer_id")
    identity = replace(identity, certificate_until=valid_until, agreed_daily=agreed_daily)
    await queries.save_identity(tx.connection, identity)
    return identity


async def _declared(tx: Tx, customer_id: UUID) -> Identity:
    """Locked: nothing else changes who a customer is."""
    identity = await queries.identity_of(tx.connection, customer_id, lock=True)
    if identity is None:
        raise IdentityNotDeclared("the customer has not said who she is")
    return identity


async def _confirm(tx: Tx, identity: Identity) -> bool:
    """One more source has confirmed her. False where the person is too many customers already."""
    proved = await _proved(tx, replace(identity, checks=identity.checks + 1))
    if proved is None:
        return False
    await queries.save_identity(tx.connection, proved)
    return True


async def _proved(tx: Tx, identity: Identity) -> Identity | None:
    """The identity, belonging to its person; None where she is too many customers already. If she is frozen, so is this customer."""
    if identity.holder_id is not None:
        return identity
    holder = Holder(tx.ids.new(), identity.number_index, tx.now)
    if await queries.add_holder(tx.connection, holder):
        await limits.add_usage(tx.connection, holder.id)
    else:
        holder = await queries.holder_numbered(tx.connection, identity.number_index)
    await limits.lock_usage(tx.connection, holder.id)
    if len(await queries.identities_of(tx.connection, holder.id)) >= rules.MOST_CUSTOMERS:
        return None
    if await is_confirmed(tx.connection, identity.customer_id):
        await freeze_holder(tx, PAYMENTS, holder_id=holder.id, reason=FREEZE_REASON)
    await freeze_customer(tx, holder.id, identity.customer_id)
    told = {"customer_id": encode("cus", identity.customer_id), "holder_id": encode("hld", holder.id)}
    tx.events.add("payments.holder.proved.v1", encode("hld", holder.id), told)
    return replace(identity, holder_id=holder.id, proved_at=tx.now)


def _after(tx: Tx, check: Check, answer: Answer) -> Check:
    state = rules.state_after(check, answer, tx.now)
    if state is CheckState.PENDING:
        return replace(check, tries=check.tries + 1, due_at=rules.ask_again_at(check, tx.now))
    failure = (answer.code or "mismatch") if state is CheckState.FAILED else None
    return replace(check, state=state, failure_code=failure, tries=check.tries + 1, due_at=None, ended_at=tx.now)


def _told(check: Check) -> dict[str, str]:
    return {
        "check_id": encode("idc", check.id),
        "customer_id": encode("cus", check.customer_id),
        "channel": str(check.channel),
        "state": str(check.state),
    }
