"""The story of an application: declared, graded, decided at once or after checks, listed, funded; or ended by time.

What staff does with one stands in `reviewing.py`, what those outside say of it in `checking.py`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.applications import exposure_queries, limits, queries, rules
from services.p2p.applications.events import APPLICATION_GRADED, TYPE_OF_STATE, decided, graded
from services.p2p.applications.model import (
    Application,
    ApplicationEvent,
    ApplicationState,
    BorrowerKind,
    Channel,
    Role,
)
from services.p2p.applications.score import grading_of
from services.p2p.borrowers import queries as borrower_queries
from services.p2p.borrowers.model import Facts, Identity
from services.p2p.borrowers.rules import checked_identity_number, checked_organisation_number, may_borrow_by_age
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.checks import actions as check_actions
from services.p2p.checks import queries as check_queries
from services.p2p.checks.rules import owed_elsewhere
from services.p2p.errors import (
    AboveLimit,
    ApplicationUnderWay,
    CurrencyDiffers,
    CustomersOnly,
    GradedForLess,
    UnknownApplication,
)
from services.p2p.scorecards.measures import Asked
from services.p2p.settings import ApplicationDeadlines, ReviewRules, checks_needed
from services.p2p.wire_ids import application_text

OPERATE = "p2p:operate"
API = "api"
TAKES_DOCUMENTS = rules.UNDER_WAY - {ApplicationState.LISTED} | {ApplicationState.DECLINED}
"""One who was declined may bring what an appeal, or staff, goes by."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a borrower asks for; amount in minor units."""

    amount_minor: int
    currency: str
    term_months: int
    purpose: str
    borrower_kind: BorrowerKind = BorrowerKind.NATURAL_PERSON


@dataclass(frozen=True, slots=True)
class Origin:
    """How an application came, and through whom."""

    channel: Channel = Channel.ONLINE
    originator_id: UUID | None = None
    agent_id: UUID | None = None
    keyed_by: str | None = None


ONLINE = Origin()


async def apply(
    tx: Tx, caller: Caller, *, wish: Wish, identity: Identity, facts: Facts, vault: IdentityVault
) -> Application:
    """A customer asks to borrow: graded at once; decided at once, after checks, or by staff. Raises what `submit` raises."""
    if caller.customer is None:
        raise CustomersOnly("a customer borrows for herself")
    return await submit(tx, caller.party, wish=wish, identity=identity, facts=facts, vault=vault, origin=ONLINE)


async def submit(
    tx: Tx, borrower: str, *, wish: Wish, identity: Identity, facts: Facts, vault: IdentityVault, origin: Origin
) -> Application:
    """Raises IdentityNumberWrong, ApplicationUnderWay, TooSoonToReapply."""
    number, age_allowed = _who(tx, wish, identity)
    person = vault.keys.index(number)
    asked = Asked(facts, wish.amount_minor, wish.currency, wish.term_months, tx.today)
    grading = grading_of(asked, age_allowed=age_allowed)
    owed = await exposure_queries.exposure(tx.connection, person, wish.currency)
    cap = limits.cap_on(tx.today, wish.currency, wish.borrower_kind)
    limit = limits.limit_of(grading.grade, facts.annual_income_minor, facts.debts_elsewhere_minor, owed, cap)
    state = _first_state(tx, origin, rules.decide(grading, limit, wish.borrower_kind))
    application = Application(
        id=tx.ids.new(),
        borrower=borrower,
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
        due_at=rules.due_at(state, tx.now, ApplicationDeadlines.read(tx.settings)),
        borrower_kind=wish.borrower_kind,
        origination=origin.channel,
        originator_id=origin.originator_id,
        agent_id=origin.agent_id,
        keyed_by=origin.keyed_by,
    )
    await _require_free(tx, application, person)
    if not await queries.add(tx.connection, application):
        raise ApplicationUnderWay("another application of hers is under way")
    sealed = vault.seal(application.id, replace(identity, identity_number=number))
    await borrower_queries.add(tx.connection, application.id, facts, sealed, person)
    await queries.add_decision(tx.connection, application, None, taken_by=origin.keyed_by or "rule")
    tx.events.add(APPLICATION_GRADED, application_text(application.id), graded(application))
    if state is ApplicationState.CHECKING:
        organisation = wish.borrower_kind is BorrowerKind.ORGANISATION
        await check_actions.begin(tx, application.id, organisation=organisation)
    tell_decision(tx, application, "rule")
    return application


