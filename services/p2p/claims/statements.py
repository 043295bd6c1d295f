"""A lender's statement of a year, for herself and her taxes (年度账单). Every claim is read from its first day: so gains follow."""

import csv
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.claims import queries
from services.p2p.claims.gains import Happening, Kind, Line, Year, lines_of, year_of
from services.p2p.claims.model import Claim, Received
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan
from services.p2p.losses import queries as loss_queries
from services.p2p.partner_receipts import queries as receipt_queries
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments import reversal_queries
from services.p2p.resale import queries as resale_queries
from services.p2p.resale.model import Purchase
from services.p2p.wire_ids import claim_text, loan_text

SLICE = 500
"""Claims read at a time."""
HEADER = ("day", "kind", "claim", "loan", "currency", "principal", "price", "interest", "fee", "gain")


@dataclass(frozen=True, slots=True)
class Entry:
    currency: str
    line: Line


async def entries(connection: AsyncConnection, holder: str, year: int, zone: ZoneInfo) -> AsyncIterator[Entry]:
    """Everything that happened to her claims in a year, claim by claim, newest claim first."""
    before: UUID | None = None
    while True:
        found = await queries.of_holder(connection, holder, before=before, limit=SLICE)
        for claim, lines in (await _lines(connection, found[:SLICE], zone)).items():
            for line in lines:
                if line.happening.happened_on.year == year:
                    yield Entry(claim.currency, line)
        if len(found) <= SLICE:
            return
        before = found[SLICE - 1].id


async def years(connection: AsyncConnection, holder: str, year: int, zone: ZoneInfo) -> dict[str, Year]:
    """By currency."""
    lines: dict[str, list[Line]] = defaultdict(list)
    async for entry in entries(connection, holder, year, zone):
        lines[entry.currency].append(entry.line)
    return {currency: year_of(own) for currency, own in sorted(lines.items())}


def csv_line(entry: Entry) -> str:
    """Amounts in minor units."""
    happening = entry.line.happening
    return csv_row(
        (
            happening.happened_on.isoformat(),
            happening.kind.value,
            claim_text(happening.claim_id),
            loan_text(happening.loan_id),
            entry.currency,
            happening.principal_minor,
            happening.price_minor,
            happening.interest_minor,
            happening.fee_minor,
            entry.line.gain_minor,
        )
    )


def csv_row(cells: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


async def _lines(
    connection: AsyncConnection, claims: Sequence[Claim], zone: ZoneInfo
) -> Mapping[Claim, Sequence[Line]]:
    ids = [claim.id for claim in claims]
    loans = await loan_queries.load_many(connection, sorted({claim.loan_id for claim in claims}))
    happened: dict[UUID, list[Happening]] = defaultdict(list)
    for claim in claims:
        happened[claim.id] += _funded(claim, loans[claim.loan_id])
    loan_of = {claim.id: claim.loan_id for claim in claims}
    for kind, received in (
        (Kind.RECEIVED, await repayment_queries.received(connection, ids, zone)),
        (Kind.COMPENSATED, await compensated(connection, ids, zone)),
        (Kind.HOLDING, await receipt_queries.received(connection, ids, zone)),
    ):
        for one in received:
            happened[one.claim_id].append(_paid(kind, one, loan_of[one.claim_id]))
    for purchase in await resale_queries.settled_of_claims(connection, ids):
        for trade in _sides(purchase):
            if trade.claim_id in loan_of:
                happened[trade.claim_id].append(trade)
    return {claim: lines_of(happened[claim.id]) for claim in claims}


async def compensated(connection: AsyncConnection, claim_ids: Sequence[UUID], zone: ZoneInfo) -> list[Received]:
    """What others paid holders in the borrower's place, and hold of their claims for it."""
    kept = await reversal_queries.kept(connection, claim_ids, zone)
    return [*await loss_queries.received(connection, claim_ids, zone), *kept]


def _paid(kind: Kind, received: Received, loan_id: UUID) -> Happening:
    principal, interest = received.principal_minor, received.interest_minor
    fee = received.fee_minor
    return Happening(received.received_on, kind, received.claim_id, loan_id, principal, principal, interest, fee)


def _funded(claim: Claim, loan: Loan) -> Iterator[Happening]:
    if claim.funded_minor:
        amount = claim.funded_minor
        yield Happening(loan.starts_on, Kind.FUNDED, claim.id, loan.id, amount, amount, 0, 0)


def _sides(purchase: Purchase) -> Iterator[Happening]:
    """As the seller has it, who bears the fee, and as the buyer has it."""
    assert purchase.buyer_claim_id is not None
    price = purchase.price_minor - purchase.accrued_minor
    day, loan_id, principal = purchase.traded_on, purchase.loan_id, purchase.principal_minor
    accrued, fee = purchase.accrued_minor, purchase.fee_minor
    yield Happening(day, Kind.SOLD, purchase.claim_id, loan_id, principal, price, accrued, fee)
    yield Happening(day, Kind.BOUGHT, purchase.buyer_claim_id, loan_id, principal, price, -accrued, 0)
