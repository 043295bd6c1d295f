"""What must hold of applications: each state has its decision, whoever waits is asked about, and four eyes saw what two must see."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.verification.queries import Looked

_CHECKS = {
    "application_state_has_its_decision": (
        "SELECT count(*) FROM applications WHERE state <> 'recorded'",
        """SELECT applications.id FROM applications WHERE state <> 'recorded' AND state IS DISTINCT FROM (
               SELECT application_decisions.state FROM application_decisions
               WHERE application_id = applications.id ORDER BY number DESC LIMIT 1)""",
    ),
    "application_being_checked_is_asked_about": (
        "SELECT count(*) FROM applications WHERE state = 'checking'",
        """SELECT id FROM applications WHERE state = 'checking' AND NOT EXISTS (
               SELECT FROM application_checks WHERE application_id = applications.id AND due_at IS NOT NULL)""",
    ),
    "application_seen_by_two": (
        "SELECT count(*) FROM application_decisions WHERE event = 'propose'",
        """SELECT applications.id FROM applications WHERE EXISTS (
               SELECT FROM application_decisions AS proposed
               JOIN application_decisions AS approved ON approved.application_id = proposed.application_id
                   AND approved.number = proposed.number + 1 AND approved.event = 'approve'
               WHERE proposed.application_id = applications.id AND proposed.event = 'propose'
                   AND proposed.taken_by = approved.taken_by)
           OR EXISTS (SELECT FROM application_decisions WHERE application_id = applications.id
               AND event IN ('confirm', 'approve', 'propose') AND taken_by = keyed_by)""",
    ),
}
PREFIXES = dict.fromkeys(_CHECKS, "apn")


async def checks(connection: AsyncConnection) -> dict[str, Looked]:
    """Each check with how many records were looked at and which fail."""
    found = {}
    for name, (counting, looking) in _CHECKS.items():
        examined = int((await connection.execute(text(counting))).scalar_one())
        found[name] = (examined, list((await connection.execute(text(looking))).scalars()))
    return found
