"""The SQL of bills, a page at a time. What it reads of a day that is over never changes again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.bills.model import FundsRow, TradeRow

_PAYMENTS = text("""SELECT id, paid_at AS at, id AS order_id, merchant_order_number AS order_number, '' AS refund_number, subject,
        created_at, amount, coalesce(line.fee_minor, 0) AS fee
    FROM orders LEFT JOIN settlement_lines AS line ON line.order_id = orders.id
    WHERE merchant_id = :merchant_id AND paid_at IS NOT NULL AND paid_at < :until_at AND paid_at >= :from_at
        AND (paid_at, id) > (:at, :id)
    ORDER BY paid_at, id LIMIT :limit""")
# Of the fee what has come back with this refund and those before it, less what had with those before.
_REFUNDS = text("""SELECT refund.id, refund.ended_at AS at, refund.order_id, orders.merchant_order_number AS order_number,
        refund.merchant_refund_number AS refund_number, orders.subject, refund.requested_at AS created_at, refund.amount,
        (div(coalesce(line.fee_minor, 0)::numeric * so_far.amount, orders.amount)
            - div(coalesce(line.fee_minor, 0)::numeric * (so_far.amount - refund.amount), orders.amount))::bigint AS fee
    FROM refunds AS refund JOIN orders ON orders.id = refund.order_id
    LEFT JOIN settlement_lines AS line ON line.order_id = orders.id
    CROSS JOIN LATERAL (SELECT sum(earlier.amount)::bigint AS amount FROM refunds AS earlier WHERE earlier.order_id = refund.order_id
        AND earlier.state = 'succeeded' AND (earlier.ended_at, earlier.id) <= (refund.ended_at, refund.id)) AS so_far
    WHERE refund.merchant_id = :merchant_id AND refund.state = 'succeeded' AND refund.ended_at < :until_at
        AND refund.ended_at >= :from_at AND (refund.ended_at, refund.id) > (:at, :id)
    ORDER BY refund.ended_at, refund.id LIMIT :limit""")
_UNSETTLED = text("""SELECT EXISTS (
        SELECT FROM orders JOIN merchants ON merchants.id = orders.merchant_id
        WHERE orders.merchant_id = :merchant_id AND orders.paid_at IS NOT NULL AND orders.paid_at >= :from_at AND orders.paid_at < :until_at
            AND orders.payee_account_id = merchants.proceeds_account_id
            AND NOT EXISTS (SELECT FROM settlement_lines AS line WHERE line.order_id = orders.id)
    ) OR EXISTS (
        SELECT FROM refunds JOIN orders ON orders.id = refunds.order_id JOIN merchants ON merchants.id = orders.merchant_id
        WHERE refunds.merchant_id = :merchant_id AND refunds.state = 'succeeded' AND refunds.ended_at >= :from_at
            AND refunds.ended_at < :until_at
            AND orders.payee_account_id = merchants.proceeds_account_id
            AND NOT EXISTS (SELECT FROM settlement_lines AS line WHERE line.order_id = orders.id))""")
_FUNDS = text("""SELECT * FROM (
        (SELECT id, posted_at AS at, reference, code, -amount AS amount, debited_credits_posted - debited_debits_posted AS balance
            FROM ledger_transfers WHERE book_id = :book_id AND debit_account_id = :account_id AND kind IN (0, 2)
                AND posted_at >= :from_at AND posted_at < :until_at AND (posted_at, id) > (:at, :id) ORDER BY posted_at, id LIMIT :limit)
        UNION ALL
        (SELECT id, posted_at, reference, code, amount, credited_credits_posted - credited_debits_posted
            FROM ledger_transfers WHERE book_id = :book_id AND credit_account_id = :account_id AND kind IN (0, 2)
                AND posted_at >= :from_at AND posted_at < :until_at AND (posted_at, id) > (:at, :id) ORDER BY posted_at, id LIMIT :limit)
    ) AS sides ORDER BY at, id LIMIT :limit""")


async def has_unsettled(connection: AsyncConnection, merchant_id: UUID, from_at: datetime, until_at: datetime) -> bool:
    """Whether orders paid or refunded in that time wait for their settlement, which says what they cost."""
    facts = {"merchant_id": merchant_id, "from_at": from_at, "until_at": until_at}
    return bool((await connection.execute(_UNSETTLED, facts)).scalar_one())


async def payments_page(
    connection: AsyncConnection, merchant_id: UUID, from_at: datetime, until_at: datetime, after: tuple[datetime, UUID], limit: int
) -> list[TradeRow]:  # fmt: skip
    """Orders paid in that time, by instant and id."""
    facts = {"merchant_id": merchant_id, "from_at": from_at, "until_at": until_at, "at": after[0], "id": after[1]}
    rows = await connection.execute(_PAYMENTS, facts | {"limit": limit})
    return [TradeRow(*row) for row in rows]


async def refunds_page(
    connection: AsyncConnection, merchant_id: UUID, from_at: datetime, until_at: datetime, after: tuple[datetime, UUID], limit: int
) -> list[TradeRow]:  # fmt: skip
    """Refunds paid in that time, by instant and id."""
    facts = {"merchant_id": merchant_id, "from_at": from_at, "until_at": until_at, "at": after[0], "id": after[1]}
    rows = await connection.execute(_REFUNDS, facts | {"limit": limit})
    return [TradeRow(*row) for row in rows]


async def funds_page(
    connection: AsyncConnection,
    account_id: UUID,
    book_id: int,
    from_at: datetime,
    until_at: datetime,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[FundsRow]:
    """What moved on an account in that time, by instant and id."""
    facts = {"account_id": account_id, "book_id": book_id, "from_at": from_at, "until_at": until_at}
    rows = await connection.execute(_FUNDS, facts | {"at": after[0], "id": after[1], "limit": limit})
    return [FundsRow(*row) for row in rows]
