"""`/v1/loans/{loan_id}/contract`: what each party holds in hand."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.p2p.contracts import queries
from services.p2p.contracts.errors import NoContract
from services.p2p.contracts.forms import contract_page
from services.p2p.contracts.model import Contract, Party
from services.p2p.contracts.schemas import ContractAnswer, KeyAnswer, PartyAnswer, contract_answer
from services.p2p.wire_ids import LoanId

PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}}}

router = APIRouter(prefix="/v1", tags=["contracts"])
Reader = Annotated[Caller, requires("p2p:read")]
Operator = Annotated[Caller, requires("p2p:operate")]


@router.get("/loans/{loan_id}/contract")
async def read_contract(request: Request, caller: Reader, loan_id: LoanId) -> ContractAnswer:
    """The caller's own document, its hash and signature. It is written before the loan's money moves."""
    return contract_answer(*await _own(request, loan_id, caller.party))


@router.get("/loans/{loan_id}/contract/page", response_class=Response, responses=PAGE)
async def read_contract_as_page(request: Request, caller: Reader, loan_id: LoanId) -> HTMLResponse:
    """The same to read and print, in Chinese and English."""
    return HTMLResponse(contract_page(*await _own(request, loan_id, caller.party)))


@router.get("/loans/{loan_id}/contract/parties")
async def list_parties(request: Request, caller: Operator, loan_id: LoanId, paging: Paging) -> Page[PartyAnswer]:
    """Every party with hash and signature of her document, by name."""
    after = paging.after[0] if paging.after else ""
    async with runtime_of(request).reading() as connection:
        rows = await queries.parties_of(connection, loan_id, after=str(after), limit=paging.limit)
    shown = page(rows, paging, key=lambda row: (row.party,))
    items = [PartyAnswer.model_validate(row) for row in shown["items"]]
    return Page[PartyAnswer](items=items, next=shown["next"])


@router.get("/contract-key")
async def read_contract_key(request: Request, caller: Reader) -> KeyAnswer:
    """The public key that checks signatures of contracts."""
    return KeyAnswer.model_validate(runtime_of(request).signer.public_key)


async def _own(request: Request, loan_id: UUID, party: str) -> tuple[Contract, Party]:
    async with runtime_of(request).reading() as connection:
        contract = await queries.load(connection, loan_id)
        mine = await queries.party_of(connection, loan_id, party)
    if contract is None or mine is None:
        raise NoContract("no contract of that loan names you", field="loan_id")
    return contract, mine
