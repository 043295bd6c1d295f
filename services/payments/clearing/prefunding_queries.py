"""The SQL of prefunded models: how much of the money on settlement accounts their caps and positions lay claim to.

One account a currency covers all of them. Of each the greater of cap and position stays out of reach of what else takes from the account.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.clearing.model import SettlementModel, Standing


class Cover(NamedTuple):
    """money: what there is for prefunded models. elsewhere: positions of the others of them, reserved: caps or positions of the others.

    In the money what their settlements hold counts still, and what these have moved counts not yet, until positions are cleared of it.
    """

    money: int
    elsewhere: int
    reserved: int


_LOCK = text(
    """SELECT 1 FROM clearing_positions AS position JOIN clearing_models AS model ON model.number = position.model_number
       WHERE model.prefunded AND model.currency = :currency AND position.participant_number = ANY(:numbers)
       ORDER BY position.model_number, position.participant_number FOR UPDATE OF position"""
)
_COVERS = text(
    """WITH under_way AS (
           SELECT settlement.id FROM clearing_settlements AS settlement
           JOIN clearing_models AS model ON model.number = settlement.model_number
           WHERE settlement.ended_at IS NULL AND model.prefunded AND model.currency = :currency
       ), changed AS (
           SELECT payment.payer AS number, payment.amount FROM under_way
           JOIN clearing_settlement_payments AS payment ON payment.settlement_id = under_way.id
               WHERE payment.hold_id IS NOT NULL AND payment.transfer_id IS NULL
           UNION ALL SELECT member.participant_number, member.net_minor FROM under_way
           JOIN clearing_settlement_participants AS member ON member.settlement_id = under_way.id
               WHERE member.state = 'PS_TRANSFERS_COMMITTED'
       ), claimed AS (
           SELECT position.participant_number AS number, sum(greatest(position.position_minor, 0)) AS elsewhere,
               sum(greatest(position.position_minor, position.cap_minor)) AS reserved
           FROM clearing_positions AS position JOIN clearing_models AS model ON model.number = position.model_number
           WHERE model.prefunded AND model.currency = :currency AND model.number <> :besides
               AND position.participant_number = ANY(:numbers) GROUP BY 1)
       SELECT wanted.number, (coalesce(account.credits_posted - account.debits_posted - account.debits_pending, 0)
               + coalesce((SELECT sum(amount) FROM changed WHERE changed.number = wanted.number), 0))::bigint AS money,
           coalesce(claimed.elsewhere, 0)::bigint AS elsewhere, coalesce(claimed.reserved, 0)::bigint AS reserved
       FROM unnest(CAST(:numbers AS int[])) AS wanted (number)
       LEFT JOIN clearing_settlement_accounts AS own ON own.participant_number = wanted.number AND own.currency = :currency
       LEFT JOIN ledger_accounts AS account ON account.book_id = 1 AND account.id = own.account_id
       LEFT JOIN claimed ON claimed.number = wanted.number"""
)


async def lock_claims(connection: AsyncConnection, currency: str, numbers: Iterable[int]) -> None:
    """Those participants' positions in all prefunded models of a currency, by model and number, before any account of the ledger."""
    await connection.execute(_LOCK, {"currency": currency, "numbers": sorted(set(numbers))})


async def covers(
    connection: AsyncConnection, currency: str, numbers: Iterable[int], *, besides: int = 0
) -> dict[int, Cover]:
    """Of participants whose claims are locked; besides: a model whose own claims are left out."""
    facts = {"currency": currency, "numbers": sorted(set(numbers)), "besides": besides}
    rows = await connection.execute(_COVERS, facts)
    return {row.number: Cover(row.money, row.elsewhere, row.reserved) for row in rows}


async def spare(
    connection: AsyncConnection, currency: str, available: dict[int, int], held: Mapping[int, int] | None = None
) -> dict[int, int]:
    """What may leave accounts without touching what prefunded models lay claim to.

    available: of each, as the ledger would let it go; held: part of it that a settlement of no prefunded model still holds.
    """
    found, back = await covers(connection, currency, available), held or {}
    return {
        number: max(min(amount, found[number].money + back.get(number, 0) - found[number].reserved), 0)
        for number, amount in available.items()
    }


async def covered(
    connection: AsyncConnection, model: SettlementModel, standings: dict[int, Standing]
) -> dict[int, Standing]:
    """Of a prefunded model, claims locked: caps as far as the money covers them beside what is owed in the others."""
    if not model.prefunded:
        return standings
    found = await covers(connection, model.currency, standings, besides=model.number)
    return {
        number: replace(standing, cap=min(standing.cap, found[number].money - found[number].elsewhere))
        for number, standing in standings.items()
    }