async def expire(tx: Tx, caller: Caller, *, application_id: UUID) -> Application | None:
    """Time ends an application that nobody decided or used, or hands to staff one that nobody outside answered for; None if something else
    ended its state first."""
    application = await locked(tx, application_id)
    if application.due_at is None or application.due_at > tx.now:
        return None
    state = rules.next_state(application, ApplicationEvent.EXPIRE, {Role.TIME}, tx.now)
    if application.state is ApplicationState.CHECKING:
        await check_queries.stop_asking(tx.connection, application_id)
        reason = "identity_not_answered"
    else:
        reason = "not_used_in_time" if application.state is ApplicationState.APPROVED else "not_reviewed_in_time"
    return await moved(tx, application, ApplicationEvent.EXPIRE, state, taken_by="time", reason=reason, by="time")


async def list_it(
    tx: Tx, caller: Caller, *, application_id: UUID, amount_minor: int, currency: str, term_months: int
) -> Application:
    """The borrower turns her approval into a listing. Raises CurrencyDiffers, AboveLimit, GradedForLess, and what the states refuse."""
    application = await locked(tx, application_id)
    if application.borrower is None or application.borrower != caller.party:
        raise UnknownApplication("no such application", field="application_id")
    state = rules.next_state(application, ApplicationEvent.LIST, roles(caller, application), tx.now)
    if currency != application.currency:
        raise CurrencyDiffers(f"the approval is in {application.currency}", field="currency")
    most = min(application.limit_minor, await room_by_law(tx, application))
    if amount_minor > most:
        raise AboveLimit("more than the approval allows", field="amount", limit_minor=most)
    if term_months > application.term_months or amount_minor > application.amount_minor:
        await _require_same_grade(tx, application, amount_minor, term_months)
    return await moved(tx, application, ApplicationEvent.LIST, state, taken_by=caller.party)


async def settle_listing(tx: Tx, *, application_id: UUID, funded: bool) -> Application:
    """What became of its listing: paid out, or failed, and then the approval stands again until the deadline that it had.

    Listed and cancelled again and again, a grade and a bureau's report would else be used for ever.
    """
    application = await locked(tx, application_id)
    event = ApplicationEvent.FUND if funded else ApplicationEvent.UNLIST
    state = rules.next_state(application, event, {Role.LISTING}, tx.now)
    approved_at = None if funded else await queries.last_approved_at(tx.connection, application_id)
    return await moved(tx, application, event, state, taken_by="listing", since=approved_at)


def roles(caller: Caller, application: Application) -> set[Role]:
    found = set()
    if caller.may(OPERATE):
        found.add(Role.OPERATOR)
    if caller.party == application.borrower:
        found.add(Role.BORROWER)
    return found


async def locked(tx: Tx, application_id: UUID) -> Application:
    """Under lock: the first lock of every story about it. Raises UnknownApplication."""
    application = await queries.load(tx.connection, application_id, lock=True)
    if application is None:
        raise UnknownApplication("no such application", field="application_id")
    return application


async def visible(tx: Tx, caller: Caller, application_id: UUID) -> Application:
    """Under lock, her own or anybody's for an operator. Raises UnknownApplication."""
    application = await locked(tx, application_id)
    if not roles(caller, application):
        raise UnknownApplication("no such application", field="application_id")
    return application


async def room_by_law(tx: Tx, application: Application) -> int:
    """What the law lets this person owe here besides, all her declarations locked until the end; her limit where no law is known."""
    cap = limits.cap_on(tx.today, application.currency, application.borrower_kind)
    facts = await borrower_queries.facts_of(tx.connection, application.id)
    person = await borrower_queries.lock_person(tx.connection, application.id)
    if cap is None or facts is None or person is None:
        return application.limit_minor
    owed = await exposure_queries.exposure(tx.connection, person, application.currency)
    checks = await check_queries.of_application(tx.connection, application.id)
    return limits.room_under(cap, owed_elsewhere(checks, facts.debts_elsewhere_minor), owed)


