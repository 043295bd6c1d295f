"""`/v1/trades/{id}/refunds` and `/v1/trade-refunds`: money asked back, answered, ruled."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.trades import queries, refund_queries
from services.payments.trades import refund_actions as actions
from services.payments.trades.errors import UnknownRefund, UnknownTrade
from services.payments.trades.model import Deal, Refund, RefundState
from services.payments.trades.rules import party_of
from services.payments.trades.schemas import (
    OpenTradeRefundRequest,
    RefundId,
    RefuseTradeRefundRequest,
    RefuseTradeReturnRequest,
    ReturnTradeGoodsRequest,
    TradeEvidenceAnswer,
    TradeEvidenceRequest,
    TradeId,
    TradeRefundAnswer,
    TradeRulingRequest,
    changed_refund_answer,
    evidence_answer,
    refund_answer,
)

router = APIRouter(prefix="/v1", tags=["trades"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.post("/trades/{trade_id}/refunds", status_code=201, response_model=TradeRefundAnswer)
async def open_trade_refund(
    request: Request, trade_id: TradeId, body: OpenTradeRefundRequest, caller: Writer
) -> Response:
    """The buyer wants money back, whole or in part, before or after shipping; one refund at a time. The trade's own time stands still."""
    facts: dict[str, Any] = {"wanted": body.wanted(), "return_goods": body.return_goods, "reason": body.reason}
    return await commands.run(request, actions.open_refund, changed_refund_answer, trade_id=trade_id, **facts)


