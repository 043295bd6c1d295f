"""`/bank/{bank}/v1/reports` and `…/disputes`: what became of payments afterwards, and doors for tests that make it happen."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from chassis.wire import Amount, Answer
from chassis.wire import Request as Body
from sandbox.bank import return_jobs, return_queries, returns
from sandbox.bank.directory import bank_named
from sandbox.bank.model import Bank
from sandbox.bank.return_model import ReportKind
from sandbox.bank.schemas import Reference

router = APIRouter(prefix="/bank", tags=["bank"])


def _bank(bank: str) -> Bank:
    return bank_named(bank)


TheBank = Annotated[Bank, Depends(_bank)]
Reader = Annotated[Caller, requires("sandbox:read")]
Writer = Annotated[Caller, requires("sandbox:write")]


class ReportRequest(Body):
    """For tests: this happens to an instruction now. amount: the whole unless given."""

    kind: Literal["payout_returned", "charge_reversed", "dispute_opened"]
    instruction_reference: Reference
    reference: Reference
    amount: Amount | None = None
    reason: Annotated[str, Field(min_length=1, max_length=80)] = "made_by_a_test"


class ReportAnswer(Answer):
    """reference: the bank's own; instruction_reference: the company's. answer_by: until when evidence is taken."""

    bank: str
    reference: str
    kind: str
    instruction_kind: str
    instruction_reference: str
    amount: int
    currency: str
    reason: str
    answer_by: datetime | None
    reported_at: datetime


class ListedReport(ReportAnswer):
    position: int


class Reports(Answer):
    items: list[ListedReport]


class EvidenceRequest(Body):
    """sha256 of the text, in hex."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DecisionRequest(Body):
    won: bool


class DisputeAnswer(Answer):
    reference: str
    state: str
    due_at: datetime | None


@router.get("/{bank}/v1/reports")
async def list_reports(
    request: Request,
    bank: TheBank,
    caller: Reader,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Reports:
    """Everything that came back, was taken back, disputed or decided, in the bank's order."""
    async with runtime_of(request).reading() as connection:
        rows = await return_queries.reports_after(connection, bank.code, after, limit)
    return Reports(items=[ListedReport.model_validate(dict(row._mapping) | {"bank": bank.code}) for row in rows])


@router.post("/{bank}/v1/reports", status_code=201, openapi_extra=KEYLESS)
async def make_report(request: Request, bank: TheBank, body: ReportRequest, caller: Writer) -> ReportAnswer:
    """For tests: a payout comes back, a charge is taken back or disputed, under the reference given once."""
    runtime = runtime_of(request)
    facts = body.model_dump() | {"kind": ReportKind(body.kind)}
    seed = f"{bank.code} report {body.reference}"
    made = await commands.perform(runtime, returns.report, caller, seed=seed, bank=bank, **facts)
    await return_jobs.hint(runtime, made)
    return ReportAnswer.model_validate(made)


@router.post("/{bank}/v1/disputes/{reference}/evidence", openapi_extra=KEYLESS)
async def give_evidence(
    request: Request, bank: TheBank, reference: Reference, body: EvidenceRequest, caller: Writer
) -> DisputeAnswer:
    """The company answers a dispute in time; the same answer again is answered alike."""
    dispute = await commands.perform(
        runtime_of(request),
        returns.take_evidence,
        caller,
        seed=f"{bank.code} evidence {reference}",
        bank=bank,
        reference=reference,
        evidence_hash=body.hash,
    )
    return DisputeAnswer.model_validate(dispute)


@router.post("/{bank}/v1/disputes/{reference}/decision", openapi_extra=KEYLESS)
async def decide_dispute(
    request: Request, bank: TheBank, reference: Reference, body: DecisionRequest, caller: Writer
) -> DisputeAnswer:
    """For tests: the bank decides now."""
    dispute = await commands.perform(
        runtime_of(request),
        returns.decide,
        caller,
        seed=f"{bank.code} decides {reference}",
        bank=bank,
        reference=reference,
        won=body.won,
    )
    return DisputeAnswer.model_validate(dispute)
