"""`/chain`: a node of a chain for tests. Its words are Bitcoin Core's, where it has one (`listsinceblock`, `gettransaction`, `bumpfee`).

A wallet is whoever asks: the party of its token.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from chassis import commands, wire
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from sandbox.chain import actions, queries, rules
from sandbox.chain.actions import Standing
from sandbox.chain.model import NETWORK, Send, TransactionState

router = APIRouter(prefix="/chain/v1", tags=["chain"])
Reader = Annotated[Caller, requires("sandbox:read")]
Writer = Annotated[Caller, requires("sandbox:write")]
Reference = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
Address = Annotated[str, Field(min_length=1, max_length=90)]
Satoshi = Annotated[int, Field(strict=True, ge=1, le=2_100_000_000_000_000)]
Txid = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Blocks = Annotated[int, Field(strict=True, ge=1, le=1_000)]


class AddressRequest(wire.Request):
    """label: the asker's own; the same label has the same address."""

    label: Reference


class AddressAnswer(wire.Answer):
    address: str


class SendRequest(wire.Request):
    """Under a reference of the sender's, once. max_fee: satoshi; more is refused. Amounts 990,004 to 990,006 choose a behaviour."""

    reference: Reference
    address: Address
    amount: Satoshi
    max_fee: Satoshi


class SendAnswer(wire.Answer):
    """txid: none where it was called off. confirmations: 0 in the mempool, −1 where it can never be mined; height: of its
    block."""

    reference: str
    address: str
    amount: int
    txid: str | None
    fee: int
    confirmations: int | None
    height: int | None


class FeeRateRequest(wire.Request):
    """fee_rate: satoshi a byte."""

    fee_rate: Annotated[int, Field(strict=True, ge=1, le=10_000)]


class WalletAnswer(wire.Answer):
    wallet: str
    held: int
    height: int
    best_block: str


class FeeAnswer(wire.Answer):
    fee: int
    fee_rate: int


class OutputAnswer(wire.Answer):
    position: int
    address: str
    amount: int


class TransactionAnswer(wire.Answer):
    txid: str
    state: TransactionState
    confirmations: int
    block_hash: str | None
    coinbase: bool
    fee: int
    size: int
    made_at: datetime
    outputs: list[OutputAnswer]


class ReceiptAnswer(wire.Answer):
    txid: str
    position: int
    address: str
    amount: int
    confirmations: int
    block_hash: str | None
    height: int | None


class SinceAnswer(wire.Answer):
    """removed: of blocks that count no more; last_block: to be asked from next; held: all that the wallet's addresses have."""

    receipts: list[ReceiptAnswer]
    removed: list[str]
    last_block: str
    height: int
    best_block: str
    held: int
    complete: bool


class MineRequest(wire.Request):
    blocks: Blocks = 1


class BranchRequest(wire.Request):
    """depth: blocks left; drop: what never gets into the new branch; double_spend: what its sender spends to himself instead."""

    depth: Annotated[int, Field(strict=True, ge=1, le=100)]
    drop: Annotated[list[Txid], Field(max_length=100, default_factory=list)]
    double_spend: Annotated[list[Txid], Field(max_length=100, default_factory=list)]
    blocks: Blocks = 1


class FillRequest(wire.Request):
    address: Address
    amount: Satoshi


class TxidAnswer(wire.Answer):
    txid: str


class BlockAnswer(wire.Answer):
    hash: str
    height: int
    previous_hash: str
    made_at: datetime


class ChainAnswer(wire.Answer):
    """issued: what coinbases have made so far. height: −1 before the first block."""

    network: str
    height: int
    best_block: str
    issued: int
    subsidy: int
    fee_rate: int


async def _do(request: Request, action: Any, caller: Caller, seed: str = "", **facts: Any) -> Any:
    runtime = runtime_of(request)
    return await commands.perform(runtime, action, caller, seed=f"chain {action.__name__} {seed}", **facts)


@router.get("/chain")
async def read_chain(request: Request, caller: Reader) -> ChainAnswer:
    """How far the chain is, and what it has issued."""
    async with runtime_of(request).reading() as connection:
        last, issued = await queries.tip(connection), await queries.issued(connection)
    height = last.height if last else -1
    subsidy = rules.subsidy_at(height + 1)
    return ChainAnswer(
        network=NETWORK,
        height=height,
        best_block=last.hash if last else "",
        issued=issued,
        subsidy=subsidy,
        fee_rate=rules.FEE_RATE,
    )


@router.post("/addresses", openapi_extra=KEYLESS)
async def make_address(request: Request, body: AddressRequest, caller: Writer) -> AddressAnswer:
    """An address of the caller's wallet."""
    return AddressAnswer(address=await _do(request, actions.new_address, caller, body.label, label=body.label))


@router.get("/wallets/{wallet}")
async def read_wallet(
    request: Request, wallet: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,64}$")], caller: Reader
) -> WalletAnswer:
    """(For auditors) what the addresses of somebody's wallet have, as anybody may add up who knows them."""
    async with runtime_of(request).reading() as connection:
        last, held = await queries.tip(connection), await queries.held_by(connection, wallet)
    height, best_block = (last.height, last.hash) if last else (-1, "")
    return WalletAnswer(wallet=wallet, held=held, height=height, best_block=best_block)


