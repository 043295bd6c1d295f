"""The SQL of the audit of collections: rules of contact kept, promises decided as was repaid, cases as their steps say.

What waits for time is not looked at here: nothing of it is money, and its periodic work says itself when it is late.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_CHECKS = {
    "collection_case_has_its_step": (
        "cca",
        "SELECT count(*) FROM collection_cases",
        """SELECT id FROM collection_cases AS cases WHERE (state, bucket) IS DISTINCT FROM (SELECT (steps.state, steps.bucket)
               FROM collection_case_steps AS steps WHERE case_id = cases.id ORDER BY number DESC LIMIT 1)""",
    ),
    "collection_case_of_its_loan": (
        "cca",
        "SELECT count(*) FROM collection_cases",
        """SELECT cases.id FROM collection_cases AS cases JOIN loans ON loans.id = cases.loan_id
           WHERE cases.borrower <> loans.borrower OR cases.currency <> loans.currency OR cases.programme_code <> loans.programme_code
               OR cases.programme_version <> loans.programme_version""",
    ),
    "contacts_never_more_often_than_allowed": (
        "cco",
        "SELECT count(*) FROM collection_contacts WHERE direction = 'outbound'",
        """SELECT one.id FROM collection_contacts AS one JOIN collection_rules AS rules ON rules.version = one.rules_version
           JOIN collection_cases AS its ON its.id = one.case_id
           CROSS JOIN LATERAL (SELECT count(*) AS week, count(*) FILTER (WHERE other.on_day = one.on_day) AS day
               FROM collection_contacts AS other JOIN collection_cases AS cases ON cases.id = other.case_id
               WHERE cases.borrower = its.borrower AND other.direction = 'outbound' AND other.on_day BETWEEN one.on_day - 6 AND one.on_day
               AND (other.contacted_at, other.id) <= (one.contacted_at, one.id)) AS counted
           WHERE one.direction = 'outbound' AND (counted.day > rules.most_a_day OR counted.week > rules.most_a_week)""",
    ),
    "contacts_never_in_quiet_hours": (
        "cco",
        "SELECT count(*) FROM collection_contacts WHERE direction = 'outbound'",
        """SELECT one.id FROM collection_contacts AS one JOIN collection_rules AS rules ON rules.version = one.rules_version
           WHERE one.direction = 'outbound' AND CASE WHEN quiet_from <= quiet_to THEN minute >= quiet_from AND minute < quiet_to
               ELSE minute >= quiet_from OR minute < quiet_to END""",
    ),
    "no_calls_while_a_promise_is_open": (
        "cco",
        "SELECT count(*) FROM collection_contacts WHERE direction = 'outbound' AND channel IN ('phone', 'visit')",
        """SELECT one.id FROM collection_contacts AS one JOIN collection_promises AS promises ON promises.case_id = one.case_id
           WHERE one.direction = 'outbound' AND one.channel IN ('phone', 'visit') AND one.contacted_at > promises.made_at
               AND one.contacted_at < coalesce(promises.decided_at, 'infinity')""",
    ),
    "promises_kept_by_repayments": (
        "ptp",
        "SELECT count(*) FROM collection_promises WHERE state <> 'open'",
        """SELECT id FROM collection_promises AS promises WHERE state <> 'open' AND paid_minor > (
               SELECT coalesce(sum(amount_minor), 0) FROM repayments WHERE repayments.loan_id = promises.loan_id
                   AND repayments.state NOT IN ('pending', 'refused') AND repayments.requested_at >= promises.made_at)""",
    ),
    "granted_requests_paused_their_case": (
        "clr",
        "SELECT count(*) FROM collection_requests WHERE state = 'granted'",
        """SELECT id FROM collection_requests AS requests WHERE state = 'granted' AND NOT EXISTS (
               SELECT FROM collection_case_steps AS steps WHERE steps.case_id = requests.case_id AND steps.event = 'pause'
                   AND steps.taken_at = requests.decided_at)""",
    ),
}
PREFIXES = {name: prefix for name, (prefix, _, _) in _CHECKS.items()}


async def checks(connection: AsyncConnection) -> dict[str, tuple[int, list[UUID]]]:
    """Each check with how many records were looked at and which fail."""
    found = {}
    for name, (_, counting, looking) in _CHECKS.items():
        examined = int((await connection.execute(text(counting))).scalar_one())
        found[name] = (examined, list((await connection.execute(text(looking))).scalars()))
    return found
