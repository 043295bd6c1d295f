"""The SQL of balances: what every account of a currency had at a past instant, and who stands behind it.

A balance at an instant is that of now less what was moved since: what a day's proof costs depends on the days since, not on the history.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.reserve.classes import CLASSES, OTHERWISE
from services.payments.reserve.model import Claim, Owed, OwedPart, Standing

BALANCES_AT = f"""since AS (
        SELECT account_id, sum(amount) AS amount FROM (
            SELECT debit_account_id AS account_id, -amount AS amount FROM ledger_transfers
            WHERE posted_at >= :ended_at AND currency = :currency AND kind IN (0, 2)
            UNION ALL SELECT credit_account_id, amount FROM ledger_transfers
            WHERE posted_at >= :ended_at AND currency = :currency AND kind IN (0, 2)
        ) AS sides GROUP BY account_id
    ), classified AS (
        SELECT kind, owed FROM unnest(CAST(:kinds AS text[]), CAST(:classes AS text[])) AS given(kind, owed)
    ), balances AS (
        SELECT account.id, account.kind, account.owner, coalesce(classified.owed, '{OTHERWISE}') AS owed,
            (account.credits_posted - account.debits_posted - coalesce(since.amount, 0))::bigint AS balance
        FROM ledger_accounts AS account LEFT JOIN since ON since.account_id = account.id
        LEFT JOIN classified ON classified.kind = account.kind
        WHERE account.currency = :currency
    )"""  # noqa: S608
"""`balances`: id, kind, owner, class and balance (credits less debits) of every account of a currency just before `ended_at`."""
# One account holds all that belongs nowhere yet: what came in does not pay for what was paid out twice, so each matter, by the reference
# of what began it, is owed or a claim by itself. A reversal is of the matter of what it takes back; without a reference each is alone.
_STANDING = text(f"""WITH RECURSIVE {BALANCES_AT}, shared AS (
        SELECT account.id, account.book_id FROM reserve_accounts AS reserve
        JOIN ledger_accounts AS account ON account.id = reserve.account_id AND account.kind = 'suspense'
        WHERE reserve.currency = :currency
    ), sides AS (
        SELECT shared.id AS account_id, transfer.id, transfer.book_id, transfer.reference, -transfer.amount AS amount
        FROM shared JOIN ledger_transfers AS transfer
            ON transfer.book_id = shared.book_id AND transfer.debit_account_id = shared.id
        WHERE transfer.kind IN (0, 2) AND transfer.posted_at < :ended_at
        UNION ALL SELECT shared.id, transfer.id, transfer.book_id, transfer.reference, transfer.amount
        FROM shared JOIN ledger_transfers AS transfer
            ON transfer.book_id = shared.book_id AND transfer.credit_account_id = shared.id
        WHERE transfer.kind IN (0, 2) AND transfer.posted_at < :ended_at
    ), traced AS (
        SELECT book_id, id, id AS began_id FROM sides
        UNION SELECT traced.book_id, traced.id, back.reversed_id FROM traced JOIN ledger_reversals AS back
            ON back.book_id = traced.book_id AND back.transfer_id = traced.began_id
    ), matters AS (
        SELECT side.account_id, side.amount, coalesce(nullif(began.reference, ''), 'trf:' || began.id) AS reference
        FROM sides AS side JOIN traced ON traced.id = side.id JOIN sides AS began ON began.id = traced.began_id
        WHERE NOT EXISTS (SELECT FROM ledger_reversals AS back
            WHERE back.book_id = traced.book_id AND back.transfer_id = traced.began_id)
    ), standing AS (
        SELECT id, owed, '' AS reference, balance FROM balances WHERE id NOT IN (SELECT id FROM shared)
        UNION ALL SELECT account_id, '{CLASSES["suspense"]}', reference, sum(amount)::bigint FROM matters GROUP BY account_id, reference
    )
    SELECT 'class' AS part, owed, NULL::uuid AS id, '' AS reference, coalesce(sum(balance) FILTER (WHERE balance > 0), 0)::bigint AS credit,
        coalesce(-sum(balance) FILTER (WHERE balance < 0), 0)::bigint AS debit, count(*) FILTER (WHERE balance <> 0) AS accounts
    FROM standing GROUP BY owed
    UNION ALL SELECT 'fees', owed, id, reference, balance, 0, 1 FROM standing WHERE owed = 'own_fees' AND balance > 0
    UNION ALL SELECT 'reserve', owed, id, reference, greatest(balance, 0), greatest(-balance, 0), 1 FROM standing WHERE owed = 'reserve'
    UNION ALL (SELECT 'below', owed, id, reference, 0, -balance, 1 FROM standing
        WHERE balance < 0 AND owed NOT IN ('reserve', 'custody', 'apart', 'between_books') ORDER BY balance, id, reference LIMIT :limit)""")  # noqa: S608
_FEES_IN_TIME = text("""SELECT account.id, (SELECT coalesce(sum(amount), 0) FROM ledger_transfers AS transfer
        WHERE transfer.book_id = account.book_id AND transfer.credit_account_id = account.id AND transfer.kind IN (0, 2)
            AND transfer.posted_at >= :since AND transfer.posted_at < :ended_at)::bigint AS credited
    FROM ledger_accounts AS account WHERE account.currency = :currency AND account.kind = ANY (CAST(:fees AS text[]))""")


def classification(currency: str, ended_at: datetime) -> dict[str, Any]:
    """What `BALANCES_AT` is told."""
    return {
        "currency": currency, "ended_at": ended_at, "kinds": list(CLASSES), "classes": [one.value for one in CLASSES.values()]
    }  # fmt: skip


async def standing_at(connection: AsyncConnection, currency: str, ended_at: datetime, limit: int = 0) -> Standing:
    """What all accounts of a currency had just before an instant, in one state. limit: of claims told one by one, the largest."""
    told = classification(currency, ended_at) | {"limit": limit}
    parts: dict[str, list[Row[Any]]] = {"class": [], "fees": [], "reserve": [], "below": []}
    for row in await connection.execute(_STANDING, told):
        parts[row.part].append(row)
    below = sorted(parts["below"], key=lambda row: (-row.debit, row.id, row.reference))
    return Standing(
        tuple(
            OwedPart(Owed(row.owed), row.credit, row.debit, row.accounts) for row in sorted(parts["class"], key=_owed)
        ),
        tuple(Claim(row.id, row.reference, row.debit) for row in below),
        {row.id: row.credit for row in parts["fees"]},
        {row.id: row.debit - row.credit for row in parts["reserve"]},
    )


def _owed(row: Row[Any]) -> str:
    return str(row.owed)


async def fees_since(
    connection: AsyncConnection, currency: str, ended_at: datetime, since: datetime
) -> dict[UUID, int]:
    """By account of own fees, what came in from `since` on."""
    fees = [kind for kind, owed in CLASSES.items() if owed is Owed.OWN_FEES]
    told = {"currency": currency, "since": since, "ended_at": ended_at, "fees": fees}
    return {row.id: row.credited for row in await connection.execute(_FEES_IN_TIME, told)}
