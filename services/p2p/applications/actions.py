"""The story of an application: declared, graded, decided by the rule or by staff, listed, funded; or ended by time."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.applications import limits, queries, rules
from services.p2p.applications.events import APPLICATION_GRADED, TYPE_OF_STATE, decided, graded
from services.p2p.applications.model import Application, ApplicationEvent, ApplicationState, Role
from services.p2p.applications.score import grading_of
from services.p2p.borrowers import queries as borrower_queries
from services.p2p.borrowers.model import Facts, Identity
from services.p2p.borrowers.rules import checked_identity_number, may_borrow_by_age
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.errors import AboveLimit, ApplicationUnderWay, CurrencyDiffers, CustomersOnly, UnknownApplication
from services.p2p.loans import queries as loan_queries
from services.p2p.scorecards.measures import Asked
from services.p2p.settings import ApplicationDeadlines
from services.p2p.wire_ids import application_text

OPERATE = "p2p:operate"
API = "api"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a borrower asks for; amount in minor units."""

    amount_minor: int
    currency: str
    term_months: int
    purpose: str


async def apply(
    tx: Tx, caller: Caller, *, wish: Wish, identity: Identity, facts: Facts, vault: IdentityVault
) -> Application:
    """A customer asks to borrow: graded and decided at once, or referred to staff. Raises CustomersOnly, ApplicationUnderWay."""
    if caller.customer is None:
        raise CustomersOnly("a customer borrows for herself")
    number = checked_identity_number(identity.identity_number)
    asked = Asked(facts, wish.amount_minor, wish.currency, wish.term_months, tx.today)
    grading = grading_of(asked, age_allowed=may_borrow_by_age(number, tx.today))
    owed = await loan_queries.owed_by(tx.connection, caller.party, wish.currency)
    cap = limits.cap_on(tx.today, wish.currency)
    limit = limits.limit_of(grading.grade, facts.annual_income_minor, facts.debts_elsewhere_minor, owed, cap)
    state = rules.decide(grading, limit)
    application = Application(
        id=tx.ids.new(),
        borrower=caller.party,
        amount_minor=wish.amount_minor,
        currency=wish.currency,
        term_months=wish.term_months,
        purpose=wish.purpose,
        state=state,
        score=grading.score,
        grade=grading.grade,
        reasons=rules.reasons_of(grading, limit),
        scorecard_version=grading.scorecard_version,
        limit_minor=limit if state is not ApplicationState.DECLINED else 0,
        decided_by="rule",
        source=API,
        source_row=None,
        source_hash=None,
        submitted_at=tx.now,
        changed_at=tx.now,
        due_at=_due_at(tx, state, tx.now),
    )
    if not await queries.add(tx.connection, application):
        raise ApplicationUnderWay("another application of hers is under way")
    sealed = vault.seal(application.id, replace(identity, identity_number=number))
    await borrower_queries.add(tx.connection, application.id, facts, sealed, vault.keys.index(number))
    await queries.add_decision(tx.connection, application, None, taken_by="rule")
    tx.events.add(APPLICATION_GRADED, application_text(application.id), graded(application))
    _tell_decision(tx, application, "rule")
    return application


async def decide(
    tx: Tx, caller: Caller, *, application_id: UUID, approve: bool, limit_minor: int | None, note: str | None
) -> Application:
    """Staff decides, also against the rule. limit_minor: within the law, None for the rule's own limit."""
    application = await _locked(tx, application_id)
    event = ApplicationEvent.APPROVE if approve else ApplicationEvent.DECLINE
    state = rules.next_state(application, event, roles(caller, application), tx.now)
    limit = await _limit_of_review(tx, application, limit_minor) if approve else 0
    decided_application = replace(application, limit_minor=limit, decided_by=caller.subject)
    return await _moved(tx, decided_application, event, state, taken_by=caller.subject, note=note, by="staff")


