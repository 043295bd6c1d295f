"""The SQL of the audit of crowdfunding: what must hold over its tables, whatever happened; and its money under way."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.verification.model import Movement
from services.p2p.wire_ids import (
    chargeback_debt_text,
    chargeback_text,
    milestone_text,
    project_refund_text,
    project_text,
)

CHECKS: Mapping[str, tuple[str, str]] = {
    "pledges_make_up_the_project": (
        "SELECT count(*) FROM projects",
        """SELECT projects.id FROM projects LEFT JOIN (
               SELECT project_id, count(*) AS backers, sum(amount_minor) AS pledged,
                   sum(amount_minor) FILTER (WHERE state IN ('collected', 'refunded', 'charged_back')) AS collected,
                   sum(refunded_minor) AS refunded
               FROM pledges WHERE state NOT IN ('pending', 'unsigned', 'withdrawn', 'lapsed') GROUP BY project_id
           ) AS its ON its.project_id = projects.id
           WHERE projects.backers <> coalesce(its.backers, 0) OR projects.pledged_minor <> coalesce(its.pledged, 0)
               OR projects.collected_minor <> coalesce(its.collected, 0) OR projects.refunded_minor <> coalesce(its.refunded, 0)""",
    ),
    "rewards_taken_are_pledged": (
        "SELECT count(*) FROM project_tiers",
        """SELECT project_tiers.id FROM project_tiers LEFT JOIN pledges
               ON pledges.tier_id = project_tiers.id AND pledges.state NOT IN ('withdrawn', 'lapsed')
           GROUP BY project_tiers.id HAVING count(pledges.id) <> project_tiers.taken""",
    ),
    "milestones_make_up_the_payout": (
        "SELECT count(*) FROM projects",
        """SELECT projects.id FROM projects LEFT JOIN milestones ON milestones.project_id = projects.id AND milestones.state = 'paid'
           GROUP BY projects.id HAVING coalesce(sum(milestones.net_minor), 0) <> projects.paid_minor
               OR coalesce(sum(milestones.fee_minor), 0) <> projects.fee_minor""",
    ),
    "milestones_divide_all_that_was_collected": (
        "SELECT count(*) FROM projects WHERE state IN ('funded', 'delivering', 'fulfilled', 'undelivered')",
        """SELECT projects.id FROM projects LEFT JOIN milestones ON milestones.project_id = projects.id
           WHERE projects.state IN ('funded', 'delivering', 'fulfilled', 'undelivered') GROUP BY projects.id
           HAVING coalesce(sum(milestones.net_minor + milestones.fee_minor), 0) <> greatest(
               projects.paid_minor + projects.fee_minor,
               least(projects.collected_minor + projects.recovered_minor - projects.charged_back_minor,
                   CASE projects.surplus WHEN 'return' THEN projects.goal_minor END))""",
    ),
    "project_state_has_its_step": (
        "SELECT count(*) FROM projects",
        """SELECT projects.id FROM projects WHERE state <> (SELECT project_steps.state FROM project_steps
               WHERE project_id = projects.id ORDER BY number DESC LIMIT 1)""",
    ),
    "shares_make_up_the_refund": (
        "SELECT count(*) FROM project_refunds",
        """SELECT project_refunds.id FROM project_refunds LEFT JOIN project_refund_shares ON refund_id = project_refunds.id
           GROUP BY project_refunds.id HAVING coalesce(sum(project_refund_shares.amount_minor), 0) <> project_refunds.amount_minor
               OR count(project_refund_shares.pledge_id) <> project_refunds.shares
               OR (project_refunds.state = 'done') <> bool_and(project_refund_shares.paid_at IS NOT NULL)""",
    ),
    "refund_batches_are_their_shares": (
        "SELECT count(*) FROM project_refund_batches",
        """SELECT DISTINCT batches.refund_id FROM project_refund_batches AS batches JOIN (
               SELECT refund_id, batch, count(*) AS shares, sum(amount_minor) AS amount, bool_and(paid_at IS NOT NULL) AS paid
               FROM project_refund_shares GROUP BY refund_id, batch
           ) AS its ON its.refund_id = batches.refund_id AND its.batch = batches.number
           WHERE its.shares <> batches.shares OR its.amount <> batches.amount_minor OR its.paid <> (batches.paid_at IS NOT NULL)""",
    ),
    "pledge_refunded_by_its_shares": (
        "SELECT count(*) FROM pledges WHERE state IN ('collected', 'refunded', 'charged_back')",
        """SELECT pledges.id FROM pledges LEFT JOIN project_refund_shares AS shares
               ON shares.pledge_id = pledges.id AND shares.paid_at IS NOT NULL
           WHERE pledges.state IN ('collected', 'refunded', 'charged_back')
               AND pledges.refunded_minor <> coalesce(shares.amount_minor - shares.withheld_minor, 0)""",
    ),
    "rewards_owed_to_who_paid": (
        "SELECT count(*) FROM pledges WHERE tier_id IS NOT NULL",
        """SELECT pledges.id FROM pledges JOIN projects ON projects.id = pledges.project_id
           WHERE pledges.tier_id IS NOT NULL AND projects.state IN ('funded', 'delivering', 'fulfilled', 'undelivered')
               AND CASE WHEN pledges.reversed_minor = 0
                   THEN (pledges.state = 'collected') <> EXISTS (SELECT FROM deliveries WHERE pledge_id = pledges.id)
                   ELSE EXISTS (SELECT FROM deliveries WHERE pledge_id = pledges.id AND deliveries.state IN ('owed', 'shipped')) END""",
    ),
    "gifts_have_their_receipts": (
        "SELECT count(*) FROM pledges JOIN projects ON projects.id = project_id WHERE surplus IS NOT NULL",
        """SELECT pledges.id FROM pledges JOIN projects ON projects.id = pledges.project_id
           LEFT JOIN gift_receipts ON gift_receipts.pledge_id = pledges.id
           WHERE projects.surplus IS NOT NULL AND pledges.state IN ('collected', 'refunded', 'charged_back')
               AND (gift_receipts.pledge_id IS NULL OR content_hash <> sha256(convert_to(document, 'UTF8')))""",
    ),
    "pledges_taken_back_by_chargebacks": (
        "SELECT count(*) FROM pledges WHERE state IN ('collected', 'refunded', 'charged_back')",
        """SELECT pledges.id FROM pledges LEFT JOIN (SELECT pledge_id, sum(amount_minor) AS amount FROM chargebacks
               WHERE state = 'booked' GROUP BY pledge_id) AS its ON its.pledge_id = pledges.id
           WHERE pledges.reversed_minor <> coalesce(its.amount, 0)
               OR (pledges.state = 'charged_back') <> (pledges.reversed_minor = pledges.amount_minor)""",
    ),
    "chargebacks_make_up_the_project": (
        "SELECT count(*) FROM projects",
        """SELECT projects.id FROM projects LEFT JOIN (SELECT project_id, sum(amount_minor + fee_minor) AS amount FROM chargebacks
               WHERE state = 'booked' GROUP BY project_id) AS its ON its.project_id = projects.id
           WHERE projects.charged_back_minor <> coalesce(its.amount, 0)""",
    ),
    "chargeback_is_borne_by_somebody": (
        "SELECT count(*) FROM chargebacks WHERE state = 'booked'",
        """SELECT chargebacks.id FROM chargebacks LEFT JOIN chargeback_debts ON chargeback_id = chargebacks.id
           WHERE chargebacks.state = 'booked' GROUP BY chargebacks.id
           HAVING chargebacks.amount_minor + chargebacks.fee_minor - chargebacks.borne_minor
               <> coalesce(sum(chargeback_debts.amount_minor), 0)""",
    ),
    "debts_repaid_make_up_what_came_back": (
        "SELECT count(*) FROM projects",
        """SELECT projects.id FROM projects LEFT JOIN (SELECT project_id, sum(repaid_minor + covered_minor) AS back
               FROM chargeback_debts GROUP BY project_id) AS its ON its.project_id = projects.id
           WHERE projects.recovered_minor <> coalesce(its.back, 0)""",
    ),
    "what_a_project_lacks_is_owed_to_it": (
        "SELECT count(*) FROM projects WHERE charged_back_minor > 0",
        """SELECT projects.id FROM projects
           CROSS JOIN LATERAL (SELECT
               collected_minor + recovered_minor - charged_back_minor - paid_minor - fee_minor - refunded_minor AS held,
               (SELECT coalesce(sum(amount_minor - repaid_minor - covered_minor), 0) FROM chargeback_debts
                   WHERE project_id = projects.id) AS owed,
               (SELECT coalesce(sum(shares.amount_minor - shares.withheld_minor), 0) FROM project_refund_shares AS shares
                   JOIN project_refunds ON project_refunds.id = shares.refund_id
                   WHERE project_id = projects.id AND paid_at IS NULL) AS promised) AS its
           WHERE charged_back_minor > 0
               AND its.owed <> CASE projects.state WHEN 'refunding' THEN its.promised ELSE greatest(its.held, 0) END - its.held""",
    ),
}
PREFIXES: Mapping[str, str] = {
    "pledges_make_up_the_project": "prj",
    "rewards_taken_are_pledged": "tir",
    "milestones_make_up_the_payout": "prj",
    "milestones_divide_all_that_was_collected": "prj",
    "project_state_has_its_step": "prj",
    "shares_make_up_the_refund": "mrf",
    "refund_batches_are_their_shares": "mrf",
    "pledge_refunded_by_its_shares": "plg",
    "rewards_owed_to_who_paid": "plg",
    "gifts_have_their_receipts": "plg",
    "pledges_taken_back_by_chargebacks": "plg",
    "chargebacks_make_up_the_project": "prj",
    "chargeback_is_borne_by_somebody": "cbk",
    "debts_repaid_make_up_what_came_back": "prj",
    "what_a_project_lacks_is_owed_to_it": "prj",
    "chargeback_past_deadline": "cbk",
    "chargeback_debt_past_deadline": "cbd",
    "dispute_evidence_past_deadline": "dev",
    "project_past_deadline": "prj",
    "pledge_past_deadline": "plg",
    "milestone_past_deadline": "mil",
    "delivery_past_deadline": "plg",
    "project_refund_past_deadline": "mrf",
}
STUCK: Mapping[str, tuple[str, str]] = {
    "project_past_deadline": ("projects", "id"),
    "pledge_past_deadline": ("pledges", "id"),
    "milestone_past_deadline": ("milestones", "id"),
    "delivery_past_deadline": ("deliveries", "pledge_id"),
    "project_refund_past_deadline": ("project_refunds", "id"),
    "chargeback_past_deadline": ("chargebacks", "id"),
    "chargeback_debt_past_deadline": ("chargeback_debts", "id"),
    "dispute_evidence_past_deadline": ("dispute_evidence", "id"),
}
"""Check → table and key of what waits for time."""
_MOVEMENTS = text("""
    SELECT 'collection' AS kind, projects.id, projects.id AS project_id, sum(amount_minor) AS amount_minor,
        projects.currency, max(pledges.changed_at) AS since_at
    FROM projects JOIN pledges ON pledges.project_id = projects.id AND pledges.state = 'charging'
    WHERE projects.state = 'collecting' GROUP BY projects.id
    UNION ALL
    SELECT 'payout', milestones.id, project_id, net_minor + milestones.fee_minor, projects.currency, milestones.changed_at
    FROM milestones JOIN projects ON projects.id = project_id WHERE milestones.state = 'paying'
    UNION ALL
    SELECT 'refund', project_refunds.id, project_id, (SELECT coalesce(sum(shares.amount_minor - shares.withheld_minor), 0)
        FROM project_refund_shares AS shares WHERE shares.refund_id = project_refunds.id AND shares.paid_at IS NULL),
        project_refunds.currency, projects.changed_at
    FROM project_refunds JOIN projects ON projects.id = project_id
    WHERE project_refunds.state = 'running' OR EXISTS (SELECT FROM project_refund_batches AS batches
        WHERE batches.refund_id = project_refunds.id AND batches.begun_at IS NOT NULL)
    UNION ALL
    -- looked for by the debit, which no project is known of before it is booked
    SELECT 'chargeback', chargebacks.id, pledges.project_id, chargebacks.amount_minor + chargebacks.fee_minor,
        chargebacks.currency, noted_at
    FROM chargebacks JOIN pledges ON pledges.debit_id = chargebacks.debit_id WHERE chargebacks.state = 'noted'
    UNION ALL
    SELECT 'chargeback_debt', id, project_id, trying_minor, currency, changed_at FROM chargeback_debts
    WHERE trying_minor > 0 AND project_id IS NOT NULL
    ORDER BY 6, 2 LIMIT :limit
""")


async def movements(connection: AsyncConnection, limit: int) -> list[Movement]:
    """Money under way into, and out of, accounts of projects: since when nothing of it has been heard."""
    return [_movement(row) for row in await connection.execute(_MOVEMENTS, {"limit": limit})]


def _movement(row: Any) -> Movement:
    names = {
        "collection": ("p2p.collect_pledges", project_text),
        "payout": ("p2p.pay_milestone", milestone_text),
        "refund": ("p2p.refund_project", project_refund_text),
        "chargeback": ("p2p.book_chargeback", chargeback_text),
        "chargeback_debt": ("p2p.try_chargeback_debt", chargeback_debt_text),
    }
    job, record = names[row.kind]
    kind = f"project_{row.kind}"
    amount = int(row.amount_minor)
    return Movement(kind, record(row.id), job, row.id, project_text(row.project_id), amount, row.currency, row.since_at)
