"""The SQL of offers and the queue: who is asked first, and what was decided."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.claims.tables import claims
from services.p2p.enrolments.tables import plan_claims
from services.p2p.resale.tables import claim_purchases
from services.p2p.sale_matching.model import Buyer, Offered, SaleDecision, SaleLook, SaleVerdict
from services.p2p.sale_matching.tables import sale_decisions, sale_looks
from services.p2p.standing_orders.model import Bounds, StandingOrder
from services.p2p.standing_orders.tables import IN_QUEUE

_LOOK = [sale_looks.c[name] for name in SaleLook.__slots__]
_DECISION = [sale_decisions.c[name] for name in SaleDecision.__slots__]
_FACTS = (
    "sale_id", "loan_id", "programme", "grade", "currency", "seller", "borrower", "price_share", "yield_rate", "longest_months", "at",
    "for_plans",
)  # fmt: skip

# Of each criteria the first few, and of these the first few: the front of the whole queue. Whoever holds of the loan apart from a plan buys
# nothing of it by the plan, and the other way round: so whose a claim is never is a question.
_FRONT = text(f"""
    SELECT found.*, coalesce(held.outstanding_minor, 0) AS held_minor FROM standing_order_criteria fitting CROSS JOIN LATERAL (
        SELECT o.id, o.lender, o.place, o.queued_at, o.version, o.committed_minor, o.managed,
            o.least_minor, o.most_minor, o.share_cap, o.budget_minor, o.reserve_minor
        FROM standing_orders o
        WHERE o.criteria_id = fitting.id AND {IN_QUEUE} AND o.resale_least_yield <= :yield_rate AND o.place > :after
            AND o.resale_least_price <= :price_share AND o.resale_largest_price >= :price_share
            AND o.resale_longest_months >= :longest_months AND o.expires_at > :at AND o.lender NOT IN (:seller, :borrower)
            AND (CAST(:for_plans AS boolean) OR NOT o.managed)
            AND NOT EXISTS (SELECT FROM claim_purchases p WHERE p.sale_id = :sale_id AND p.standing_order_id = o.id
                AND p.state = 'refused')
            AND NOT EXISTS (SELECT FROM claims c LEFT JOIN plan_claims p ON p.claim_id = c.id
                WHERE c.loan_id = :loan_id AND c.holder = o.lender
                    AND p.standing_order_id IS DISTINCT FROM CASE WHEN o.managed THEN o.id END)
        ORDER BY o.place LIMIT :limit
    ) AS found LEFT JOIN claims held ON held.loan_id = :loan_id AND held.holder = found.lender
    WHERE fitting.currency = :currency AND fitting.programmes @> ARRAY[:programme] AND fitting.grades @> ARRAY[:grade]
    ORDER BY found.place LIMIT :limit
""")  # noqa: S608
# Who leaves a plan is served by when she began to leave, everybody else by when she offered.
_WANTED = text("""
    SELECT coalesce(e.exiting_at, s.offered_at) AS since, coalesce(e.id, s.id) AS whose, s.id
    FROM claim_sales s JOIN loans l ON l.id = s.loan_id
        JOIN programmes v ON v.code = l.programme_code AND v.version = l.programme_version
        LEFT JOIN plan_claims p ON p.claim_id = s.claim_id LEFT JOIN enrolments e
            ON e.standing_order_id = p.standing_order_id AND e.state = 'exiting'
    WHERE s.state = 'open' AND s.due_at > :now
        AND (coalesce(e.exiting_at, s.offered_at), coalesce(e.id, s.id), s.id)
            > (CAST(:since AS timestamptz), CAST(:whose AS uuid), CAST(:id AS uuid))
        AND EXISTS (
        SELECT FROM standing_order_criteria c JOIN standing_orders o ON o.criteria_id = c.id
        WHERE c.currency = s.currency AND c.programmes @> ARRAY[l.programme_code] AND c.grades @> ARRAY[l.grade]
            AND o.state = 'active' AND o.budget_minor - o.committed_minor >= o.least_minor AND o.resale_least_yield IS NOT NULL
            AND (NOT o.managed OR (v.terms ->> 'plans' = 'true' AND v.terms ->> 'resale' IS NOT NULL))
            AND o.lender <> s.seller AND s.price_share BETWEEN o.resale_least_price AND o.resale_largest_price)
        -- In custody nothing is bought on an order: each bid and purchase is instructed by its lender.
        AND v.terms ->> 'custody' IS NULL
    ORDER BY 1, 2, 3 LIMIT :limit
