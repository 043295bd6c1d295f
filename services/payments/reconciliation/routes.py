"""`/v1/reconciliation/…`: accounts, statement files, runs, and why a line was matched or not."""

import asyncio
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.commands import Continuation
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.reconciliation import actions, break_queries, queries, reading, record_queries, run_actions
from services.payments.reconciliation.errors import (
    UnknownLine,
    UnknownMapping,
    UnknownReconciledAccount,
    UnknownStatement,
)
from services.payments.reconciliation.explaining import tried
from services.payments.reconciliation.mappings import SHIPPED
from services.payments.reconciliation.model import Form, Mapping, ReconciledAccount, Run
from services.payments.reconciliation.schemas import (
    RULE_WORDS,
    AccountId,
    BankLinesAnswer,
    BankStatementAnswer,
    LineId,
    LinePairAnswer,
    LineWhyAnswer,
    MatchingRunAnswer,
    ReconciledAccountAnswer,
    ReconciledAccountRequest,
    RuleTriedAnswer,
    StatementGapAnswer,
    StatementId,
    TableMappingAnswer,
    TableMappingRequest,
    TakenFileAnswer,
    account_answer,
    break_answer,
    line_answer,
    mapping_answer,
    run_answer,
    statement_answer,
    taken_answer,
)

router = APIRouter(prefix="/v1/reconciliation", tags=["reconciliation"])
Operator = Annotated[Caller, requires("payments:operate")]
MOST_CANDIDATES = 50
MOST_PAIRS = 1_000
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def _load(connection: AsyncConnection, run_id: UUID) -> Run:
    run = await queries.run_with(connection, run_id)
    assert run is not None
    return run


_MATCH = Continuation(job=run_actions.RUN_JOB, load=_load, pending=lambda run: run.ended_at is None)


@router.post("/accounts", status_code=201, response_model=ReconciledAccountAnswer)
async def open_reconciled_account(request: Request, body: ReconciledAccountRequest, caller: Operator) -> Response:
    """An account of ours at a bank, whose statements are compared with our records. The sandbox's banks are known by themselves."""
    return await commands.run(request, actions.open_account, account_answer, **body.model_dump())


