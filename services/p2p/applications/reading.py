"""Who may see an application."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.identity import Caller
from services.p2p.applications import queries
from services.p2p.applications.actions import roles
from services.p2p.applications.model import Application
from services.p2p.errors import UnknownApplication


async def require_visible(connection: AsyncConnection, caller: Caller, application_id: UUID) -> Application:
    """Her own, or anybody's for an operator. Raises UnknownApplication."""
    application = await queries.load(connection, application_id)
    if application is None or not roles(caller, application):
        raise UnknownApplication("no such application", field="application_id")
    return application
