"""Storing rows of a file: new ones added, others compared with what stands, and only those that differ written."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from services.ecommerce_credit.sales import queries
from services.ecommerce_credit.sales.model import Kind, Row, Stored
from services.ecommerce_credit.sales.rules import changes_of


async def store(tx: Tx, *, marketplace: str, kind: Kind, rows: Sequence[Row], import_id: UUID) -> Stored:
    """Rows have different keys. The same rows again write nothing."""
    if not rows:
        return Stored((), 0, {})
    await queries.alone(tx.connection, marketplace, kind)
    keys = queries.keys_of(kind)
    standing = await queries.known(tx.connection, marketplace, kind, rows)
    stored, different = changes_of(rows, keys, standing)
    await queries.write(tx.connection, marketplace, kind, different, import_id, tx.now)
    return stored
