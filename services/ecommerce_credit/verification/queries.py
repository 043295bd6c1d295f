"""The SQL of the audit: what must hold over several tables, whatever happened."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.verification.model import Movement
from services.ecommerce_credit.wire_ids import drawing_text, movement_text, repayment_text

Looked = tuple[int, list[UUID]]

_MOVEMENTS = text("""
    SELECT 'disbursement' AS kind, id, id AS about, amount_minor, currency, changed_at FROM drawings WHERE state = 'pending'
    UNION ALL
    SELECT 'repayment', repayments.id, drawing_id, sum(repayment_parts.amount_minor)::bigint, currency, changed_at
    FROM repayments JOIN repayment_parts ON repayment_id = repayments.id WHERE state = 'pending'
    GROUP BY repayments.id, drawing_id
    UNION ALL
    SELECT kind, id, id, amount_minor, currency, changed_at FROM capital_movements WHERE state = 'pending'
    ORDER BY 6, 2, 3 LIMIT :limit
""")
_RECEIVED = """SELECT drawing_id, coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'principal'), 0) AS principal,
        coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'interest'), 0) AS interest
    FROM repayment_parts JOIN repayments ON repayments.id = repayment_id WHERE state = 'received' GROUP BY drawing_id"""
_CHECKS = {
    "drawings_make_up_the_line": (
        "lines",
        """SELECT lines.id FROM lines LEFT JOIN drawings ON drawings.line_id = lines.id GROUP BY lines.id
           HAVING coalesce(sum(drawings.outstanding_minor), 0) <> lines.outstanding_minor
               OR coalesce(sum(drawings.amount_minor) FILTER (WHERE drawings.state = 'pending'), 0) <> lines.pending_minor""",
    ),
    "repayments_make_up_the_drawing": (
        "drawings WHERE state IN ('outstanding', 'repaid')",
        f"""SELECT id FROM drawings LEFT JOIN ({_RECEIVED}) AS received ON drawing_id = id
            WHERE disbursed_at IS NOT NULL AND (amount_minor - coalesce(principal, 0) <> outstanding_minor
                OR interest_repaid_minor <> coalesce(interest, 0))""",  # noqa: S608
    ),
    "days_make_up_the_interest": (
        "drawings WHERE state IN ('outstanding', 'repaid')",
        """SELECT id FROM drawings LEFT JOIN interest_days ON drawing_id = id WHERE disbursed_at IS NOT NULL GROUP BY id
           HAVING coalesce(sum(interest), 0) <> interest_accrued OR count(accrued_on) <> accrued_to_on - drawn_on""",
    ),
    "interest_follows_the_balance": (
        "interest_days",
        """SELECT DISTINCT drawings.id FROM interest_days JOIN drawings ON drawings.id = drawing_id
           WHERE interest_days.daily_rate <> drawings.daily_rate OR principal_minor <> amount_minor - (
               SELECT coalesce(sum(repayment_parts.amount_minor), 0) FROM repayment_parts
               JOIN repayments ON repayments.id = repayment_id WHERE repayment_parts.drawing_id = drawings.id
                   AND kind = 'principal' AND repayments.state = 'received' AND requested_on <= accrued_on)""",
    ),
    "repaid_in_full_with_its_interest": (
        "drawings WHERE state = 'repaid'",
        "SELECT id FROM drawings WHERE state = 'repaid' AND abs(interest_accrued - interest_repaid_minor) > 0.5",
    ),
    "parts_make_up_the_repayment": (
        "repayments",
        """SELECT repayments.id FROM repayments LEFT JOIN repayment_parts ON repayment_id = repayments.id GROUP BY repayments.id
           HAVING coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'principal'), 0) <> repayments.principal_minor
               OR coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'interest'), 0) <> repayments.interest_minor""",
    ),
    "repayment_under_way_is_pending": (
        "drawings WHERE repayment_id IS NOT NULL",
        """SELECT drawings.id FROM drawings LEFT JOIN repayments ON repayments.id = repayment_id
           WHERE repayment_id IS NOT NULL AND repayments.state IS DISTINCT FROM 'pending'""",
    ),
    "drawn_within_the_limit": (
        "drawings",
        """SELECT drawings.id FROM drawings WHERE used_minor > limit_minor OR NOT EXISTS (
               SELECT FROM line_steps WHERE line_steps.line_id = drawings.line_id
               AND line_steps.limit_minor = drawings.limit_minor)""",
    ),
    "line_has_its_accepted_limit": (
        "lines",
        """SELECT lines.id FROM lines JOIN limits ON limits.id = limit_id WHERE limits.state <> 'accepted'
           OR limits.limit_minor <> lines.limit_minor OR limits.daily_rate <> lines.daily_rate OR limits.owner <> lines.owner""",
    ),
    "line_state_has_its_step": (
        "lines",
        """SELECT lines.id FROM lines WHERE state <> (SELECT line_steps.state FROM line_steps
               WHERE line_id = lines.id ORDER BY number DESC LIMIT 1)""",
    ),
    "owner_has_an_approved_claim": (
        "shops WHERE owner IS NOT NULL",
        """SELECT shops.id FROM shops LEFT JOIN shop_claims ON shop_id = shops.id AND shop_claims.state = 'approved'
           WHERE shops.owner IS DISTINCT FROM shop_claims.customer""",
    ),
    "nobody_took_out_more_than_she_put_in": (
        "funding_parties",
        """SELECT party_id FROM capital_movements WHERE state = 'done' GROUP BY party_id, currency
           HAVING sum(CASE kind WHEN 'contribution' THEN amount_minor ELSE -amount_minor END) < 0""",
    ),
}
PREFIXES = {
    "drawings_make_up_the_line": "crl",
    "repayments_make_up_the_drawing": "drw",
    "days_make_up_the_interest": "drw",
    "interest_follows_the_balance": "drw",
    "repaid_in_full_with_its_interest": "drw",
    "parts_make_up_the_repayment": "crp",
    "repayment_under_way_is_pending": "drw",
    "drawn_within_the_limit": "drw",
    "line_has_its_accepted_limit": "crl",
    "line_state_has_its_step": "crl",
    "owner_has_an_approved_claim": "shp",
    "nobody_took_out_more_than_she_put_in": "fnd",
    "shop_claim_past_deadline": "shc",
    "limit_past_deadline": "lim",
    "line_past_deadline": "crl",
    "interest_not_closed": "drw",
}
_STUCK = {
    "shop_claim_past_deadline": "shop_claims",
    "limit_past_deadline": "limits",
    "line_past_deadline": "lines",
}
_NOT_CLOSED = text(
    "SELECT id FROM drawings WHERE state = 'outstanding' AND repayment_id IS NULL AND accrued_to_on < :today"
)
_OUTSTANDING = text("SELECT count(*) FROM drawings WHERE state = 'outstanding'")


async def checks(connection: AsyncConnection) -> dict[str, Looked]:
    """Each check with how many records were looked at and which fail."""
    found = {}
    for name, (examined_of, looking) in _CHECKS.items():
        counting = text(f"SELECT count(*) FROM {examined_of}")  # noqa: S608
        examined = int((await connection.execute(counting)).scalar_one())
        found[name] = (examined, list((await connection.execute(text(looking))).scalars()))
    return found


async def past_deadline(connection: AsyncConnection, late: datetime) -> dict[str, Looked]:
    """States that should have ended by themselves before `late`."""
    found = {}
    for name, table in _STUCK.items():
        waiting = text(f"SELECT count(*) FROM {table} WHERE due_at IS NOT NULL")  # noqa: S608
        stuck = text(f"SELECT id FROM {table} WHERE due_at < :late")  # noqa: S608
        examined = int((await connection.execute(waiting)).scalar_one())
        found[name] = (examined, list((await connection.execute(stuck, {"late": late})).scalars()))
    return found


async def not_closed(connection: AsyncConnection, today: date) -> Looked:
    """Drawings whose interest should have been closed up to today. A repayment under way holds its drawing's days open."""
    examined = int((await connection.execute(_OUTSTANDING)).scalar_one())
    return examined, list((await connection.execute(_NOT_CLOSED, {"today": today})).scalars())


async def movements(connection: AsyncConnection, limit: int) -> list[Movement]:
    """Money under way, oldest first."""
    return [_movement(row) for row in await connection.execute(_MOVEMENTS, {"limit": limit})]


def _movement(row: Any) -> Movement:
    names = {
        "disbursement": ("ecommerce_credit.disburse", drawing_text, drawing_text),
        "repayment": ("ecommerce_credit.receive_repayment", repayment_text, drawing_text),
        "contribution": ("ecommerce_credit.move_capital", movement_text, movement_text),
        "withdrawal": ("ecommerce_credit.move_capital", movement_text, movement_text),
    }
    job, record, about = names[row.kind]
    return Movement(
        row.kind, record(row.id), job, row.id, about(row.about), row.amount_minor, row.currency, row.changed_at
    )
