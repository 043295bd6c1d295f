"""What those outside say of an application, and what follows from it."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.applications import exposure_queries, limits, rules
from services.p2p.applications.actions import locked, moved
from services.p2p.applications.model import Application, ApplicationState, Grading, Role
from services.p2p.applications.score import REFUSALS
from services.p2p.borrowers import queries as borrower_queries
from services.p2p.checks import queries as check_queries
from services.p2p.checks import rules as check_rules
from services.p2p.checks.model import Answer, Check, CheckState


async def record_answers(tx: Tx, caller: Caller, *, application_id: UUID, answers: Sequence[Answer]) -> Application:
    """Keep what was said; with the last answer the application is decided. An answer to what is answered changes nothing."""
    application = await locked(tx, application_id)
    if application.state is not ApplicationState.CHECKING:
        return application
    said = {answer.kind: answer for answer in answers}
    checks = []
    for check in await check_queries.of_application(tx.connection, application_id):
        after = check
        if check.state is CheckState.PENDING:
            after = _answered(tx, check, said.get(check.kind))
            await check_queries.save(tx.connection, after)
        checks.append(after)
    if not check_rules.all_ended(checks):
        return application
    return await settle(tx, application, checks)


async def settle(tx: Tx, application: Application, checks: Sequence[Check]) -> Application:
    """Decide one that waits for checks, by the rule and by what those outside said; nothing, where nobody is asked."""
    facts = await borrower_queries.facts_of(tx.connection, application.id)
    person = await borrower_queries.lock_person(tx.connection, application.id)
    assert facts is not None
    assert person is not None
    declared = facts.debts_elsewhere_minor
    owed = await exposure_queries.exposure(tx.connection, person, application.currency)
    cap = limits.cap_on(tx.today, application.currency, application.borrower_kind)
    elsewhere = check_rules.owed_elsewhere(checks, declared)
    limit = limits.limit_of(application.grade, facts.annual_income_minor, elsewhere, owed, cap)
    grading = _grading(application, checks)
    state = rules.decide(grading, limit, application.borrower_kind)
    more = check_rules.owes_more_than_declared(checks, declared)
    if more and state is ApplicationState.APPROVED:
        state = ApplicationState.IN_REVIEW
    reasons = rules.reasons_of(grading, limit)
    known = replace(
        application,
        reasons=(check_rules.OWES_MORE, *reasons) if more else reasons,
        limit_minor=0 if state is ApplicationState.DECLINED else limit,
    )
    event = rules.AFTER_CHECKS[state]
    state = rules.next_state(known, event, {Role.CHECKS}, tx.now)
    return await moved(tx, known, event, state, taken_by="checks", by="rule")


def _answered(tx: Tx, check: Check, answer: Answer | None) -> Check:
    if answer is None:
        tries = check.tries + 1
        return replace(check, tries=tries, due_at=check_rules.next_try(tx.now, tries))
    return replace(
        check,
        state=CheckState.PASSED if answer.passed else CheckState.FAILED,
        code=answer.code,
        lenders=answer.lenders,
        owed_minor=answer.owed_minor,
        past_due_minor=answer.past_due_minor,
        tries=check.tries + 1,
        due_at=None,
        ended_at=tx.now,
    )


def _grading(application: Application, checks: Sequence[Check]) -> Grading:
    refusals = (*check_rules.refusals_of(checks), *(one for one in application.reasons if one in REFUSALS))
    reasons = tuple(one for one in application.reasons if one not in (*REFUSALS, rules.NO_LIMIT))
    return Grading(application.scorecard_version, application.score, application.grade, reasons, refusals)
