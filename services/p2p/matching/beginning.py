"""How a run begins: a listing opened, or room in an open one came free."""

from chassis.database import Tx
from services.p2p.listings.model import Listing
from services.p2p.matching import queries
from services.p2p.matching.model import Run, RunState, Trigger
from services.p2p.programmes import queries as programme_queries
from services.p2p.standing_orders.rules import takes_orders

MATCH_JOB = "p2p.match_listing"


async def begin(tx: Tx, listing: Listing, trigger: Trigger) -> None:
    """For a locked listing of a programme with standing orders. One that runs already finds the room by itself."""
    programme = await programme_queries.version(tx.connection, listing.programme_code, listing.programme_version)
    if programme is None or not takes_orders(programme) or await queries.running(tx.connection, listing.id):
        return
    run = Run(
        id=tx.ids.new(),
        listing_id=listing.id,
        number=await queries.last_number(tx.connection, listing.id) + 1,
        trigger=trigger,
        state=RunState.RUNNING,
        outcome=None,
        rounds=0,
        reached=0,
        considered=0,
        moment=None,
        left_minor=0,
        started_at=tx.now,
        changed_at=tx.now,
    )
    await queries.add_run(tx.connection, run)
    tx.jobs.add(MATCH_JOB, {"id": str(listing.id)})
