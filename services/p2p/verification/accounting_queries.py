"""What must hold of the books: balanced, of all lenders what each has, and the claims and provisions that p2p itself has."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import start_of_day
from services.p2p.accounting import queries
from services.p2p.accounting.model import LENDERS, PLATFORM, Account, BookDay, CashFigure, entity_of
from services.p2p.accounting.tables import book_movements
from services.p2p.claims.model import PLATFORM as PLATFORM_HOLDER
from services.p2p.verification.model import Check
from services.p2p.verification.rules import explains

SETTLING = timedelta(minutes=5)
"""What the ledger moved before midnight may be recorded so much after it, or later where the day was booked only then."""

# In each of these a row is what is looked at, `name` of what it says, and `wrong` whether it does not hold.
_CHECKS = {
    "books_are_balanced": """
        SELECT day || ' ' || entity || ' ' || currency AS name, sum(debit_minor) <> sum(credit_minor) AS wrong
        FROM book_movements GROUP BY day, entity, currency""",
    "lenders_books_make_up_the_book_of_all": """
        SELECT account || ' ' || currency AS name, coalesce(sum(debit_minor - credit_minor) FILTER (WHERE entity = 'lenders'), 0)
            <> coalesce(sum(debit_minor - credit_minor) FILTER (WHERE entity LIKE 'cus\\_%'), 0) AS wrong
        FROM book_movements WHERE account IN ('cash', 'claims', 'fee_expense', 'late_interest_income', 'resale_result', 'advances')
            AND (entity = 'lenders' OR entity LIKE 'cus\\_%')
        GROUP BY account, currency""",
    "provisions_are_in_the_books": """
        SELECT coalesce(kept.entity, booked.entity) || ' ' || coalesce(kept.currency, booked.currency) AS name,
            coalesce(kept.minor, 0) <> coalesce(booked.minor, 0) AS wrong
        FROM (SELECT entity, currency, sum(provision_minor) AS minor FROM (
                  SELECT DISTINCT ON (loan_id, entity) entity, currency, provision_minor FROM loan_provisions
                  ORDER BY loan_id, entity, on_day DESC) AS last GROUP BY entity, currency) AS kept
        FULL JOIN (SELECT entity, currency, sum(credit_minor - debit_minor) AS minor FROM book_movements
                   WHERE account = 'provisions' GROUP BY entity, currency) AS booked
            ON booked.entity = kept.entity AND booked.currency = kept.currency""",
    "lenders_fees_are_counted": """
        SELECT coalesce(months.holder, taken.holder) || ' ' || coalesce(months.month, taken.month) AS name,
            coalesce(charged_minor, 0) <> coalesce(fee_minor, 0) AS wrong
        FROM (SELECT * FROM lender_fee_months WHERE charged_minor > 0) AS months
        FULL JOIN (SELECT repayment_shares.holder, programme_code, date_trunc('month', paid_on)::date AS month,
                       sum(repayment_shares.interest_fee_minor) AS fee_minor
                   FROM repayment_shares JOIN repayments ON repayments.id = repayment_id JOIN loans ON loans.id = loan_id
                   WHERE repayment_shares.interest_fee_minor > 0 AND repayments.state IN ('pending', 'shared', 'reversing')
                   GROUP BY 1, 2, 3) AS taken
            ON taken.holder = months.holder AND programme_code = programme AND taken.month = months.month""",
    "provisions_are_of_what_may_be_lost": """
        SELECT DISTINCT ON (loan_id, entity) loan_id || ' ' || entity AS name,
            provision_minor <> div(2 * exposure_minor::numeric * rate_millionths + 1000000, 2000000) AS wrong
        FROM loan_provisions ORDER BY loan_id, entity, on_day DESC""",
}


# Claims as they were recorded when the day had ended, and by how much each of them was changed in the minutes after it, in order. What
# passed on to the platform for advances is apart: each part of a reversal is moved by itself.
_CLAIMS = text(f"""
    WITH moved AS (
        SELECT claim_id, version, changed_at, cause,
            outstanding_minor - coalesce(lag(outstanding_minor) OVER (PARTITION BY claim_id ORDER BY version), 0) AS change
        FROM claim_versions WHERE claim_id IN (SELECT id FROM claims WHERE changed_at >= :ended)
    ), later AS (
        SELECT claim_id, sum(change) AS since,
            array_agg(change ORDER BY moved.version) FILTER (
                WHERE moved.changed_at < :settled AND NOT (cause = 'reversal' AND holder = :advancing)) AS soon
        FROM moved JOIN claims ON claims.id = claim_id WHERE moved.changed_at >= :ended GROUP BY claim_id
    ), advanced AS (
        SELECT loans.currency, array_agg(claim_cessions.principal_minor) AS each FROM claim_cessions
        JOIN repayment_reversals ON repayment_id = claim_cessions.id JOIN loans ON loans.id = claim_cessions.loan_id
        WHERE finished_at >= :ended AND finished_at < :settled GROUP BY loans.currency
    ), owed AS (
        SELECT coalesce(entities.entity, holder) AS entity, currency, sum(outstanding_minor - coalesce(since, 0)) AS minor,
            coalesce(jsonb_agg(to_jsonb(soon)) FILTER (WHERE soon IS NOT NULL), '[]') AS soon
        FROM claims LEFT JOIN later ON claim_id = id
        LEFT JOIN unnest(CAST(:holders AS text[]), CAST(:entities AS text[])) AS entities (known, entity) ON known = holder
        GROUP BY 1, 2
    )
    SELECT coalesce(owed.entity, booked.entity) AS entity, coalesce(owed.currency, booked.currency) AS currency,
        (coalesce(booked.minor, 0) - coalesce(owed.minor, 0))::bigint AS difference, coalesce(soon, '[]') AS soon,
        CASE coalesce(owed.entity, booked.entity) WHEN '{PLATFORM}' THEN advanced.each END AS advanced
    FROM owed FULL JOIN (
        SELECT entity, currency, sum(debit_minor - credit_minor) AS minor FROM book_movements
        WHERE account IN ('claims', 'counter_claims') AND entity <> '{LENDERS}' GROUP BY entity, currency
    ) AS booked ON booked.entity = owed.entity AND booked.currency = owed.currency
    LEFT JOIN advanced ON advanced.currency = coalesce(owed.currency, booked.currency)
