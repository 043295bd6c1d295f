"""Which payments of the suite were carried by another institution than the card's or account's own bank, and owe nobody yet."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Crossing(NamedTuple):
    """A payment between two participants. id: of the order to the channel, or of the payout's line."""

    id: UUID
    payer: int
    payee: int
    amount: int


EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anything was made."""
# A charge: the bank of the card owes whoever charged it. A payout: whoever paid is owed by nobody but owes the bank that credited it.
# made_at decides who was there, told_at is when we knew that it had succeeded.
CROSSING = """SELECT made.id, payer.number AS payer, payee.number AS payee, made.amount, made.made_at, made.told_at,
        model.number AS model_number FROM (
        SELECT sent.id, sent.amount, sent.currency, sent.submitted_at AS made_at, coalesce(sent.settled_at, sent.submitted_at) AS told_at,
            CASE sent.kind WHEN 'charge' THEN card.bank ELSE sent.bank END AS payer,
            CASE sent.kind WHEN 'charge' THEN sent.bank ELSE card.bank END AS payee
        FROM channel_instructions AS sent JOIN cards AS card ON card.id = sent.card_id
        WHERE sent.state = 'succeeded' AND sent.bank <> card.bank AND sent.submitted_at >= {since}
        UNION ALL
        SELECT line.id, line.amount, batch.currency, batch.closed_at, coalesce(payout.ended_at, batch.ended_at, batch.closed_at),
            batch.bank, account.bank
        FROM payout_batches AS batch JOIN payout_batch_lines AS line ON line.batch_id = batch.id
        JOIN merchant_payouts AS payout ON payout.id = line.payout_id
        JOIN payout_accounts AS account ON account.id = line.payout_account_id
        WHERE line.state IN ('paid', 'returned') AND batch.bank <> account.bank AND batch.closed_at >= {since}
    ) AS made
    JOIN clearing_participants AS payer ON payer.code = made.payer AND payer.joined_at <= made.made_at AND payer.state <> 'LEFT'
    JOIN clearing_participants AS payee ON payee.code = made.payee AND payee.joined_at <= made.made_at AND payee.state <> 'LEFT'
    JOIN clearing_models AS model ON model.currency = made.currency AND model.collects
        AND model.made_at <= made.made_at AND (model.retired_at IS NULL OR made.made_at < model.retired_at)
    WHERE NOT EXISTS (SELECT FROM clearing_obligations AS owed WHERE owed.id = made.id AND owed.from_payment)
        AND NOT EXISTS (SELECT FROM clearing_queue AS waiting WHERE waiting.id = made.id AND waiting.from_payment)"""
_UNCOLLECTED = text(
    f"SELECT id, payer, payee, amount FROM ({CROSSING.format(since=':since')}) AS found WHERE model_number = :model"  # noqa: S608
    " ORDER BY made_at, id LIMIT :limit"
)
_OF_ONE = text(f"SELECT EXISTS ({CROSSING.format(since=':since')} AND :number IN (payer.number, payee.number))")


# Orders to another institution of which the bank's word is not final: they may still become what somebody owes.
_IN_FLIGHT = text("""SELECT EXISTS (SELECT FROM channel_instructions AS sent JOIN cards AS card ON card.id = sent.card_id
        WHERE sent.state IN ('requested', 'unknown') AND sent.bank <> card.bank AND :code IN (sent.bank, card.bank)
    UNION ALL SELECT FROM payout_batches AS batch JOIN payout_batch_lines AS line ON line.batch_id = batch.id
        JOIN payout_accounts AS account ON account.id = line.payout_account_id
        WHERE line.state = 'held' AND batch.bank <> account.bank AND :code IN (batch.bank, account.bank))""")


async def in_flight_of(connection: AsyncConnection, code: str) -> bool:
    """Whether a payment from or to an institution is not known yet to be made."""
    return bool((await connection.execute(_IN_FLIGHT, {"code": code})).scalar_one())


async def anything_of(connection: AsyncConnection, number: int) -> bool:
    """Whether there is such a payment from or to a participant."""
    return bool((await connection.execute(_OF_ONE, {"since": EVER, "number": number})).scalar_one())


async def uncollected(
    connection: AsyncConnection, model_number: int, since: datetime, limit: int
) -> Sequence[Crossing]:
    """Of those that a model collects and that were made since an instant, the oldest first."""
    rows = await connection.execute(_UNCOLLECTED, {"since": since, "model": model_number, "limit": limit})
    return [Crossing(*row) for row in rows]


class Undone(NamedTuple):
    """What a bank gave back or took back of a payment. reference: ours at the bank; line_id: where that payment went by file."""

    id: UUID
    reference: str
    line_id: UUID | None
    amount: int


_UNDONE = text(
    """SELECT report.id, report.instruction_reference, line.id, report.amount FROM bank_reports AS report
       LEFT JOIN payout_batch_lines AS line ON line.end_to_end_id = report.instruction_reference
       WHERE report.state = 'booked' AND report.kind IN ('payout_returned', 'charge_reversed', 'dispute_lost')
           AND report.ended_at >= :since AND report.id > :after
           AND NOT EXISTS (SELECT FROM clearing_obligations AS owed WHERE owed.id = report.id AND owed.from_payment)
           AND NOT EXISTS (SELECT FROM clearing_queue AS waiting WHERE waiting.id = report.id AND waiting.from_payment)
       ORDER BY report.id LIMIT :limit"""
)


async def undone(connection: AsyncConnection, since: datetime, after: UUID, limit: int) -> Sequence[Undone]:
    """Booked since an instant and not collected, by id; also what is between nobody."""
    rows = await connection.execute(_UNDONE, {"since": since, "after": after, "limit": limit})
    return [Undone(*row) for row in rows]
