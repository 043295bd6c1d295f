"""The SQL by which a settlement run serves lenders: of all merchants of a chunk at once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.payments.settlement.model import Claim

# Locked, so that neither a revocation nor another settlement changes them meanwhile; by priority, then the older.
_CLAIMS = """SELECT deduction.merchant_id, deduction.id, deduction.account_id, deduction.share_millionths,
        deduction.cap_minor - deduction.taken_minor
    FROM standing_deductions AS deduction
    JOIN ledger_accounts AS account ON account.book_id = 1 AND account.id = deduction.account_id
    WHERE deduction.merchant_id = ANY($1::uuid[]) AND deduction.state = 'active'
        AND (deduction.ends_on IS NULL OR deduction.ends_on >= $2) AND NOT account.closed
    ORDER BY deduction.merchant_id, deduction.priority, deduction.id FOR UPDATE OF deduction"""
_TAKE = """WITH made AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS made(settlement_id, deduction_id, amount)
    ), kept AS (
        INSERT INTO deduction_takings (settlement_id, deduction_id, amount, taken_at) SELECT made.*, $4 FROM made
    ) UPDATE standing_deductions AS deduction SET taken_minor = taken_minor + made.amount,
        state = CASE WHEN taken_minor + made.amount = cap_minor THEN 'completed' ELSE state END,
        ended_at = CASE WHEN taken_minor + made.amount = cap_minor THEN $4 END,
        end_code = CASE WHEN taken_minor + made.amount = cap_minor THEN 'cap_reached' END
    FROM made WHERE made.deduction_id = deduction.id
    RETURNING deduction.id, deduction.lender, deduction.merchant_id, deduction.reference, made.settlement_id, made.amount,
        deduction.cap_minor - deduction.taken_minor AS left_minor"""


class Took(NamedTuple):
    """What a settlement took for a lender, and what is left of its cap."""

    deduction_id: UUID
    lender: str
    merchant_id: UUID
    reference: str
    settlement_id: UUID
    amount: int
    left_minor: int


async def claims_on(
    connection: AsyncConnection, merchant_ids: Sequence[UUID], today: date
) -> dict[UUID, tuple[Claim, ...]]:
    """Of each merchant what her lenders may take, in the order in which they are served, locked."""
    found: dict[UUID, list[Claim]] = defaultdict(list)
    for row in await (await direct_of(connection)).fetch(_CLAIMS, list(merchant_ids), today):
        found[row[0]].append(Claim(row[1], row[2], row[3], row[4]))
    return {merchant_id: tuple(claims) for merchant_id, claims in found.items()}


async def take(connection: AsyncConnection, taken: Sequence[tuple[UUID, UUID, int]], now: datetime) -> list[Took]:
    """Settlement, deduction, amount: at least one, and one a merchant and deduction. Whose cap is reached ends."""
    columns = [list(column) for column in zip(*taken, strict=True)]
    return [Took(*row) for row in await (await direct_of(connection)).fetch(_TAKE, *columns, now)]
