"""Contacts, promises and requests of a case; and the rules of contact."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chassis import commands, wire
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.collections import (
    actions,
    arrears_queries,
    contact_actions,
    contact_queries,
    promise_actions,
    promise_queries,
    queries,
    report_queries,
    reports,
    request_actions,
    request_queries,
)
from services.p2p.collections.errors import DaysNotAllowed
from services.p2p.collections.model import Outcome, Relation, RequestKind
from services.p2p.collections.routes import visible
from services.p2p.collections.schemas import (
    AgeingAnswer,
    CaseAnswer,
    CollectionRequestAnswer,
    CollectionRequestRequest,
    ContactAnswer,
    ContactRequest,
    ContactRulesAnswer,
    ContactRulesListAnswer,
    ContactRulesRequest,
    NamedPersonAnswer,
    NamedPersonRequest,
    OutcomeRequest,
    PromiseAnswer,
    PromiseRequest,
    RelationName,
    RequestDecisionRequest,
    RequestStateName,
    RollRatesAnswer,
    aged_answer,
    case_answer,
    contact_answer,
    draft_of,
    named_answer,
    promise_answer,
    request_answer,
    roll_rates_answer,
    rules_answer,
    wanted_of,
)
from services.p2p.collections.wire_ids import CaseId, CollectionRequestId, ContactId

router = APIRouter(prefix="/v1", tags=["collections"])
Reader = Annotated[Caller, requires("p2p:read")]
Writer = Annotated[Caller, requires("p2p:write")]
Operator = Annotated[Caller, requires("p2p:operate")]
MOST_RULES = 200
LONGEST_DAYS = 366


@router.post("/collection-cases/{case_id}/contacts", status_code=201, response_model=ContactAnswer)
async def ask_contact(request: Request, body: ContactRequest, caller: Operator, case_id: CaseId) -> Response:
    """Ask before calling or writing: it is allowed and counts, or refused with the time when it is allowed. Or tell of one that came in."""
    return await commands.run(request, contact_actions.ask, contact_answer, case_id=case_id, wanted=wanted_of(body))


@router.get("/collection-cases/{case_id}/contacts")
async def list_contacts(request: Request, caller: Reader, paging: Paging, case_id: CaseId) -> Page[ContactAnswer]:
    """Every contact about a case, newest first; for its borrower and for operators."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await visible(connection, caller, case_id)
        rows = await contact_queries.of_case(connection, case_id, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    items = [contact_answer(row, private=caller.may(actions.OPERATE)) for row in shown["items"]]
    return Page[ContactAnswer](items=items, next=shown["next"])


@router.post("/collection-contacts/{contact_id}/outcome", status_code=200, response_model=ContactAnswer)
async def report_contact(request: Request, body: OutcomeRequest, caller: Operator, contact_id: ContactId) -> Response:
    """Tell how a contact ended."""
    return await commands.run(
        request,
        contact_actions.report,
        contact_answer,
        status=200,
        contact_id=contact_id,
        outcome=Outcome(body.outcome),
        note=body.note,
    )


@router.post("/collection-cases/{case_id}/promises", status_code=201, response_model=PromiseAnswer)
async def promise(request: Request, body: PromiseRequest, caller: Writer, case_id: CaseId) -> Response:
    """Promise to pay so much by the end of a day: by the borrower, or as she told it to whoever took the case. Nobody calls meanwhile."""
    return await commands.run(
        request,
        promise_actions.make,
        promise_answer,
        case_id=case_id,
        amount_minor=body.amount,
        currency=body.currency,
        due_on=body.due_on,
    )


@router.get("/collection-cases/{case_id}/promises")
async def list_promises(request: Request, caller: Reader, paging: Paging, case_id: CaseId) -> Page[PromiseAnswer]:
    """Newest first; for the borrower and for operators."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await visible(connection, caller, case_id)
        rows = await promise_queries.of_case(connection, case_id, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[PromiseAnswer](items=[promise_answer(row) for row in shown["items"]], next=shown["next"])


@router.post("/collection-cases/{case_id}/requests", status_code=201, response_model=CollectionRequestAnswer)
async def ask_request(request: Request, body: CollectionRequestRequest, caller: Writer, case_id: CaseId) -> Response:
    """The borrower tells of hardship, or complains and asks not to be contacted. Nobody answering in time grants it."""
    kind = RequestKind(body.kind)
    return await commands.run(request, request_actions.ask, request_answer, case_id=case_id, kind=kind, text=body.text)


@router.get("/collection-cases/{case_id}/requests")
async def list_case_requests(
    request: Request, caller: Reader, paging: Paging, case_id: CaseId
) -> Page[CollectionRequestAnswer]:
    """Newest first; for the borrower and for operators."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await visible(connection, caller, case_id)
        rows = await request_queries.find(connection, case_id=case_id, state=None, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[CollectionRequestAnswer](items=[request_answer(row) for row in shown["items"]], next=shown["next"])


@router.get("/collection-requests")
async def list_requests(
    request: Request, caller: Operator, paging: Paging, state: RequestStateName | None = None
) -> Page[CollectionRequestAnswer]:
    """What borrowers asked for, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await request_queries.find(connection, case_id=None, state=state, before=before, limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.id,))
    return Page[CollectionRequestAnswer](items=[request_answer(row) for row in shown["items"]], next=shown["next"])


@router.post("/collection-requests/{request_id}/decision", status_code=200, response_model=CollectionRequestAnswer)
async def decide_request(
    request: Request, body: RequestDecisionRequest, caller: Operator, request_id: CollectionRequestId
) -> Response:
    """Grant or decline. Granted, nobody contacts her for as long as the rules say."""
    return await commands.run(
        request,
        request_actions.decide,
        request_answer,
        status=200,
        request_id=request_id,
        grant=body.decision == "grant",
        answer=body.answer,
    )


@router.post("/collection-requests/{request_id}/withdrawal", status_code=200, response_model=CollectionRequestAnswer)
async def withdraw_request(request: Request, caller: Writer, request_id: CollectionRequestId) -> Response:
    """The borrower takes it back while nobody has decided."""
    return await commands.run(request, request_actions.withdraw, request_answer, status=200, request_id=request_id)


@router.post("/collection-cases/{case_id}/named-persons", status_code=201, response_model=NamedPersonAnswer)
async def name_person(request: Request, body: NamedPersonRequest, caller: Writer, case_id: CaseId) -> Response:
    """The borrower lets somebody be spoken to about her loan. Nobody else is."""
    return await commands.run(
        request, contact_actions.name_person, named_answer, case_id=case_id, relation=Relation(body.relation)
    )


@router.post(
    "/collection-cases/{case_id}/named-persons/{relation}/revocation", status_code=200, response_model=CaseAnswer
)
async def revoke_person(request: Request, caller: Writer, case_id: CaseId, relation: RelationName) -> Response:
    """She does not let them be spoken to any more."""
    return await commands.run(
        request,
        contact_actions.revoke_person,
        lambda case: case_answer(case, private=False),
        status=200,
        case_id=case_id,
        relation=Relation(relation),
    )


@router.get("/collection-rules")
async def list_rules(request: Request, caller: Reader) -> ContactRulesListAnswer:
    """Quiet hours, how often, promises: every version, newest first."""
    async with runtime_of(request).reading() as connection:
        found = await queries.every_rules(connection, MOST_RULES)
    return ContactRulesListAnswer(items=[rules_answer(one) for one in found])


@router.post("/collection-rules", status_code=201, response_model=ContactRulesAnswer)
async def add_rules(request: Request, body: ContactRulesRequest, caller: Operator) -> Response:
    """Other rules from a day on, with their source."""
    return await commands.run(request, actions.add_rules, rules_answer, draft=draft_of(body))


@router.get("/collection-reports/ageing")
async def read_ageing(request: Request, caller: Operator) -> AgeingAnswer:
    """Running loans of each programme by bucket (M0 to M6+) as of today: how many, outstanding, overdue."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        found = await arrears_queries.by_days(connection, today)
    return AgeingAnswer(day=today, items=[aged_answer(one) for one in reports.aged(found)])


@router.get("/collection-reports/roll-rates")
async def read_roll_rates(
    request: Request,
    caller: Operator,
    from_day: Annotated[wire.Day, Query()],
    to_day: Annotated[wire.Day, Query()],
    currency: Annotated[wire.Currency, Query()] = "CNY",
) -> RollRatesAnswer:
    """How loans moved between buckets from the end of one day to the end of another (滚动率), by number and by what they owed."""
    if not from_day < to_day <= from_day + timedelta(days=LONGEST_DAYS):
        raise DaysNotAllowed(f"from before to, {LONGEST_DAYS} days at most", field="to_day")
    async with runtime_of(request).reading() as connection:
        if unknown := await report_queries.not_closed(connection, [from_day, to_day]):
            field = "from_day" if from_day in unknown else "to_day"
            raise DaysNotAllowed(f"{unknown[0]} is not closed", field=field)
        found = await report_queries.moves(connection, from_day, to_day, currency)
    return roll_rates_answer(from_day, to_day, currency, reports.rolled(found))
