"""Every payment of the suite between two participants makes an obligation, once, under its own id.

The payment has been made, and nothing here can fail it: what is beyond a cap waits in the queue, for as long as it takes.
"""

from datetime import datetime, timedelta
from itertools import groupby

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.clearing import collecting_queries as queries
from services.payments.clearing import participant_queries
from services.payments.clearing.model import Source, Wish
from services.payments.clearing.obligation_actions import record_wishes

SLICE = 5_000
WAITS_UNTIL_TOLD = timedelta(days=1)
"""After that the queue's rows are named by the audit; they wait on."""


async def collect(tx: Tx, caller: Caller, *, since: datetime) -> int:
    """A slice of the payments made since then; how many there were."""
    found = await queries.uncollected(tx.connection, since, SLICE)
    by_currency = sorted(found, key=lambda one: one.currency)
    for currency, crossings in groupby(by_currency, key=lambda one: one.currency):
        model = await participant_queries.model_collecting(tx.connection, currency)
        assert model is not None, "only payments are read of which a model is in charge"
        wishes = [Wish(one.id, one.payer, one.payee, one.amount, "", True) for one in crossings]
        await record_wishes(tx, model, wishes, Source.PAYMENT, tx.now + WAITS_UNTIL_TOLD)
    return len(found)
