"""Whether an application that came in some way may be listed under a programme."""

from chassis.database import Tx
from services.p2p.applications.model import Application
from services.p2p.originators import queries, rules
from services.p2p.originators.actions import locked
from services.p2p.programmes.model import Programme
from services.p2p.programmes.rules import require_origination


async def require_listable(tx: Tx, application: Application, programme: Programme, amount_minor: int) -> None:
    """The application is locked, and listed for so much in this transaction. Raises NotOffered, LicenceNotValid, BeyondExposure."""
    require_origination(programme, application.origination.value)
    if application.originator_id is None:
        return
    originator = await locked(tx, application.originator_id)
    rules.require_licensed(originator, tx.today)
    others = await queries.exposure(tx.connection, originator.id, application.id)
    rules.require_exposure(originator, others + amount_minor, programme)
