"""What must hold of the books: balanced, of all lenders what each has, and the claims and provisions that p2p itself has."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import start_of_day
from services.p2p.accounting import queries
from services.p2p.accounting.model import LENDERS, Account, CashFigure, entity_of
from services.p2p.accounting.tables import book_movements
from services.p2p.verification.model import Check

SETTLING = timedelta(minutes=5)
"""What the ledger moved before midnight may be recorded so much after it."""

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


def _then(instant: str) -> str:
    return f"""sum(CASE WHEN changed_at < {instant} THEN outstanding_minor ELSE coalesce((
        SELECT claim_versions.outstanding_minor FROM claim_versions WHERE claim_id = claims.id AND claim_versions.changed_at < {instant}
        ORDER BY claim_versions.version DESC LIMIT 1), 0) END)"""  # noqa: S608


_CLAIMS = text(f"""
    SELECT coalesce(owed.holder, booked.entity) AS holder, coalesce(owed.currency, booked.currency) AS currency,
        coalesce(booked.minor, 0) NOT IN (coalesce(ended_minor, 0), coalesce(settled_minor, 0)) AS wrong
    FROM (SELECT coalesce(entities.entity, holder) AS holder, currency, {_then(":ended")} AS ended_minor,
              {_then(":settled")} AS settled_minor
          FROM claims LEFT JOIN unnest(CAST(:holders AS text[]), CAST(:entities AS text[])) AS entities (known, entity) ON known = holder
          GROUP BY 1, 2) AS owed
    FULL JOIN (SELECT entity, currency, sum(debit_minor - credit_minor) AS minor FROM book_movements
               WHERE account IN ('claims', 'counter_claims') AND entity <> '{LENDERS}' GROUP BY entity, currency) AS booked
        ON booked.entity = owed.holder AND booked.currency = owed.currency
""")  # noqa: S608
HOUSE_HOLDERS = ("p2p", "p2p.reserve_fund")


async def checks(connection: AsyncConnection, zone: ZoneInfo) -> list[Check]:
    """Offending ones are named by day, entity and currency, or by account, as each check looks."""
    found = [_check(name, (await connection.execute(text(sql))).all()) for name, sql in _CHECKS.items()]
    newest = await queries.newest_day(connection)
    return found if newest is None else [*found, await _claims(connection, newest, zone)]


async def _claims(connection: AsyncConnection, newest: date, zone: ZoneInfo) -> Check:
    """What holders are owed at the end of the last day in the books, as claims and their versions say."""
    ended = start_of_day(newest + timedelta(days=1), zone)
    facts = {
        "ended": ended,
        "settled": ended + SETTLING,
        "holders": list(HOUSE_HOLDERS),
        "entities": [entity_of(holder) for holder in HOUSE_HOLDERS],
    }
    rows = (await connection.execute(_CLAIMS, facts)).all()
    return _check("claims_are_in_the_books", [(f"{row.holder} {row.currency}", row.wrong) for row in rows])


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