""")  # noqa: S608
HOUSE_HOLDERS = ("p2p", "p2p.reserve_fund")


async def checks(connection: AsyncConnection, zone: ZoneInfo) -> list[Check]:
    """Offending ones are named by day, entity and currency, or by account, as each check looks."""
    found = [_check(name, (await connection.execute(text(sql))).all()) for name, sql in _CHECKS.items()]
    newest = await queries.newest_day(connection)
    booked = None if newest is None else await queries.load(connection, newest)
    return found if booked is None else [*found, await _claims(connection, booked, zone)]


async def _claims(connection: AsyncConnection, booked: BookDay, zone: ZoneInfo) -> Check:
    """What holders are owed at the end of the last day in the books: as claims were recorded by then, and with what the ledger had moved by
    then and was recorded soon after: at the latest when the day was booked, as that waits for what is being taken back."""
    ended = start_of_day(booked.day + timedelta(days=1), zone)
    facts = {
        "ended": ended,
        "settled": max(ended + SETTLING, booked.booked_at),
        "advancing": PLATFORM_HOLDER,
        "holders": list(HOUSE_HOLDERS),
        "entities": [entity_of(holder) for holder in HOUSE_HOLDERS],
    }
    rows = (await connection.execute(_CLAIMS, facts)).all()
    found = [
        (f"{row.entity} {row.currency}", row.difference, row.soon + [[one] for one in row.advanced or ()])
        for row in rows
    ]
    return _check("claims_are_in_the_books", [(name, not explains(soon, wanted)) for name, wanted, soon in found])


async def cash(connection: AsyncConnection, zone: ZoneInfo) -> tuple[datetime | None, list[CashFigure]]:
    """The end of the last day in the books, and what whoever has accounts in payments has of cash then; nothing before the first day."""
    newest = await queries.newest_day(connection)
    if newest is None:
        return None, []
    accounts: dict[tuple[str, str], list[UUID]] = {}
    for account_id, key in (await queries.entities(connection)).items():
        accounts.setdefault(key, []).append(account_id)
    table = book_movements.c
    wanted = (
        select(table.entity, table.currency, func.sum(table.debit_minor - table.credit_minor).label("minor"))
        .where(table.account == Account.CASH.value)
        .group_by(table.entity, table.currency)
    )
    booked = {(row.entity, row.currency): int(row.minor) for row in await connection.execute(wanted)}
    found = [
        CashFigure(entity, currency, tuple(sorted(ids)), booked.get((entity, currency), 0))
        for (entity, currency), ids in sorted(accounts.items())
    ]
    return start_of_day(newest + timedelta(days=1), zone), found


def _check(name: str, rows: Sequence[tuple[str, bool]]) -> Check:
    return Check(name, len(rows), tuple(sorted(offending for offending, wrong in rows if wrong)))
