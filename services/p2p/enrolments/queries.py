"""The SQL of enrolments."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.claims.model import Claim
from services.p2p.claims.tables import claims
from services.p2p.enrolments.model import FINAL, INVESTED, Enrolment, EnrolmentState, Fills, Settlement
from services.p2p.enrolments.tables import enrolments, plan_claims
from services.p2p.plans.model import Reinvest

_SETTLED = tuple(Settlement.__slots__)
_OWN = tuple(name for name in Enrolment.__slots__ if name != "settlement")
_COLUMNS = [enrolments.c[name] for name in (*_OWN, *_SETTLED)]
_ALIVE = enrolments.c.state.not_in([state.value for state in FINAL])
_LENDER = text("SELECT pg_advisory_xact_lock(hashtext('enrolments'), hashtext(:lender))")

# Of a plan's claim: money that it was paid, and that may go back. A loan has one repayment, and one debit, of which that may be true.
NOT_FINAL = """(EXISTS (SELECT FROM claims k JOIN repayments r ON r.loan_id = k.loan_id AND r.state = 'reversing'
        JOIN repayment_shares f ON f.repayment_id = r.id AND f.claim_id = k.id WHERE k.id = p.claim_id)
    OR EXISTS (SELECT FROM claims k JOIN loan_debits d ON d.loan_id = k.loan_id AND d.state IN ('advanced', 'bounced')
        JOIN repayment_shares f ON f.repayment_id = d.repayment_id AND f.claim_id = k.id WHERE k.id = p.claim_id))"""
_FILLS = text(f"""
    SELECT
        (SELECT count(*) FROM plan_claims p JOIN claims c ON c.id = p.claim_id JOIN loans l ON l.id = c.loan_id
            WHERE p.standing_order_id = :order_id AND c.outstanding_minor > 0 AND l.state <> 'written_off') AS open_claims,
        (SELECT count(*) FROM plan_claims WHERE standing_order_id = :order_id) AS claims,
        (SELECT count(*) FROM bids WHERE standing_order_id = :order_id AND state IN ('pending', 'placed')
            AND lender = (SELECT lender FROM standing_orders WHERE id = :order_id))
        + (SELECT count(*) FROM claim_purchases WHERE standing_order_id = :order_id AND state = 'pending')
        + (SELECT count(*) FROM claim_purchases q JOIN plan_claims p ON p.claim_id = q.claim_id
            WHERE p.standing_order_id = :order_id AND q.state = 'pending') AS under_way,
        (SELECT count(*) FROM plan_claims p WHERE p.standing_order_id = :order_id AND {NOT_FINAL}) AS not_final
""")  # noqa: S608
# Of what a claim was paid the platform's part, which never reached its holder.
KEPT = """coalesce((SELECT sum(f.interest_fee_minor + f.collection_fee_minor) FROM repayment_shares f
    JOIN repayments r ON r.id = f.repayment_id WHERE f.claim_id = c.id AND r.state IN ('shared', 'reversing') {narrowed}), 0)"""
KEPT_OF_ALL, KEPT_OF_PRINCIPAL = KEPT.format(narrowed=""), KEPT.format(narrowed="AND f.kind = 'principal'")
# Interest of repayments taken back that its holder did not give back, for the platform bore it: as `reversal_queries.kept` has it. So
# much principal as it bore is compensated.
BORNE_INTEREST = """coalesce((SELECT sum(t.advance_minor - coalesce(y.principal_minor, 0)) FROM reversal_parts t
    JOIN repayments r ON r.id = t.repayment_id AND r.state = 'reversed'
    LEFT JOIN claim_cessions y ON y.id = r.id AND y.from_claim_id = t.claim_id
    WHERE t.claim_id = c.id AND t.advance_minor > 0), 0)"""
# What a partner paid for money that it passed on late, once it did.
HOLDING_INTEREST = """coalesce((SELECT sum(h.amount_minor) FROM partner_interest_shares h
    JOIN partner_receipts w ON w.id = h.receipt_id AND w.state = 'passed' {narrowed} WHERE h.claim_id = c.id), 0)"""
PAID_FOR_BEING_LATE = HOLDING_INTEREST.format(narrowed="")
# What claims brought and may be lent again; what was taken back is not in it any more.
BROUGHT = f"""
    SELECT e.id, e.standing_order_id, e.returned_minor, sum(c.principal_received_minor + c.compensated_minor
        - CASE WHEN e.reinvest = 'principal' THEN {KEPT_OF_PRINCIPAL} ELSE {KEPT_OF_ALL} END
        + CASE WHEN e.reinvest = 'principal' THEN 0 ELSE c.interest_received_minor + c.late_received_minor + {BORNE_INTEREST}
            + {PAID_FOR_BEING_LATE}
            + coalesce((SELECT sum(s.interest_minor) FROM compensation_shares s JOIN compensations k ON k.id = s.compensation_id
                WHERE s.claim_id = c.id AND k.state = 'paid'), 0) END)::bigint AS brought_minor
    FROM enrolments e JOIN plan_claims p ON p.standing_order_id = e.standing_order_id JOIN claims c ON c.id = p.claim_id
