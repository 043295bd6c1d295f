"""A first lender's slices (专业放款人债权转让): what is promised to buyers is matched to the asset, in amount and in term.

Each slice is of one claim, and never promised to be repaid before the claim is. Whoever asks for less is refused, and it is reported.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.claims import queries as claim_queries
from services.p2p.loans import queries as loan_queries
from services.p2p.originators import actions as originator_actions
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Origination, Programme
from services.p2p.resale import actions, queries, rules
from services.p2p.resale.errors import MaturityGap, NotFirstLenders, PoolRefused, UnknownClaim
from services.p2p.resale.model import Asset, Match, Sale, SliceFault, SliceRefusal

MOST_ASSETS = 1_000
"""That a wish is matched with, the longest first."""


async def offer_slices(
    tx: Tx,
    caller: Caller,
    *,
    claim_ids: Sequence[UUID],
    principal_minor: int,
    currency: str,
    price_share: Decimal,
    promised_on: date,
) -> Sale:
    """A first lender offers slices of a claim with a promised term. Raises NotFirstLenders, LicenceNotValid, PoolRefused, MaturityGap, and
    what `offer` does.
    """
    claim = await claim_queries.load(tx.connection, claim_ids[0])
    if claim is None or claim.holder != caller.party:
        raise UnknownClaim("no such claim", field="claim_ids")
    loan = await loan_queries.load(tx.connection, claim.loan_id)
    assert loan is not None
    programme = await programme_queries.version(tx.connection, loan.programme_code, loan.programme_version)
    assert programme is not None
    if Origination.FIRST_LENDER not in programme.origination:
        raise NotFirstLenders("nobody lends first in this programme", field="claim_ids", programme=programme.code)
    await originator_actions.require_first_lender(tx, caller.party)
    if len(set(claim_ids)) > 1:
        keep = _kept(caller, SliceFault.POOL, claim.id, len(set(claim_ids)), promised_on, None)
        raise PoolRefused("one promise is of one claim: a pool of them is not sold", keep, field="claim_ids")
    unpaid = await actions.unpaid_rows(tx, loan)
    if unpaid and promised_on < unpaid[-1].due_on:
        last = unpaid[-1].due_on
        keep = _kept(caller, SliceFault.MATURITY_GAP, claim.id, 1, promised_on, last)
        detail = "no shorter term is promised than the asset has"
        raise MaturityGap(detail, keep, field="promised_on", last_due_on=last.isoformat())
    return await actions.offer(
        tx,
        caller,
        claim_id=claim.id,
        principal_minor=principal_minor,
        currency=currency,
        price_share=price_share,
        promised_on=promised_on,
    )


async def open_assets(
    connection: AsyncConnection, programme_code: str, currency: str, *, until_on: date, now: datetime
) -> list[Asset]:
    """What first lenders offer under a programme and is repaid by a day, each with the rules of its loan's own version."""
    found = await queries.assets(connection, programme_code, currency, until_on=until_on, now=now, limit=MOST_ASSETS)
    programmes: dict[int, Programme] = {}
    assets = []
    for sale, last_due_on, version in found:
        if version not in programmes:
            programme = await programme_queries.version(connection, programme_code, version)
            assert programme is not None
            programmes[version] = programme
        programme = programmes[version]
        if Origination.FIRST_LENDER in programme.origination:
            assets.append(_asset(sale, last_due_on, programme))
    return assets


def _asset(sale: Sale, last_due_on: date, programme: Programme) -> Asset:
    return Asset(sale, last_due_on, programme.lot_minor, rules.terms_of(programme), programme.lender_fees)


def match(assets: Sequence[Asset], *, amount_minor: int, until_on: date) -> list[Match]:
    """Slices for who can do without so much money until a day: assets repaid by then, the longest first, in lots.

    The same assets and wish give the same slices; what is not matched is what Σ lacks of the amount.
    """
    found, left = [], amount_minor
    fitting = [asset for asset in assets if asset.last_due_on <= until_on and asset.sale.left_minor]
    for asset in sorted(fitting, key=lambda one: (-one.last_due_on.toordinal(), one.sale.id)):
        slice_minor = _slice(asset, left)
        if slice_minor:
            found.append(Match(asset, slice_minor))
            left -= slice_minor
    return found


def _slice(asset: Asset, most_minor: int) -> int:
    """Of an asset, so much at most: all that is left of it, or a number of lots."""
    if asset.sale.left_minor <= most_minor:
        return asset.sale.left_minor
    return most_minor // asset.lot_minor * asset.lot_minor if asset.terms.in_parts else 0


def _kept(
    caller: Caller, fault: SliceFault, claim_id: UUID, claims: int, asked_on: date, last_due_on: date | None
) -> Callable[[Any], Awaitable[None]]:
    async def keep(tx: Tx) -> None:
        refusal = SliceRefusal(
            id=tx.ids.new(),
            fault=fault,
            party=caller.party,
            claim_id=claim_id,
            claims=claims,
            asked_on=asked_on,
            last_due_on=last_due_on,
            refused_at=tx.now,
        )
        await queries.add_refusal(tx.connection, refusal)

    return keep
