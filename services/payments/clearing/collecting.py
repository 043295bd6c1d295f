"""Every payment of the suite between two participants makes an obligation, once, under its own id.

The payment has been made, and nothing here can fail it: what is beyond a cap, or of a participant that may not take part just now, waits in
the queue for as long as it takes. What a bank gives back or takes back of such a payment makes an obligation the other way round, under the
id of its report.
"""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from chassis.ids import MalformedId, decode
from services.payments.clearing import collecting_queries as queries
from services.payments.clearing import obligation_queries, participant_queries
from services.payments.clearing.licensing import not_in_good_standing
from services.payments.clearing.model import ObligationSource, Wish
from services.payments.clearing.obligation_actions import record_wishes

SLICE = 5_000
WAITS_UNTIL_TOLD = timedelta(days=1)
"""After that the queue's rows are named by the audit; they wait on."""


async def collect(tx: Tx, caller: Caller, *, model_number: int, since: datetime) -> bool:
    """A slice of the payments made since then that a model collects, a retired one those from before; whether there may be more."""
    await participant_queries.take_part(tx.connection)
    model = (await participant_queries.all_models(tx.connection))[model_number]
    blocked = await not_in_good_standing(tx)
    found = await queries.uncollected(tx.connection, model.number, since, SLICE)
    wishes = [Wish(one.id, one.payer, one.payee, one.amount, "", True) for one in found]
    results = await record_wishes(tx, model, wishes, ObligationSource.PAYMENT, tx.now + WAITS_UNTIL_TOLD, blocked)
    # One whose id somebody has given to another obligation is found again each time; the audit names it.
    return len(found) == SLICE and not all(isinstance(result, Refusal) for result in results)


async def collect_undone(tx: Tx, caller: Caller, *, since: datetime, after: UUID) -> UUID | None:
    """A slice of what was undone since then, after an id; the last id of it, None when there is no more."""
    await participant_queries.take_part(tx.connection)
    blocked = await not_in_good_standing(tx)
    found = await queries.undone(tx.connection, since, after, SLICE)
    about = {one.id: one.line_id or _instruction(one.reference) for one in found}
    owed = await obligation_queries.known(tx.connection, [one for one in about.values() if one is not None])
    models = await participant_queries.all_models(tx.connection)
    by_model: dict[int, list[Wish]] = {}
    for one in found:
        original = about[one.id]
        if original in owed:
            facts, _ = owed[original]
            wish = Wish(one.id, facts.payee, facts.payer, one.amount, facts.end_to_end, True)
            by_model.setdefault(facts.model, []).append(wish)
    await participant_queries.keep_ids(tx.connection, about, alone=True)
    for number, wishes in sorted(by_model.items()):
        await record_wishes(tx, models[number], wishes, ObligationSource.PAYMENT, tx.now + WAITS_UNTIL_TOLD, blocked)
    return found[-1].id if found else None


def _instruction(reference: str) -> UUID | None:
    try:
        return decode("chi", reference)
    except MalformedId:
        return None