""")


class Served(NamedTuple):
    """A sale's place among those that are served. since: when it was offered, or who leaves a plan with it began to leave; whose: her
    enrolment, or the sale itself."""

    since: datetime
    whose: UUID
    id: UUID


FIRST = Served(datetime.min.replace(tzinfo=UTC), UUID(int=0), UUID(int=0))


async def wanted(connection: AsyncConnection, now: datetime, *, after: Served, limit: int) -> list[Served]:
    """Open sales behind a place that somebody in the queue might buy, in the order in which they are served."""
    facts = after._asdict() | {"now": now, "limit": limit}
    return [Served(*row) for row in await connection.execute(_WANTED, facts)]


async def front(connection: AsyncConnection, offered: Offered, *, after: int, limit: int) -> list[Buyer]:
    """The first orders behind a place that may be asked, ascending by place."""
    facts = {name: getattr(offered, name) for name in _FACTS}
    return [_buyer(row) for row in await connection.execute(_FRONT, facts | {"after": after, "limit": limit})]


async def last_number(connection: AsyncConnection, sale_id: UUID) -> int:
    found = select(func.coalesce(func.max(sale_looks.c.number), 0)).where(sale_looks.c.sale_id == sale_id)
    return int((await connection.execute(found)).scalar_one())


async def add(connection: AsyncConnection, look: SaleLook, decided: Sequence[SaleDecision]) -> None:
    await connection.execute(insert(sale_looks).values(asdict(look)))
    await connection.execute(insert(sale_decisions), [asdict(one) | {"verdict": one.verdict.value} for one in decided])


async def looks(connection: AsyncConnection, sale_id: UUID, *, after: int, limit: int) -> list[SaleLook]:
    """Oldest first, at most limit + 1."""
    found = select(*_LOOK).where(sale_looks.c.sale_id == sale_id, sale_looks.c.number > after)
    found = found.order_by(sale_looks.c.number).limit(limit + 1)
    return [SaleLook(**row._mapping) for row in await connection.execute(found)]


async def decision_of(connection: AsyncConnection, purchase_id: UUID) -> SaleDecision:
    found = select(*_DECISION).where(sale_decisions.c.purchase_id == purchase_id)
    return _decision((await connection.execute(found)).one())


async def decisions_of(connection: AsyncConnection, order_id: UUID, sale_id: UUID) -> list[SaleDecision]:
    """Of one order, in all looks for a sale."""
    found = select(*_DECISION).where(sale_decisions.c.order_id == order_id, sale_decisions.c.sale_id == sale_id)
    return [_decision(row) for row in await connection.execute(found)]


async def refused_before(connection: AsyncConnection, order_id: UUID, sale_id: UUID, look: int) -> bool:
    """Whether an earlier look chose the order, and the ledger refused the money."""
    found = (
        select(sale_decisions.c.purchase_id)
        .join(claim_purchases, claim_purchases.c.id == sale_decisions.c.purchase_id)
        .where(
            sale_decisions.c.order_id == order_id,
            sale_decisions.c.sale_id == sale_id,
            sale_decisions.c.look < look,
            claim_purchases.c.state == "refused",
        )
    )
    return (await connection.execute(found)).first() is not None


async def holds_apart(connection: AsyncConnection, order: StandingOrder, loan_id: UUID) -> bool:
    """Whether its lender's claim on the loan is of another plan, or of none where the order is a plan's."""
    found = (
        select(claims.c.id)
        .outerjoin(plan_claims, plan_claims.c.claim_id == claims.c.id)
        .where(
            claims.c.loan_id == loan_id,
            claims.c.holder == order.lender,
            plan_claims.c.standing_order_id.is_distinct_from(order.id if order.managed else None),
        )
    )
    return (await connection.execute(found)).first() is not None


def _decision(row: Any) -> SaleDecision:
    return SaleDecision(**dict(row._mapping) | {"verdict": SaleVerdict(row.verdict)})


def _buyer(row: Any) -> Buyer:
    own = {name: row._mapping[name] for name in Buyer.__slots__ if name != "bounds"}
    return Buyer(**own, bounds=Bounds(*(row._mapping[name] for name in Bounds.__slots__)))