@router.get("/accounts")
async def list_reconciled_accounts(request: Request, caller: Operator, paging: Paging) -> Page[ReconciledAccountAnswer]:
    """Newest first."""
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_accounts(connection, _before(paging), paging.limit + 1)
    items = [account_answer(one) for one in rows]
    return Page[ReconciledAccountAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.post("/mappings", status_code=201, response_model=TableMappingAnswer)
async def add_table_mapping(request: Request, body: TableMappingRequest, caller: Operator) -> Response:
    """How a bank's tables are read. Shipped are `plain`, `alipay` and `wechat`."""
    return await commands.run(request, actions.add_mapping, mapping_answer, mapping=body.mapping())


@router.post("/accounts/{account_id}/statements", status_code=201, response_model=TakenFileAnswer, openapi_extra=FILE)
async def take_statement_file(
    request: Request,
    account_id: AccountId,
    caller: Operator,
    form: Form,
    mapping: Annotated[str | None, Query(max_length=40, description="of a table")] = None,
    on: Annotated[date | None, Query(description="the business day that a table is of")] = None,
    strict: Annotated[bool, Query(description="refuse what does not add up or shows a booking twice")] = True,
) -> Response:
    """The body is the file. It is read whole before anything is written; a refusal names the `line`."""
    runtime = runtime_of(request)
    async with runtime.reading() as connection:
        account = await _known(connection, account_id)
        layout = await _layout(connection, form, mapping)
    content = await request.body()
    read = await asyncio.to_thread(
        reading.read,
        content,
        form,
        account,
        runtime.settings.zone,
        mapping=layout,
        business_on=on,
        strict=strict,
    )
    return await commands.run(
        request, actions.take_file, taken_answer, account_id=account_id, form=form, content=content, read=read
    )


@router.get("/statements")
async def list_bank_statements(
    request: Request, caller: Operator, paging: Paging, account_id: AccountId | None = None
) -> Page[BankStatementAnswer]:
    """Newest first."""
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_statements(connection, account_id, _before(paging), paging.limit + 1)
    items = [statement_answer(one) for one in rows]
    return Page[BankStatementAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/statements/{statement_id}")
async def read_bank_statement(request: Request, statement_id: StatementId, caller: Operator) -> BankStatementAnswer:
    async with runtime_of(request).reading() as connection:
        statement = await queries.statement_with(connection, statement_id)
    if statement is None:
        raise UnknownStatement("no such statement")
    return statement_answer(statement)


@router.get("/statements/{statement_id}/lines")
async def list_bank_lines(
    request: Request,
    statement_id: StatementId,
    caller: Operator,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BankLinesAnswer:
    """In the order of the file: those that it was the first to show."""
    async with runtime_of(request).reading() as connection:
        if await queries.statement_with(connection, statement_id) is None:
            raise UnknownStatement("no such statement")
        rows = await queries.lines_of(connection, statement_id, after, limit + 1)
    items = [line_answer(line, paired=paired) for line, paired in rows[:limit]]
    return BankLinesAnswer(items=items, next=items[-1].number if len(rows) > limit else None)


@router.get("/accounts/{account_id}/gaps")
async def list_statement_gaps(
    request: Request, account_id: AccountId, caller: Operator, paging: Paging
) -> Page[StatementGapAnswer]:
    """Where statements do not go on with the balance before them: a file is missing, or one of them is wrong. Oldest first."""
    after = date.fromisoformat(paging.after[0]) if paging.after else None
    async with runtime_of(request).reading() as connection:
        await _known(connection, account_id)
        rows = await queries.gaps(connection, account_id, after, paging.limit + 1)
    items = [StatementGapAnswer.model_validate(one) for one in rows]
    return Page[StatementGapAnswer].model_validate(page(items, paging, lambda row: (row.begins_on.isoformat(),)))


@router.post("/accounts/{account_id}/runs", status_code=201, response_model=MatchingRunAnswer)
async def run_matcher(request: Request, account_id: AccountId, caller: Operator) -> Response:
    """Match what is open, and raise what does not agree. 202 while it goes on. The same again finds nothing new."""
    return await commands.run(request, run_actions.begin_run, run_answer, continuation=_MATCH, account_id=account_id)


@router.get("/accounts/{account_id}/runs")
async def list_matching_runs(
    request: Request, account_id: AccountId, caller: Operator, paging: Paging
) -> Page[MatchingRunAnswer]:
    """Newest first."""
    async with runtime_of(request).reading() as connection:
        await _known(connection, account_id)
        rows = await queries.list_runs(connection, account_id, _before(paging), paging.limit + 1)
    items = [run_answer(one) for one in rows]
    return Page[MatchingRunAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/lines/{line_id}/why")
async def explain_line(request: Request, line_id: LineId, caller: Operator) -> LineWhyAnswer:
    """What was tried for this line, rule by rule, with every record it was held against and what spoke for or against that."""
    async with runtime_of(request).reading() as connection:
        line = await queries.line_with(connection, line_id)
        if line is None:
            raise UnknownLine("no such line")
        account = await _known(connection, line.account_id)
        around = timedelta(days=account.date_window_days)
        seen = await record_queries.records_like(
            connection,
            line.account_id,
            line_id=line_id,
            match_key=line.match_key,
            amount=line.amount,
            days=(line.value_on - around, line.value_on + around),
            limit=MOST_CANDIDATES,
        )
        pairs = await record_queries.pairs_of(connection, line_id, MOST_PAIRS)
        breaks = await break_queries.breaks_about(connection, line_id)
    attempts = tried(line, account, seen, {row.record_id: row.rule for row in pairs})
    return LineWhyAnswer(
        line=line_answer(line, paired=bool(pairs)),
        pairs=[
            LinePairAnswer(record_id=row.record_id, rule=RULE_WORDS[row.rule], run_id=row.run_id, lines=row.lines)
            for row in pairs
        ],
        tried=[RuleTriedAnswer.model_validate(one) for one in attempts],
        breaks=[break_answer(one) for one in breaks],
    )


async def _known(connection: AsyncConnection, account_id: UUID) -> ReconciledAccount:
    account = await queries.account_with(connection, account_id)
    if account is None:
        raise UnknownReconciledAccount("no such account")
    return account


async def _layout(connection: AsyncConnection, form: Form, name: str | None) -> Mapping | None:
    """How a table is read; None for what needs no mapping."""
    if form is not Form.TABLE:
        return None
    found = SHIPPED.get(name or "") or await queries.mapping_named(connection, name or "")
    if found is None:
        raise UnknownMapping("a table is read by a mapping that is known", field="mapping")
    return found


def _before(paging: Paging) -> UUID | None:
    return paging.after[0] if paging.after else None
