"""The SQL of sales: rows written and compared in sets of a thousand, months counted over all of a shop's rows at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.sales import tables
from services.ecommerce_credit.sales.model import CANCELLED, Kind, Month, Row

TABLES: Mapping[Kind, Table] = {kind: getattr(tables, kind.value) for kind in Kind}
_BESIDE = ("marketplace", "import_id", "changed_at")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_MONTHS = text("""
    WITH sold AS (
        SELECT orders.order_id, date_trunc('month', purchased_on)::date AS month,
            status = ANY(CAST(:cancelled AS text[])) AS cancelled, sum(price_minor) AS price
        FROM order_items JOIN orders USING (marketplace, order_id)
        WHERE order_items.marketplace = :marketplace AND seller_id = :seller_id AND purchased_on < :as_of_on
        GROUP BY orders.order_id, purchased_on, status
    ), reviewed AS (
        SELECT order_id, count(*) AS reviews, sum(score) AS points FROM order_reviews
        WHERE marketplace = :marketplace AND order_id IN (SELECT order_id FROM sold) AND created_on < :as_of_on
        GROUP BY order_id
    )
    SELECT month, count(*) AS orders, count(*) FILTER (WHERE cancelled) AS cancelled_orders,
        coalesce(sum(price) FILTER (WHERE NOT cancelled), 0) AS sales_minor,
        coalesce(sum(reviews), 0) AS reviews, coalesce(sum(points), 0) AS review_points
    FROM sold LEFT JOIN reviewed USING (order_id) GROUP BY month ORDER BY month
""")


def keys_of(kind: Kind) -> list[str]:
    """Names of the columns that tell a row of the file from the others."""
    return [column.name for column in TABLES[kind].primary_key if column.name != "marketplace"]


async def alone(connection: AsyncConnection, marketplace: str, kind: Kind) -> None:
    """Until the transaction ends nobody else writes this file's rows: of two imports of one row the second sees the first's."""
    await connection.execute(_ALONE, {"name": f"{marketplace}\x1f{kind}"})


async def known(
    connection: AsyncConnection, marketplace: str, kind: Kind, rows: Sequence[Row]
) -> dict[tuple[Any, ...], Row]:
    """What stands under the keys of these rows now."""
    table, keys = TABLES[kind], keys_of(kind)
    columns = ", ".join(f"{table.name}.{name}" for name in _told(table))
    statement = text(
        f"SELECT {columns} FROM {table.name} JOIN {_given(table, keys)} USING ({', '.join(keys)})"  # noqa: S608
        " WHERE marketplace = :marketplace"
    )
    found = await connection.execute(statement, _arrays(rows, keys) | {"marketplace": marketplace})
    return {tuple(row[name] for name in keys): dict(row) for row in found.mappings()}


async def write(
    connection: AsyncConnection, marketplace: str, kind: Kind, rows: Sequence[Row], import_id: UUID, now: datetime
) -> None:
    """Insert rows, or replace what stands under their keys."""
    if not rows:
        return
    table, keys, told = TABLES[kind], keys_of(kind), _told(TABLES[kind])
    replaced = ", ".join(f"{name} = excluded.{name}" for name in [*told, "import_id", "changed_at"] if name not in keys)
    statement = text(
        f"INSERT INTO {table.name} (marketplace, {', '.join(told)}, import_id, changed_at)"  # noqa: S608
        f" SELECT :marketplace, given.*, :import_id, :now FROM {_given(table, told)}"
        f" ON CONFLICT (marketplace, {', '.join(keys)}) DO UPDATE SET {replaced}"
    )
    beside = {"marketplace": marketplace, "import_id": import_id, "now": now}
    await connection.execute(statement, _arrays(rows, told) | beside)


async def months(connection: AsyncConnection, marketplace: str, seller_id: str, as_of_on: date) -> list[Month]:
    """Months with an order of the shop before that day, oldest first. Reviews count in the month of their order."""
    given = {
        "marketplace": marketplace,
        "seller_id": seller_id,
        "as_of_on": as_of_on,
        "cancelled": list(CANCELLED),
    }
    return [
        Month(
            month=row.month,
            orders=row.orders,
            cancelled_orders=row.cancelled_orders,
            sales_minor=int(row.sales_minor),
            reviews=int(row.reviews),
            review_points=int(row.review_points),
        )
        for row in await connection.execute(_MONTHS, given)
    ]


def _told(table: Table) -> list[str]:
    """Columns that a row of the file fills."""
    return [column.name for column in table.columns if column.name not in _BESIDE]


def _given(table: Table, names: Sequence[str]) -> str:
    """Arrays, one a column, as rows."""
    arrays = ", ".join(f"CAST(:{name} AS {_type(table, name)}[])" for name in names)
    return f"unnest({arrays}) AS given({', '.join(names)})"


def _type(table: Table, name: str) -> str:
    column_type = table.columns[name].type
    return "timestamptz" if column_type.__visit_name__ == "datetime" else str(column_type)


def _arrays(rows: Sequence[Row], names: Sequence[str]) -> dict[str, Any]:
    return {name: [row[name] for row in rows] for name in names}