@router.get("/trades/{trade_id}/refunds")
async def list_trade_refunds(
    request: Request, trade_id: TradeId, caller: Reader, paging: Paging
) -> Page[TradeRefundAnswer]:
    """All refunds of a trade, newest first."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        deal = await _seen(connection, caller, trade_id)
        if deal is None:
            raise UnknownTrade("no such trade")
        rows = await refund_queries.refunds_of(connection, trade_id, before, paging.limit + 1)
    items = [refund_answer(row, deal.trade.due_at) for row in rows]
    return Page[TradeRefundAnswer].model_validate(page(items, paging, lambda row: (row.number,)))


@router.get("/trade-refunds")
async def list_waiting_trade_refunds(
    request: Request,
    caller: Operator,
    paging: Paging,
    state: Annotated[RefundState, Query()] = RefundState.IN_ARBITRATION,
) -> Page[TradeRefundAnswer]:
    """Everybody's open refunds of a state, oldest first: by default what waits for an arbiter."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await refund_queries.refunds_waiting(connection, state, after, paging.limit + 1)
    items = [refund_answer(refund, due_at) for refund, due_at in rows]
    return Page[TradeRefundAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/trade-refunds/{refund_id}")
async def read_trade_refund(request: Request, refund_id: RefundId, caller: Reader) -> TradeRefundAnswer:
    async with runtime_of(request).reading() as connection:
        refund, deal = await _visible(connection, caller, refund_id)
    return refund_answer(refund, deal.trade.due_at)


@router.post("/trade-refunds/{refund_id}/agreement", response_model=TradeRefundAnswer)
async def agree_to_trade_refund(request: Request, refund_id: RefundId, caller: Writer) -> Response:
    """The seller agrees: the money goes back, or, where goods are to be returned, the buyer's time to send them begins."""
    return await commands.run(request, actions.agree, changed_refund_answer, status=200, refund_id=refund_id)


@router.post("/trade-refunds/{refund_id}/refusal", response_model=TradeRefundAnswer)
async def refuse_trade_refund(
    request: Request, refund_id: RefundId, body: RefuseTradeRefundRequest, caller: Writer
) -> Response:
    """The seller refuses, perhaps proposing less."""
    proposal = None if body.proposal is None else (body.proposal.amount, body.proposal.return_goods)
    facts: dict[str, Any] = {"reason": body.reason, "proposal": proposal}
    return await commands.run(request, actions.refuse, changed_refund_answer, status=200, refund_id=refund_id, **facts)


@router.post("/trade-refunds/{refund_id}/acceptance", response_model=TradeRefundAnswer)
async def accept_trade_proposal(request: Request, refund_id: RefundId, caller: Writer) -> Response:
    """The buyer takes what the seller proposed."""
    return await commands.run(request, actions.accept_proposal, changed_refund_answer, status=200, refund_id=refund_id)


@router.post("/trade-refunds/{refund_id}/escalation", response_model=TradeRefundAnswer)
async def escalate_trade_refund(request: Request, refund_id: RefundId, caller: Writer) -> Response:
    """The buyer puts a refused refund before an arbiter."""
    return await commands.run(request, actions.escalate, changed_refund_answer, status=200, refund_id=refund_id)


@router.post("/trade-refunds/{refund_id}/withdrawal", response_model=TradeRefundAnswer)
async def withdraw_trade_refund(request: Request, refund_id: RefundId, caller: Writer) -> Response:
    """The buyer takes it back; the trade's own time goes on with what was left of it."""
    return await commands.run(request, actions.withdraw, changed_refund_answer, status=200, refund_id=refund_id)


@router.post("/trade-refunds/{refund_id}/return", response_model=TradeRefundAnswer)
async def send_trade_goods_back(
    request: Request, refund_id: RefundId, body: ReturnTradeGoodsRequest, caller: Writer
) -> Response:
    """The buyer has sent the goods back."""
    facts: dict[str, Any] = {"carrier": body.carrier, "tracking_number": body.tracking_number}
    return await commands.run(
        request, actions.send_back, changed_refund_answer, status=200, refund_id=refund_id, **facts
    )


@router.post("/trade-refunds/{refund_id}/return-confirmation", response_model=TradeRefundAnswer)
async def confirm_trade_return(request: Request, refund_id: RefundId, caller: Writer) -> Response:
    """The seller has the goods: the money goes back."""
    return await commands.run(request, actions.confirm_return, changed_refund_answer, status=200, refund_id=refund_id)


@router.post("/trade-refunds/{refund_id}/return-refusal", response_model=TradeRefundAnswer)
async def refuse_trade_return(
    request: Request, refund_id: RefundId, body: RefuseTradeReturnRequest, caller: Writer
) -> Response:
    """The seller does not take what came back: an arbiter decides."""
    return await commands.run(
        request, actions.refuse_return, changed_refund_answer, status=200, refund_id=refund_id, reason=body.reason
    )


@router.post("/trade-refunds/{refund_id}/ruling", response_model=TradeRefundAnswer)
async def rule_on_trade_refund(
    request: Request, refund_id: RefundId, body: TradeRulingRequest, caller: Operator
) -> Response:
    """An arbiter splits what is in dispute."""
    facts: dict[str, Any] = {name: getattr(body, name) for name in TradeRulingRequest.model_fields}
    return await commands.run(request, actions.rule, changed_refund_answer, status=200, refund_id=refund_id, **facts)


@router.post("/trade-refunds/{refund_id}/evidence", status_code=201, response_model=TradeEvidenceAnswer)
async def give_trade_evidence(
    request: Request, refund_id: RefundId, body: TradeEvidenceRequest, caller: Writer
) -> Response:
    """A party's word and the hash of its file; seen by both parties and by arbiters."""
    file = body.file
    facts: dict[str, Any] = {
        "text": body.text,
        "file_hash": file.sha256 if file else None,
        "media_type": file.media_type if file else None,
        "file_size": file.size if file else None,
    }
    return await commands.run(request, actions.give_evidence, evidence_answer, refund_id=refund_id, **facts)


@router.get("/trade-refunds/{refund_id}/evidence")
async def list_trade_evidence(
    request: Request, refund_id: RefundId, caller: Reader, paging: Paging
) -> Page[TradeEvidenceAnswer]:
    """Of both parties, in the order in which it was given."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await _visible(connection, caller, refund_id)
        rows = await refund_queries.evidence_of(connection, refund_id, after, paging.limit + 1)
    items = [evidence_answer(row) for row in rows]
    return Page[TradeEvidenceAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


async def _visible(connection: AsyncConnection, caller: Caller, refund_id: RefundId) -> tuple[Refund, Deal]:
    refund = await refund_queries.refund_with(connection, refund_id)
    deal = None if refund is None else await _seen(connection, caller, refund.trade_id)
    if refund is None or deal is None:
        raise UnknownRefund("no such refund")
    return refund, deal


async def _seen(connection: AsyncConnection, caller: Caller, trade_id: TradeId) -> Deal | None:
    """A trade of the caller's; an operator sees all."""
    deal = await queries.deal_with(connection, trade_id)
    if deal is None or not (party_of(deal, caller.party, caller.customer) or caller.may("payments:operate")):
        return None
    return deal
