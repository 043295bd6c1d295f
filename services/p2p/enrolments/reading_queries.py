"""The SQL of how enrolments and the exit queue stand. Reads alone."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.enrolments.model import Enrolment, EnrolmentState, Standing
from services.p2p.enrolments.queries import BORNE_INTEREST, KEPT_OF_ALL, PAID_FOR_BEING_LATE
from services.p2p.enrolments.tables import enrolments
from services.p2p.standing_orders.tables import standing_orders

# A claim that nobody may buy: a row is past due, or the loan was given up.
_LATE = """(l.state = 'written_off' OR EXISTS (SELECT FROM loan_rows r WHERE r.loan_id = l.id AND r.paid_at IS NULL
    AND r.due_on < :today))"""
# A claim that is never sold: it is paid out as it is repaid.
_KEPT = "g.terms ->> 'resale' IS NULL"
_STANDING = text(f"""
    SELECT
        coalesce(sum(c.funded_minor), 0)::bigint AS lent_minor,
        (SELECT coalesce(sum(q.price_minor), 0) FROM claim_purchases q
            WHERE q.standing_order_id = :order_id AND q.state = 'settled')::bigint AS bought_for_minor,
        (SELECT coalesce(sum(q.price_minor - q.fee_minor), 0) FROM claim_purchases q JOIN plan_claims p ON p.claim_id = q.claim_id
            WHERE p.standing_order_id = :order_id AND q.state = 'settled')::bigint AS sold_for_minor,
        coalesce(sum(c.principal_received_minor + c.interest_received_minor + c.late_received_minor + c.compensated_minor - {KEPT_OF_ALL}
            + {BORNE_INTEREST} + {PAID_FOR_BEING_LATE}
            + coalesce((SELECT sum(s.interest_minor) FROM compensation_shares s JOIN compensations k ON k.id = s.compensation_id
                WHERE s.claim_id = c.id AND k.state = 'paid'), 0)), 0)::bigint AS received_minor,
        coalesce(sum(c.outstanding_minor), 0)::bigint AS outstanding_minor,
        coalesce(sum(c.outstanding_minor) FILTER (WHERE {_LATE}), 0)::bigint AS overdue_minor,
        coalesce(sum(c.outstanding_minor) FILTER (WHERE {_KEPT}), 0)::bigint AS unsellable_minor,
        coalesce(sum((SELECT s.principal_minor - s.sold_minor FROM claim_sales s WHERE s.claim_id = c.id
            AND s.state IN ('open', 'buying'))), 0)::bigint AS offered_minor
    FROM plan_claims p JOIN claims c ON c.id = p.claim_id JOIN loans l ON l.id = c.loan_id
        JOIN programmes g ON g.code = l.programme_code AND g.version = l.programme_version
    WHERE p.standing_order_id = :order_id
""")  # noqa: S608
_UNSOLD = text(f"""
    SELECT count(DISTINCT e.id), coalesce(sum(c.outstanding_minor), 0)::bigint,
        coalesce(sum(c.outstanding_minor) FILTER (WHERE {_LATE}), 0)::bigint,
        coalesce(sum(c.outstanding_minor) FILTER (WHERE {_KEPT}), 0)::bigint
    FROM enrolments e LEFT JOIN plan_claims p ON p.standing_order_id = e.standing_order_id
        LEFT JOIN claims c ON c.id = p.claim_id AND c.outstanding_minor > 0 LEFT JOIN loans l ON l.id = c.loan_id
        LEFT JOIN programmes g ON g.code = l.programme_code AND g.version = l.programme_version
    WHERE e.state = 'exiting' AND e.currency = :currency
""")  # noqa: S608


async def standing(connection: AsyncConnection, order_id: UUID, today: date) -> Standing:
    return Standing(*(await connection.execute(_STANDING, {"order_id": order_id, "today": today})).one())


async def unsold(connection: AsyncConnection, currency: str, today: date) -> tuple[int, int, int, int]:
    """How many are leaving, what of their claims is not sold, and what of that may not be now, and never."""
    row = (await connection.execute(_UNSOLD, {"currency": currency, "today": today})).one()
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


async def left_since(
    connection: AsyncConnection, currency: str, since: datetime, limit: int
) -> list[tuple[datetime, datetime]]:
    """When those began to leave who got out lately, and when nothing was left; the newest."""
    wanted = (
        select(enrolments.c.exiting_at, enrolments.c.sold_out_at)
        .where(enrolments.c.currency == currency, enrolments.c.sold_out_at >= since)
        .order_by(enrolments.c.sold_out_at.desc())
        .limit(limit)
    )
    return [(row.exiting_at, row.sold_out_at) for row in await connection.execute(wanted)]


async def position(connection: AsyncConnection, enrolment: Enrolment) -> int:
    """From 1, among all who are leaving in its currency."""
    own = tuple_(enrolments.c.exiting_at, enrolments.c.id)
    wanted = select(func.count()).where(
        enrolments.c.state == EnrolmentState.EXITING.value,
        enrolments.c.currency == enrolment.currency,
        own <= tuple_(enrolment.exiting_at, enrolment.id),
    )
    return int((await connection.execute(wanted)).scalar_one())


async def exiting(
    connection: AsyncConnection, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[UUID, datetime]]:
    """Those who are leaving, the first in the queue first, at most limit + 1."""
    wanted = select(enrolments.c.id, enrolments.c.exiting_at).where(enrolments.c.state == EnrolmentState.EXITING.value)
    if after is not None:
        wanted = wanted.where(tuple_(enrolments.c.exiting_at, enrolments.c.id) > tuple_(*after))
    wanted = wanted.order_by(enrolments.c.exiting_at, enrolments.c.id).limit(limit + 1)
    return [(row.id, row.exiting_at) for row in await connection.execute(wanted)]


async def accounts(connection: AsyncConnection, order_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The wallet of each of these orders that has been told it."""
    orders = standing_orders.c
    wanted = select(orders.id, orders.account_id).where(orders.id.in_(order_ids), orders.account_id.is_not(None))
    return {row.id: row.account_id for row in await connection.execute(wanted)}
