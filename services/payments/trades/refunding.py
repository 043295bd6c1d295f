"""The states of a refund, who moves them, and what time does.

| state | buyer | seller | arbiter | time |
|---|---|---|---|---|
| WAIT_SELLER_AGREE | withdraw | agree, refuse | | refunded: the seller was silent |
| SELLER_REFUSED | accept_proposal, escalate, withdraw | agree | | closed: the buyer was silent |
| WAIT_BUYER_RETURN_GOODS | send_back, withdraw | | | closed: not returned |
| WAIT_SELLER_CONFIRM_RETURN | | confirm_return, refuse_return | | refunded: the return was not answered |
| IN_ARBITRATION | withdraw | agree | rule | split by the category's default |

Both parties give evidence in every open state; in arbitration until `evidence_due_at`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from services.payments.trades import sharing
from services.payments.trades.errors import (
    EvidenceClosed,
    NoProposal,
    NotAllowedInState,
    NotYourPart,
    ProposalNotLess,
    SplitDiffers,
)
from services.payments.trades.model import Deal, Outcome, Party, Refund, RefundEvent, RefundState
from services.payments.trades.rules import require_in_time, settled

MAY: Mapping[RefundState, Mapping[RefundEvent, Party]] = {
    RefundState.WAIT_SELLER_AGREE: {
        RefundEvent.WITHDRAW: Party.BUYER,
        RefundEvent.AGREE: Party.SELLER,
        RefundEvent.REFUSE: Party.SELLER,
    },
    RefundState.SELLER_REFUSED: {
        RefundEvent.ACCEPT_PROPOSAL: Party.BUYER,
        RefundEvent.ESCALATE: Party.BUYER,
        RefundEvent.WITHDRAW: Party.BUYER,
        RefundEvent.AGREE: Party.SELLER,
    },
    RefundState.WAIT_BUYER_RETURN_GOODS: {RefundEvent.SEND_BACK: Party.BUYER, RefundEvent.WITHDRAW: Party.BUYER},
    RefundState.WAIT_SELLER_CONFIRM_RETURN: {
        RefundEvent.CONFIRM_RETURN: Party.SELLER,
        RefundEvent.REFUSE_RETURN: Party.SELLER,
    },
    RefundState.IN_ARBITRATION: {
        RefundEvent.WITHDRAW: Party.BUYER,
        RefundEvent.AGREE: Party.SELLER,
        RefundEvent.RULE: Party.ARBITER,
    },
    RefundState.REFUND_SUCCESS: {},
    RefundState.REFUND_CLOSED: {},
}
MOST_EVIDENCE = 20
"""Of one party in one refund."""


def require_event(deal: Deal, refund: Refund, event: RefundEvent, party: Party, now: datetime) -> None:
    """Raises NotAllowedInState, NotYourPart, DeadlinePassed, EvidenceClosed."""
    if event is RefundEvent.GIVE_EVIDENCE:
        return _require_evidence(deal, refund, party, now)
    allowed = MAY[refund.state].get(event)
    if allowed is None:
        raise NotAllowedInState(f"the refund is {refund.state}", state=str(refund.state))
    if party is not allowed:
        raise NotYourPart(f"this is for the {allowed}")
    return require_in_time(deal.trade, now)


def _require_evidence(deal: Deal, refund: Refund, party: Party, now: datetime) -> None:
    if refund.ended_at is not None:
        raise NotAllowedInState(f"the refund is {refund.state}", state=str(refund.state))
    if party is Party.ARBITER:
        raise NotYourPart("evidence is given by the buyer and the seller")
    require_in_time(deal.trade, now)
    if refund.evidence_due_at is not None and refund.evidence_due_at <= now:
        raise EvidenceClosed("evidence was taken until then", evidence_due_at=refund.evidence_due_at.isoformat())


def agreed(deal: Deal, refund: Refund, now: datetime) -> Deal:
    """By the seller: to all that it is about. The goods come back first, unless an arbiter has been asked already."""
    if refund.return_goods and refund.state is not RefundState.IN_ARBITRATION:
        return _waiting(deal, refund, RefundState.WAIT_BUYER_RETURN_GOODS, now, deal.category.return_seconds)
    return _paid_back(deal, refund, Outcome.AGREED, now)


def refused(deal: Deal, refund: Refund, reason: str, proposal: tuple[int, bool] | None, now: datetime) -> Deal:
    """proposal: less money than was asked, and whether goods come back for it. Raises ProposalNotLess."""
    amount, return_goods = proposal or (None, None)
    if amount is not None and amount >= refund.asked:
        raise ProposalNotLess("a proposal is for less than was asked", field="proposal.amount", asked=refund.asked)
    told = replace(refund, refusal_reason=reason, proposed_amount=amount, proposed_return=return_goods)
    return _waiting(deal, told, RefundState.SELLER_REFUSED, now, deal.category.reconsider_seconds)


def proposal_accepted(deal: Deal, refund: Refund, now: datetime) -> Deal:
    """Raises NoProposal."""
    if refund.proposed_amount is None:
        raise NoProposal("the seller proposed nothing")
    refund = replace(refund, amount=refund.proposed_amount, return_goods=bool(refund.proposed_return))
    return agreed(deal, refund, now)


def escalated(deal: Deal, refund: Refund, now: datetime) -> Deal:
    """By the buyer after a refusal, by the seller who does not take back what came."""
    told = replace(refund, evidence_due_at=now + timedelta(seconds=deal.category.evidence_seconds))
    return _waiting(deal, told, RefundState.IN_ARBITRATION, now, deal.category.ruling_seconds)


def return_refused(deal: Deal, refund: Refund, reason: str, now: datetime) -> Deal:
    """The seller has the goods, the buyer not her money: an arbiter decides, whatever the buyer does."""
    return escalated(deal, replace(refund, refusal_reason=reason), now)


def sent_back(deal: Deal, refund: Refund, carrier: str, tracking_number: str, now: datetime) -> Deal:
    told = replace(refund, return_carrier=carrier, return_tracking_number=tracking_number)
    return _waiting(deal, told, RefundState.WAIT_SELLER_CONFIRM_RETURN, now, deal.category.inspect_seconds)


def return_confirmed(deal: Deal, refund: Refund, now: datetime) -> Deal:
    return _paid_back(deal, refund, Outcome.RETURN_CONFIRMED, now)


def withdrawn(deal: Deal, refund: Refund, now: datetime) -> Deal:
    return _ended(deal, refund, RefundState.REFUND_CLOSED, Outcome.WITHDRAWN, now)


def ruled(
    deal: Deal, refund: Refund, *, buyer_amount: int, seller_amount: int, reason: str, ruled_by: str, now: datetime
) -> Deal:
    """Raises SplitDiffers."""
    if buyer_amount + seller_amount != refund.amount:
        raise SplitDiffers("the parts are not what is in dispute", field="buyer_amount", in_dispute=refund.amount)
    told = replace(refund, ruled_by=ruled_by, ruling_reason=reason)
    return _split(deal, told, buyer_amount, seller_amount, Outcome.RULED, now)


def timed_out(deal: Deal, refund: Refund, now: datetime) -> Deal:
    """What time decides of an open refund."""
    match refund.state:
        case RefundState.WAIT_SELLER_AGREE:
            # A silent seller names no place to return goods to either.
            return _paid_back(deal, refund, Outcome.SELLER_SILENT, now)
        case RefundState.SELLER_REFUSED:
            return _ended(deal, refund, RefundState.REFUND_CLOSED, Outcome.BUYER_SILENT, now)
        case RefundState.WAIT_BUYER_RETURN_GOODS:
            return _ended(deal, refund, RefundState.REFUND_CLOSED, Outcome.NOT_RETURNED, now)
        case RefundState.WAIT_SELLER_CONFIRM_RETURN:
            return _paid_back(deal, refund, Outcome.RETURN_UNANSWERED, now)
        case _:
            parts = sharing.default_split(refund.amount, deal.category)
            return _split(deal, refund, *parts, Outcome.DEFAULT_SPLIT, now)


def _waiting(deal: Deal, refund: Refund, state: RefundState, now: datetime, seconds: int) -> Deal:
    trade = replace(deal.trade, due_at=now + timedelta(seconds=seconds))
    return replace(deal, trade=trade, refund=replace(refund, state=state))


def _paid_back(deal: Deal, refund: Refund, outcome: Outcome, now: datetime) -> Deal:
    return _split(deal, refund, refund.amount, 0, outcome, now)


def _split(deal: Deal, refund: Refund, buyer_amount: int, seller_amount: int, outcome: Outcome, now: datetime) -> Deal:
    """The buyer's part goes back to her and the seller's to him, each line bearing its share."""
    to_buyer, to_seller = sharing.split_over(buyer_amount, seller_amount, refund.lines)
    lines = sharing.released(sharing.refunded(deal.lines, to_buyer), to_seller)
    told = replace(refund, buyer_amount=buyer_amount, seller_amount=seller_amount)
    state = RefundState.REFUND_SUCCESS if buyer_amount else RefundState.REFUND_CLOSED
    return _ended(replace(deal, lines=lines), told, state, outcome, now)


def _ended(deal: Deal, refund: Refund, state: RefundState, outcome: Outcome, now: datetime) -> Deal:
    """The trade's own time goes on with what was left of it."""
    assert deal.trade.rest is not None
    trade = replace(deal.trade, due_at=now + deal.trade.rest, rest=None)
    ended = replace(refund, state=state, outcome=outcome, ended_at=now)
    return settled(replace(deal, trade=trade, refund=ended), now)
