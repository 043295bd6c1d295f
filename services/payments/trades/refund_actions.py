"""Stories of a refund: asked for, answered, sent back, put before an arbiter, ruled. The lock is always the trade's."""

from collections.abc import Mapping
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.trades import queries, refund_queries, refunding, rules
from services.payments.trades.actions import deal_of
from services.payments.trades.carrying_out import carry_out
from services.payments.trades.errors import TooMuchEvidence, UnknownRefund
from services.payments.trades.model import Deal, Evidence, Party, Refund, RefundEvent, TradeEvent


async def open_refund(
    tx: Tx, caller: Caller, *, trade_id: UUID, wanted: Mapping[int, int | None] | None, return_goods: bool, reason: str
) -> Deal:
    """The buyer wants money back: of some lines so much, or all that is held, or of all. Raises UnknownTrade, refusals of `rules`."""
    deal, party = await deal_of(tx, caller, trade_id)
    rules.require_event(deal, TradeEvent.OPEN_REFUND, party, tx.now)
    after = rules.refund_opened(
        deal, refund_id=tx.ids.new(), wanted=wanted, return_goods=return_goods, reason=reason, now=tx.now
    )
    return await _done(tx, deal, after)


async def agree(tx: Tx, caller: Caller, *, refund_id: UUID) -> Deal:
    """The seller gives in. Raises UnknownRefund and refusals of `refunding`, as all of the following."""
    deal, refund = await _allowed(tx, caller, refund_id, RefundEvent.AGREE)
    return await _done(tx, deal, refunding.agreed(deal, refund, tx.now))


async def refuse(tx: Tx, caller: Caller, *, refund_id: UUID, reason: str, proposal: tuple[int, bool] | None) -> Deal:
    """The seller says no, perhaps proposing less."""
    deal, refund = await _allowed(tx, caller, refund_id, RefundEvent.REFUSE)
    return await _done(tx, deal, refunding.refused(deal, refund, reason, proposal, tx.now))


async def accept_proposal(tx: Tx, caller: Caller, *, refund_id: UUID) -> Deal:
    deal, refund = await _allowed(tx, caller, refund_id, RefundEvent.ACCEPT_PROPOSAL)
    return await _done(tx, deal, refunding.proposal_accepted(deal, refund, tx.now))


async def escalate(tx: Tx, caller: Caller, *, refund_id: UUID) -> Deal:
    """The buyer asks for an arbiter."""
    deal, refund = await _allowed(tx, caller, refund_id, RefundEvent.ESCALATE)
    return await _done(tx, deal, refunding.escalated(deal, refund, tx.now))


async def withdraw(tx: Tx, caller: Caller, *, refund_id: UUID) -> Deal:
    deal, refund = await _allowed(tx, caller, refund_id, RefundEvent.WITHDRAW)
    return await _done(tx, deal, refunding.withdrawn(deal, refund, tx.now))


async def send_back(tx: Tx, caller: Caller, *, refund_id: UUID, carrier: str, tracking_number: str) -> Deal:
    deal, refund = await _allowed(tx, caller, refund_id, RefundEvent.SEND_BACK)
    return await _done(tx, deal, refunding.sent_back(deal, refund, carrier, tracking_number, tx.now))


async def confirm_return(tx: Tx, caller: Caller, *, refund_id: UUID) -> Deal:
    deal, refund = await _allowed(tx, caller, refund_id, RefundEvent.CONFIRM_RETURN)
    return await _done(tx, deal, refunding.return_confirmed(deal, refund, tx.now))


async def refuse_return(tx: Tx, caller: Caller, *, refund_id: UUID, reason: str) -> Deal:
    """The seller does not take what came back: an arbiter decides."""
    deal, refund = await _allowed(tx, caller, refund_id, RefundEvent.REFUSE_RETURN)
    return await _done(tx, deal, refunding.return_refused(deal, refund, reason, tx.now))


async def rule(tx: Tx, caller: Caller, *, refund_id: UUID, buyer_amount: int, seller_amount: int, reason: str) -> Deal:
    """By an operator, whose scope the route has checked: what is in dispute is split between the two."""
    deal, refund = await _locked(tx, refund_id)
    refunding.require_event(deal, refund, RefundEvent.RULE, Party.ARBITER, tx.now)
    after = refunding.ruled(
        deal, refund, buyer_amount=buyer_amount, seller_amount=seller_amount, reason=reason, ruled_by=caller.subject, now=tx.now
    )  # fmt: skip
    return await _done(tx, deal, after)


async def give_evidence(
    tx: Tx,
    caller: Caller,
    *,
    refund_id: UUID,
    text: str,
    file_hash: str | None,
    media_type: str | None,
    file_size: int | None,
) -> Evidence:
    """A party's word, and the hash of a file that it keeps. Raises TooMuchEvidence."""
    deal, refund = await _locked(tx, refund_id)
    party = _party(deal, caller)
    refunding.require_event(deal, refund, RefundEvent.GIVE_EVIDENCE, party, tx.now)
    if await refund_queries.count_evidence(tx.connection, refund_id, party) >= refunding.MOST_EVIDENCE:
        raise TooMuchEvidence(f"a party gives evidence at most {refunding.MOST_EVIDENCE} times")
    evidence = Evidence(tx.ids.new(), refund_id, party, text, file_hash, media_type, file_size, tx.now)
    await refund_queries.add_evidence(tx.connection, evidence)
    return evidence


async def _locked(tx: Tx, refund_id: UUID) -> tuple[Deal, Refund]:
    """Its trade is locked, then it is read again: it may have ended since."""
    found = await refund_queries.refund_with(tx.connection, refund_id)
    deal = None if found is None else await queries.deal_with(tx.connection, found.trade_id, lock=True)
    refund = await refund_queries.refund_with(tx.connection, refund_id)
    if deal is None or refund is None:
        raise UnknownRefund("no such refund")
    return deal, refund


def _party(deal: Deal, caller: Caller) -> Party:
    party = rules.party_of(deal, caller.party, caller.customer)
    if party is None:
        raise UnknownRefund("no such refund")
    return party


async def _allowed(tx: Tx, caller: Caller, refund_id: UUID, event: RefundEvent) -> tuple[Deal, Refund]:
    deal, refund = await _locked(tx, refund_id)
    refunding.require_event(deal, refund, event, _party(deal, caller), tx.now)
    return deal, refund


async def _done(tx: Tx, before: Deal, after: Deal) -> Deal:
    await carry_out(tx, [(before, after)])
    return after
