"""Pledges on the wire."""

from datetime import datetime
from typing import Literal

from chassis import wire
from services.p2p.pledges.events import StateName
from services.p2p.pledges.model import Pledge, PledgeState, Receipt
from services.p2p.wire_ids import AccountId, PledgeId, ProjectId, TierId


class PledgeRequest(wire.Request):
    """tier_id: the reward wanted; left out for a gift. pays_from: her wallet, or a mandate that she signs in payments for a bound card.

    agrees: that she is charged when the project's time ends well, by the terms that the project tells, and gives back what her bank
    takes back for her after she was refunded.
    """

    tier_id: TierId | None = None
    amount: wire.Amount
    currency: wire.Currency
    pays_from: Literal["wallet", "mandate"] = "wallet"
    agrees: Literal[True]


class PledgeChangeRequest(wire.Request):
    """The reward and the amount that she wants instead; of a mandate at most what it was signed for."""

    tier_id: TierId | None = None
    amount: wire.Amount
    currency: wire.Currency


class PledgeAnswer(wire.Answer):
    """reason: why it lapsed, failed or was dropped, or what its charge waits for, a code (`review_required`: somebody at payments looks at
    it, under decision_id). mandate_id: to be signed at `POST /v1/mandates/{id}/signature` of payments
    until `due_at`; of `retrying`, due_at is the next charge. account_id: the wallet that was charged, where a refund
    goes. refunded, reversed: what of a pledge that was collected went back to her, and what her bank took back."""

    id: PledgeId
    project_id: ProjectId
    backer: str
    tier_id: TierId | None
    amount: int
    currency: str
    pays_from: Literal["wallet", "mandate"]
    state: StateName
    reason: str | None
    decision_id: str | None
    mandate_id: str | None
    account_id: AccountId | None
    attempts: int
    refunded: int
    reversed: int
    made_at: datetime
    changed_at: datetime
    due_at: datetime | None


class GiftReceiptAnswer(wire.Answer):
    """document: as it was issued; sha256: of its UTF-8 bytes, in hexadecimal. stands: what of the gift has not gone back since, by a
    refund or by the giver's bank: no more was given."""

    pledge_id: PledgeId
    stands: int
    document: str
    sha256: str
    issued_at: datetime


def pledge_answer(pledge: Pledge) -> PledgeAnswer:
    return PledgeAnswer(
        id=pledge.id,
        project_id=pledge.project_id,
        backer=pledge.backer,
        tier_id=pledge.tier_id,
        amount=pledge.amount_minor,
        currency=pledge.currency,
        pays_from=pledge.source.value,
        state=pledge.state.value,
        reason=pledge.reason,
        decision_id=pledge.decision_id if pledge.state is PledgeState.CHARGING else None,
        mandate_id=pledge.mandate_id,
        account_id=pledge.account_id,
        attempts=pledge.attempts,
        refunded=pledge.refunded_minor,
        reversed=pledge.reversed_minor,
        made_at=pledge.made_at,
        changed_at=pledge.changed_at,
        due_at=pledge.due_at,
    )


def receipt_answer(receipt: Receipt, pledge: Pledge) -> GiftReceiptAnswer:
    return GiftReceiptAnswer(
        pledge_id=receipt.pledge_id,
        stands=max(0, pledge.amount_minor - pledge.refunded_minor - pledge.reversed_minor),
        document=receipt.document,
        sha256=receipt.content_hash.hex(),
        issued_at=receipt.issued_at,
    )