@router.get("/fees")
async def read_fee(request: Request, caller: Reader, amount: Annotated[int, Query(ge=1)]) -> FeeAnswer:
    """What sending so much would take from the caller's wallet just now."""
    return FeeAnswer(fee=await _do(request, actions.fee_of, caller, amount=amount), fee_rate=rules.FEE_RATE)


@router.post("/sends", response_model=SendAnswer, openapi_extra=KEYLESS)
async def send(request: Request, body: SendRequest, caller: Writer) -> Response:
    """Pay an address out of the caller's wallet. The reference is the key."""
    if body.amount == rules.LOST:
        return _silence()
    facts = body.model_dump()
    # Two sends of one time are two transactions, whose ids nobody foresees.
    sent = await _do(request, actions.send, caller, f"{caller.party} {body.reference}", **facts)
    if body.amount in (rules.SILENT, rules.LATE):
        return _silence()
    return JSONResponse(_send_answer(sent, None).model_dump(mode="json"))


@router.get("/sends")
async def find_send(request: Request, caller: Reader, reference: Annotated[Reference, Query()]) -> SendAnswer:
    """What became of it."""
    found, standing = await _do(request, actions.found_send, caller, reference=reference)
    return _send_answer(found, standing)


@router.post("/sends/{reference}/cancellation", openapi_extra=KEYLESS)
async def call_off(request: Request, reference: Reference, caller: Writer) -> SendAnswer:
    """What has not been sent under the reference never will be. Without a txid: it is called off."""
    return _send_answer(await _do(request, actions.call_off, caller, reference=reference), None)


@router.post("/sends/{reference}/fee", openapi_extra=KEYLESS)
async def raise_fee(request: Request, reference: Reference, body: FeeRateRequest, caller: Writer) -> SendAnswer:
    """Replace what waits in the mempool by the same with a higher fee."""
    facts = {"reference": reference, "fee_rate": body.fee_rate}
    seed = f"{caller.party} {reference} {body.fee_rate}"
    return _send_answer(await _do(request, actions.raise_fee, caller, seed, **facts), None)


@router.get("/transactions/{txid}")
async def read_transaction(request: Request, txid: Txid, caller: Reader) -> TransactionAnswer:
    standing: Standing = await _do(request, actions.standing_of, caller, txid=txid)
    outputs = [
        OutputAnswer(position=place, address=one.address, amount=one.amount)
        for place, one in enumerate(standing.outputs)
    ]
    made = standing.made
    return TransactionAnswer(
        txid=made.txid,
        state=made.state,
        confirmations=standing.confirmations,
        block_hash=made.block_hash,
        coinbase=made.coinbase,
        fee=made.fee,
        size=made.size,
        made_at=made.made_at,
        outputs=outputs,
    )


@router.get("/since")
async def list_since(
    request: Request,
    caller: Reader,
    block: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "",
    confirmations: Annotated[int, Query(ge=1, le=100)] = 6,
    blocks: Annotated[int, Query(ge=1, le=2_016)] = 2_016,
) -> SinceAnswer:
    """What the caller's wallet received after a block, and what of hers was in blocks that count no more."""
    found = await _do(request, actions.since, caller, block=block, confirmations=confirmations, blocks=blocks)
    return SinceAnswer.model_validate(found)


@router.post("/blocks", status_code=201, openapi_extra=KEYLESS)
async def mine(request: Request, body: MineRequest, caller: Writer) -> BlockAnswer:
    """(For tests) so many blocks; the last of them."""
    return BlockAnswer.model_validate(await _do(request, actions.mine, caller, _any(), blocks=body.blocks))


@router.post("/reorganisations", status_code=201, openapi_extra=KEYLESS)
async def reorganise(request: Request, body: BranchRequest, caller: Writer) -> BlockAnswer:
    """(For tests) another branch from some blocks back; its last block."""
    found = await _do(request, actions.reorganise, caller, _any(), **body.model_dump())
    return BlockAnswer.model_validate(found)


@router.post("/fills", status_code=201, openapi_extra=KEYLESS)
async def fill(request: Request, body: FillRequest, caller: Writer) -> TxidAnswer:
    """(For tests) from the miner to an address."""
    return TxidAnswer(txid=await _do(request, actions.fill, caller, _any(), **body.model_dump()))


def _silence() -> JSONResponse:
    return JSONResponse({"title": "internal error", "status": 500}, 500)


def _send_answer(sent: Send, standing: Standing | None) -> SendAnswer:
    return SendAnswer(
        reference=sent.reference,
        address=sent.address,
        amount=sent.amount,
        txid=sent.txid,
        fee=sent.fee,
        confirmations=None if standing is None else standing.confirmations,
        height=None if standing is None else standing.height,
    )


def _any() -> str:
    """Each of these is another, however alike."""
    return uuid4().hex
