"""The SQL of a settlement run: each statement for all merchants of a chunk at once, whatever the number of their orders."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.payments.settlement.model import DuePosition, Position, Settlement, Taken, Window
from services.payments.settlement.tables import settlements

LOOKBACK = timedelta(hours=1)
"""Before the last cut-off: a payment may have been committed after the run that its instant belonged to. No transaction is open so long."""

_DUE = text("""SELECT position.merchant_id, position.reserve_account_id, position.window_on, position.due_at, position.settled_until,
        position.skipped_code, merchant.owner, merchant.currency, merchant.account_id, merchant.proceeds_account_id,
        NOT (proceeds.frozen OR proceeds.closed OR proceeds.frozen_amount > 0 OR balance.closed) AS usable
    FROM settlement_positions AS position
    JOIN merchants AS merchant ON merchant.id = position.merchant_id
    JOIN ledger_accounts AS proceeds ON proceeds.book_id = 1 AND proceeds.id = merchant.proceeds_account_id
    JOIN ledger_accounts AS balance ON balance.book_id = 1 AND balance.id = merchant.account_id
    WHERE position.due_at <= :now ORDER BY position.due_at, position.merchant_id
    LIMIT :limit FOR UPDATE OF position SKIP LOCKED""")

# What was paid after the last cut-off cannot be settled yet; before it, a line says so. A subquery that is looked up order by order:
# as NOT EXISTS it might be planned as one that reads the lines of all settlements there ever were.
_WINDOW = """orders.merchant_id = due.merchant_id AND orders.paid_at IS NOT NULL AND orders.paid_at >= due.from_at
    AND orders.paid_at < due.until_at AND orders.payee_account_id = due.account_id
    AND (orders.paid_at > due.settled_until
        OR (SELECT line.settlement_id FROM settlement_lines AS line WHERE line.order_id = orders.id) IS NULL)"""

_DUE_ORDERS = """unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::uuid[])
        AS due(merchant_id, account_id, from_at, settled_until, until_at, settlement_id)"""

# By the index alone: what is settled already, or was paid to another account, only makes the chunk smaller.
_COUNT = """SELECT due.merchant_id, (SELECT count(*) FROM (SELECT FROM orders
        WHERE orders.merchant_id = due.merchant_id AND orders.paid_at >= due.from_at AND orders.paid_at < due.until_at LIMIT $4) AS counted)
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS due(merchant_id, from_at, until_at)"""

# The same as fee_plans.rules.fee, for all orders at once: a test compares the two. A band is what of a tier lies above the free quota. An
# order ends in one band, and nearly always begins there, too; only for the others the bands are added up. Refunds that still wait for money
# have taken none out of the proceeds. No refund of these orders is paid meanwhile: whoever pays one holds the merchant's position.
_SETTLE = f"""WITH due AS (
    SELECT * FROM {_DUE_ORDERS}
), term AS (
    SELECT contract.merchant_id, contract.plan_id,
        CASE WHEN row_number() OVER days = 1 THEN '-infinity'::date ELSE contract.effective_on END AS from_on,
        coalesce(lead(contract.effective_on) OVER days, 'infinity'::date) AS until_on
    FROM settlement_contracts AS contract WHERE contract.merchant_id = ANY($1::uuid[])
    WINDOW days AS (PARTITION BY contract.merchant_id ORDER BY contract.effective_on)
), band AS MATERIALIZED (
    SELECT tier.plan_id, greatest(tier.lower_minor, plan.free_quota_minor) AS lower_minor, tier.upper_minor, tier.rate_millionths
    FROM fee_plan_tiers AS tier JOIN fee_plans AS plan ON plan.id = tier.plan_id AND tier.upper_minor > plan.free_quota_minor
    WHERE plan.id IN (SELECT plan_id FROM term)
), taken AS (
    SELECT due.merchant_id, due.settlement_id, one.* FROM due CROSS JOIN LATERAL (
        SELECT oldest.*, sum(oldest.amount) OVER (
            PARTITION BY oldest.month ORDER BY oldest.paid_at, oldest.id ROWS UNBOUNDED PRECEDING)::bigint AS so_far
        FROM (
            SELECT orders.id, orders.amount, orders.paid_at, orders.paid_on, date_trunc('month', orders.paid_on::timestamp)::date AS month,
                CASE WHEN orders.refunded = 0 THEN 0 ELSE orders.refunded - (SELECT coalesce(sum(refunds.amount), 0) FROM refunds
                    WHERE refunds.order_id = orders.id AND refunds.state = 'refund_pending_funds')::bigint END AS refunded
            FROM orders WHERE {_WINDOW} ORDER BY orders.paid_at, orders.id LIMIT $7
        ) AS oldest
    ) AS one
), running AS (
    SELECT taken.*, coalesce(before.volume_minor, 0) + taken.so_far AS after
    FROM taken LEFT JOIN merchant_volumes AS before ON before.merchant_id = taken.merchant_id AND before.month = taken.month
), charged AS (
    SELECT running.*, plan.rounding, plan.minimum_minor, plan.cap_minor, plan.free_quota_minor,
        CASE WHEN running.after - running.amount >= band.lower_minor THEN band.rate_millionths::numeric * running.amount ELSE (
            SELECT sum(part.rate_millionths::numeric * (least(running.after, part.upper_minor)
                - greatest(running.after - running.amount, part.lower_minor))) FROM band AS part
            WHERE part.plan_id = plan.id AND part.lower_minor < running.after AND part.upper_minor > running.after - running.amount
        ) END * 0.000001 AS exact
    FROM running JOIN term ON term.merchant_id = running.merchant_id
        AND running.paid_on >= term.from_on AND running.paid_on < term.until_on
    JOIN fee_plans AS plan ON plan.id = term.plan_id
    LEFT JOIN band ON band.plan_id = plan.id AND band.lower_minor < running.after AND band.upper_minor >= running.after
), priced AS MATERIALIZED (
    SELECT id, settlement_id, amount, refunded, month, paid_at, CASE WHEN after <= free_quota_minor THEN 0 ELSE least(amount, cap_minor,
        greatest(minimum_minor, CASE rounding WHEN 'down' THEN floor(exact) WHEN 'up' THEN ceil(exact) ELSE round(exact) END)
    ) END::bigint AS fee
    FROM charged
), written AS (
    INSERT INTO settlement_lines (order_id, settlement_id, refunded_minor, fee_minor) SELECT id, settlement_id, refunded, fee FROM priced
) SELECT settlement_id, month, count(*), sum(amount)::bigint, sum(refunded)::bigint,
        sum(CASE WHEN refunded = 0 THEN fee ELSE fee - div(fee::numeric * refunded, amount)::bigint END)::bigint, max(paid_at)
    FROM priced GROUP BY settlement_id, month"""  # noqa: S608

_VOLUMES = """INSERT INTO merchant_volumes AS kept (merchant_id, month, volume_minor)
    SELECT * FROM unnest($1::uuid[], $2::date[], $3::bigint[]) AS more(merchant_id, month, volume_minor)
    ON CONFLICT (merchant_id, month) DO UPDATE SET volume_minor = kept.volume_minor + excluded.volume_minor"""

_OWED = """SELECT merchant_id, sum(amount - collected)::bigint FROM settlement_receivables
    WHERE merchant_id = ANY($1::uuid[]) AND collected < amount GROUP BY merchant_id"""

# The oldest first, each as far as what was collected reaches.
_COLLECT = """WITH paid AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS paid(merchant_id, amount)),
    open AS (
        SELECT one.id, paid.amount AS collected_now, one.amount - one.collected AS left_minor,
            sum(one.amount - one.collected) OVER (PARTITION BY one.merchant_id ORDER BY one.id) AS up_to
        FROM settlement_receivables AS one JOIN paid ON paid.merchant_id = one.merchant_id WHERE one.collected < one.amount)
    UPDATE settlement_receivables AS one
    SET collected = one.collected + least(open.left_minor, greatest(0, open.collected_now - (open.up_to - open.left_minor)))
    FROM open WHERE open.id = one.id"""

_HOLD = """INSERT INTO reserve_holdings (settlement_id, merchant_id, currency, amount, drawn, released, due_at)
    SELECT kept.settlement_id, kept.merchant_id, kept.currency, kept.amount, 0, 0, kept.due_at
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[])
        AS kept(settlement_id, merchant_id, currency, amount, due_at)"""

_MADE = """INSERT INTO settlement_transfers (transfer_id, settlement_id)
    SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS made(transfer_id, settlement_id)"""

_MOVE_ON = """UPDATE settlement_positions AS position
    SET window_on = after.window_on, due_at = after.due_at, settled_until = after.settled_until, skipped_code = after.skipped_code
    FROM unnest($1::uuid[], $2::date[], $3::timestamptz[], $4::timestamptz[], $5::text[])
        AS after(merchant_id, window_on, due_at, settled_until, skipped_code)
    WHERE position.merchant_id = after.merchant_id"""


async def due_positions(connection: AsyncConnection, now: datetime, limit: int) -> list[DuePosition]:
    """Merchants whose settlement is due, the longest waiting first, locked; others that are being settled are passed over."""
    found = []
    for row in await connection.execute(_DUE, {"now": now, "limit": limit}):
        position = Position(
            row.merchant_id, row.reserve_account_id, row.window_on, row.due_at, row.settled_until, row.skipped_code
        )
        found.append(
            DuePosition(position, row.owner, row.currency, row.account_id, row.proceeds_account_id, row.usable)
        )
    return found


def _asked(due: Sequence[tuple[DuePosition, Window, UUID]]) -> list[list[Any]]:
    """merchant, account, from, settled until, until, settlement: a column each."""
    return [
        [one.position.merchant_id for one, _, _ in due],
        [one.proceeds_account_id for one, _, _ in due],
        [one.position.settled_until - LOOKBACK for one, _, _ in due],
        [one.position.settled_until for one, _, _ in due],
        [window.until_at for _, window, _ in due],
        [settlement_id for _, _, settlement_id in due],
    ]


async def count_orders(
    connection: AsyncConnection, due: Sequence[tuple[DuePosition, Window, UUID]], most: int
) -> dict[UUID, int]:
    """How many orders each merchant has to settle at most, counted up to `most`."""
    merchants, _, from_at, _, until_at, _ = _asked(due)
    rows = await (await direct_of(connection)).fetch(_COUNT, merchants, from_at, until_at, most)
    return {row[0]: row[1] for row in rows}


async def settle_orders(
    connection: AsyncConnection, due: Sequence[tuple[DuePosition, Window, UUID]], most: int
) -> dict[UUID, Taken]:
    """Write a line for each order, with its fee; what they come to by settlement. Of a merchant at most so many, the oldest."""
    months: dict[UUID, list[Any]] = defaultdict(list)
    for row in await (await direct_of(connection)).fetch(_SETTLE, *_asked(due), most):
        months[row[0]].append(row)
    return {
        settlement_id: Taken(
            settlement_id,
            sum(row[2] for row in rows),
            sum(row[3] for row in rows),
            sum(row[4] for row in rows),
            sum(row[5] for row in rows),
            max(row[6] for row in rows),
            tuple((row[1], row[3]) for row in rows),
        )
        for settlement_id, rows in months.items()
    }


async def add_volumes(connection: AsyncConnection, volumes: Sequence[tuple[UUID, date, int]]) -> None:
    """Merchant, month, what its settled orders grew by."""
    await (await direct_of(connection)).fetch(_VOLUMES, *_columns(sorted(volumes)))


async def owed(connection: AsyncConnection, merchant_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What merchants owe for refunds that the platform advanced."""
    return {row[0]: row[1] for row in await (await direct_of(connection)).fetch(_OWED, list(merchant_ids))}


