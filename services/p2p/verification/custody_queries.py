"""What must hold of custody: the same in both books, nothing without its owner's leave, and no day left uncompared."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LEDGER_HAS_IT = """(line.ledger_result IN ('created', 'exists')
    OR (line.kind = 'release' AND line.ledger_result IN ('hold_already_voided', 'hold_expired')))"""
_CHECKS = {
    "custody_line_in_both_books": (
        "cin",
        "SELECT count(*) FROM custody_instructions WHERE state = 'posted'",
        f"""SELECT DISTINCT line.instruction_id FROM custody_lines AS line
            JOIN custody_instructions AS its ON its.id = line.instruction_id AND its.state = 'posted'
            WHERE coalesce(line.bank_result = 'done' AND line.undone_at IS NULL, false)
                <> coalesce({_LEDGER_HAS_IT}, false)""",  # noqa: S608
    ),
    "refused_by_the_bank_moved_nothing": (
        "cin",
        "SELECT count(*) FROM custody_instructions WHERE state IN ('refused', 'undone')",
        f"""SELECT DISTINCT line.instruction_id FROM custody_lines AS line
            JOIN custody_instructions AS its ON its.id = line.instruction_id AND its.state IN ('refused', 'undone')
            WHERE {_LEDGER_HAS_IT} OR (its.state = 'undone' AND line.bank_result = 'done' AND line.undone_at IS NULL)""",  # noqa: S608
    ),
    "loan_in_custody_was_allowed": (
        "lon",
        """SELECT count(*) FROM loans JOIN programmes ON programmes.code = programme_code AND programmes.version = programme_version
           WHERE disbursed_at IS NOT NULL AND terms ->> 'custody' IS NOT NULL""",
        """SELECT DISTINCT loans.id FROM loans
           JOIN programmes ON programmes.code = programme_code AND programmes.version = programme_version
           JOIN bids ON bids.loan_id = loans.id
           WHERE disbursed_at IS NOT NULL AND terms ->> 'custody' IS NOT NULL AND NOT EXISTS (
               SELECT FROM custody_lines AS line JOIN custody_instructions AS its ON its.id = line.instruction_id
               WHERE line.hold_id = bids.hold_id AND line.kind = 'settle' AND line.bank_result = 'done'
                   AND line.authorisation_id IS NOT NULL AND its.bank = terms ->> 'custody' AND its.state = 'posted')""",
    ),
    "bid_held_where_its_programme_says": (
        "bid",
        "SELECT count(*) FROM bids WHERE account_id IS NOT NULL",
        """SELECT bids.id FROM bids JOIN listings ON listings.id = bids.listing_id
           JOIN programmes ON programmes.code = listings.programme_code AND programmes.version = listings.programme_version
           LEFT JOIN custody_accounts AS kept ON kept.account_id = bids.account_id
           WHERE bids.account_id IS NOT NULL AND kept.bank IS DISTINCT FROM terms ->> 'custody'""",
    ),
    "claim_paid_where_its_programme_says": (
        "clm",
        "SELECT count(*) FROM claims",
        """SELECT claims.id FROM claims JOIN loans ON loans.id = claims.loan_id
           JOIN programmes ON programmes.code = programme_code AND programmes.version = programme_version
           LEFT JOIN custody_accounts AS kept ON kept.account_id = claims.account_id
           WHERE kept.bank IS DISTINCT FROM terms ->> 'custody'""",
    ),
}
_STUCK = {
    "custody_instruction_stands_still": (
        "cin",
        "SELECT count(*) FROM custody_instructions WHERE state IN ('asked', 'accepted', 'undoing')",
        "SELECT id FROM custody_instructions WHERE state IN ('asked', 'accepted', 'undoing') AND changed_at < :late",
    ),
    "custody_payment_stands_still": (
        "cpm",
        "SELECT count(*) FROM custody_payments WHERE state = 'pending'",
        "SELECT id FROM custody_payments WHERE state = 'pending' AND changed_at < :late",
    ),
    "custody_authorisation_past_its_time": (
        "cau",
        "SELECT count(*) FROM custody_authorisations WHERE due_at IS NOT NULL",
        "SELECT id FROM custody_authorisations WHERE due_at < :late",
    ),
    # A bank may be away for a day. The zone of the suite is not known here, so a day more passes before one is missed.
    "custody_day_not_tied_out": (
        "cac",
        "SELECT count(DISTINCT (bank, currency)) FROM custody_accounts",
        """SELECT min(kept.id::text)::uuid FROM custody_accounts AS kept GROUP BY kept.bank, kept.currency
           HAVING coalesce((SELECT max(day) FROM custody_tie_outs AS made
                   WHERE made.bank = kept.bank AND made.currency = kept.currency),
               (min(kept.opened_at) AT TIME ZONE 'UTC')::date - 1) < (:late AT TIME ZONE 'UTC')::date - 3""",
    ),
}
PREFIXES = {name: prefix for name, (prefix, _, _) in (_CHECKS | _STUCK).items()}


async def checks(connection: AsyncConnection, late: datetime) -> dict[str, tuple[int, list[UUID]]]:
    """Each check with how many records were looked at and which fail; late: before which nothing should still be under way."""
    found = {}
    for name, (_, counting, looking) in (_CHECKS | _STUCK).items():
        examined = int((await connection.execute(text(counting))).scalar_one())
        asked = text(looking)
        said = await (connection.execute(asked, {"late": late}) if name in _STUCK else connection.execute(asked))
        found[name] = (examined, list(said.scalars()))
    return found
