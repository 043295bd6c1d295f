"""What staff decides, with four eyes where it is much; and a borrower's word against being declined."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.applications import checking, queries, rules
from services.p2p.applications.actions import locked, moved, roles, room_by_law
from services.p2p.applications.model import Application, ApplicationEvent, ApplicationState, BorrowerKind, Role
from services.p2p.applications.score import REFUSALS
from services.p2p.checks import actions as check_actions
from services.p2p.checks import queries as check_queries
from services.p2p.checks import rules as check_rules
from services.p2p.documents import queries as document_queries
from services.p2p.documents.rules import require_papers
from services.p2p.errors import AboveLimit, UnknownApplication
from services.p2p.settings import ReviewRules, checks_needed

_FROM = (ApplicationState.IN_REVIEW, ApplicationState.DECLINED)


async def decide(
    tx: Tx, caller: Caller, *, application_id: UUID, approve: bool, limit_minor: int | None, note: str | None
) -> Application:
    """Staff decides, also against the rule. limit_minor: within the law, None for what was proposed, or the rule's own.

    Much, or for somebody whose identity or debts were not confirmed, or against what alone forbids a loan, is proposed by one and approved
    by another; an organisation is never approved without its licence. Raises SecondPersonNeeded, AboveLimit, DocumentsMissing, and what
    the states refuse.
    """
    application = await locked(tx, application_id)
    if not approve:
        state = rules.next_state(application, ApplicationEvent.DECLINE, roles(caller, application), tx.now)
        declined = replace(application, limit_minor=0, decided_by=caller.subject)
        event = ApplicationEvent.DECLINE
        await check_queries.stop_asking(tx.connection, application_id)
        return await moved(tx, declined, event, state, taken_by=caller.subject, note=note, by="staff")
    event = ApplicationEvent.APPROVE
    state = rules.next_state(application, event, roles(caller, application), tx.now)
    rules.require_second_person(application, caller.subject)
    limit = await _limit_of_review(tx, application, limit_minor)
    if application.state in _FROM and (await _is_much(tx, application, limit) or _is_forbidden(application)):
        event = ApplicationEvent.PROPOSE
        state = rules.next_state(application, event, roles(caller, application), tx.now)
    proposer = caller.subject if event is ApplicationEvent.PROPOSE else None
    approved = replace(application, limit_minor=limit, decided_by=caller.subject, proposed_by=proposer)
    return await moved(tx, approved, event, state, taken_by=caller.subject, note=note, by="staff")


async def confirm(tx: Tx, caller: Caller, *, application_id: UUID, note: str | None) -> Application:
    """A second person has compared what was keyed in with the paper: it goes the way of any other. Raises SecondPersonNeeded."""
    application = await locked(tx, application_id)
    state = rules.next_state(application, ApplicationEvent.CONFIRM, roles(caller, application), tx.now)
    rules.require_second_person(application, caller.subject)
    event = ApplicationEvent.CONFIRM
    confirmed = await moved(tx, application, event, state, taken_by=caller.subject, note=note)
    refused = any(reason in REFUSALS for reason in application.reasons)
    if refused or not checks_needed(tx.settings):
        return await checking.settle(tx, confirmed, [])
    organisation = application.borrower_kind is BorrowerKind.ORGANISATION
    await check_actions.begin(tx, application_id, organisation=organisation)
    return confirmed


async def appeal(tx: Tx, caller: Caller, *, application_id: UUID, note: str) -> Application:
    """One who was declined asks for a person to look, once and in time. Raises AppealNotAllowed, ApplicationUnderWay."""
    application = await locked(tx, application_id)
    if Role.BORROWER not in roles(caller, application):
        raise UnknownApplication("no such application", field="application_id")
    state = rules.next_state(application, ApplicationEvent.APPEAL, roles(caller, application), tx.now)
    made = await queries.count_events(tx.connection, application_id, ApplicationEvent.APPEAL)
    rules.require_appeal(application, made, tx.now, ReviewRules.read(tx.settings).appeal_days)
    return await moved(tx, application, ApplicationEvent.APPEAL, state, taken_by=caller.party, note=note)


async def withdraw(tx: Tx, caller: Caller, *, application_id: UUID) -> Application:
    """The borrower takes back what is not listed: also one that somebody else made for her."""
    application = await locked(tx, application_id)
    if Role.BORROWER not in roles(caller, application):
        raise UnknownApplication("no such application", field="application_id")
    state = rules.next_state(application, ApplicationEvent.WITHDRAW, roles(caller, application), tx.now)
    await check_queries.stop_asking(tx.connection, application_id)
    return await moved(tx, application, ApplicationEvent.WITHDRAW, state, taken_by=caller.party)


def _is_forbidden(application: Application) -> bool:
    """Whether something stands against it that alone forbids a loan, whatever its score and amount."""
    return any(reason in (*REFUSALS, *check_rules.REFUSALS) for reason in application.reasons)


async def _is_much(tx: Tx, application: Application, limit_minor: int) -> bool:
    much = limit_minor > ReviewRules.read(tx.settings).second_look_minor
    organisation = application.borrower_kind is BorrowerKind.ORGANISATION
    if much or organisation:
        papers = await document_queries.of_application(tx.connection, application.id)
        require_papers((one.kind for one in papers), organisation=organisation)
    checks = await check_queries.of_application(tx.connection, application.id)
    return much or check_rules.something_is_open(checks, organisation=organisation, needed=checks_needed(tx.settings))


async def _limit_of_review(tx: Tx, application: Application, wanted: int | None) -> int:
    """The limit that staff names, never above the law nor above what was proposed; else the rule's, or the amount asked for."""
    limit = wanted or application.limit_minor or application.amount_minor
    most = await room_by_law(tx, application)
    if application.state is ApplicationState.PROPOSED:
        most = min(most, application.limit_minor)
    if limit > most:
        raise AboveLimit("more than the law lets her owe, or than was proposed", field="limit_minor", limit_minor=most)
    return limit