async def moved(
    tx: Tx,
    application: Application,
    event: ApplicationEvent,
    state: ApplicationState,
    *,
    taken_by: str,
    reason: str | None = None,
    note: str | None = None,
    by: Literal["rule", "staff", "time"] | None = None,
    since: datetime | None = None,
) -> Application:
    """Take a locked application to a state, whatever else of it changed being saved with it. Raises ApplicationUnderWay.

    since: from when its deadline runs, where that is not now.
    """
    due_at = rules.due_at(state, since or tx.now, ApplicationDeadlines.read(tx.settings))
    proposer = application.proposed_by if state is ApplicationState.PROPOSED else None
    after = replace(application, state=state, changed_at=tx.now, due_at=due_at, proposed_by=proposer)
    if application.state in rules.UNDER_WAY:
        await queries.save(tx.connection, after)
    else:
        person = await borrower_queries.lock_person(tx.connection, application.id)
        if person is not None:
            await _require_only_one(tx, application.id, person)
        if not await queries.revive(tx.connection, after):
            raise ApplicationUnderWay("another application of hers is under way")
    await queries.add_decision(tx.connection, after, event, taken_by=taken_by, reason=reason, note=note)
    if by is not None:
        tell_decision(tx, after, by)
    return after


def tell_decision(tx: Tx, application: Application, by: Literal["rule", "staff", "time"]) -> None:
    event_type = TYPE_OF_STATE.get(application.state)
    if event_type is not None:
        tx.events.add(event_type, application_text(application.id), decided(application, by))


def _who(tx: Tx, wish: Wish, identity: Identity) -> tuple[str, bool]:
    """The checked number, and whether age lets them borrow: an organisation has none."""
    if wish.borrower_kind is BorrowerKind.ORGANISATION:
        return checked_organisation_number(identity.identity_number), True
    number = checked_identity_number(identity.identity_number)
    return number, may_borrow_by_age(number, tx.today)


def _first_state(tx: Tx, origin: Origin, decision: ApplicationState) -> ApplicationState:
    """Paper waits for a second person; what the rule declines asks nobody."""
    if origin.keyed_by is not None:
        return ApplicationState.KEYED
    if decision is not ApplicationState.DECLINED and checks_needed(tx.settings):
        return ApplicationState.CHECKING
    return decision


async def _require_only_one(tx: Tx, application_id: UUID, person: bytes) -> None:
    """A person has one application under way, whatever customers she is. Raises ApplicationUnderWay."""
    await exposure_queries.alone(tx.connection, person)
    if await exposure_queries.other_under_way(tx.connection, person, application_id):
        raise ApplicationUnderWay("another application of hers is under way")


async def _require_free(tx: Tx, application: Application, person: bytes) -> None:
    """A partner's try that was declined keeps the partner waiting, not her. Raises ApplicationUnderWay, TooSoonToReapply."""
    await _require_only_one(tx, application.id, person)
    declined_at = await exposure_queries.last_declined_at(
        tx.connection, person, application.origination.value, application.originator_id
    )
    rules.require_reapply(declined_at, tx.now, ReviewRules.read(tx.settings).reapply_days)


async def _require_same_grade(tx: Tx, application: Application, amount_minor: int, term_months: int) -> None:
    """More, or for longer, than was asked for is listed only if the grade would have been no worse. Raises GradedForLess."""
    facts = await borrower_queries.facts_of(tx.connection, application.id)
    if facts is None:
        return
    amount, term = max(amount_minor, application.amount_minor), max(term_months, application.term_months)
    for field, wanted in (
        ("term_months", Asked(facts, application.amount_minor, application.currency, term, tx.today)),
        ("amount", Asked(facts, amount, application.currency, term, tx.today)),
    ):
        grading = grading_of(wanted, scorecard_version=application.scorecard_version)
        if grading.grade > application.grade:
            raise GradedForLess("for so much, or so long, the grade is worse: apply for it", field=field)
