"""Stories of what a borrower asks of those who collect: hardship, or not to be contacted; staff decides, and silence grants."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.collections import actions, queries, request_queries, request_rules
from services.p2p.collections import rules as case_rules
from services.p2p.collections.errors import (
    CollectionRequestUnderWay,
    TooManyCollectionRequests,
    UnknownCase,
    UnknownCollectionRequest,
)
from services.p2p.collections.events import REQUEST_DECIDED, REQUEST_MADE, request_told
from services.p2p.collections.model import Case, CaseState, CollectionRequest, RequestEvent, RequestKind, RequestState
from services.p2p.collections.request_rules import Role
from services.p2p.collections.wire_ids import request_text


async def ask(tx: Tx, caller: Caller, *, case_id: UUID, kind: RequestKind, text: str) -> CollectionRequest:
    """Raises CollectionRequestUnderWay, TooManyCollectionRequests."""
    case = await actions.locked(tx, case_id)
    if case.borrower != caller.party:
        raise UnknownCase("no such case", field="case_id")
    actions.require_alive(case)
    if await request_queries.in_review(tx.connection, case.id):
        raise CollectionRequestUnderWay("one request at a time", field="case_id")
    rules_now = await queries.rules_in_force(tx.connection, tx.today)
    since, most = tx.now - timedelta(days=rules_now.request_window_days), rules_now.requests_in_window
    if await request_queries.made_since(tx.connection, case.loan_id, since) >= most:
        raise TooManyCollectionRequests("too many in so short a time", field="case_id", most=most)
    request = CollectionRequest(
        id=tx.ids.new(),
        case_id=case.id,
        borrower=caller.party,
        kind=kind,
        text=text,
        state=RequestState.IN_REVIEW,
        answer=None,
        requested_at=tx.now,
        decided_by=None,
        decided_at=None,
        due_at=tx.now + timedelta(days=rules_now.review_days),
    )
    await request_queries.add(tx.connection, request)
    tx.events.add(REQUEST_MADE, request_text(request.id), request_told(request))
    return request


async def decide(tx: Tx, caller: Caller, *, request_id: UUID, grant: bool, answer: str) -> CollectionRequest:
    """Staff's decision, with what she is told; granted, nobody contacts her for a time. Raises NotAllowedInState."""
    case, request = await _locked(tx, request_id)
    actions.require_alive(case)
    event = RequestEvent.GRANT if grant else RequestEvent.DECLINE
    return await _decided(tx, case, request, event, Role.OPERATOR, decided_by=caller.party, answer=answer)


async def withdraw(tx: Tx, caller: Caller, *, request_id: UUID) -> CollectionRequest:
    case, request = await _locked(tx, request_id)
    if request.borrower != caller.party:
        raise UnknownCollectionRequest("no such request", field="request_id")
    return await _decided(tx, case, request, RequestEvent.WITHDRAW, Role.BORROWER, decided_by=caller.party)


async def expire(tx: Tx, caller: Caller, *, request_id: UUID) -> CollectionRequest:
    """Nobody decided in time: granted, or lapsed with its case."""
    case, request = await _locked(tx, request_id)
    if request.due_at is None or request.due_at > tx.now:
        return request
    event = RequestEvent.LAPSE if case.state is CaseState.CLOSED else RequestEvent.GRANT
    return await _decided(tx, case, request, event, Role.TIME, decided_by=actions.TIME)


async def _decided(
    tx: Tx,
    case: Case,
    request: CollectionRequest,
    event: RequestEvent,
    role: Role,
    *,
    decided_by: str,
    answer: str | None = None,
) -> CollectionRequest:
    state = request_rules.next_state(request.state, event, role)
    decided = replace(request, state=state, answer=answer, decided_by=decided_by, decided_at=tx.now, due_at=None)
    await request_queries.save(tx.connection, decided)
    if event is RequestEvent.GRANT:
        as_role = case_rules.Role.TIME if role is Role.TIME else case_rules.Role.OPERATOR
        await actions.paused(tx, case, request.kind.value, as_role, taken_by=decided_by)
    tx.events.add(REQUEST_DECIDED, request_text(decided.id), request_told(decided))
    return decided


async def _locked(tx: Tx, request_id: UUID) -> tuple[Case, CollectionRequest]:
    """The case first; the request as it is then."""
    found = await request_queries.load(tx.connection, request_id)
    if found is None:
        raise UnknownCollectionRequest("no such request", field="request_id")
    case = await actions.locked(tx, found.case_id)
    request = await request_queries.load(tx.connection, request_id)
    assert request is not None
    return case, request
