"""What payments tells of debits: banks took back what was final, or paid late; they are disputed; reviews of charges were decided.

Told twice it is noted once.
"""

from datetime import datetime

from chassis.database import Tx
from chassis.events import Event
from chassis.feeds import Feed
from services.p2p.chargebacks import actions
from services.p2p.chargebacks.model import ChargebackKind
from services.p2p.debiting import debits
from services.p2p.dispute_evidence import actions as dispute_evidence
from services.p2p.pledges import collecting

PAYEE = "p2p"
DEBIT = "mdb_"
RETURNED = "payments.returned_money.booked.v1"
NOTICED, LOST = "payments.card_dispute.noticed.v1", "payments.card_dispute.lost.v1"
SUCCEEDED = "payments.mandate_debit.succeeded.v1"
RELEASED, ENDED = "payments.risk.released.v1", "payments.risk.ended.v1"
REVIEWED_KIND = "mandate_debit"


async def hear(tx: Tx, event: Event) -> None:
    """Of everything that is told under these names only what is about our own debits counts."""
    told = event.data
    if event.type == SUCCEEDED:
        if told["late"] and told["payee"] == PAYEE:
            await collecting.hear_late(tx, mandate_id=told["mandate_id"])
            await debits.hear_late(tx, debit_id=told["debit_id"])
        return
    if event.type in (RELEASED, ENDED):
        if told["kind"] == REVIEWED_KIND:
            await collecting.hear_decision(tx, decision_id=told["decision_id"])
        return
    if told["owner"] != PAYEE or not str(told["original"]).startswith(DEBIT):
        return
    if event.type == NOTICED:
        await dispute_evidence.note(
            tx,
            dispute_id=told["dispute_id"],
            debit_id=told["original"],
            reason=told["reason"],
            amount_minor=told["amount"],
            currency=told["currency"],
            answer_by=datetime.fromisoformat(told["answer_by"]),
        )
        return
    reversed_now = event.type == RETURNED and told["kind"] == "charge_reversed"
    if not reversed_now and event.type != LOST:
        return
    await actions.note(
        tx,
        source=told["report_id"] if reversed_now else told["dispute_id"],
        debit_id=told["original"],
        kind=ChargebackKind.REVERSED if reversed_now else ChargebackKind.DISPUTE_LOST,
        reason=told["reason"],
        amount_minor=told["amount"],
        fee_minor=0 if reversed_now else told["fee_minor"],
        currency=told["currency"],
    )


FEED = Feed(
    name="crowdfunding", source="payments", types=(RETURNED, NOTICED, LOST, SUCCEEDED, RELEASED, ENDED), handler=hear
)
