"""Asking those outside about an application, outside any transaction."""

from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import Refused
from services.p2p.applications import checking
from services.p2p.applications import queries as application_queries
from services.p2p.applications.model import Application, ApplicationState
from services.p2p.borrowers import queries as borrower_queries
from services.p2p.borrowers.model import Identity
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.checks import queries
from services.p2p.checks.model import Answer, Check, CheckState
from services.p2p.checks.sources import Source, Sources

P2P = service_caller("p2p")
SLICE = 100
log = structlog.get_logger(__name__)


async def check_application(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Ask about whatever is not answered yet. What a source says is recorded once; that it says nothing, every time."""
    application_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        application = await application_queries.load(connection, application_id)
        if application is None or application.state is not ApplicationState.CHECKING:
            return
        open_checks = [
            check
            for check in await queries.of_application(connection, application_id)
            if check.state is CheckState.PENDING
        ]
        sealed = await borrower_queries.sealed_identity(connection, application_id)
    answers = await _asked(runtime, application, open_checks, sealed)
    tries = max((check.tries for check in open_checks), default=0)
    seed = f"p2p.application.checked\0{application_id}\0{tries}\0{sorted(one.kind for one in answers)}"
    await commands.perform(
        runtime, checking.record_answers, P2P, seed=seed, application_id=application_id, answers=answers
    )


async def check_due(runtime: Runtime) -> None:
    """Whoever said nothing is asked again, until the application's own deadline."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.due(connection, now, SLICE)
    for application_id in found:
        try:
            await check_application(runtime, {"id": str(application_id)})
        except Exception:
            # Whatever it is, the others are asked about: one that never can be is handed to staff by its own deadline.
            log.exception("check_left_for_later", application_id=str(application_id))


async def _asked(runtime: Runtime, application: Application, checks: list[Check], sealed: bytes) -> list[Answer]:
    sources = runtime.get(Sources).by_kind
    identity = runtime.get(IdentityVault).open(application.id, sealed)
    found = []
    for check in checks:
        source = sources.get(check.kind)
        answer = None if source is None else await _answer(source, application, identity)
        if answer is not None:
            found.append(answer)
    return found


async def _answer(source: Source, application: Application, identity: Identity) -> Answer | None:
    """A source that will never answer has said nothing: asked ever more seldom, then it is for staff."""
    try:
        return await source.ask(application.id, identity, application.currency)
    except Refused as refused:
        log.warning("check_refused", application_id=str(application.id), code=refused.code)
        return None
