"""Whether an application that came in some way may be listed under a programme."""

from uuid import UUID

from chassis.database import Tx
from services.p2p.applications import queries as application_queries
from services.p2p.applications.model import Application
from services.p2p.originators import queries, rules
from services.p2p.originators.actions import locked
from services.p2p.originators.model import Originator
from services.p2p.programmes.model import Programme
from services.p2p.programmes.rules import require_origination
from services.p2p.sureties import queries as surety_queries


async def require_listable(
    tx: Tx, application: Application, programme: Programme, amount_minor: int
) -> Originator | None:
    """Who proposed it, locked. The application is locked, and listed for so much in this transaction.

    Raises NotOffered, LicenceNotValid, BeyondExposure.
    """
    require_origination(programme, application.origination.value)
    if application.originator_id is None:
        return None
    originator = await locked(tx, application.originator_id)
    rules.require_licensed(originator, tx.today)
    others = await queries.exposure(tx.connection, originator.id, application.id)
    rules.require_exposure(originator, others + amount_minor, programme)
    return originator


async def licences_hold(tx: Tx, application_id: UUID, listing_id: UUID) -> bool:
    """Whether on the day of the contract whoever proposed the loan, or stands behind it, still may."""
    application = await application_queries.load(tx.connection, application_id)
    assert application is not None
    if application.originator_id is not None:
        originator = await queries.load(tx.connection, application.originator_id)
        assert originator is not None
        if not rules.licensed(originator.terms, tx.today):
            return False
    return not await surety_queries.any_unlicensed(tx.connection, listing_id, tx.today)
