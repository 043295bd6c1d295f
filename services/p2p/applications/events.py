"""Events of applications: ids, grades and amounts, never who or what she declared."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.applications.model import Application, ApplicationState
from services.p2p.wire_ids import ApplicationId

APPLICATION_GRADED = "p2p.application.graded.v1"
APPLICATION_APPROVED = "p2p.application.approved.v1"
APPLICATION_DECLINED = "p2p.application.declined.v1"
APPLICATION_EXPIRED = "p2p.application.expired.v1"


class ApplicationGraded(Answer):
    """A grade was given. borrower: `cus_…`, None for an imported application; source: `api` or the source of an import."""

    application_id: ApplicationId
    borrower: str | None
    source: str
    grade: str
    score: int
    scorecard_version: str
    amount: int
    currency: str
    term_months: int


class ApplicationDecided(Answer):
    """A decision, by the rule or by staff. decided_by: `rule` or `staff`; reasons: codes."""

    application_id: ApplicationId
    borrower: str | None
    grade: str
    state: Literal["approved", "declined", "expired"]
    decided_by: Literal["rule", "staff", "time"]
    reasons: list[str]
    limit_minor: int
    currency: str


EVENT_TYPES: dict[str, type[Answer]] = {
    APPLICATION_GRADED: ApplicationGraded,
    APPLICATION_APPROVED: ApplicationDecided,
    APPLICATION_DECLINED: ApplicationDecided,
    APPLICATION_EXPIRED: ApplicationDecided,
}
TYPE_OF_STATE = {
    ApplicationState.APPROVED: APPLICATION_APPROVED,
    ApplicationState.DECLINED: APPLICATION_DECLINED,
    ApplicationState.EXPIRED: APPLICATION_EXPIRED,
}


def graded(application: Application) -> dict[str, object]:
    return ApplicationGraded(
        application_id=application.id,
        borrower=application.borrower,
        source=application.source,
        grade=application.grade,
        score=application.score,
        scorecard_version=application.scorecard_version,
        amount=application.amount_minor,
        currency=application.currency,
        term_months=application.term_months,
    ).model_dump(mode="json")


def decided(application: Application, by: Literal["rule", "staff", "time"]) -> dict[str, object]:
    return ApplicationDecided(
        application_id=application.id,
        borrower=application.borrower,
        grade=application.grade,
        state=application.state.value,
        decided_by=by,
        reasons=list(application.reasons),
        limit_minor=application.limit_minor,
        currency=application.currency,
    ).model_dump(mode="json")
