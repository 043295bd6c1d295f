"""Beginning to ask those outside about an application."""

from uuid import UUID

from chassis.database import Tx
from services.p2p.checks import queries, rules
from services.p2p.checks.model import Check, CheckState

CHECK_JOB = "p2p.check_application"
JOB_GRACE_SECONDS = 10
"""How long the queue leaves a job to the request that made it."""


async def begin(tx: Tx, application_id: UUID, *, organisation: bool) -> None:
    """Of an application that has just begun to wait for it: asked by a job, and again while nobody answers."""
    due_at, pending = rules.next_try(tx.now, 0), CheckState.PENDING
    checks = [
        Check(application_id, kind, pending, None, None, None, None, 0, tx.now, due_at, None)
        for kind in rules.kinds_for(organisation)
    ]
    await queries.add(tx.connection, checks)
    tx.jobs.add(CHECK_JOB, {"id": str(application_id)}, delay_seconds=JOB_GRACE_SECONDS)
