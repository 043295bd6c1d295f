"""Taking rows of a marketplace's file: set-based, incremental, and the same rows again change nothing."""

from collections.abc import Sequence
from typing import Any

from chassis.database import Tx
from chassis.identity import Caller
from services.ecommerce_credit.imports import queries
from services.ecommerce_credit.imports.cells import BadCell, Place
from services.ecommerce_credit.imports.events import IMPORT_FINISHED, told
from services.ecommerce_credit.imports.model import Import, Refused
from services.ecommerce_credit.imports.olist import RowReader
from services.ecommerce_credit.marketplaces import actions as marketplace_actions
from services.ecommerce_credit.marketplaces.rules import zone_of
from services.ecommerce_credit.sales import actions as sales_actions
from services.ecommerce_credit.sales.model import Kind, Row
from services.ecommerce_credit.sales.queries import keys_of
from services.ecommerce_credit.shops import actions as shop_actions
from services.ecommerce_credit.wire_ids import import_text

SOURCES = {f"olist.{kind}": kind for kind in Kind}


async def take(
    tx: Tx,
    caller: Caller,
    *,
    source: str,
    marketplace: str,
    currency: str,
    zone: str | None,
    file: str,
    header: Sequence[str],
    first_line: int,
    rows: Sequence[Sequence[str | None]],
) -> Import:
    """Take up to a thousand rows. A bad row is refused by itself; the others are taken. Raises WrongHeader, MarketplaceDiffers."""
    place = await marketplace_actions.named(tx, code=marketplace, currency=currency, zone=zone)
    kind = SOURCES[source]
    reader = RowReader(kind, header, Place(place.currency, zone_of(place.zone)))
    read, refused = _read(reader, kind, file, first_line, rows)
    import_id = tx.ids.new()
    stored = await sales_actions.store(tx, marketplace=marketplace, kind=kind, rows=read, import_id=import_id)
    if kind is Kind.SELLERS:
        await shop_actions.open_shops(tx, place, [seller_id for (seller_id,) in stored.added])
    done = Import(
        id=import_id,
        source=source,
        marketplace=marketplace,
        file=file,
        first_line=first_line,
        rows=len(rows),
        accepted=len(stored.added),
        changed=stored.changed,
        unchanged=len(read) - len(stored.added) - stored.changed,
        changed_fields=stored.changed_fields,
        refused=tuple(refused),
        imported_at=tx.now,
        imported_by=caller.party,
    )
    await queries.add(tx.connection, done)
    tx.events.add(IMPORT_FINISHED, import_text(done.id), told(done))
    return done


def _read(
    reader: RowReader, kind: Kind, file: str, first_line: int, rows: Sequence[Sequence[str | None]]
) -> tuple[list[Row], list[Refused]]:
    """Rows that mean something, and why the others do not; of two with one key the first counts."""
    keys = keys_of(kind)
    found: dict[tuple[Any, ...], Row] = {}
    refused = []
    for line, cells in enumerate(rows, start=first_line):
        try:
            row = reader.read(cells)
        except BadCell as fault:
            refused.append(Refused(file, line, fault.field, fault.code, fault.detail))
            continue
        key = tuple(row[name] for name in keys)
        if key in found:
            detail = "an earlier row of this request has the same key"
            refused.append(Refused(file, line, keys[0], "duplicate_in_request", detail))
            continue
        found[key] = row
    return list(found.values()), refused