"""  # noqa: S608
_CHANGED = text(f"""
    SELECT id FROM ({BROUGHT} WHERE e.state IN ('investing', 'locked', 'free') AND e.reinvest <> 'nothing'
        GROUP BY e.id, e.standing_order_id, e.returned_minor) AS found
    WHERE brought_minor <> returned_minor ORDER BY id LIMIT :limit
""")  # noqa: S608
_BROUGHT = text(f"{BROUGHT} WHERE e.id = ANY(:ids) GROUP BY e.id, e.standing_order_id, e.returned_minor")
_RETURNED = text("""
    UPDATE enrolments e SET returned_minor = t.amount, changed_at = :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:amounts AS bigint[])) AS t (id, amount) WHERE e.id = t.id
""")
_ALL_LENT = text("""
    SELECT e.id FROM enrolments e JOIN standing_orders o ON o.id = e.standing_order_id
    WHERE e.state = 'investing' AND o.budget_minor - o.committed_minor < o.least_minor
        AND NOT EXISTS (SELECT FROM bids b WHERE b.lender = o.lender AND b.standing_order_id = o.id
            AND b.state IN ('pending', 'placed'))
        AND NOT EXISTS (SELECT FROM claim_purchases q WHERE q.standing_order_id = o.id AND q.state = 'pending')
    UNION ALL
    SELECT e.id FROM enrolments e JOIN standing_orders o ON o.id = e.standing_order_id
    WHERE e.state = 'investing' AND o.state = 'ended'
    ORDER BY 1 LIMIT :limit
""")
# Those that may be sold today, of who began to leave first. What nobody may ever buy is paid out as it is repaid.
_TO_OFFER = text("""
    SELECT e.exiting_at, e.id AS enrolment_id, c.id, c.version
    FROM enrolments e JOIN plan_claims p ON p.standing_order_id = e.standing_order_id
        JOIN claims c ON c.id = p.claim_id JOIN loans l ON l.id = c.loan_id
        JOIN programmes g ON g.code = l.programme_code AND g.version = l.programme_version
    WHERE e.state = 'exiting' AND c.outstanding_minor > 0 AND l.state = 'repaying' AND g.terms ->> 'resale' IS NOT NULL
        AND (e.exiting_at, e.id, c.id) > (CAST(:exiting_at AS timestamptz), CAST(:enrolment_id AS uuid), CAST(:claim_id AS uuid))
        AND c.held_from_on + coalesce((g.terms -> 'resale' ->> 'held_days')::integer, 0) <= :today
        AND NOT EXISTS (SELECT FROM claim_sales s WHERE s.claim_id = c.id AND s.state IN ('open', 'buying'))
        AND NOT EXISTS (SELECT FROM loan_rows r WHERE r.loan_id = l.id AND r.paid_at IS NULL AND r.due_on <= :today)
    ORDER BY e.exiting_at, e.id, c.id LIMIT :limit
""")
_CLEARED = text(f"""
    SELECT e.id FROM enrolments e WHERE e.state = 'exiting'
        AND NOT EXISTS (SELECT FROM plan_claims p JOIN claims c ON c.id = p.claim_id JOIN loans l ON l.id = c.loan_id
            WHERE p.standing_order_id = e.standing_order_id AND c.outstanding_minor > 0 AND l.state <> 'written_off')
        AND NOT EXISTS (SELECT FROM plan_claims p WHERE p.standing_order_id = e.standing_order_id AND {NOT_FINAL})
    ORDER BY e.exiting_at, e.id LIMIT :limit