async def collect(connection: AsyncConnection, collected: Mapping[UUID, int]) -> None:
    """By merchant, at most what she owes."""
    await (await direct_of(connection)).fetch(_COLLECT, list(collected), list(collected.values()))


async def add_settlements(connection: AsyncConnection, made: Sequence[Settlement]) -> None:
    names = [column.name for column in settlements.columns]
    rows = [tuple(getattr(one, name) for name in names) for one in made]
    await (await direct_of(connection)).copy(settlements.name, names, rows)


async def add_holdings(connection: AsyncConnection, kept: Sequence[tuple[Settlement, datetime]]) -> None:
    """The rolling reserve of each settlement, until when."""
    rows = [(one.id, one.merchant_id, one.currency, one.reserve_minor, due_at) for one, due_at in kept]
    await (await direct_of(connection)).fetch(_HOLD, *_columns(rows))


async def add_transfers(connection: AsyncConnection, made: Sequence[tuple[UUID, UUID]]) -> None:
    """Transfer, settlement."""
    await (await direct_of(connection)).fetch(_MADE, *_columns(made))


async def move_on(connection: AsyncConnection, positions: Sequence[Position]) -> None:
    rows = [(one.merchant_id, one.window_on, one.due_at, one.settled_until, one.skipped_code) for one in positions]
    await (await direct_of(connection)).fetch(_MOVE_ON, *_columns(rows))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as arrays, a column each. There is at least one row."""
    return [list(column) for column in zip(*rows, strict=True)]
