"""The day close, slice by slice."""

from chassis.database import Tx
from chassis.identity import Caller
from services.ecommerce_credit.interest import queries

DRAWINGS_A_SLICE = 1000
DAYS_A_SLICE = 400


async def close_slice(tx: Tx, caller: Caller) -> int:
    """Close the days before today of a slice of drawings; 0 when none is left. Each slice stands for itself: it may be begun again."""
    return await queries.close_slice(tx.connection, tx.today, drawings=DRAWINGS_A_SLICE, days=DAYS_A_SLICE)
