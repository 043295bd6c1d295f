"""Which accounts are bound to a purpose, and to what."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from chassis.direct import Direct
from services.payments.ledger.model import Allowed, Restriction

_RESTRICTIONS = """SELECT purse.account_id, purpose.id, purpose.allowed::text, purpose.return_account_id, purpose.expires_at
    FROM purses AS purse JOIN purposes AS purpose ON purpose.id = purse.purpose_id WHERE purse.account_id = ANY($1::uuid[])"""
_allowed = msgspec.json.Decoder(tuple[Allowed, ...])


async def restrictions_of(direct: Direct, account_ids: Collection[UUID]) -> dict[UUID, Restriction]:
    """Of these accounts, those bound to a purpose. Purposes never change, so that no lock is needed."""
    found = await direct.fetch(_RESTRICTIONS, list(account_ids))
    return {row[0]: _restriction(row) for row in found}


def _restriction(row: Any) -> Restriction:
    return Restriction(row[1], _allowed.decode(row[2]), row[3], row[4])
