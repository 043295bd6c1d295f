"""What must hold of applications: each state has its decision, whoever waits is asked about, and four eyes saw what two must see."""

from datetime import datetime

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
    "commission_within_its_fee": (
        "SELECT count(*) FROM commissions",
        """SELECT commissions.id FROM commissions JOIN loans ON loans.id = loan_id
           WHERE amount_minor > origination_fee_minor OR disbursed_at IS NULL""",
    ),
}
_STUCK = {
    "check_past_deadline": (
        "SELECT count(*) FROM application_checks WHERE due_at IS NOT NULL",
        "SELECT application_id FROM application_checks WHERE due_at < :late",
    ),
    "commission_past_deadline": (
        "SELECT count(*) FROM commissions WHERE due_at IS NOT NULL",
        "SELECT id FROM commissions WHERE due_at < :late",
    ),
}
PREFIXES = dict.fromkeys(_CHECKS, "apn") | {
    "check_past_deadline": "apn",
    "commission_past_deadline": "com",
    "commission_within_its_fee": "com",
}


async def checks(connection: AsyncConnection, late: datetime) -> dict[str, Looked]:
    """Each check with how many records were looked at and which fail; what should have ended by itself before `late`."""
    found = {}
    for name, (counting, looking) in (_CHECKS | _STUCK).items():
        examined = int((await connection.execute(text(counting))).scalar_one())
        facts = {"late": late} if name in _STUCK else {}
        found[name] = (examined, list((await connection.execute(text(looking), facts)).scalars()))
    return found