""")  # noqa: S608


async def alive(connection: AsyncConnection, lender: str) -> int:
    """How many of hers have not ended; nobody else makes one for her until the transaction ends."""
    await connection.execute(_LENDER, {"lender": lender})
    wanted = select(func.count()).where(enrolments.c.lender == lender, _ALIVE)
    return (await connection.execute(wanted)).scalar_one()


async def taken_minor(connection: AsyncConnection, plan_code: str) -> int:
    """Of a plan, by all who are in it, whatever their version."""
    wanted = select(func.coalesce(func.sum(enrolments.c.amount_minor), 0)).where(
        enrolments.c.plan_code == plan_code, _ALIVE
    )
    return int((await connection.execute(wanted)).scalar_one())


async def add(connection: AsyncConnection, enrolment: Enrolment) -> None:
    await connection.execute(insert(enrolments).values(_values(enrolment)))


async def save(connection: AsyncConnection, enrolment: Enrolment) -> None:
    await connection.execute(update(enrolments).where(enrolments.c.id == enrolment.id).values(_values(enrolment)))


async def load(connection: AsyncConnection, enrolment_id: UUID, *, lock: bool = False) -> Enrolment | None:
    wanted = select(*_COLUMNS).where(enrolments.c.id == enrolment_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _enrolment(row)


async def of_claim(connection: AsyncConnection, claim_id: UUID) -> Enrolment | None:
    joined = enrolments.join(plan_claims, plan_claims.c.standing_order_id == enrolments.c.standing_order_id)
    wanted = select(*_COLUMNS).select_from(joined).where(plan_claims.c.claim_id == claim_id)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _enrolment(row)


async def find(
    connection: AsyncConnection,
    *,
    lender: str | None,
    state: str | None,
    plan_code: str | None,
    before: UUID | None,
    limit: int,
) -> list[Enrolment]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(enrolments.c.id.desc()).limit(limit + 1)
    for column, value in (("lender", lender), ("state", state), ("plan_code", plan_code)):
        if value is not None:
            wanted = wanted.where(enrolments.c[column] == value)
    if before is not None:
        wanted = wanted.where(enrolments.c.id < before)
    return [_enrolment(row) for row in await connection.execute(wanted)]


async def fills(connection: AsyncConnection, order_id: UUID) -> Fills:
    return Fills(*(await connection.execute(_FILLS, {"order_id": order_id})).one())


async def claims_of(
    connection: AsyncConnection, order_id: UUID, *, after: UUID | None = None, limit: int | None = None
) -> list[Claim]:
    """All that a plan's order lent on or bought, those at 0 too, oldest first; with a limit at most one more."""
    wanted = (
        select(*(claims.c[name] for name in Claim._fields))
        .join(plan_claims, plan_claims.c.claim_id == claims.c.id)
        .where(plan_claims.c.standing_order_id == order_id)
        .order_by(claims.c.id)
    )
    if after is not None:
        wanted = wanted.where(claims.c.id > after)
    if limit is not None:
        wanted = wanted.limit(limit + 1)
    return [Claim(*row) for row in await connection.execute(wanted)]


async def changed(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Enrolments whose claims brought other money than was given to their orders."""
    return list((await connection.execute(_CHANGED, {"limit": limit})).scalars())


async def bring_back(connection: AsyncConnection, ids: Sequence[UUID], now: datetime) -> dict[UUID, int]:
    """What claims of these brought since they were last asked, by standing order; they are locked. Below zero: taken back."""
    held = select(enrolments.c.id).where(
        enrolments.c.id.in_(ids),
        enrolments.c.state.in_([state.value for state in INVESTED]),
        enrolments.c.reinvest != Reinvest.NOTHING.value,
    )
    own = list((await connection.execute(held.order_by(enrolments.c.id).with_for_update())).scalars())
    rows = [row for row in await connection.execute(_BROUGHT, {"ids": own}) if row.brought_minor != row.returned_minor]
    if rows:
        amounts = {"ids": [row.id for row in rows], "amounts": [row.brought_minor for row in rows]}
        await connection.execute(_RETURNED, amounts | {"now": now})
    return {row.standing_order_id: row.brought_minor - row.returned_minor for row in rows}


async def past_due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Those to which time does something, but settling ones."""
    wanted = select(enrolments.c.id).where(
        enrolments.c.due_at <= now, enrolments.c.state != EnrolmentState.SETTLING.value
    )
    return list((await connection.execute(wanted.order_by(enrolments.c.due_at).limit(limit))).scalars())


async def to_settle(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(enrolments.c.id).where(
        enrolments.c.due_at <= now, enrolments.c.state == EnrolmentState.SETTLING.value
    )
    return list((await connection.execute(wanted.order_by(enrolments.c.due_at).limit(limit))).scalars())


async def all_lent(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Investing ones with nothing left to lend, or whose order has ended."""
    return list((await connection.execute(_ALL_LENT, {"limit": limit})).scalars())


class Offering(NamedTuple):
    """A claim to be offered, behind those of who left before. version: of the claim."""

    exiting_at: datetime
    enrolment_id: UUID
    claim_id: UUID
    version: int


FIRST = Offering(datetime.min.replace(tzinfo=UTC), UUID(int=0), UUID(int=0), 0)


async def to_offer(connection: AsyncConnection, today: date, *, after: Offering, limit: int) -> list[Offering]:
    """Claims of those who are leaving that may be offered, behind one, of who began to leave first."""
    facts = {"exiting_at": after.exiting_at, "enrolment_id": after.enrolment_id, "claim_id": after.claim_id}
    return [Offering(*row) for row in await connection.execute(_TO_OFFER, facts | {"today": today, "limit": limit})]


async def cleared(connection: AsyncConnection, limit: int) -> list[UUID]:
    return list((await connection.execute(_CLEARED, {"limit": limit})).scalars())


def _values(enrolment: Enrolment) -> dict[str, Any]:
    own = {name: getattr(enrolment, name) for name in _OWN}
    settled = {name: getattr(enrolment.settlement, name) for name in _SETTLED}
    return own | settled | {"state": enrolment.state.value, "reinvest": enrolment.reinvest.value}


def _enrolment(row: Any) -> Enrolment:
    found = row._mapping
    settled = {name: int(found[name]) for name in _SETTLED}
    read = {"state": EnrolmentState(found["state"]), "reinvest": Reinvest(found["reinvest"])}
    return Enrolment(**{name: found[name] for name in _OWN} | read, settlement=Settlement(**settled))