async def expire(tx: Tx, caller: Caller, *, application_id: UUID) -> Application | None:
    """Time ends an application that nobody decided or used; None if something else ended its state first."""
    application = await _locked(tx, application_id)
    if application.due_at is None or application.due_at > tx.now:
        return None
    state = rules.next_state(application, ApplicationEvent.EXPIRE, {Role.TIME}, tx.now)
    reason = "not_reviewed_in_time" if application.state is ApplicationState.IN_REVIEW else "not_used_in_time"
    return await _moved(tx, application, ApplicationEvent.EXPIRE, state, taken_by="time", reason=reason, by="time")


async def list_it(tx: Tx, caller: Caller, *, application_id: UUID, amount_minor: int, currency: str) -> Application:
    """The borrower turns her approval into a listing. Raises CurrencyDiffers, AboveLimit, and what the states refuse."""
    application = await _locked(tx, application_id)
    if application.borrower is None or application.borrower != caller.party:
        raise UnknownApplication("no such application", field="application_id")
    state = rules.next_state(application, ApplicationEvent.LIST, roles(caller, application), tx.now)
    if currency != application.currency:
        raise CurrencyDiffers(f"the approval is in {application.currency}", field="currency")
    most = min(application.limit_minor, await _room_by_law(tx, application))
    if amount_minor > most:
        raise AboveLimit("more than the approval allows", field="amount", limit_minor=most)
    return await _moved(tx, application, ApplicationEvent.LIST, state, taken_by=caller.party)


async def settle_listing(tx: Tx, *, application_id: UUID, funded: bool) -> Application:
    """What became of its listing: paid out, or failed, and then the approval stands again with a new deadline."""
    application = await _locked(tx, application_id)
    event = ApplicationEvent.FUND if funded else ApplicationEvent.UNLIST
    state = rules.next_state(application, event, {Role.LISTING}, tx.now)
    return await _moved(tx, application, event, state, taken_by="listing")


def roles(caller: Caller, application: Application) -> set[Role]:
    found = set()
    if caller.may(OPERATE):
        found.add(Role.OPERATOR)
    if caller.party == application.borrower:
        found.add(Role.BORROWER)
    return found


async def _locked(tx: Tx, application_id: UUID) -> Application:
    application = await queries.load(tx.connection, application_id, lock=True)
    if application is None:
        raise UnknownApplication("no such application", field="application_id")
    return application


async def _limit_of_review(tx: Tx, application: Application, wanted: int | None) -> int:
    """The limit that staff names, never above the law; else the rule's, or the amount asked for where the rule gave none."""
    limit = wanted or application.limit_minor or application.amount_minor
    most = await _room_by_law(tx, application)
    if limit > most:
        raise AboveLimit("more than the law lets her owe", field="limit_minor", limit_minor=most)
    return limit


async def _room_by_law(tx: Tx, application: Application) -> int:
    cap = limits.cap_on(tx.today, application.currency)
    facts = await borrower_queries.facts_of(tx.connection, application.id)
    if cap is None or facts is None or application.borrower is None:
        return application.limit_minor
    owed = await loan_queries.owed_by(tx.connection, application.borrower, application.currency)
    return limits.room_under(cap, facts.debts_elsewhere_minor, owed)


async def _moved(
    tx: Tx,
    application: Application,
    event: ApplicationEvent,
    state: ApplicationState,
    *,
    taken_by: str,
    reason: str | None = None,
    note: str | None = None,
    by: Literal["staff", "time"] | None = None,
) -> Application:
    moved = replace(application, state=state, changed_at=tx.now, due_at=_due_at(tx, state, tx.now))
    await queries.save(tx.connection, moved)
    await queries.add_decision(tx.connection, moved, event, taken_by=taken_by, reason=reason, note=note)
    if by is not None:
        _tell_decision(tx, moved, by)
    return moved


def _tell_decision(tx: Tx, application: Application, by: Literal["rule", "staff", "time"]) -> None:
    event_type = TYPE_OF_STATE.get(application.state)
    if event_type is not None:
        tx.events.add(event_type, application_text(application.id), decided(application, by))


def _due_at(tx: Tx, state: ApplicationState, now: datetime) -> datetime | None:
    return rules.due_at(state, now, ApplicationDeadlines.read(tx.settings))
