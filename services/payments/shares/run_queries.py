"""The SQL by which a settlement run pays shares: for all orders of a chunk at once."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of

# An order's shares are paid together or not at all: what refunds and the fee left must suffice, and every receiver must still take money.
_PAY = """WITH declared AS (
        SELECT share.id, share.amount - share.called_back AS left_minor, line.settlement_id,
            sum(share.amount - share.called_back) OVER (PARTITION BY orders.id) <= orders.amount - orders.refunded
                - line.fee_minor + div(line.fee_minor::numeric * line.refunded_minor, orders.amount) AS enough,
            account.closed AS closed
        FROM order_shares AS share JOIN settlement_lines AS line ON line.order_id = share.order_id
        JOIN orders ON orders.id = share.order_id
        JOIN ledger_accounts AS account ON account.book_id = 1 AND account.id = share.account_id
        WHERE share.state = 'declared' AND share.merchant_id = ANY($2::uuid[]) AND line.settlement_id = ANY($1::uuid[])
    ), decided AS (
        SELECT *, enough AND NOT closed AS pays FROM declared
    ), paid AS (
        UPDATE order_shares AS share SET state = CASE WHEN pays THEN 'paid' ELSE 'cancelled' END,
            paid_minor = CASE WHEN pays THEN left_minor ELSE 0 END,
            settlement_id = CASE WHEN pays THEN decided.settlement_id END,
            cancel_code = CASE WHEN pays THEN NULL WHEN enough THEN 'account_closed' ELSE 'order_short' END
        FROM decided WHERE decided.id = share.id
        RETURNING share.settlement_id, share.account_id, share.paid_minor
    ) SELECT settlement_id, account_id, sum(paid_minor)::bigint FROM paid WHERE settlement_id IS NOT NULL
        GROUP BY settlement_id, account_id ORDER BY settlement_id, account_id"""


async def pay_shares(
    connection: AsyncConnection, settlement_ids: Sequence[UUID], merchant_ids: Sequence[UUID]
) -> list[tuple[UUID, UUID, int]]:
    """Settlement, receiver's account, amount. What cannot be paid is cancelled, and the money stays the merchant's."""
    rows = await (await direct_of(connection)).fetch(_PAY, list(settlement_ids), list(merchant_ids))
    return [(row[0], row[1], row[2]) for row in rows]
