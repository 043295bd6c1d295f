"""What is booked beside transfers: of what the ledger moved in one sum, or past a holder's account, whose it was.

It counts on the day of its transfer, as cash does: which transfer that was is worked out again, for ids of transfers follow from what they
are for.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import decode
from chassis.runtime import Runtime
from services.p2p.accounting import rules, share_queries
from services.p2p.accounting.model import Entry, entity_of
from services.p2p.accounts import queries as account_queries
from services.p2p.accounts.model import HousePurpose
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments import reversal_queries
from services.p2p.repayments.distribution_jobs import CODES
from services.p2p.repayments.jobs import COLLECTION_FEE_CODES
from services.p2p.repayments.model import Repayment, Share
from services.p2p.repayments.reversal_jobs import fee_orders_of, orders_of
from services.p2p.repayments.rules import transfer_id

Moved = Mapping[str, Mapping[UUID, set[UUID]]]
"""Ids of transfers by code and loan."""
TAKEN_BACK = "p2p.reversal."


async def entries_beside(runtime: Runtime, moved: Moved, since: datetime) -> list[Entry]:
    """Of the transfers moved, all of them of one day, which began at `since`."""
    async with runtime.reading() as connection:
        return [*await _kept_back(connection, moved), *await _given_back(connection, moved, since)]


async def _kept_back(connection: AsyncConnection, moved: Moved) -> list[Entry]:
    """Fees of what came late: with what reached the holder, or with the fee where nothing did."""
    found: list[Entry] = []
    loans, ids = _under(moved, CODES.values())
    shares = await share_queries.kept_back(connection, loans, ids) if loans else []
    loans, ids = _under(moved, COLLECTION_FEE_CODES.values())
    whole = await share_queries.kept_whole(connection, loans) if loans else []
    repaid = await repayment_queries.load_many(connection, {one.repayment_id for one in (*shares, *whole)})
    shares += [one for one in whole if transfer_id(repaid[one.repayment_id], "p2p", f"collection_{one.kind}") in ids]
    for share in shares:
        found += _kept(repaid[share.repayment_id], share, share.collection_fee_minor)
    return found


async def _given_back(connection: AsyncConnection, moved: Moved, since: datetime) -> list[Entry]:
    """Of repayments that were taken back: fees, what was paid past a holder's account, and principal that passed on for an advance."""
    loans, ids = _under(moved, [code for code in moved if code.startswith(TAKEN_BACK)])
    if not loans:
        return []
    repaid = await repayment_queries.load_many(connection, await share_queries.taken_back(connection, loans, since))
    found: list[Entry] = []
    taken: set[tuple[UUID, UUID]] = set()
    for repayment in repaid.values():
        async for claim_id, own, borne in _parts(connection, repayment, ids):
            taken.add((repayment.id, claim_id))
            for share in own:
                found += _kept(repayment, share, -share.collection_fee_minor)
                if borne and share.received_minor:
                    entity = entity_of(share.holder)
                    found += rules.borne(repayment.currency, entity, share.kind, share.received_minor)
    for one in await share_queries.passed_on(connection, repaid):
        if (one.repayment_id, one.claim_id) in taken:
            currency = repaid[one.repayment_id].currency
            found += rules.passed_on(currency, entity_of(one.giver), entity_of(one.taker), one.principal_minor)
    return found


async def _parts(
    connection: AsyncConnection, repayment: Repayment, ids: Collection[UUID]
) -> AsyncIterator[tuple[UUID, Sequence[Share], bool]]:
    """Claims whose part of a repayment went back by one of these transfers, with their shares, and whether it was paid past the holder."""
    accounts = await account_queries.find(connection, repayment.currency)
    advances_id = accounts[HousePurpose.REPAYMENT_ADVANCES]
    shares = await repayment_queries.shares(connection, repayment.id)
    planned = await reversal_queries.parts(connection, repayment.id)
    fees = fee_orders_of(repayment, shares, advances_id)
    by_claim: dict[UUID, list[Share]] = defaultdict(list)
    for share in shares:
        by_claim[share.claim_id].append(share)
    for claim_id, own in by_claim.items():
        part = planned.get(claim_id)
        # Whoever had received nothing gives nothing back: only the platform does.
        orders = fees if part is None else orders_of(repayment, own, part, advances_id)
        if orders and decode("trf", str(orders[0]["id"])) in ids:
            yield claim_id, own, part is not None and part.borne


def _kept(repayment: Repayment, share: Share, fee_minor: int) -> list[Entry]:
    return rules.kept_back(repayment.currency, entity_of(share.holder), share.kind, fee_minor)


def _under(moved: Moved, codes: Iterable[str]) -> tuple[set[UUID], set[UUID]]:
    """The loans of transfers under these codes, and their ids."""
    loans: set[UUID] = set()
    ids: set[UUID] = set()
    for code in codes:
        for loan_id, own in moved.get(code, {}).items():
            loans.add(loan_id)
            ids |= own
    return loans, ids
